"""Opens .xlsx and .csv files as rows of text; refuses what is damaged, huge or computed."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

from openpyxl import load_workbook

from engine.errors import EngineError
from engine.forms import Lang, Words

LARGEST_BYTES = 5 * 1024 * 1024
LARGEST_UNPACKED_BYTES = 20 * 1024 * 1024
MOST_ROWS = 2000
MOST_COLUMNS = 100
MOST_LINES = 100_000  # blank ones included: spreadsheets often end in thousands of them
_LAST_EXACT = 10**15
_REASONS = {
    "too_large": Words(
        f"文件超过 {LARGEST_BYTES // 2**20} MB，请拆分后上传",
        f"The file is larger than {LARGEST_BYTES // 2**20} MB. Split it and upload the parts",
    ),
    "not_a_table": Words(
        "无法读取该文件，请另存为 .xlsx 或 .csv 后上传",
        "The file cannot be read. Save it as .xlsx or .csv and upload it again",
    ),
    "too_many_rows": Words(
        f"表格超过 {MOST_ROWS} 行，请拆分后上传",
        f"The table has more than {MOST_ROWS} rows. Split it and upload the parts",
    ),
    "too_many_columns": Words(
        f"表格超过 {MOST_COLUMNS} 列，请删除多余的列",
        f"The table has more than {MOST_COLUMNS} columns. Delete those that are not needed",
    ),
    "empty": Words(
        "表格没有内容，请先填写再上传", "The table is empty. Fill it in and upload it again"
    ),
    "heading_repeated": Words(
        "表头有重复的列，请只保留一列", "A heading stands twice. Keep only one of the columns"
    ),
}


class UnreadableSheet(EngineError):
    """The file cannot be taken for a table at all; `reason` says why, `word` says it to people."""

    code = "unreadable_sheet"

    def __init__(self, reason: str) -> None:
        super().__init__(_REASONS[reason].en)
        self.reason = reason

    def word(self, lang: Lang) -> str:
        return _REASONS[self.reason].in_(lang)


@dataclass(frozen=True)
class Cell:
    """A cell as text, or what is wrong with it."""

    text: str = ""
    fault: str | None = None


def numbered(rows: Iterable[list[Cell]]) -> Iterator[tuple[int, list[Cell]]]:
    """Number rows as the spreadsheet does and leave the blank ones out."""
    count = 0
    for number, cells in enumerate(rows, start=1):
        if len(cells) > MOST_COLUMNS and any(cell != Cell() for cell in cells[MOST_COLUMNS:]):
            raise UnreadableSheet("too_many_columns")
        if any(cell.text or cell.fault for cell in cells):
            count += 1
            yield number, cells[:MOST_COLUMNS]
        if count > MOST_ROWS + 1 or number > MOST_LINES:
            raise UnreadableSheet("too_many_rows")


def read_file(content: bytes) -> Iterator[list[Cell]]:
    if len(content) > LARGEST_BYTES:
        raise UnreadableSheet("too_large")
    return _read_xlsx(content) if content.startswith(b"PK") else _read_csv(content)


def _read_xlsx(content: bytes) -> Iterator[list[Cell]]:
    _check_archive(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for row in sheet.iter_rows():
            yield [_cell(cell.value, cell.data_type) for cell in row]
    except UnreadableSheet:
        raise
    except Exception as error:
        raise UnreadableSheet("not_a_table") from error


def _check_archive(content: bytes) -> None:
    """Refuse archives that unpack to far more than they are, and XML that defines entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > LARGEST_UNPACKED_BYTES:
                raise UnreadableSheet("too_large")
            for member in members:
                with archive.open(member) as part:
                    if b"<!DOCTYPE" in part.read(1024).upper():
                        raise UnreadableSheet("not_a_table")
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, zlib.error) as error:
        raise UnreadableSheet("not_a_table") from error


def _cell(value: object, data_type: str) -> Cell:
    """Give a cell's value as the text a person would type for it."""
    if value is None:
        return Cell()
    if data_type in ("f", "e"):  # a formula, or the error one left behind
        return Cell(fault="formula")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value)
    return Cell(_text(value))


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case time():
            return value.isoformat("minutes")
    return str(value).strip()


def _number(value: float) -> Cell:
    """Spreadsheets keep 15 digits; what is longer, such as an identity number, has lost some."""
    if abs(value) >= _LAST_EXACT:
        return Cell(format(value, "f").partition(".")[0], fault="inexact")
    if isinstance(value, int) or value.is_integer():
        return Cell(str(int(value)))
    return Cell(format(Decimal(format(value, ".15g")), "f"))


def _read_csv(content: bytes) -> Iterator[list[Cell]]:
    text = _decode(content)
    first = text.partition("\n")[0]
    mark = max(",\t;", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            yield [
                Cell(fault="formula") if cell.lstrip().startswith("=") else Cell(cell.strip())
                for cell in row
            ]
    except csv.Error as error:
        raise UnreadableSheet("not_a_table") from error


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableSheet("not_a_table")
