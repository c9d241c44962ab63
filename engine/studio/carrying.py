"""A procedure as a zip: `processes/<key>/…` and `forms/<key>/…`, as in the folders."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

import yaml

from engine.bpmn.definition import BadPackage, read_xml
from engine.errors import EngineError
from engine.studio.sheets import Files

LARGEST_ZIP = 8_000_000
LARGEST_FILE = 4_000_000
LARGEST_WHOLE = 40_000_000
MOST_FILES = 2000
DEEPEST = 4
DEEPEST_XML = 60

_KEPT = (".bpmn", ".dmn", ".json", ".yaml")
_LEFT = (".md", ".txt", ".svg")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_FIRST = (1980, 1, 1, 0, 0, 0)  # the same content gives the same zip


class ImportRefused(EngineError):
    """The zip is not a procedure, or holds what must not be read. Nothing was brought in.

    `reason`: not_zip, too_large, too_many, path, kind, no_key, several, text, xml, nothing.
    """

    code = "import_refused"

    def __init__(self, reason: str, file: str = "", detail: str = "") -> None:
        super().__init__(f"the zip is refused ({reason}) {file} {detail}".strip())
        self.reason, self.file, self.detail = reason, file, detail


def write_zip(key: str, files: Files) -> bytes:
    """A version as a zip; the same content gives the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            place = f"forms/{key}/{path.removeprefix('forms/')}"
            if not path.startswith("forms/"):
                place = f"processes/{key}/{path}"
            entry = zipfile.ZipInfo(place, _FIRST)
            archive.writestr(entry, files[path].encode(), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def read_zip(content: bytes) -> tuple[str, dict[str, str]]:
    """The key and the files of a zip that somebody sends.

    Scenarios and read-me files are left out: they are no part of a version.

    Raises:
        ImportRefused: with the reason and the file.
    """
    if len(content) > LARGEST_ZIP:
        raise ImportRefused("too_large")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            texts = dict(_texts(archive))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as bad:
        raise ImportRefused("not_zip") from bad
    keys = {key for key, _ in texts}
    if not keys:
        raise ImportRefused("nothing")
    if len(keys) > 1:
        raise ImportRefused("several", detail=", ".join(sorted(keys)))
    files = {path: text for (_, path), text in texts.items()}
    for path, text in files.items():
        require_readable(path, text)
    return keys.pop(), files


def require_readable(path: str, text: str) -> None:
    """Raise unless a text can be read as what its name says, and is not too deep.

    Raises:
        ImportRefused: xml, text or too_large.
    """
    if len(text.encode()) > LARGEST_FILE:
        raise ImportRefused("too_large", path)
    try:
        if path.endswith((".bpmn", ".dmn")):
            root = read_xml(path, text)
            if _deeper(root):
                raise ImportRefused("xml", path, f"more than {DEEPEST_XML} levels")
        elif path.endswith(".json"):
            json.loads(text)
        else:
            yaml.safe_load(text)
    except BadPackage as bad:
        raise ImportRefused("xml", path, bad.reason) from bad
    except (ValueError, RecursionError, yaml.YAMLError) as bad:
        raise ImportRefused("text", path, " ".join(str(bad).split())[:200]) from bad


def _texts(archive: zipfile.ZipFile) -> Iterator[tuple[tuple[str, str], str]]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise ImportRefused("too_many")
    if sum(entry.file_size for entry in entries) > LARGEST_WHOLE:
        raise ImportRefused("too_large")
    for entry in entries:
        place = _place(entry)
        if place is None:
            continue
        with archive.open(entry) as source:
            raw = source.read(LARGEST_FILE + 1)  # what a header says may be a lie
        if len(raw) > LARGEST_FILE:
            raise ImportRefused("too_large", entry.filename)
        try:
            yield place, raw.decode("utf-8-sig")
        except UnicodeDecodeError as bad:
            raise ImportRefused("text", entry.filename, "UTF-8") from bad


def _place(entry: zipfile.ZipInfo) -> tuple[str, str] | None:
    """Key and path in the package; None for what is left out."""
    name = entry.filename
    parts = PurePosixPath(name).parts
    is_link = entry.external_attr >> 28 == 0xA  # noqa: PLR2004 - S_IFLNK of POSIX
    if name.startswith("/") or "\\" in name or ":" in name or ".." in parts or is_link:
        raise ImportRefused("path", name[:200])
    folders = [n for n, part in enumerate(parts[:-1]) if part in ("processes", "forms")]
    if any(part.startswith((".", "__MACOSX")) for part in parts):
        return None
    if not folders or len(parts) < folders[0] + 3:
        if name.endswith(_LEFT):
            return None
        raise ImportRefused("no_key", name[:200])
    kind, key, *rest = parts[folders[0] :]
    if not _KEY.fullmatch(key):
        raise ImportRefused("no_key", name)
    if rest[0] == "scenarios" or name.endswith(_LEFT):
        return None
    if not name.endswith(_KEPT):
        raise ImportRefused("kind", name)
    if len(rest) > DEEPEST or (kind == "forms" and len(rest) != 1):
        raise ImportRefused("path", name)
    return key, "/".join(rest) if kind == "processes" else f"forms/{rest[0]}"


def _deeper(root: object) -> bool:
    level = [root]
    for _ in range(DEEPEST_XML):
        level = [child for node in level for child in node]  # type: ignore[attr-defined]  # lxml
        if not level:
            return False
    return True
