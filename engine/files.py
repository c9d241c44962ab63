"""Files people hand in: bytes on disk under their SHA-256, one row for each handing-in."""

import io
import os
import re
import secrets
import unicodedata
import zipfile
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.model import StoredFile

MEGABYTE = 1024 * 1024
LONGEST_NAME = 120

_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".bmp": "image/bmp",
    ".docx": _OFFICE + "wordprocessingml.document",
    ".xlsx": _OFFICE + "spreadsheetml.sheet",
    ".txt": "text/plain",
}
"""What may be handed in; anything else, and Office files with macros, is refused."""

_SAME = {".jpeg": ".jpg", ".jpe": ".jpg", ".tiff": ".tif"}
_BEGINNINGS = (
    (b"%PDF-", ".pdf"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
)
_OFFICE_PARTS = {"word/document.xml": ".docx", "xl/workbook.xml": ".xlsx"}
_TEXT_CONTROLS = frozenset("\t\n\r\f\ufeff")
_BMP_HEADER = 14
_UNSAFE = re.compile(r'[\\/:*?"<>|]')


class FileTooLarge(EngineError):
    """The file is larger than allowed. Hand in a smaller one."""

    code = "file_too_large"

    def __init__(self, *, size: int, limit: int) -> None:
        super().__init__(f"the file has {size} bytes, {limit} are allowed")
        self.size, self.limit = size, limit


class FileNotAllowed(EngineError):
    """The content is of no kind that is allowed here, or not of the kind its name says."""

    code = "file_not_allowed"

    def __init__(self, *, name: str, found: str, allowed: Collection[str]) -> None:
        kinds = ", ".join(sorted(allowed))
        super().__init__(f"{name!r} is {found or 'of an unknown kind'}; allowed are {kinds}")
        self.name, self.found, self.allowed = name, found, tuple(sorted(allowed))


class FileNotFound(EngineError):
    """There is no such file, or its bytes are gone. Restore them from a backup."""

    code = "file_not_found"

    def __init__(self, file_id: UUID) -> None:
        super().__init__(f"there is no file {file_id}")
        self.file_id = file_id


class FileDamaged(EngineError):
    """The bytes on disk are not those that were handed in. Restore them from a backup."""

    code = "file_damaged"

    def __init__(self, file_id: UUID) -> None:
        super().__init__(f"the bytes of file {file_id} have changed on disk")
        self.file_id = file_id


def store_file(
    session: Session,
    *,
    root: Path,
    name: str,
    content: bytes,
    limit: int = 5 * MEGABYTE,
    accept: Collection[str] = tuple(MEDIA_TYPES),
    case_id: UUID | None = None,
    task_id: UUID | None = None,
    owner_id: UUID | None = None,
    now: datetime,
) -> StoredFile:
    """Write a file to disk, then its row; if the transaction fails, `collect_orphans` clears up.

    Args:
        session: the caller owns the transaction.
        root: `Settings.files_dir`.
        name: as the sender calls it; what is unsafe in it is replaced.
        content: the kind is read from the content, the name must agree.
        limit: bytes.
        accept: extensions allowed here, e.g. [".pdf"], of those in `MEDIA_TYPES`.
        case_id: the selection, `task_id` and `owner_id` what and whose it is.
        task_id: see above.
        owner_id: see above.
        now: an aware instant.

    Raises:
        FileTooLarge: nothing is written.
        FileNotAllowed: nothing is written.

    """
    if len(content) > limit:
        raise FileTooLarge(size=len(content), limit=limit)
    extension = kind_of(name, content)
    if not extension or extension not in {_SAME.get(each, each) for each in accept}:
        raise FileNotAllowed(name=name, found=extension, allowed=accept)
    digest = sha256(content).hexdigest()
    _write(_path(root, digest), content, now=now)
    stored = StoredFile(
        case_id=case_id,
        task_id=task_id,
        owner_id=owner_id,
        name=safe_name(name, extension),
        media_type=MEDIA_TYPES[extension],
        size=len(content),
        digest=digest,
        stored_at=now,
    )
    session.add(stored)
    session.flush()  # gives the file its id
    return stored


def find_file(session: Session, *, file_id: UUID) -> StoredFile:
    """Give the row: case, task and owner are the facts to ask permission by, before reading.

    Raises:
        FileNotFound: no such row.

    """
    stored = session.get(StoredFile, file_id)
    if stored is None:
        raise FileNotFound(file_id)
    return stored


def read_file(stored: StoredFile, *, root: Path) -> bytes:
    """Give the bytes as they were handed in. Serve them as an attachment, never inline.

    Raises:
        FileNotFound: the bytes are not on disk.
        FileDamaged: they are not what was handed in.

    """
    try:
        content = _path(root, stored.digest).read_bytes()
    except FileNotFoundError as error:
        raise FileNotFound(stored.id) from error
    if sha256(content).hexdigest() != stored.digest:
        raise FileDamaged(stored.id)
    return content


def collect_orphans(session: Session, *, root: Path, before: datetime) -> int:
    """Remove files that no row names and that were written before an instant.

    Leave a day between `before` and now, so that no upload on its way is taken for an orphan.

    Returns:
        How many were removed.

    """
    known = set(session.scalars(select(StoredFile.digest).distinct()))
    removed = 0
    for path in root.glob("??/??/*"):
        if path.name not in known and path.stat().st_mtime < before.timestamp():
            path.unlink()
            removed += 1
    return removed


def kind_of(name: str, content: bytes) -> str:
    """Give the extension that fits the content, e.g. ".pdf", or "" if it is of no allowed kind.

    A name with another extension than the content is of no kind; one without any takes the
    content's. Plain text is taken for text only if the name says so.
    """
    said = PurePosixPath(name).suffix.lower()
    said = _SAME.get(said, said)
    found = next((kind for start, kind in _BEGINNINGS if content.startswith(start)), "")
    if content.startswith(b"BM") and content[2:6] == len(content).to_bytes(4, "little"):
        found = ".bmp" if len(content) > _BMP_HEADER else ""
    elif content.startswith(b"PK"):
        found = _office_kind(content)
    elif not found and said == ".txt" and _is_text(content):
        found = ".txt"
    return found if said in (found, "") else ""


def safe_name(name: str, extension: str) -> str:
    """Give the name without folders, control and direction characters, with its extension."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(filter(str.isprintable, " ".join(last.split())))
    stem = _UNSAFE.sub("_", shown).strip(". ")
    said = PurePosixPath(stem).suffix
    if _SAME.get(said.lower(), said.lower()) == extension:
        stem = stem.removesuffix(said).rstrip(". ")
    return (stem[:LONGEST_NAME] or "file") + extension


def _office_kind(content: bytes) -> str:
    """Look into the list of parts only; nothing is unpacked, so nothing can swell."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return ""
    if "[Content_Types].xml" not in parts or any("vba" in part.lower() for part in parts):
        return ""
    kinds = [kind for part, kind in _OFFICE_PARTS.items() if part in parts]
    return kinds[0] if len(kinds) == 1 else ""


def _is_text(content: bytes) -> bool:
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return all(
            char in _TEXT_CONTROLS or char.isprintable() or char == "\u3000" for char in text
        )
    return False


def _path(root: Path, digest: str) -> Path:
    return root / digest[:2] / digest[2:4] / digest


def _write(path: Path, content: bytes, *, now: datetime) -> None:
    """Write under another name first, so that a file under its digest is always whole."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    os.utime(path, (now.timestamp(), now.timestamp()))  # our clock: an old orphan is young again
