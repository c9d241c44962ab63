"""Values that stand in place of a result: what is asked, and what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from engine.operations.by_hand import SHAPES
from engine.overview import Seen
from engine.overview.course import candidates_by_code
from engine.run.replacing import Replacement
from webapp import context
from webapp.errors import N_

KEYS: Mapping[str, str] = {
    "": N_("Figure of each candidate"),
    "places": N_("Number of places"),
    "field": N_("How many took part"),
    "advanced": N_("Who goes on"),
    "undecided": N_("Who is tied and not decided"),
    "places_left": N_("Places left"),
    "values": N_("Score of each candidate"),
    "line": N_("Qualifying line"),
    "passes": N_("Is the threshold reached?"),
    "share_percent": N_("Share in per cent"),
    "published": N_("Published score of each candidate"),
    "exact": N_("Exact score of each candidate"),
    "score": N_("Score"),
    "eligible": N_("Who is eligible"),
    "refused": N_("Who is refused"),
    "evaluated": N_("Who was evaluated"),
    "inspected": N_("Who is under inspection"),
    "order": N_("Order of the lots"),
    "applicants": N_("Who applied"),
    "codes": N_("Whom it concerns"),
}
"""Every key of `engine.operations.by_hand.SHAPES`; a test asserts that none is missing."""


@dataclass(frozen=True)
class Asked:
    """One value to enter; `name` is its field on the page."""

    name: str
    label: str
    kind: str
    value: Any
    wrong: bool


LISTS = frozenset(key for shape in SHAPES.values() for key in shape if shape[key] == "codes")


def choices(seen: Seen) -> list[tuple[str, str]]:
    """The candidates by code, with their names."""
    return [(code, context.worded(name)) for code, name in candidates_by_code(seen)]


def asked(
    replacement: Replacement, typed: Mapping[str, Any], *, wrong: Sequence[str] = ()
) -> list[Asked]:
    return [
        Asked(
            _name(need.key),
            gettext(KEYS.get(need.key, need.key)),
            need.kind,
            typed.get(need.key, {} if need.kind == "by_code" else ""),
            need.key in wrong,
        )
        for need in replacement.needed
    ]


def collect(replacement: Replacement, form: MultiDict[str, str]) -> dict[str, Any]:
    """What was typed, by key: text, a list of codes, or {code: text}."""
    made: dict[str, Any] = {}
    for need in replacement.needed:
        name = _name(need.key)
        if need.kind == "codes":
            made[need.key] = form.getlist(name)
        elif need.kind == "by_code":
            start = f"{name}-"
            made[need.key] = {
                key.removeprefix(start): value
                for key, value in form.items()
                if key.startswith(start)
            }
        else:
            made[need.key] = form.get(name, "").strip()
    return made


def _name(key: str) -> str:
    return f"value-{key}" if key else "value"
