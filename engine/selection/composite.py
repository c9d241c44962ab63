"""The composite: published items, added up so that anyone can add them up again."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypedDict

from engine.selection.ranking import rank
from engine.selection.rounding import Number, decimal_text, exact, publish
from engine.selection.working import Result, Working, line


class Weight(TypedDict):
    """What an item counts: `max` points for a value of `of` (20 of 100; 30 of 30 counts as is)."""

    max: Number
    of: Number


@dataclass(frozen=True)
class CompositeRow(Result):
    """One candidate's published items, their sum and its rank."""

    code: str
    items: Mapping[str, str]
    total: str
    rank: int


@dataclass(frozen=True)
class CompositeResult(Result):
    """All rows, best first; `totals` is what a cut takes next."""

    rows: tuple[CompositeRow, ...]
    totals: Mapping[str, str]
    working: Working


def composite(
    items: Mapping[str, Mapping[str, Number]], weights: Mapping[str, Weight]
) -> CompositeResult:
    """Weigh items and add them up: each item is rounded first, totals are sums of published items.

    Args:
        items: per candidate, a value from 0 to the weight's `of` for every weighed item.
        weights: per item, in the order it is shown.

    Raises:
        ValueError: a candidate lacks an item, has one that is not weighed, or a value outside
            its range; a missing item is never counted as 0.

    Source: domain.md §6.9, §6.2-25.

    """
    for name, weight in weights.items():
        if exact(weight["of"]) <= 0 or exact(weight["max"]) < 0:
            raise ValueError(f"the weight of {name!r} needs of > 0 and max ≥ 0")
    published = {code: _published(code, values, weights) for code, values in items.items()}
    totals = {
        code: publish(sum((exact(value) for value in row.values()), Fraction(0)))
        for code, row in published.items()
    }
    rows = tuple(
        CompositeRow(place.code, published[place.code], totals[place.code], place.rank)
        for place in rank(totals)
    )
    return CompositeResult(
        rows=rows,
        totals={row.code: row.total for row in rows},
        working=_working(items, weights, rows),
    )


def _published(
    code: str, values: Mapping[str, Number], weights: Mapping[str, Weight]
) -> dict[str, str]:
    if values.keys() != weights.keys():
        raise ValueError(f"{code} has the items {sorted(values)}, needed are {sorted(weights)}")
    row: dict[str, str] = {}
    for name, weight in weights.items():
        value, full = exact(values[name]), exact(weight["of"])
        if not 0 <= value <= full:
            raise ValueError(f"{name} of {code} is {values[name]}, outside 0 to {full}")
        row[name] = publish(value * exact(weight["max"]) / full)
    return row


def _working(
    items: Mapping[str, Mapping[str, Number]],
    weights: Mapping[str, Weight],
    rows: tuple[CompositeRow, ...],
) -> Working:
    shown = {
        name: {"max": decimal_text(weight["max"]), "of": decimal_text(weight["of"])}
        for name, weight in weights.items()
    }
    lines = [line("composite_weight", item=name, **weight) for name, weight in shown.items()]
    for row in rows:
        for name, published in row.items.items():
            value = decimal_text(items[row.code][name])
            facts = {"item": name, "value": value, "published": published, **shown[name]}
            lines.append(line("composite_item", candidate=row.code, **facts))
        total = {"items": list(row.items.values()), "total": row.total, "rank": row.rank}
        lines.append(line("composite_total", candidate=row.code, **total))
    return tuple(lines)
