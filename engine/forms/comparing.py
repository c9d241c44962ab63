"""Finds where two people who filled in the same form apart do not agree."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from engine.forms.model import Answers, Field, Form, Kind, RowsRule, is_blank
from engine.forms.totals import number_of


def compare(form: Form, first: Answers, second: Answers) -> list[str]:
    """List the places that differ, never what stands there.

    Numbers and instants are compared by value ("27" is "27.0"), several choices without regard to
    order. Files are not compared: two scans of one paper are never the same. Rows with a `key` are
    matched by it, others by position. Paths count the rows of `first`; rows that only `second` has
    are counted on after them.

    Args:
        form: the form both filled in.
        first: validated answers.
        second: validated answers.

    """
    return list(_differences(form.fields, first, second, ""))


def _differences(
    fields: Sequence[Field],
    first: Mapping[str, object],
    second: Mapping[str, object],
    prefix: str,
) -> Iterator[str]:
    for field in fields:
        one, other = first.get(field.key), second.get(field.key)
        if field.rows is not None:
            yield from _row_differences(field, field.rows, _rows(one), _rows(other))
        elif field.file is None and _exact(field, one) != _exact(field, other):
            yield prefix + field.key


def _row_differences(
    field: Field, rule: RowsRule, first: list[Answers], second: list[Answers]
) -> Iterator[str]:
    ones, others = _by_key(rule, first), _by_key(rule, second)
    for i, key in enumerate({**ones, **others}):
        path = f"{field.key}.{i}"
        if key not in ones or key not in others:
            yield path
        else:
            yield from _differences(rule.columns, ones[key], others[key], f"{path}.")


def _by_key(rule: RowsRule, rows: list[Answers]) -> dict[tuple[str, int], Answers]:
    """Rows by key and how often it came before, so that a key that repeats loses no row."""
    found: dict[tuple[str, int], Answers] = {}
    count: dict[str, int] = {}
    for row in rows:
        key = str(row.get(rule.key, "")) if rule.key else ""
        count[key] = count.get(key, 0) + 1
        found[key, count[key]] = row
    return found


def _rows(value: object) -> list[Answers]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _exact(field: Field, value: object) -> object:
    """Give the value in a form in which equal answers are equal."""
    if field.kind is Kind.TICK or not is_blank(value):
        match field.kind, value:
            case ((Kind.DECIMAL | Kind.INTEGER), _):
                return number_of(value)
            case Kind.SEVERAL, list():
                return frozenset(map(str, value))
            case Kind.INSTANT, str():
                return datetime.fromisoformat(value)
        return value
    return None
