"""Who is entitled, who is present, and whether that is enough."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from engine import ballots, recusals, seats, selection
from engine.forms import InvalidAnswers, Problem
from engine.model import Attendance, Attendee
from engine.operations.answers import one_submission
from engine.operations.base import BadParameters, Call, Outcome, operation
from engine.operations.rules import COMPARATOR
from engine.operations.schemas import SEATS, parameter, takes
from engine.operations.thresholds import parse_threshold

LEFT_EARLY = "left_early"
RECUSED = "recused"
_VOTE_PHASES = ("vote", "both")


class AttendanceRefused(InvalidAnswers):
    """The attendance cannot be true: correct the fields named; nothing is changed.

    Codes: `not_entitled` (somebody who is not on the list), `present_and_excluded`.
    """

    code = "attendance_refused"


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
