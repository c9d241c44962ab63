"""Meetings that vote: the ballot box, paper beside it, the count."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from engine import ballots, recusals, selection
from engine.errors import EngineError
from engine.operations.answers import last_round, one_submission
from engine.operations.base import Call, Outcome, operation
from engine.operations.schemas import MAPPING, choice, parameter, takes

FEWEST_SCRUTINEERS = 2
BASE = choice(
    ("entitled", "应到会人数", "entitled"),
    ("present", "实到会人数", "present"),
    ("issued", "发出票数", "issued"),
    ("returned", "收回票数", "returned"),
    ("valid", "有效票数", "valid"),
)


class NoScrutineers(EngineError):
    """The box cannot be locked: the meeting has not appointed enough scrutineers."""

    code = "no_scrutineers"

    def __init__(self, *, found: int, needed: int) -> None:
        super().__init__(f"{found} scrutineers are appointed, at least {needed} are needed")
        self.found, self.needed = found, needed


@operation(
    "open_ballot",
    takes(
        {
            "title": parameter("投票事项", "title"),
            "contests": parameter(
                "票面各项",
                "contests",
                {"type": "array", "items": {"type": "object"}, "minItems": 1},
            ),
            "attendance": parameter("签到", "attendance", MAPPING),
        },
        {
            "base": parameter("得票率分母", "base of shares", BASE),
            "fewest": parameter("监票人至少", "scrutineers at least", {"type": "integer"}),
        },
    ),
)
def open_ballot(
    call: Call,
    *,
    title: str,
    contests: Sequence[Mapping[str, Any]],
    attendance: Mapping[str, Any],
    base: str = "valid",
    fewest: int = FEWEST_SCRUTINEERS,
) -> Outcome:
    """Lock an empty box with the rules of the ballot, once scrutineers are appointed.

    Reads the fields `scrutineers` (people) and `by_hand` (passed or not_passed).

    Args:
        call: the user task where the meeting appoints scrutineers.
        title: code of a word, or the title itself.
        contests: parts of the paper, each {code, mark, options, most, seats, fewest?, shares?};
            mark is recommend, approve or grade; `shares` [{options, fewest}] ask for at least so
            many of these options.
        attendance: result of `take_attendance`.
        base: what shares are taken of.
        fewest: scrutineers needed.

    Whoever is recused from the vote on somebody on the paper is not entitled to it.

    Returns:
        `{ballot: {id, title, base, contests}, scrutineers: n, recused: n}`.

    Raises:
        NoScrutineers: too few, or the meeting did not agree; nothing is locked.
        BallotRulesWrong: a contest that cannot be voted on, or nobody is present.

    Source: process.md, mv_appoint_scrutineers; `engine.ballots`.

    """
    answers = one_submission(call).answers
    found = len(set(answers.get("scrutineers") or ()))
    if answers.get("by_hand") == "not_passed":
        found = 0
    if found < fewest:
        raise NoScrutineers(found=found, needed=fewest)
    barred = recusals.from_vote(
        call.session, case_id=call.case.id, about=ballots.codes_of(contests)
    )
    attendance_id = UUID(attendance["id"])
    recused = ballots.present_among(call.session, attendance_id, barred)
    if recused:
        attendance_id = ballots.copy_without(call.session, attendance_id, recused)
    box_id = ballots.lock_box(
        call.session,
        case_id=call.case.id,
        title=title,
        contests=contests,
        base=base,
        attendance_id=attendance_id,
        now=call.now,
    )
    ballot = {"id": box_id, "title": title, "base": base, "contests": contests}
    return Outcome({"ballot": ballot, "scrutineers": found, "recused": len(recused)})


@operation(
    "tally",
    takes(
        {"ballot": parameter("票箱", "ballot", MAPPING)},
        {
            "paper": parameter(
                "纸质票录入环节",
                "task where paper ballots were entered",
                hint=("未使用纸质票的不填。", "Empty where there are none."),
            )
        },
    ),
)
def tally(call: Call, *, ballot: Mapping[str, Any], paper: str = "") -> Outcome:
    """Count a closed box, with the paper ballots two people have entered apart.

    Args:
        call: any element after the vote.
        ballot: result of `open_ballot`.
        paper: id of the task with the fields `bundles` and `counts`; empty: no paper.

    Returns:
        `{numbers, contests: {code: {code, kind, mark, seats, most, numbers, votes: {option: {mark:
        n}}, invalid_reasons, void, working}}, groups: {group: {numbers, contests}}, entitled,
        present, issued, returned, void, title, base, box, working}`. `numbers` are those of the
        first contest, or of all papers alike where several contests differ in validity.

    Raises:
        PaperCountsWrong, BoxChanged, WrongBoxState: see `engine.ballots.count`.

    Source: process.md, mv_count; domain.md §1.2.

    """
    bundles: list[ballots.Paper] = []
    if paper:
        answers = last_round(call, paper)[0].answers or {}
        bundles = ballots.paper_bundles(answers.get("bundles") or [], answers.get("counts") or [])
    counted: dict[str, Any] = dict(
        ballots.count(call.session, box_id=UUID(ballot["id"]), paper=bundles, now=call.now)
    )
    by_group = counted.pop("by_group", {})
    rules = {contest["code"]: contest for contest in ballot.get("contests", ())}
    counted["contests"] = {
        code: {**{key: rules[code][key] for key in ("mark", "seats", "most")}, **contest}
        if code in rules
        else contest
        for code, contest in counted["contests"].items()
    }
    groups = {
        name: {"numbers": _numbers(group), "contests": _votes(group)}
        for name, group in by_group.items()
    }
    return Outcome({"numbers": _numbers(counted), "groups": groups, **counted})


@operation("check_paper", takes({"ballot": parameter("票箱", "ballot", MAPPING)}))
def check_paper(call: Call, *, ballot: Mapping[str, Any]) -> Outcome:
    """Hold paper ballots that two people entered apart against each other and against the box.

    Entries that agree but cannot be true, e.g. more votes than papers, count as not equal: they
    are entered again, instead of stopping the count.

    Args:
        call: the task where paper is entered, with `compare`.
        ballot: result of `open_ballot`.

    Returns:
        `{equal, differences, wrong: {problem, contest, option} | None}`; places, never numbers.

    Source: process.md, mv_enter_paper; `engine.ballots.check_paper`.

    """
    handed_in = call.variables["handed_in"]
    compared = {key: handed_in[key] for key in ("equal", "differences")}
    wrong = None
    if compared["equal"]:
        answers = one_submission(call).answers
        try:
            bundles = ballots.paper_bundles(
                answers.get("bundles") or [], answers.get("counts") or []
            )
            ballots.check_paper(call.session, box_id=UUID(ballot["id"]), paper=bundles)
        except selection.PaperCountsWrong as error:
            wrong = {"problem": error.problem, "contest": error.contest, "option": error.option}
    return Outcome({**compared, "equal": compared["equal"] and wrong is None, "wrong": wrong})


def _numbers(counted: Mapping[str, Any]) -> dict[str, int]:
    """Of one contest all its numbers; of several what the papers have in common."""
    contests = list(counted["contests"].values())
    first: dict[str, int] = contests[0]["numbers"]
    return {
        name: number
        for name, number in first.items()
        if all(contest["numbers"][name] == number for contest in contests)
    }


def _votes(group: Mapping[str, Any]) -> dict[str, Any]:
    return {
        code: {"numbers": contest["numbers"], "votes": contest["votes"]}
        for code, contest in group["contests"].items()
    }
