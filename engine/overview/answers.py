"""What was handed in at one step, as far as it may be read: never ballots, nothing before its time.

Scores stay hidden until all are in, sealed writing until it is opened, what two people enter apart
until both have; and then only the readers of the task see it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from engine import almanac, options, seals
from engine.bpmn import Element
from engine.definitions import Words
from engine.errors import EngineError
from engine.facts import CaseFacts
from engine.forms import Choice, Form
from engine.model import Candidate, Person, Seat, UserTask
from engine.overview.access import Seen

PAGE = 20


class StepNotFound(EngineError):
    """No such step, or none that this person may see: the two answers must look alike."""

    code = "step_not_found"

    def __init__(self, element_id: str) -> None:
        super().__init__(f"there is no step {element_id}, or not for you")
        self.element_id = element_id


@dataclass(frozen=True)
class Entry:
    """What one seat handed in."""

    seat_id: UUID
    subject: Words | None
    by: str
    absent: str
    """for whom, where a stand-in handed it in"""
    recorded_for: str
    at: datetime | None
    answers: Mapping[str, Any]


@dataclass(frozen=True)
class Round:
    """One time the task was open, with how many of how many handed in."""

    task_id: UUID
    number: int
    state: str
    opened_at: datetime
    closed_at: datetime | None
    by: datetime | None
    provisional: bool
    """`by` may still move: its year is not confirmed"""
    to_hand_in: int
    handed_in: int


@dataclass(frozen=True)
class HandedIn:
    """A step with its rounds, and what may be read of the one that is shown.

    `hidden` says why nothing is shown: ballot, not_yours, sealed, scores, compare, or is empty.
    """

    element: Element
    name: Words
    role: Words
    rounds: Sequence[Round]
    shown: Round | None
    hidden: str = ""
    form: Form | None = None
    choices: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    entries: Sequence[Entry] = ()
    following: int | None = None
    """position after which the next page begins"""


def handed_in(
    seen: Seen,
    element_id: str,
    *,
    task_id: UUID | None = None,
    after: int = 0,
    limit: int = PAGE,
) -> HandedIn:
    """Show a step of people; a constant number of statements.

    Args:
        seen: the selection and the reader.
        element_id: a user task.
        task_id: one of its rounds; the last by default.
        after: position of the last seat of the page before.
        limit: seats on a page.

    Raises:
        StepNotFound: no such task, or the reader is no member of staff.
    """
    element = seen.package.definition.elements.get(element_id)
    if element is None or element.kind != "userTask" or not seen.is_staff:
        raise StepNotFound(element_id)
    tasks = seen.session.scalars(
        select(UserTask)
        .where(
            UserTask.case_id == seen.case.id,
            UserTask.element_id == element_id,
            UserTask.about.not_in(seen.standing.bars.deliberation),
        )
        .order_by(UserTask.opened_at.desc(), UserTask.id)
        .limit(PAGE)
    ).all()
    rounds = _rounds(seen, tasks)
    task = next((t for t in tasks if t.id == task_id), tasks[0] if tasks else None)
    made = HandedIn(
        element=element,
        name=Words(element.name, element.name_en),
        role=seen.package.word(element.role),
        rounds=rounds,
        shown=next((r for r in rounds if task is not None and r.task_id == task.id), None),
    )
    return made if task is None else _filled(seen, made, task, after, limit)


def _rounds(seen: Seen, tasks: Sequence[UserTask]) -> list[Round]:
    counts: dict[tuple[UUID, str], int] = {}
    rows = seen.session.execute(
        select(Seat.task_id, Seat.state, func.count())
        .where(
            Seat.task_id.in_([task.id for task in tasks]),
            Seat.subject.not_in(seen.standing.bars.deliberation),
            or_(Seat.subject != "", ~_of_hidden_candidate(seen)),
        )
        .group_by(Seat.task_id, Seat.state)
    )
    for task_id, state, number in rows:
        counts[task_id, state] = number
    unsure = almanac.unconfirmed(seen.session, (t.workday_year for t in tasks if not t.set_at))
    return [
        Round(
            task_id=task.id,
            number=task.round,
            state=task.state,
            opened_at=task.opened_at,
            closed_at=task.closed_at,
            by=task.due_at or task.closes_at,
            provisional=task.workday_year in unsure and task.set_at is None,
            to_hand_in=sum(counts.get((task.id, s), 0) for s in ("open", "handed_in", "closed")),
            handed_in=counts.get((task.id, "handed_in"), 0),
        )
        for task in tasks
    ]


def _filled(seen: Seen, made: HandedIn, task: UserTask, after: int, limit: int) -> HandedIn:
    hidden = _why_hidden(seen, made.element, task)
    if hidden:
        return _with(made, hidden=hidden)
    form = seen.package.form_of(made.element)
    if form is None:
        return made
    rows = _seats(task, seen, after, limit)
    writing = _opened(seen, task, [seat.id for seat, *_ in rows])
    choices = options.options_of(
        seen.session, form, case=seen.case, package=seen.package, variables=task.context,
        facts=CaseFacts(seen.session, seen.case, seen.now),
        subjects=list(dict.fromkeys(seat.subject for seat, *_ in rows)) or [""],
    )  # fmt: skip
    entries = [
        Entry(
            seat_id=seat.id,
            subject=seen.naming.name(seat.subject) if seat.subject else None,
            by=name or "",
            absent=absent or "",
            recorded_for=seat.recorded_for,
            at=seat.submitted_at,
            answers=writing.get(seat.id, seat.answers or {}),
        )
        for seat, name, absent in rows[:limit]
    ]
    more = rows[limit - 1][0].position if len(rows) > limit else None
    return _with(made, form=form, choices=choices, entries=entries, following=more)


def _with(made: HandedIn, **changes: Any) -> HandedIn:
    return HandedIn(**{**made.__dict__, **changes})


def _why_hidden(seen: Seen, element: Element, task: UserTask) -> str:
    if task.kind == "ballot":
        return "ballot"
    if not seen.may_read(element):
        return "not_yours"
    if task.kind == "sealed" and not seals.is_open(seen.session, task_id=task.id):
        return "sealed"
    by_subject = element.properties.get("release") == "subject"
    if task.kind == "scores" and task.state != "done" and not by_subject:
        return "scores"
    if element.properties.get("compare") == "yes" and task.state != "done":
        return "compare"
    return ""


def _seats(
    task: UserTask, seen: Seen, after: int, limit: int
) -> list[tuple[Seat, str | None, str | None]]:
    absent = aliased(Person)
    asked = (
        select(Seat, Person.name, absent.name)
        .outerjoin(Person, Person.id == Seat.submitted_by)
        .outerjoin(absent, and_(absent.id == Seat.person_id, Seat.absence_id.is_not(None)))
        .where(
            Seat.task_id == task.id,
            Seat.state == "handed_in",
            Seat.position > after,
            Seat.subject.not_in(seen.standing.bars.deliberation),
            or_(Seat.subject != "", ~_of_hidden_candidate(seen)),
        )
        .order_by(Seat.position)
    )
    if task.kind == "scores" and task.state != "done":
        waiting = select(Seat.subject).where(Seat.task_id == task.id, Seat.state == "open")
        asked = asked.where(Seat.subject.not_in(waiting))
    return [(row[0], row[1], row[2]) for row in seen.session.execute(asked.limit(limit + 1))]


def _of_hidden_candidate(seen: Seen) -> ColumnElement[bool]:
    """Whether a seat without a subject is the own one of somebody hidden from this reader."""
    return exists().where(
        Candidate.case_id == Seat.case_id,
        Candidate.person_id == Seat.person_id,
        Candidate.code.in_(seen.standing.bars.deliberation),
    )


def _opened(seen: Seen, task: UserTask, seat_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The writing of seats after the opening of their seals."""
    if task.kind != "sealed":
        return {}
    items = seals.opened(seen.session, task_id=task.id, seat_ids=seat_ids)
    return {item.seat_id: json.loads(item.payload) for item in items}
