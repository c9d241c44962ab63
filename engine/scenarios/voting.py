"""Ballots of a scenario: what the voter in each seat marks, by a rule for the meeting."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.scenarios.model import BadScenario

Choices = dict[str, dict[str, str]]


def choices_of(
    rule: Mapping[str, Any], contests: Sequence[Mapping[str, Any]], *, seat: int, seats: int
) -> Choices | None:
    """What the voter of seat number `seat` (from 0) of `seats` marks; None: hands nothing in.

    Rules: `recommend: {option: votes}` by the ring rule (options in order, each takes its votes
    one after another around the ring of seats, starting where the one before stopped);
    `approve: {contest: {option: {mark: number, …}}}`: the marks one after another around the ring,
    from seat `start: {contest: n}` on; `grades: {option: {A: n, …}}`; `blank`, `spoilt`,
    `missing`: how many of the last seats.
    """
    missing, spoilt = int(rule.get("missing", 0)), int(rule.get("spoilt", 0))
    blank = int(rule.get("blank", 0))
    voting = seats - missing - spoilt - blank
    if seat >= seats - missing:
        return None
    if seat >= seats - missing - spoilt:
        return _spoilt(contests)
    if seat >= voting:
        return {}
    return {contest["code"]: _part(rule, contest, seat, voting) for contest in contests}


def _part(
    rule: Mapping[str, Any], contest: Mapping[str, Any], seat: int, voting: int
) -> dict[str, str]:
    if contest["mark"] == "recommend":
        return ring(rule["recommend"], seat=seat, seats=voting)
    if contest["mark"] == "grade":
        return {option: _step(rule["grades"][option], seat) for option in contest["options"]}
    start = int(rule.get("start", {}).get(contest["code"], 1)) - 1
    place = (seat - start) % voting
    table = rule["approve"].get(contest["code"], rule["approve"])
    return {option: _step(table[option], place) for option in contest["options"]}


def ring(votes: Mapping[str, int], *, seat: int, seats: int) -> dict[str, str]:
    """The marks of one seat under the ring rule."""
    marks: dict[str, str] = {}
    start = 0
    for option, number in votes.items():
        if (seat - start) % seats < number:
            marks[option] = "recommend"
        start = (start + number) % seats
    return marks


def _step(marks: Mapping[str, int], place: int) -> str:
    """Which of the marks, laid one after another, covers the place."""
    left = place
    for mark, number in marks.items():
        if left < number:
            return mark
        left -= number
    raise BadScenario("ballots", f"{dict(marks)} are fewer than the voters")


def _spoilt(contests: Sequence[Mapping[str, Any]]) -> Choices:
    """A paper nobody can accept: a mark that no paper knows."""
    return {c["code"]: {c["options"][0]: "spoilt"} for c in contests}
