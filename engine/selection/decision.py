"""The decision of a contest: who takes a seat, and who goes to the one second ballot."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, TypeAlias

from engine.selection.cut import CutResult, cut
from engine.selection.rounding import count
from engine.selection.tally import ContestTally
from engine.selection.threshold import Threshold, ThresholdResult
from engine.selection.working import Line, Result, Working, line

Outcome: TypeAlias = Literal["decided", "second_ballot", "undecided", "void", "no_quorum"]

LAST_BALLOT = 2
FEWEST_TO_CHOOSE_FROM = 2


@dataclass(frozen=True)
class Decision(Result):
    """What a count decides.

    outcome: decided (all seats taken); second_ballot (between the options in `second_ballot`, for
    `seats_left` seats); undecided (back to the body that set up the contest); void (repeat the
    ballot); no_quorum (the meeting could not vote). `elected` may hold names with the second and
    third outcome too: their seats are taken. Options in `second_ballot` stand as on the paper.
    """

    contest: str
    ballot: int
    outcome: Outcome
    elected: tuple[str, ...]
    seats_left: int
    second_ballot: tuple[str, ...]
    passed: tuple[str, ...]
    needed: int
    working: Working


def decide(
    contest: ContestTally,
    *,
    seats: int,
    majority: Threshold,
    quorum: Threshold | None = None,
    ballot: int = 1,
    groups: Mapping[str, ContestTally] | None = None,
) -> Decision:
    """Decide one contest from its count; nobody is chosen by lot, ever.

    Args:
        contest: the count; its void flag decides before anything else.
        seats: seats of this contest, or on a second ballot those still left.
        majority: who passes; its metric is a mark of the paper ("agree" of "entitled").
        quorum: whether the meeting may vote; None where attendance was settled before.
        ballot: 1, or 2 for the second ballot, after which there is no other.
        groups: counts of single groups; who passes must reach the majority in each of them too.

    A tie at the last seat sends the tied to the second ballot. With fewer passed than seats it
    is the first names of the rest, one more than seats are left, and who ties with the last.

    Source: domain.md §1.2, §6.8, §6.2-21; §2, A12 (two classes of voters, each over half).

    """
    scores = contest.scores(majority.metric)
    numbers = asdict(contest.numbers)
    results = {
        option: majority.evaluate({**numbers, majority.metric: votes})
        for option, votes in scores.items()
    }
    needed = majority.needed(numbers[majority.base])
    stop = _stopped(contest, quorum.evaluate(numbers) if quorum else None)
    if stop:
        outcome, reason = stop
        return Decision(contest.code, ballot, outcome, (), seats, (), (), needed, (reason,))
    held = [
        _in_group(name, group, option, majority)
        for name, group in (groups or {}).items()
        for option in scores
    ]
    failed = {str(row["option"]) for row in held if not row["passes"]}
    passed = {
        option: votes
        for option, votes in scores.items()
        if results[option].passes and option not in failed
    }
    made = _seat(contest.code, scores, passed=passed, seats=seats, needed=needed, ballot=ballot)
    return replace(made, working=(*held, *made.working))


def _in_group(name: str, group: ContestTally, option: str, majority: Threshold) -> Line:
    numbers = asdict(group.numbers)
    votes = group.votes[option][majority.metric]
    held = majority.evaluate({**numbers, majority.metric: votes})
    facts = {"votes": votes, "needed": held.needed, "passes": held.passes}
    return line("group_held", contest=group.code, group=name, option=option, **facts)


def _stopped(contest: ContestTally, quorum: ThresholdResult | None) -> tuple[Outcome, Line] | None:
    if contest.void:
        return "void", line("count_void", contest=contest.code)
    if quorum and not quorum.passes:
        facts = {"needed": quorum.needed, "count": quorum.count}
        return "no_quorum", line("quorum_not_met", contest=contest.code, **facts)
    return None


def _seat(
    code: str,
    scores: Mapping[str, int],
    *,
    passed: Mapping[str, int],
    seats: int,
    needed: int,
    ballot: int,
) -> Decision:
    seated = cut(passed, count(seats, "seats"), ties="decide")
    names = seated.undecided or _first_of_rest(scores, seated.advanced, seated.places_left)
    again = _second_ballot(scores, names, ballot=ballot) if seated.places_left else ()
    outcome: Outcome = "decided"
    if seated.places_left:
        outcome = "second_ballot" if again else "undecided"
    taken = [
        line("seat_taken", contest=code, option=option, votes=scores[option], needed=needed)
        for option in seated.advanced
    ]
    return Decision(
        contest=code,
        ballot=ballot,
        outcome=outcome,
        elected=seated.advanced,
        seats_left=seated.places_left,
        second_ballot=again,
        passed=tuple(option for option in scores if option in passed),
        needed=needed,
        working=(*taken, *_open_lines(code, seated, scores, needed=needed, again=again)),
    )


def _open_lines(
    code: str,
    seated: CutResult,
    scores: Mapping[str, int],
    *,
    needed: int,
    again: Sequence[str],
) -> Working:
    """Say why seats are open, and what happens next."""
    left = seated.places_left
    if not left:
        return ()
    if seated.undecided:
        votes = scores[seated.undecided[0]]
        why = line(
            "seats_tied", contest=code, options=seated.undecided, votes=votes, seats_left=left
        )
    else:
        facts = {"passed": len(seated.ranked), "seats": seated.places, "needed": needed}
        why = line("too_few_passed", contest=code, **facts)
    if again:
        return why, line("second_ballot", contest=code, options=again, seats_left=left)
    return why, line("refer_back", contest=code, seats_left=left)


def _first_of_rest(
    scores: Mapping[str, int], elected: Sequence[str], seats_left: int
) -> tuple[str, ...]:
    rest = {option: votes for option, votes in scores.items() if option not in elected}
    return cut(rest, seats_left + 1).advanced


def _second_ballot(
    scores: Mapping[str, int], names: Sequence[str], *, ballot: int
) -> tuple[str, ...]:
    if ballot >= LAST_BALLOT or len(names) < FEWEST_TO_CHOOSE_FROM:
        return ()
    return tuple(option for option in scores if option in names)
