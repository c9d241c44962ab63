"""Ballots of a scenario: what the voter in each seat marks, by a rule for the meeting."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.scenarios.model import BadScenario

ANY = "*"

Choices = dict[str, dict[str, str]]
Steps = Mapping[str, int] | Sequence[Mapping[str, int]]
"""Marks one after another; a list where a mark comes more than once."""


def choices_of(
    rule: Mapping[str, Any], contests: Sequence[Mapping[str, Any]], *, seat: int, seats: int
) -> Choices | None:
    """What the voter of seat number `seat` (from 0) of `seats` marks; None: hands nothing in.

    Rules: `recommend: {option: votes}`, or `{contest: {option: votes}}`, by the ring rule
    (options in order, each takes its votes one after another around the ring of seats, starting
    where the one before stopped);
    `approve: {contest: {option: {mark: number, …}}}`: the marks one after another around the ring,
    from seat `start: {contest: n}` on; `grades: {option: {A: n, …}}`; the option `*` stands for
    every one not named; `blank`, `spoilt`,
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
        votes = rule["recommend"].get(contest["code"], rule["recommend"])
        return ring(votes, seat=seat, seats=voting)
    if contest["mark"] == "grade":
        return {option: _step(_of(rule["grades"], option), seat) for option in contest["options"]}
    start = int(rule.get("start", {}).get(contest["code"], 1)) - 1
    place = (seat - start) % voting
    table = rule["approve"].get(contest["code"], rule["approve"])
    return {option: _step(_of(table, option), place) for option in contest["options"]}


def _of(table: Mapping[str, Steps], option: str) -> Steps:
    """The marks of an option; those under `*` hold for every option not named."""
    if option not in table and ANY not in table:
        raise BadScenario("ballots", f"nothing is said of {option}")
    return table.get(option) or table[ANY]


def ring(votes: Mapping[str, int], *, seat: int, seats: int) -> dict[str, str]:
    """The marks of one seat under the ring rule."""
    marks: dict[str, str] = {}
    start = 0
    for option, number in votes.items():
        if (seat - start) % seats < number:
            marks[option] = "recommend"
        start = (start + number) % seats
    return marks


def _step(marks: Steps, place: int) -> str:
    """Which of the marks, laid one after another, covers the place."""
    steps = [marks] if isinstance(marks, Mapping) else marks
    left = place
    for mark, number in (pair for step in steps for pair in step.items()):
        if left < number:
            return mark
        left -= number
    raise BadScenario("ballots", f"{marks} are fewer than the voters")


def _spoilt(contests: Sequence[Mapping[str, Any]]) -> Choices:
    """A paper nobody can accept: a mark that no paper knows."""
    return {c["code"]: {c["options"][0]: "spoilt"} for c in contests}
