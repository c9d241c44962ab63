"""Meetings that vote: who is there, the ballot box, the count, the decision."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from engine import ballots, recusals, seats, selection
from engine.errors import EngineError
from engine.forms import InvalidAnswers, Problem
from engine.model import Attendance, Attendee
from engine.operations.answers import last_round, one_submission
from engine.operations.base import BadParameters, Call, Outcome, operation
from engine.operations.rules import COMPARATOR
from engine.operations.schemas import MAPPING, SEATS, choice, parameter, takes

FEWEST_SCRUTINEERS = 2
LEFT_EARLY = "left_early"
RECUSED = "recused"
_VOTE_PHASES = ("vote", "both")

_THRESHOLD = re.compile(r"(>=|≥|>)?\s*([0-9./]+%?(?:\s*\+\s*[0-9]+)?)(?:\s+of\s+(\w+))?")
BASE = choice(
    ("entitled", "应到会人数", "entitled"),
    ("present", "实到会人数", "present"),
    ("issued", "发出票数", "issued"),
    ("returned", "收回票数", "returned"),
    ("valid", "有效票数", "valid"),
)


class AttendanceRefused(InvalidAnswers):
    """The attendance cannot be true: correct the fields named; nothing is changed.

    Codes: `not_entitled` (somebody who is not on the list), `present_and_excluded`.
    """

    code = "attendance_refused"


class NoScrutineers(EngineError):
    """The box cannot be locked: the meeting has not appointed enough scrutineers."""

    code = "no_scrutineers"

    def __init__(self, *, found: int, needed: int) -> None:
        super().__init__(f"{found} scrutineers are appointed, at least {needed} are needed")
        self.found, self.needed = found, needed


@operation(
    "take_attendance",
    takes(
        {"electors": parameter("应到人员", "who is entitled", SEATS)},
        {
            "quorum": parameter(
                "到会要求",
                "quorum",
                hint=("如 2/3、1/2 + 1；不填则不要求。", "E.g. 2/3 or 1/2 + 1; empty: none."),
            ),
            "comparator": parameter("比较方式", "comparison", COMPARATOR),
            "given": parameter(
                "本次会议已有的签到",
                "attendance of the same meeting",
                {"type": ["object", "string", "null"]},
            ),
            "contests": parameter(
                "票面各项",
                "contests",
                {"type": "array", "items": {"type": "object"}},
                hint=(
                    "表决谁；须回避表决的人员不计入应到。",
                    "Who is voted on; whoever may not vote on them is not entitled.",
                ),
            ),
        },
    ),
)
def take_attendance(
    call: Call,
    *,
    electors: Sequence[Mapping[str, Any]],
    quorum: str = "",
    comparator: selection.Comparator = ">=",
    given: Mapping[str, Any] | str | None = None,
    contests: Sequence[Mapping[str, Any]] = (),
) -> Outcome:
    """Write down who is entitled and who is present; a meeting called again writes a new list.

    Reads the fields `present` and `left_early` (people), `excluded` and `recused` (rows with
    `person` and `reason`; somebody recused is left out where the `phase` is vote or both). Who is
    excluded is no longer entitled; who left before the vote is absent. Whoever is recused from the
    vote on somebody who stands on the paper, or from all votes, is excluded whatever was ticked.

    Args:
        call: the user task where the people are ticked.
        electors: seats as `roster("…")` or `members("…")` describe them.
        quorum: share of the entitled who must be there, e.g. 2/3 or 1/2 + 1; empty: none.
        comparator: ">=" passes at exactly the share.
        given: attendance the calling meeting took; it is used again as it is.
        contests: what is voted on, as `open_ballot` takes it.

    Returns:
        `{id, attendance: {id}, entitled, present, absent, excluded, reasons: {reason: n},
        groups: {group: {entitled, present}}, quorum: {passes, met, needed, number, comparator}}`.

    Raises:
        AttendanceRefused: somebody not on the list, or present and excluded; nothing is changed.
        BadParameters: the electors are not people.

    Source: process.md, mv_attendance; domain.md §1.2.

    """
    if isinstance(given, Mapping) and given.get("id"):
        return Outcome(given)
    answers = one_submission(call).answers
    places = seats.resolve(
        call.session, electors, case_id=call.case.id, roles=call.package.roles, now=call.now
    )
    groups = {str(place.person_id): place.group for place in places if place.person_id}
    if len(groups) < len(places):
        raise BadParameters("take_attendance", "electors must be people, each of them once")
    barred = recusals.from_vote(
        call.session, case_id=call.case.id, about=ballots.codes_of(contests)
    )
    out = {str(person): RECUSED for person in barred if str(person) in groups}
    excluded = {**_excluded(answers), **out}
    present = _present(answers, groups, excluded, out)
    attendance = Attendance(case_id=call.case.id, element_id=call.element.id, taken_at=call.now)
    call.session.add(attendance)
    call.session.flush()  # the list refers to it, and goes in one statement
    _write(call, attendance.id, groups, present, excluded, answers)
    left = [person for person in groups if person not in excluded]
    return Outcome(
        {
            "id": attendance.id,
            "attendance": {"id": attendance.id},
            "entitled": len(left),
            "present": len(present),
            "absent": len(left) - len(present),
            "excluded": len(excluded),
            "reasons": _counted([reason.split(":")[0] for reason in excluded.values()]),
            "groups": {
                group: {
                    "entitled": sum(groups[person] == group for person in left),
                    "present": sum(groups[person] == group for person in present),
                }
                for group in dict.fromkeys(groups.values())
                if group
            },
            "quorum": _quorum(len(present), len(left), quorum, comparator),
        }
    )


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


def parse_threshold(text: str) -> tuple[str, str, str]:
    """Read "2/3", ">1/2", ">= 40%", "1/2 + 1" or "> 1/2 of entitled" as (comparator, share, base).

    Comparator and base are empty where the text does not say them.

    Raises:
        ValueError: it says something else.

    """
    found = _THRESHOLD.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'{text!r} is not a threshold; write "2/3" or "> 1/2 of entitled"')
    comparator, number, base = found.groups()
    return (comparator or "").replace("≥", ">="), number, base or ""


def _excluded(answers: Mapping[str, Any]) -> dict[str, str]:
    """Person → reason, with the note behind a colon."""
    made = {}
    for row in answers.get("excluded") or ():
        note = str(row.get("note") or "").strip()
        made[str(row["person"])] = f"{row['reason']}: {note}" if note else str(row["reason"])
    for row in answers.get("recused") or ():
        if row.get("phase") in _VOTE_PHASES:
            made[str(row["person"])] = RECUSED
    return made


def _present(
    answers: Mapping[str, Any],
    groups: Mapping[str, str],
    excluded: Mapping[str, str],
    barred: Mapping[str, str],
) -> list[str]:
    ticked = [str(person) for person in answers.get("present") or ()]
    ticked = [person for person in ticked if person not in barred]  # there, but not to vote
    gone = {str(person) for person in answers.get("left_early") or ()}
    problems = [
        Problem(f"present.{index}", code)
        for index, person in enumerate(ticked)
        for code, wrong in (
            ("not_entitled", person not in groups),
            ("present_and_excluded", person in excluded),
        )
        if wrong
    ]
    problems += [Problem("excluded", "not_entitled") for p in excluded if p not in groups]
    if problems:
        raise AttendanceRefused(problems)
    here = set(ticked) - gone
    return [person for person in groups if person in here]


def _write(
    call: Call,
    attendance_id: UUID,
    groups: Mapping[str, str],
    present: Sequence[str],
    excluded: Mapping[str, str],
    answers: Mapping[str, Any],
) -> None:
    gone = {str(person) for person in answers.get("left_early") or ()}
    here = set(present)
    rows = []
    for position, (person, group) in enumerate(groups.items(), start=1):
        state = "excluded" if person in excluded else "present" if person in here else "absent"
        reason = excluded.get(person) or (LEFT_EARLY if person in gone else "")
        rows.append(
            {
                "attendance_id": attendance_id,
                "person_id": UUID(person),
                "position": position,
                "group": group,
                "state": state,
                "reason": reason,
            }
        )
    if rows:
        call.session.execute(insert(Attendee), rows)


def _quorum(
    present: int, entitled: int, text: str, comparator: selection.Comparator
) -> dict[str, Any]:
    if not text:
        return {"passes": True, "met": True, "needed": 0, "number": "", "comparator": comparator}
    stated, number, _ = parse_threshold(text)
    held = selection.quorum(
        present=present,
        entitled=entitled,
        comparator=">" if (stated or comparator) == ">" else ">=",
        number=number,
    )
    return {
        "passes": held.passes,
        "met": held.passes,
        "needed": held.needed,
        "number": number,
        "comparator": held.comparator,
        "working": held.working,
    }


def _counted(words: Sequence[str]) -> dict[str, int]:
    return {word: words.count(word) for word in dict.fromkeys(words)}


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
