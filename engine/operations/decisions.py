"""What a count decides: who takes a seat, who goes to the one second ballot."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from engine import selection
from engine.operations.base import Call, Outcome, operation
from engine.operations.schemas import CODES, MAPPING, TEXT, parameter, takes
from engine.operations.thresholds import parse_threshold

_MARK_OF_KIND = {"recommend": "recommend", "agree": "agree"}
_SECOND = 2


@operation(
    "decide_contests",
    takes(
        {
            "tally": parameter("计票结果", "count", MAPPING),
            "threshold": parameter(
                "通过要求",
                "who passes",
                TEXT,
                hint=(
                    "如 1/2（超过应到的一半），或 >= 2/3 of present。",
                    "E.g. 1/2 (more than half of the entitled), or >= 2/3 of present.",
                ),
            ),
        },
        {
            "first": parameter("前次票决结果", "decision before this one", MAPPING),
            "in_each": parameter(
                "分别通过的类别",
                "groups that must each pass",
                CODES,
                hint=(
                    "分类计票的各类人员；每一类都要达到通过要求，如党员、村民代表分别过半数。",
                    "Groups counted apart; who passes reaches the threshold in each of them too.",
                ),
            ),
        },
    ),
)
def decide_contests(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    tally: Mapping[str, Any],
    threshold: str,
    first: Mapping[str, Any] | None = None,
    in_each: Sequence[str] = (),
) -> Outcome:
    """Decide every contest of a count; nobody is chosen by lot.

    A count is decided once: asked again about one that `first` has taken in, e.g. because somebody
    did not sign, it gives what `first` says, so that nobody is elected twice and nothing that a
    second ballot has settled is voted on again.

    Args:
        call: any element after the count.
        tally: result of `tally`.
        threshold: share that must agree; without a comparator more than it, without a base the
            base of the ballot.
        first: the decision of the ballot before; what it settled stays, and a contest in its
            `second` has had its last ballot now.
        in_each: groups of the count; who passes must reach the threshold in each of them too.

    Returns:
        `{decided: {contest: [code…]}, undecided: [contest…], second: [{code, mark, options, most,
        seats}…], outcomes: {contest: word}, needed: {contest: n}, boxes: [id…], working}`. `second`
        are the contests of a second ballot, ready for the paper; they are among the undecided too.
        Outcomes: decided, second_ballot, undecided, void, no_quorum. `boxes`: the counts taken in.

    Raises:
        ValueError: grades decide nothing, the seats of a contest are not known, or a group of
            `in_each` was not counted.

    Source: domain.md §1.2, §6.8, §6.2-21; `engine.selection.decide`.

    """
    before = first or {}
    boxes, box = list(before.get("boxes", ())), tally.get("box")
    if box in boxes:
        return Outcome(before)
    again = {contest["code"] for contest in before.get("second", ())}
    decided = {code: list(taken) for code, taken in before.get("decided", {}).items()}
    undecided = [c for c in before.get("undecided", ()) if c not in tally["contests"]]
    outcomes, needed = {}, {}
    second: list[dict[str, Any]] = []
    working: list[Any] = []
    for code, contest in tally["contests"].items():
        groups = {name: _group(tally, name, contest) for name in in_each}
        made = _decide(
            contest, tally, threshold, ballot=_SECOND if code in again else 1, groups=groups
        )
        decided[code] = [*decided.get(code, ()), *made.elected]
        outcomes[code], needed[code] = made.outcome, made.needed
        working.extend(made.working)
        if made.outcome != "decided":
            undecided.append(code)
        if made.second_ballot:
            second.append(_paper(contest, made))
    return Outcome(
        {
            "decided": decided,
            "undecided": undecided,
            "second": second,
            "outcomes": outcomes,
            "needed": needed,
            "boxes": [*boxes, box] if box else boxes,
            "working": working,
        }
    )


def _group(
    tally: Mapping[str, Any], name: str, contest: Mapping[str, Any]
) -> selection.ContestTally:
    """The count of one group, in the shape of a count."""
    if name not in tally.get("groups", {}):
        raise ValueError(f"nothing was counted of the group {name!r}")
    counted = tally["groups"][name]["contests"][contest["code"]]
    return _count({**contest, "numbers": counted["numbers"], "votes": counted["votes"]})


def _decide(
    contest: Mapping[str, Any],
    tally: Mapping[str, Any],
    threshold: str,
    *,
    ballot: int,
    groups: Mapping[str, selection.ContestTally],
) -> selection.Decision:
    if contest["kind"] not in _MARK_OF_KIND:
        raise ValueError(f"{contest['kind']} of {contest['code']} decide nothing")
    if "seats" not in contest:
        raise ValueError(f"the seats of {contest['code']} are not known")
    comparator, number, base = parse_threshold(threshold)
    of = next(b for b in get_args(selection.Base) if b == (base or tally["base"]))
    majority = selection.threshold(
        _MARK_OF_KIND[contest["kind"]], of, ">=" if comparator == ">=" else ">", number
    )
    return selection.decide(
        _count(contest), seats=contest["seats"], majority=majority, ballot=ballot, groups=groups
    )


def _count(contest: Mapping[str, Any]) -> selection.ContestTally:
    return selection.ContestTally(
        code=contest["code"],
        kind=contest["kind"],
        numbers=selection.Numbers(**contest["numbers"]),
        votes=contest["votes"],
        invalid_reasons=contest["invalid_reasons"],
        void=contest["void"],
        working=(),
    )


def _paper(contest: Mapping[str, Any], made: selection.Decision) -> dict[str, Any]:
    return {
        "code": contest["code"],
        "mark": contest["mark"],
        "options": list(made.second_ballot),
        "most": made.seats_left,
        "seats": made.seats_left,
    }
