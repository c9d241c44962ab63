"""Hand something in: find the seat, check who may, accept it, and let a single task go on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import permissions, seats, tasks
from engine.clock import Clock
from engine.db import Sessions, transaction
from engine.definitions import pinned
from engine.facts import CaseFacts
from engine.model import Case, Seat, UserTask
from engine.run.accepting import accept, checked
from engine.run.closing import close_if_complete, complete_single
from engine.run.context import locked_seat, locked_task, require_running


@dataclass(frozen=True)
class Receipt:
    """What somebody gets for handing in."""

    seat_id: UUID
    task_id: UUID
    case_id: UUID
    element_id: str
    at: datetime


@dataclass(frozen=True)
class Found:
    """A seat with what surrounds it."""

    seat: Seat
    task: UserTask
    case: Case


def find(session: Session, seat_id: UUID) -> Found:
    """Read a seat with its task and selection in one statement.

    Raises:
        SeatNotFound: no such seat.
    """
    row = session.execute(
        select(Seat, UserTask, Case)
        .join(UserTask, UserTask.id == Seat.task_id)
        .join(Case, Case.id == Seat.case_id)
        .where(Seat.id == seat_id)
    ).first()
    if row is None:
        raise seats.SeatNotFound(seat_id)
    return Found(row[0], row[1], row[2])


def submit(
    sessions: Sessions,
    clock: Clock,
    *,
    seat_id: UUID,
    actor_id: UUID,
    answers: Mapping[str, Any],
    recorded_for: str = "",
) -> Receipt:
    """Hand a seat in, then close its task if that was the last one: two transactions.

    Args:
        recorded_for: the person or body on whose behalf it is handed in; heeded only where a
            recorder acts for another, so that nobody hands in his own in somebody else's name.

    Raises:
        SeatNotFound, SeatTaken, AlreadyHandedIn, TaskClosed, CasePaused, SamePerson: see there.
        InvalidAnswers: the answers do not fit the form; nothing is changed.
    """
    now = clock.now()
    with transaction(sessions) as session:
        receipt, touched = _submit(session, seat_id, actor_id, answers, recorded_for, now)
    if touched:
        close_if_complete(sessions, clock, touched)
    return receipt


def _submit(
    session: Session,
    seat_id: UUID,
    actor_id: UUID,
    answers: Mapping[str, Any],
    recorded_for: str,
    now: datetime,
) -> tuple[Receipt, list[UUID]]:
    # Locks a single task, and nothing at all where many hand in at once.
    single = locked_seat(session, seat_id, now=now, actor_id=actor_id, kind="single")
    ctx = single[0] if single else None
    found = Found(single[2], single[1], single[0].case) if single else find(session, seat_id)
    seat, task, case = found.seat, found.task, found.case
    manner = _enter(session, found, actor_id=actor_id, now=now)
    package = pinned(session, task.package_hash)
    element = package.element(task.element_id)
    permissions.require_another(
        session, seat=seat, properties=element.properties, person_id=actor_id
    )
    facts = ctx.facts if ctx else CaseFacts(session, case, now)
    if manner == "queue" and ctx is None:
        seats.require_no_other(session, seat=seat, person_id=actor_id)
    behalf = (recorded_for or task.role) if manner == "record" else ""
    accept(
        session, case=case, package=package, task=task, seat=seat, answers=answers,
        person_id=seat.person_id or actor_id, submitted_by=actor_id, recorded_for=behalf,
        facts=facts,
    )  # fmt: skip
    receipt = Receipt(seat.id, task.id, case.id, task.element_id, now)
    if ctx is None:
        return receipt, [task.id]
    complete_single(ctx, task, seat)
    return receipt, ctx.touched


def _enter(session: Session, found: Found, *, actor_id: UUID, now: datetime) -> str:
    """How this person may act on the seat now; an outsider learns nothing about it.

    Raises:
        SeatNotFound, CasePaused, AlreadyHandedIn, TaskClosed, SeatTaken: see there.
    """
    manner = _how(session, found, actor_id=actor_id, now=now)
    if not manner:
        raise seats.SeatNotFound(found.seat.id)
    require_running(found.case, found.task.instance_id)
    _require_open(found.task, found.seat, now)
    if manner == "taken":
        raise seats.SeatTaken(found.seat.id)
    return manner


def _require_open(task: UserTask, seat: Seat, now: datetime) -> None:
    if seat.state == "handed_in":
        raise seats.AlreadyHandedIn(seat.id, seat.submitted_at)
    if seat.state == "void":
        raise seats.TaskClosed(seat.void_reason or "it is void")
    if seat.state != "open":
        raise seats.TaskClosed("it is closed")
    tasks.require_open(task, now=now)
    if task.current_subject and seat.subject != task.current_subject:
        raise seats.TaskClosed("another one is on now")


def _how(session: Session, found: Found, *, actor_id: UUID, now: datetime) -> str:
    """`own`, `queue`, `record`, `taken` (by a colleague, from a queue of theirs) or nothing."""
    if found.seat.person_id == actor_id:
        return "own"
    who = permissions.standing(session, person_id=actor_id, case_id=found.case.id, now=now)
    manner = permissions.how(found.seat, found.task, who)
    if not manner and who.holds(role=found.seat.role, function=found.seat.function):
        return "taken"
    return manner


def save_draft(
    session: Session,
    *,
    seat_id: UUID,
    actor_id: UUID,
    answers: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep what was typed so far; a seat of a queue is taken by it.

    Raises:
        as `submit`; InvalidAnswers only for what is not of the form at all.
    """
    found = find(session, seat_id)
    manner = _enter(session, found, actor_id=actor_id, now=now)
    if found.task.kind == "ballot":
        raise seats.TaskClosed("a ballot has no draft")
    if manner == "queue":
        seats.claim(session, seat=found.seat, person_id=actor_id, now=now)
    package = pinned(session, found.task.package_hash)
    kept = checked(
        session, case=found.case, package=package, task=found.task, answers=answers,
        facts=CaseFacts(session, found.case, now), person_id=actor_id,
        subject=found.seat.subject, draft=True,
    )  # fmt: skip
    seats.save_draft(session, seat_id=seat_id, draft=kept, now=now)


def take(session: Session, *, seat_id: UUID, actor_id: UUID, now: datetime) -> None:
    """Take a seat from a role's queue.

    Raises:
        SeatNotFound, SeatTaken, SamePerson, TaskClosed, AlreadyHandedIn, CasePaused.
        NotAllowed: this person only records for others, and would become the one who acts.
    """
    found = find(session, seat_id)
    manner = _enter(session, found, actor_id=actor_id, now=now)
    if manner == "own":
        return
    if manner == "record":
        raise permissions.NotAllowed("take what you only record for others")
    element = pinned(session, found.task.package_hash).element(found.task.element_id)
    permissions.require_another(
        session, seat=found.seat, properties=element.properties, person_id=actor_id
    )
    seats.claim(session, seat=found.seat, person_id=actor_id, now=now)


def put_back(session: Session, *, seat_id: UUID, actor_id: UUID) -> None:
    """Put a seat back into the queue; the draft stays with it.

    Raises:
        SeatNotFound: this person does not hold it.
        CasePaused: the selection is stopped.
    """
    found = find(session, seat_id)
    if found.seat.person_id != actor_id:
        raise seats.SeatNotFound(seat_id)
    require_running(found.case, found.task.instance_id)
    seats.release(session, seat_id=seat_id, person_id=actor_id)


def call_next(
    session: Session, *, task_id: UUID, subject: str, actor_id: UUID, now: datetime
) -> None:
    """Say who is on now, for every task of the meeting that takes its subjects in order.

    Raises:
        TaskNotFound, NotAllowed, CasePaused.
        TaskClosed: nobody is to be handed anything in about that subject.
    """
    ctx, task = locked_task(session, task_id, now=now, actor_id=actor_id)
    require_running(ctx.case)
    who = permissions.standing(session, person_id=actor_id, case_id=task.case_id, now=now)
    permissions.require_role(who, permissions.OFFICE, action="call the next candidate")
    open_tasks = session.scalars(
        select(UserTask).where(
            UserTask.instance_id == task.instance_id,
            UserTask.state == "open",
            UserTask.current_subject != "",
        )
    ).all()
    if not seats.any_about(session, [other.id for other in open_tasks], subject):
        raise seats.TaskClosed(f"nothing is asked about {subject}")
    for other in open_tasks:
        other.current_subject = subject
