"""Hand something in: find the seat, check who may, accept it, and let a single task go on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine import permissions, seats, tasks
from engine.clock import Clock
from engine.db import Sessions, transaction
from engine.definitions import pinned
from engine.facts import CaseFacts
from engine.model import Case, Seat, UserTask
from engine.permissions import OWN, QUEUE, RECORD, STAND_IN, Way
from engine.run.accepting import Hand, accept, checked
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


# Asked with every page and every submission: built once, since building costs more than asking.
_FOUND = (
    select(Seat, UserTask, Case)
    .join(UserTask, UserTask.id == Seat.task_id)
    .join(Case, Case.id == Seat.case_id)
    .where(Seat.id == bindparam("seat_id"))
)


def find(session: Session, seat_id: UUID) -> Found:
    """Read a seat with its task and selection in one statement.

    Raises:
        SeatNotFound: no such seat.
    """
    row = session.execute(_FOUND, {"seat_id": seat_id}).first()
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
    of_many: bool = False,
) -> Receipt:
    """Hand a seat in, then close its task if that was the last one: two transactions.

    Args:
        of_many: the caller has seen that the task is a collective one, for good: a statement less.
        recorded_for: the person or body on whose behalf it is handed in; heeded only where a
            recorder acts for another, so that nobody hands in his own in somebody else's name.

    Raises:
        SeatNotFound, SeatTaken, AlreadyHandedIn, TaskClosed, CasePaused, SamePerson: see there.
        OneSeatEach: who stands in for somebody hands in another one of the same work.
        InvalidAnswers: the answers do not fit the form; nothing is changed.
    """
    now = clock.now()
    with transaction(sessions) as session:
        receipt, touched = _submit(
            session, seat_id, actor_id, answers, recorded_for, now, of_many=of_many
        )
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
    *,
    of_many: bool,
) -> tuple[Receipt, list[UUID]]:
    # Locks a single task, and nothing at all where many hand in at once.
    single = None
    if not of_many:
        single = locked_seat(session, seat_id, now=now, actor_id=actor_id, kind="single")
    ctx = single[0] if single else None
    found = Found(single[2], single[1], single[0].case) if single else find(session, seat_id)
    seat, task, case = found.seat, found.task, found.case
    way = _enter(session, found, actor_id=actor_id, now=now)
    package = pinned(session, task.package_hash)
    facts = ctx.facts if ctx else CaseFacts(session, case, now)
    _require_free_hands(session, found, way, actor_id=actor_id, alone=ctx is not None)
    behalf = (recorded_for or task.role) if way.manner == RECORD else ""
    holder = way.duty.person_id if way.duty else actor_id
    accept(
        session, case=case, package=package, task=task, seat=seat, answers=answers,
        hand=Hand(
            seat.person_id or holder, actor_id, behalf, way.duty.absence_id if way.duty else None
        ),
        facts=facts,
    )  # fmt: skip
    receipt = Receipt(seat.id, task.id, case.id, task.element_id, now)
    if ctx is None:  # what only time or a person closes is never complete by itself
        return receipt, [task.id] if task.enough is not None else []
    complete_single(ctx, task, seat)
    return receipt, ctx.touched


def _require_free_hands(
    session: Session, found: Found, way: Way, *, actor_id: UUID, alone: bool = False
) -> None:
    """Raise where somebody else must act: after `not_by`, or for another seat of the same work.

    Args:
        alone: the task has only this seat, and is locked.

    Raises:
        SamePerson, SeatTaken, OneSeatEach.
    """
    seat, task = found.seat, found.task
    element = pinned(session, task.package_hash).element(task.element_id)
    people = {actor_id} | ({way.duty.person_id} if way.duty else set())
    permissions.require_another(session, seat=seat, properties=element.properties, people=people)
    if way.duty:
        seats.require_another_hand(session, seat=seat, person_id=actor_id)
    taken_for = way.duty.person_id if way.duty else actor_id
    if seat.person_id is None and way.manner in (QUEUE, STAND_IN) and not alone:
        seats.require_no_other(session, seat=seat, person_id=taken_for)


def _enter(session: Session, found: Found, *, actor_id: UUID, now: datetime) -> Way:
    """How this person may act on the seat now; an outsider learns nothing about it.

    Raises:
        SeatNotFound, CasePaused, AlreadyHandedIn, TaskClosed, SeatTaken: see there.
    """
    way = _how(session, found, actor_id=actor_id, now=now)
    if not way:
        raise seats.SeatNotFound(found.seat.id)
    require_running(found.case, found.task.instance_id)
    _require_open(found.task, found.seat, now)
    if way.manner == "taken":
        raise seats.SeatTaken(found.seat.id)
    return way


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


def _how(session: Session, found: Found, *, actor_id: UUID, now: datetime) -> Way:
    """`own`, `queue`, `stand_in`, `record`, `taken` (by a colleague, from a queue) or nothing.

    An open seat of one's own needs no look at anything else: who is kept out of something loses
    the seats about it in the same transaction.
    """
    seat, task = found.seat, found.task
    if seat.person_id == actor_id and seat.state == "open":
        return Way(OWN)
    who = permissions.standing(session, person_id=actor_id, case_id=found.case.id, now=now)
    roles = pinned(session, task.package_hash).roles
    way = permissions.way_of(session, seat, task, who, roles=roles, now=now)
    barred = who.bars.acting(task.kind, seat.subject, task.about)
    if not way and not barred and who.holds(role=seat.role, function=seat.function):
        return Way("taken")
    return way


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
    way = _enter(session, found, actor_id=actor_id, now=now)
    if found.task.kind == "ballot":
        raise seats.TaskClosed("a ballot has no draft")
    if found.seat.person_id is None and way.manner in (QUEUE, STAND_IN):
        holder = way.duty.person_id if way.duty else actor_id
        seats.claim(session, seat=found.seat, person_id=holder, now=now)
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
    way = _enter(session, found, actor_id=actor_id, now=now)
    if way.manner == RECORD:
        raise permissions.NotAllowed("take what you only record for others")
    if found.seat.person_id is not None:
        return
    _require_free_hands(session, found, way, actor_id=actor_id)
    holder = way.duty.person_id if way.duty else actor_id
    seats.claim(session, seat=found.seat, person_id=holder, now=now)


def put_back(session: Session, *, seat_id: UUID, actor_id: UUID, now: datetime) -> None:
    """Put a seat back into the queue, one's own or an absent person's; the draft stays with it.

    Raises:
        SeatNotFound: this person does not hold it.
        CasePaused: the selection is stopped.
    """
    found = find(session, seat_id)
    way = _how(session, found, actor_id=actor_id, now=now)
    if way.manner not in (OWN, STAND_IN):
        raise seats.SeatNotFound(seat_id)
    require_running(found.case, found.task.instance_id)
    holder = way.duty.person_id if way.duty else actor_id
    seats.release(session, seat_id=seat_id, person_id=holder)


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
