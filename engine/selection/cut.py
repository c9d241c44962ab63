"""The cut: how many of a ranked field go on, and what happens to a tie at the line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from engine.selection.ranking import Place, rank
from engine.selection.rounding import Number, count, decimal_text
from engine.selection.working import Line, Result, Working, line

TieRule: TypeAlias = Literal["include_all", "decide", "exclude_all"]
TIE_RULES: tuple[TieRule, ...] = ("include_all", "decide", "exclude_all")
LARGE_TIE_FACTOR = 2


@dataclass(frozen=True)
class Ranked(Place):
    """One person of the field, with the answer: `advanced`."""

    advanced: bool


@dataclass(frozen=True)
class CutTie(Result):
    """The equal values that cross the line; ranks 15 to 18 mean four people on place 15."""

    first_rank: int
    last_rank: int
    codes: tuple[str, ...]
    value: Fraction


@dataclass(frozen=True)
class CutResult(Result):
    """Who advances.

    `line` is the lowest value that advances (or, with ties="decide", may still advance); None
    when nobody does. `tie` is None unless a tie crosses the line; a tie wholly above or below
    it changes nothing. `undecided` has the tied codes with ties="decide", for a body to settle
    which of them take the `places_left`.
    """

    places: int
    ties: TieRule
    ranked: tuple[Ranked, ...]
    advanced: tuple[str, ...]
    undecided: tuple[str, ...]
    places_left: int
    line: Fraction | None
    tie: CutTie | None
    warnings: Working
    working: Working


def cut(scores: Mapping[str, Number], places: int, *, ties: TieRule = "include_all") -> CutResult:
    """Take the best `places` of a field; a tie at the line is never split by the program.

    Args:
        scores: value per code, the higher the better (marks, votes, published totals).
        places: the quota, 0 or more (posts times ratio).
        ties: all in, all out, or left to a body to decide.

    Raises:
        ValueError: a negative quota, an unknown tie rule, an unreadable score.

    Source: domain.md §6.1-2, §6.2-17.

    """
    count(places, "places")
    if ties not in TIE_RULES:
        raise ValueError(f"ties must be one of {', '.join(TIE_RULES)}, not {ties!r}")
    order = rank(scores)
    tie = _tie_at_line(order, places)
    qualified = _qualified(order, places=places, tie=tie, ties=ties)
    undecided = tie.codes if tie and ties == "decide" else ()
    threshold = _line_value(order, qualified + len(undecided))
    warnings = _warnings(field=len(order), places=places, tie=tie)
    return CutResult(
        places=places,
        ties=ties,
        ranked=tuple(
            Ranked(place.code, place.value, place.shown, place.rank, advanced=index < qualified)
            for index, place in enumerate(order)
        ),
        advanced=tuple(place.code for place in order[:qualified]),
        undecided=undecided,
        places_left=max(places - qualified, 0),
        line=threshold,
        tie=tie,
        warnings=warnings,
        working=(
            line("cut_places", places=places, field=len(order)),
            *_tie_lines(order, places=places, tie=tie, ties=ties),
            line("cut_advanced", advanced=qualified, line=_shown(order, threshold)),
            *warnings,
        ),
    )


def _tie_at_line(order: Sequence[Place], places: int) -> CutTie | None:
    if not 0 < places < len(order) or order[places - 1].rank != order[places].rank:
        return None
    tied = [place for place in order if place.rank == order[places].rank]
    first = tied[0].rank
    codes = tuple(place.code for place in tied)
    return CutTie(first, first + len(tied) - 1, codes, tied[0].value)


def _qualified(order: Sequence[Place], *, places: int, tie: CutTie | None, ties: TieRule) -> int:
    if tie is None:
        return min(places, len(order))
    return tie.last_rank if ties == "include_all" else tie.first_rank - 1


def _line_value(order: Sequence[Place], included: int) -> Fraction | None:
    return order[included - 1].value if included else None


def _shown(order: Sequence[Place], value: Fraction | None) -> str | None:
    return next((place.shown for place in order if place.value == value), None)


def _tie_lines(
    order: Sequence[Place], *, places: int, tie: CutTie | None, ties: TieRule
) -> Working:
    if tie is None:
        return ()
    facts = {
        "first_rank": tie.first_rank,
        "last_rank": tie.last_rank,
        "codes": tie.codes,
        "value": _shown(order, tie.value) or decimal_text(tie.value),
    }
    if ties == "include_all":
        return (line("cut_tie_included", **facts),)
    code = "cut_tie_to_decide" if ties == "decide" else "cut_tie_excluded"
    return (line(code, **facts, places_left=places - tie.first_rank + 1),)


def _warnings(*, field: int, places: int, tie: CutTie | None) -> Working:
    warnings: list[Line] = []
    if field < places:
        warnings.append(line("short_field", places=places, field=field))
    if tie and len(tie.codes) > LARGE_TIE_FACTOR * places:
        warnings.append(line("large_tie", places=places, tied=len(tie.codes)))
    return tuple(warnings)
