"""The working behind a result: coded lines, worded for people only where they are displayed."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
Line: TypeAlias = Mapping[str, JsonValue]
Working: TypeAlias = tuple[Line, ...]

# Every code with the names of its values. Whoever words the lines (zh, en) covers these keys.
CODES: Mapping[str, tuple[str, ...]] = {
    # a cut, in full: 16 places for 36 people, ranks 15 to 18 tie at 76, 18 advance, the line is 76
    "cut_places": ("places", "field"),
    "cut_tie_included": ("first_rank", "last_rank", "codes", "value"),
    "cut_tie_to_decide": ("first_rank", "last_rank", "codes", "value", "places_left"),
    "cut_tie_excluded": ("first_rank", "last_rank", "codes", "value", "places_left"),
    "cut_advanced": ("advanced", "line"),
    "cut_group": ("group",),
    "short_field": ("places", "field"),
    "large_tie": ("places", "tied"),
    # gate and threshold
    "gate": ("part", "whole", "share", "share_percent", "comparator", "percent", "passes"),
    "empty_base": ("base",),
    "threshold_plus": ("share", "base_count", "whole", "plus", "needed"),
    "compared_exactly": ("share", "percent"),
    "threshold": (
        "metric",
        "count",
        "base",
        "base_count",
        "comparator",
        "number",
        "needed",
        "passes",
    ),
    # scores and points
    "panel_scores": ("count", "maximum", "scores"),
    "panel_removed": ("lowest", "highest"),
    "panel_mean": ("sum", "count", "mean", "published"),
    "votes_to_points": ("votes", "base", "full_marks", "points", "published"),
    "grade_counts": ("counts", "values"),
    "grade_score": ("sum", "ballots", "score", "published"),
    "satisfaction": ("of", "part", "whole", "share", "percent"),
    "composite_weight": ("item", "max", "of"),
    "composite_item": ("candidate", "item", "value", "max", "of", "published"),
    "composite_total": ("candidate", "items", "total", "rank"),
    # one ballot: why it, or a part of it, is invalid
    "ballot_unreadable": (),
    "unknown_contest": (),
    "part_unreadable": ("contest",),
    "unknown_option": ("contest",),
    "unknown_mark": ("contest",),
    "repeated_option": ("contest",),
    "too_many_marks": ("contest", "limit", "marks"),
    "too_few_marks": ("contest", "fewest", "marks"),
    "too_few_of_share": ("contest", "fewest", "marks"),
    # a count
    "ballots_counted": ("entitled", "present", "issued", "returned"),
    "paper_added": ("bundles", "ballots"),
    "returned_over_issued": ("returned", "issued"),
    "issued_over_present": ("issued", "present"),
    "present_over_entitled": ("present", "entitled"),
    "group_void": ("group",),
    "contest_ballots": ("contest", "returned", "valid", "invalid", "blank"),
    "contest_invalid": ("contest", "reason", "count"),
    "contest_votes": ("contest", "option", "votes"),
    # a decision
    "count_void": ("contest",),
    "quorum_not_met": ("contest", "needed", "count"),
    "seat_taken": ("contest", "option", "votes", "needed"),
    "seats_tied": ("contest", "options", "votes", "seats_left"),
    "too_few_passed": ("contest", "passed", "seats", "needed"),
    "group_held": ("contest", "group", "option", "votes", "needed", "passes"),
    "second_ballot": ("contest", "options", "seats_left"),
    "refer_back": ("contest", "seats_left"),
    # lots
    "lots_seed": ("algorithm", "seed", "count"),
    "lots_drawn": ("order",),
    "groups_split": ("sizes", "rest"),
    # two entries
    "entries_compared": ("first_rows", "second_rows", "differences"),
    "entry_differs": ("row", "field"),
    "row_missing": ("row", "missing_in"),
}


def line(code: str, **values: object) -> Line:
    """Make one working line; Fractions become text, tuples lists.

    Raises:
        ValueError: a code or a value that `CODES` does not list, so nobody could word it.

    """
    if code not in CODES or set(values) != set(CODES[code]):
        raise ValueError(f"CODES has no line {code!r} with the values {sorted(values)}")
    return {"code": code, **{name: plain(value) for name, value in values.items()}}


def plain(value: object) -> JsonValue:
    """Turn a value of the rules into plain JSON: no Fraction, no tuple, no dataclass, no float."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Result):
        return value.to_json()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    raise TypeError(f"{value!r} has no JSON form")


class Result:
    """Base of every result: a frozen dataclass that can show itself as plain JSON."""

    def to_json(self) -> dict[str, JsonValue]:
        """Give the fields by name; exact values as text ("23/58"), published ones as decimals."""
        # every subclass is a dataclass; mypy cannot know it of the base
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}  # type: ignore[arg-type]
