"""Matches the columns of a spreadsheet to the columns of a form and checks every row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from types import MappingProxyType
from typing import Any, NamedTuple

from engine.forms import (
    LOCAL,
    Answers,
    Field,
    Form,
    Kind,
    Lang,
    Options,
    Problem,
    Words,
    check_row,
    place,
    read_text,
    word_problem,
)
from engine.spreadsheets.cells import Cell, UnreadableSheet, numbered, read_file

NO_OPTIONS: Options = MappingProxyType({})
_YES = frozenset({"是", "有", "√", "✓", "x", "y"})
_NO = frozenset({"否", "无", "n"})
_CELL_FAULTS = {
    "formula": Words(
        "是公式，请粘贴为数值后上传", "holds a formula. Paste the value instead of the formula"
    ),
    "inexact": Words(
        "数字过长，末几位可能已丢失，请将该列设为文本后重新填写",
        "is too long for a number, digits may be lost. Format the column as text, type it anew",
    ),
}


class SheetProblem(NamedTuple):
    """A cell, or a whole row, to correct. `row` counts as the spreadsheet does, from 1."""

    row: int
    problem: Problem


@dataclass(frozen=True)
class ImportPreview:
    """What an upload would bring. There are rows only when nothing at all is wrong.

    `unknown` holds headings no column has (they are left out), `missing` the titles of columns that
    must be there and are not.
    """

    rows: tuple[Answers, ...]
    problems: tuple[SheetProblem, ...] = ()
    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        return not self.problems and not self.missing


def read_rows(
    content: bytes,
    form: Form,
    path: str,
    lang: Lang,
    *,
    options: Options = NO_OPTIONS,
    zone: tzinfo = LOCAL,
) -> ImportPreview:
    """Read an .xlsx or .csv file into rows of the field at `path`.

    The first row that holds anything gives the headings: Chinese title, English title or key.
    Only the first sheet is read; formulas are refused, never evaluated; blank rows are skipped.

    Args:
        content: the bytes of the file.
        form: the form whose rows are filled.
        path: the rows field.
        lang: language of the titles in `missing`.
        options: what may be chosen, for columns whose choices come from the selection.
        zone: of local instants.

    Raises:
        UnreadableSheet: not a table, or too large.
        LookupError: `options` lacks a column's path.
    """
    rows_field = rows_of(form, path)
    sheet = list(numbered(read_file(content)))
    if len(sheet) < 2:  # noqa: PLR2004 - the headings and one row
        raise UnreadableSheet("empty")
    headings = [cell.text for cell in sheet[0][1]]
    columns = _match(headings, rows_field)
    missing = [
        column.label.in_(lang)
        for column in importable(rows_field)
        if column.required and column not in columns
    ]
    reader = _RowReader(rows_field, columns, options, zone)
    rows, problems = reader.read(sheet[1:])
    return ImportPreview(
        rows=() if problems or missing else tuple(rows),
        problems=() if missing else tuple(problems),
        unknown=tuple(
            heading
            for heading, column in zip(headings, columns, strict=True)
            if heading and column is None
        ),
        missing=tuple(missing),
    )


def word_sheet_problem(problem: SheetProblem, form: Form, lang: Lang) -> str:
    """Say what to correct in which row of the spreadsheet."""
    path, code = problem.problem.path, problem.problem.code
    rows, _, rest = path.partition(".")
    at = f"{rows}.{problem.row - 1}{rest.removeprefix(rest.partition('.')[0])}"
    if code not in _CELL_FAULTS:
        return word_problem(Problem(at, code, problem.problem.values), form, lang)
    space = "" if lang == "zh" else " "
    text = f"{place(form, at, lang)}{space}{_CELL_FAULTS[code].in_(lang)}"
    return text[:1].upper() + text[1:]


class _RowReader:
    """Turns the cells of one table into rows, with what the columns mean."""

    def __init__(
        self,
        rows_field: Field,
        columns: Sequence[Field | None],
        options: Options,
        zone: tzinfo,
    ) -> None:
        self.field, self.columns, self.options, self.zone = rows_field, columns, options, zone

    def read(
        self, sheet: Iterable[tuple[int, list[Cell]]]
    ) -> tuple[list[Answers], list[SheetProblem]]:
        rows: list[Answers] = []
        problems: list[SheetProblem] = []
        for number, cells in sheet:
            row, wrong = self._row(cells, len(rows))
            wrong = wrong or check_row(self.field, row, len(rows), self.options)
            rows.append(row)
            problems += [SheetProblem(number, problem) for problem in wrong]
        return rows, problems

    def _row(self, cells: list[Cell], index: int) -> tuple[Answers, list[Problem]]:
        row: Answers = {}
        problems = []
        for column, cell in zip(self.columns, cells, strict=False):
            if column is None:
                continue
            if cell.fault and (cell.fault != "inexact" or column.kind in _AS_TEXT):
                problems.append(Problem(f"{self.field.key}.{index}.{column.key}", cell.fault))
            elif (value := self._value(column, cell.text)) is not None:
                row[column.key] = value
        return row, problems

    def _value(self, column: Field, text: str) -> Any:
        if column.kind is Kind.CHOICE:
            return self._code(column, text) or None
        if column.kind is Kind.SEVERAL:
            for mark in "、；;，":
                text = text.replace(mark, ",")
            return [self._code(column, part) for part in text.split(",") if part.strip()]
        if column.kind is Kind.TICK:
            word = text.strip().lower()
            if word in _YES | _NO:
                return word in _YES
        value = read_text(column, text, zone=self.zone)
        return False if value is None and column.kind is Kind.TICK else value

    def _code(self, column: Field, text: str) -> str:
        """Accept the code or either title; anything else stays and is refused by the check."""
        text = text.strip()
        found = [each for each in column.options(self.options) if text in each]
        exact = next((each for each in found if each.code == text), None)
        if exact or len(found) == 1:
            return (exact or found[0]).code
        return text


_AS_TEXT = (Kind.TEXT, Kind.CHOICE, Kind.SEVERAL, Kind.EMAIL)


def rows_of(form: Form, path: str) -> Field:
    field = form.field(path)
    if field is None or field.rows is None or path != field.path:
        raise LookupError(f"{path} has no rows in the form {form.id}")
    return field


def importable(rows_field: Field) -> list[Field]:
    """Files cannot stand in a spreadsheet."""
    return [column for column in rows_field.columns if column.file is None]


def _match(headings: Sequence[str], rows_field: Field) -> list[Field | None]:
    """Find the column of each heading.

    Raises:
        UnreadableSheet: two headings mean the same column.
    """
    known: dict[str, Field] = {}
    for column in reversed(importable(rows_field)):
        for name in (column.label.en, column.label.zh, column.key):
            known[_plain(name)] = column
    found = [known.get(_plain(heading)) for heading in headings]
    matched = [column.key for column in found if column]
    if len(set(matched)) < len(matched):
        raise UnreadableSheet("heading_repeated")
    return found


def _plain(heading: str) -> str:
    """Compare headings without spaces, case and the star of a needed column."""
    return "".join(heading.split()).casefold().strip("*＊")
