import io
import zipfile
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import files
from engine.db import Sessions, reading, transaction
from tests.support.clock import FakeClock
from tests.support.selections import add_case, add_people


def office_file(*parts: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part in ("[Content_Types].xml", *parts):
            archive.writestr(part, "<xml/>")
    return buffer.getvalue()


def bitmap(pixels: bytes = b"\0" * 40) -> bytes:
    return b"BM" + (6 + len(pixels)).to_bytes(4, "little") + pixels


PDF = b"%PDF-1.7\n..."
DOCX = office_file("word/document.xml")
SAMPLES = {
    ".pdf": PDF,
    ".jpg": b"\xff\xd8\xff\xe0....",
    ".png": b"\x89PNG\r\n\x1a\n....",
    ".tif": b"II*\0....",
    ".bmp": bitmap(),
    ".docx": DOCX,
    ".xlsx": office_file("xl/workbook.xml"),
    ".txt": "调研报告\r\n　　第一段".encode(),
}


def store(sessions: Sessions, root: Path, clock: FakeClock, content: bytes, name: str) -> str:
    """Store a file and give its digest."""
    with transaction(sessions) as session:
        stored = files.store_file(session, root=root, name=name, content=content, now=clock.now())
        return stored.digest


def store_in_vain(
    sessions: Sessions, root: Path, clock: FakeClock, content: bytes, name: str
) -> None:
    """Store a file in a transaction that fails afterwards."""
    with sessions() as session:
        files.store_file(session, root=root, name=name, content=content, now=clock.now())
        session.rollback()


def on_disk(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("extension", SAMPLES)
def test_what_is_handed_in_is_read_back(
    sessions: Sessions, clock: FakeClock, tmp_path: Path, extension: str
) -> None:
    with transaction(sessions) as session:
        case = add_case(session, now=clock.now())
        (owner,) = add_people(session, "张三")
        stored = files.store_file(
            session,
            root=tmp_path,
            name=f"附件{extension.upper()}",
            content=SAMPLES[extension],
            case_id=case.id,
            owner_id=owner.id,
            now=clock.now(),
        )
        file_id, owner_id = stored.id, owner.id

    with reading(sessions) as session:
        found = files.find_file(session, file_id=file_id)
        assert (found.owner_id, found.name) == (owner_id, f"附件{extension}")
        assert (found.media_type, found.size) == (
            files.MEDIA_TYPES[extension],
            len(SAMPLES[extension]),
        )
        assert files.read_file(found, root=tmp_path) == SAMPLES[extension]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.pdf", b"<html><script>"),
        ("report.exe", b"MZ...."),
        ("report.pdf", SAMPLES[".png"]),  # the name says something else
        ("report.docx", SAMPLES[".xlsx"]),
        ("report.docx", office_file("word/document.xml", "word/vbaProject.bin")),
        ("report.docx", office_file("word/document.xml", "xl/workbook.xml")),
        ("report.docx", office_file()),
        ("report.docx", DOCX[:-10]),
        ("report.zip", office_file("word/document.xml")),
        ("report.bmp", b"BM and then text"),
        ("report.txt", b"binary\0"),
        ("report.txt", b"\xff\xff\xff"),
        ("report", b"text without a name that says so"),
        ("report.html", b"<html>"),
        ("report.svg", b"<svg onload='x'>"),
        ("report.pdf", b""),
    ],
)
def test_what_is_of_no_allowed_kind_is_refused_and_not_written(
    sessions: Sessions, clock: FakeClock, tmp_path: Path, name: str, content: bytes
) -> None:
    with pytest.raises(files.FileNotAllowed):
        store(sessions, tmp_path, clock, content, name)

    assert on_disk(tmp_path) == []


def test_old_chinese_text_files_are_text(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    assert store(sessions, tmp_path, clock, "个人陈述".encode("gb18030"), "陈述.txt")


def test_a_field_may_accept_less(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> None:
    with pytest.raises(files.FileNotAllowed) as refusal, transaction(sessions) as session:
        files.store_file(
            session,
            root=tmp_path,
            name="scan.jpeg",
            content=SAMPLES[".jpg"],
            accept=[".pdf"],
            now=clock.now(),
        )
    assert (refusal.value.found, refusal.value.allowed) == (".jpg", (".pdf",))

    with transaction(sessions) as session:
        stored = files.store_file(
            session,
            root=tmp_path,
            name="scan.jpeg",
            content=SAMPLES[".jpg"],
            accept=[".jpeg"],
            now=clock.now(),
        )
        assert stored.name == "scan.jpg"


def test_a_file_over_the_limit_is_refused(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    def put(content: bytes) -> None:
        with transaction(sessions) as session:
            files.store_file(
                session, root=tmp_path, name="a.pdf", content=content, limit=20, now=clock.now()
            )

    put(PDF.ljust(20))
    with pytest.raises(files.FileTooLarge) as refusal:
        put(PDF.ljust(21))
    assert (refusal.value.size, refusal.value.limit) == (21, 20)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\me\\报告.PDF", "报告.pdf"),
        ("report", "report.pdf"),
        (".pdf", "pdf.pdf"),
        ("", "file.pdf"),
        ("\u202egnp.pdf", "gnp.pdf"),
        ('a"b\r\nc.pdf', "a_b c.pdf"),
        ("a\u00a0b\u3000c.pdf", "a b c.pdf"),
        ("x" * 300 + ".pdf", "x" * files.LONGEST_NAME + ".pdf"),
        ("two.dots.pdf", "two.dots.pdf"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert files.safe_name(name, ".pdf") == safe


@given(name=st.text())
def test_no_name_leaves_its_place(name: str) -> None:
    safe = files.safe_name(name, ".pdf")

    assert Path(safe).name == safe
    assert safe.isprintable()
    assert len(safe) <= 200


def test_the_same_bytes_lie_on_disk_once(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    digest = store(sessions, tmp_path, clock, PDF, "a.pdf")
    assert store(sessions, tmp_path, clock, PDF, "b.pdf") == digest

    assert on_disk(tmp_path) == [digest]
    assert (tmp_path / digest[:2] / digest[2:4] / digest).read_bytes() == PDF


def test_changed_and_missing_bytes_are_noticed(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    digest = store(sessions, tmp_path, clock, PDF, "a.pdf")
    path = tmp_path / digest[:2] / digest[2:4] / digest
    with reading(sessions) as session:
        (stored,) = session.query(files.StoredFile)
        path.write_bytes(b"something else")
        with pytest.raises(files.FileDamaged):
            files.read_file(stored, root=tmp_path)
        path.unlink()
        with pytest.raises(files.FileNotFound):
            files.read_file(stored, root=tmp_path)
        with pytest.raises(files.FileNotFound):
            files.find_file(session, file_id=uuid4())


def test_files_of_failed_transactions_are_collected_a_day_later(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    kept = store(sessions, tmp_path, clock, PDF, "a.pdf")
    store_in_vain(sessions, tmp_path, clock, DOCX, "b.docx")
    assert len(on_disk(tmp_path)) == 2

    def collect() -> int:
        with transaction(sessions) as session:
            before = clock.now() - timedelta(days=1)
            return files.collect_orphans(session, root=tmp_path, before=before)

    assert collect() == 0
    clock.advance(timedelta(days=1, seconds=1))
    assert collect() == 1
    assert on_disk(tmp_path) == [kept]


def test_an_old_orphan_handed_in_again_is_young(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    store_in_vain(sessions, tmp_path, clock, PDF, "a.pdf")
    clock.advance(timedelta(days=2))
    store_in_vain(sessions, tmp_path, clock, PDF, "a.pdf")  # the bytes lie there, the row does not

    with transaction(sessions) as session:
        before = clock.now() - timedelta(days=1)
        assert files.collect_orphans(session, root=tmp_path, before=before) == 0
