"""Makes .xlsx files in which text stays text: nothing a person typed becomes a formula."""

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from engine.forms import Choice, Field, Form, Kind, Lang, Options
from engine.spreadsheets.rows import NO_OPTIONS, importable, rows_of

_AS_TEXT = "@"
_WIDTH = 18


def template(
    form: Form, path: str, lang: Lang, *, rows: Sequence[Choice] = (), options: Options = NO_OPTIONS
) -> bytes:
    """Make an .xlsx file to fill in: headings, text cells, and a second sheet that explains them.

    `rows` are the fixed rows, where there are any: their codes are filled in.
    """
    rows_field = rows_of(form, path)
    columns = importable(rows_field)
    key = rows_field.rows.key if rows_field.rows else None
    filled = [[row.code if column.key == key else "" for column in columns] for row in rows]
    book = _book()
    _write(book, [column.label.in_(lang) for column in columns], filled)
    notes = [[column.label.in_(lang), _note(column, lang, options)] for column in columns]
    _write(book, ["列", "填写要求"] if lang == "zh" else ["Column", "What to fill in"], notes)
    return _bytes(book)


def _note(column: Field, lang: Lang, options: Options) -> str:
    """Say whether a column is needed, what it means and what may be chosen."""
    parts = [("必填" if lang == "zh" else "needed")] if column.required else []
    if column.hint:
        parts.append(column.hint.in_(lang))
    offered = column.choices or options.get(column.path, ())
    parts.extend(choice.label(lang) for choice in offered)
    if column.kind is Kind.TICK:
        parts.append("是 / 否" if lang == "zh" else "yes / no")
    return ("；" if lang == "zh" else "; ").join(parts)


def write_table(headings: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> bytes:
    """Make an .xlsx file of one table; only `int` becomes a number."""
    book = _book()
    _write(book, headings, rows)
    return _bytes(book)


def _book() -> Workbook:
    book = Workbook()
    book.remove(book.worksheets[0])
    return book


def _write(
    book: Workbook, headings: Sequence[str], rows: Iterable[Sequence[str | int | None]]
) -> None:
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for i in range(1, len(headings) + 1):
        column = sheet.column_dimensions[get_column_letter(i)]
        column.width, column.number_format = _WIDTH, _AS_TEXT
    for i, heading in enumerate(headings, start=1):
        _put(sheet.cell(1, i), heading)
        sheet.cell(1, i).font = Font(bold=True)
    for i, row in enumerate(rows, start=2):
        for j, value in enumerate(row, start=1):
            _put(sheet.cell(i, j), value)


def _put(cell: Cell, value: str | int | None) -> None:
    if isinstance(value, int):
        cell.value = value
        cell.number_format = "General"
        return
    cell.number_format = _AS_TEXT
    if value:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        cell.quotePrefix = True  # stays text when somebody edits the cell


def _bytes(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
