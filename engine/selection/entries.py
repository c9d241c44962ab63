"""Two people enter the same table apart; what differs must be looked at again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from engine.selection.rounding import exact
from engine.selection.working import Result, Working, line

Table: TypeAlias = Mapping[str, Mapping[str, object]]

_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


@dataclass(frozen=True)
class Difference(Result):
    """A place to check; without values, so that neither person copies the other.

    `field` is None and `missing_in` says where, when one table lacks the whole row.
    """

    row: str
    field: str | None
    missing_in: Literal["first", "second"] | None


@dataclass(frozen=True)
class ComparisonResult(Result):
    """Whether two tables agree, and where they do not."""

    equal: bool
    differences: tuple[Difference, ...]
    working: Working


def compare_entries(first: Table, second: Table) -> ComparisonResult:
    """Compare two tables keyed by row.

    94, "94" and "94.0" are the same number; "007" and "7" are not the same text. A field that
    is missing, None or empty text is empty. Surrounding blanks do not count.

    Raises:
        TypeError: a float; read numbers as text, so that nothing is rounded on the way in.

    Source: process.md §0 (three signatures), s2_enter_scores, mv_enter_paper.

    """
    differences = tuple(
        difference
        for row in sorted(first.keys() | second.keys())
        for difference in _row_differences(row, first.get(row), second.get(row))
    )
    sizes = {"first_rows": len(first), "second_rows": len(second)}
    working = (
        line("entries_compared", **sizes, differences=len(differences)),
        *(
            line("entry_differs", row=found.row, field=found.field)
            if found.missing_in is None
            else line("row_missing", row=found.row, missing_in=found.missing_in)
            for found in differences
        ),
    )
    return ComparisonResult(not differences, differences, working)


def _row_differences(
    row: str, first: Mapping[str, object] | None, second: Mapping[str, object] | None
) -> list[Difference]:
    if first is None:
        return [Difference(row, None, "first")]
    if second is None:
        return [Difference(row, None, "second")]
    return [
        Difference(row, field, None)
        for field in sorted(first.keys() | second.keys())
        if _normal(first.get(field)) != _normal(second.get(field))
    ]


def _normal(value: object) -> tuple[str, object]:
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float; read the cell as text")
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, str):
        text = value.strip()
        if _DECIMAL.fullmatch(text):
            return ("number", exact(text))
        return ("text", text) if text else ("empty", None)
    if isinstance(value, int):
        return ("number", exact(value))
    return ("empty", None) if value is None else ("other", value)
