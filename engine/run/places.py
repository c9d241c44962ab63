"""The seats of one task that concern one person: held, to take, to record, or for the absent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from engine import absences, definitions, inbox, permissions, recusals, tasks
from engine.absences import Duty
from engine.definitions import PackageVersion, Words
from engine.identity import Identity
from engine.model import Case, Seat, UserTask
from engine.naming import Naming
from engine.permissions import Standing

MOST_SEATS = 100
"""of one task on one page"""


@dataclass(frozen=True)
class Place:
    """One seat in the list of a task: `mine`, `away`, `done`, `free`, `record` or `waiting`.

    `away`: the seat of somebody for whom this reader stands in.
    """

    seat_id: UUID
    state: str
    subject: Words | None
    drafted: bool
    at: datetime | None
    holder: str = ""
    """who is away"""


@dataclass(frozen=True)
class TaskView:
    """A task with those of its seats that concern one person."""

    task: UserTask
    title: Words
    selection: Words
    places: Sequence[Place]
    more: bool


def view_task(session: Session, who: Identity, *, task_id: UUID, now: datetime) -> TaskView:
    """List the seats of a task that a person holds, may take or may record.

    Raises:
        TaskNotFound: no such task, or nothing in it concerns this person.
    """
    row = session.execute(
        select(UserTask, Case).join(Case, Case.id == UserTask.case_id).where(UserTask.id == task_id)
    ).first()
    if row is None or not who.sees(case_id=row[1].id, element_id=row[0].element_id):
        raise tasks.TaskNotFound(task_id)
    task, case = row
    package = definitions.pinned(session, task.package_hash)
    element = package.element(task.element_id)
    standing = permissions.standing(session, person_id=who.person_id, case_id=case.id, now=now)
    concerned = [Seat.person_id == who.person_id]
    duties: list[Duty] = []
    if task.state == "open":
        concerned.append(and_(Seat.person_id.is_(None), Seat.state == "open", inbox.held(who, now)))
        duties = _duties(session, task, who, package, now)
        concerned += [and_(_of_absent(duty, task), Seat.state == "open") for duty in duties]
        if task.kind != "ballot" and standing.roles & set(task.recorders.split()):
            concerned.append(Seat.state == "open")
    rows = list(
        session.scalars(
            select(Seat)
            .join(UserTask, UserTask.id == Seat.task_id)
            .where(
                Seat.task_id == task_id, or_(*concerned), ~recusals.keeps_out(who.person_id),
                ~Seat.void_reason.startswith(recusals.VOID),
            )
            .order_by(Seat.position)
            .limit(MOST_SEATS + 1)
        )
    )  # fmt: skip
    if not rows:
        raise tasks.TaskNotFound(task_id)
    blind = bool(package.roles.get(element.role, {}).get("blind"))
    naming = Naming(session, case, package, blind=blind)
    return TaskView(
        task=task,
        title=package.element_name(element.id),
        selection=Words(case.title, case.title_en),
        places=[_place(seat, task, who, standing, naming, duties) for seat in rows[:MOST_SEATS]],
        more=len(rows) > MOST_SEATS,
    )


def _duties(
    session: Session, task: UserTask, who: Identity, package: PackageVersion, now: datetime
) -> list[Duty]:
    """For whom this person stands in at a task."""
    if not task.stand_in:
        return []
    found = absences.duties_of(
        session, person_id=who.person_id, case_id=task.case_id, roles=package.roles, now=now
    )
    return [duty for duty in found if not duty.bars.acting(task.kind, task.about)]


def _of_absent(duty: Duty, task: UserTask) -> ColumnElement[bool]:
    """What somebody who is away holds in a task, or may take there."""
    wanted: list[ColumnElement[bool]] = [
        and_(
            Seat.person_id.is_(None),
            or_(Seat.role != "", Seat.function != ""),
            Seat.role.in_(("", role)),
            Seat.function.in_(("", function)),
        )
        for role, function in sorted(duty.pairs)
    ]
    if duty.covers(task.role):
        wanted.append(Seat.person_id == duty.person_id)
    return or_(*wanted) if wanted else false()


def _place(
    seat: Seat, task: UserTask, who: Identity, standing: Standing, naming: Naming,
    duties: Sequence[Duty],
) -> Place:  # fmt: skip
    duty = next((duty for duty in duties if _is_of(duty, seat, task)), None)
    if seat.state == "open" and task.current_subject not in ("", seat.subject):
        state = "waiting"
    elif seat.person_id == who.person_id:
        state = "mine" if seat.state == "open" else "done"
    elif seat.person_id is None and standing.holds(role=seat.role, function=seat.function):
        state, duty = "free", None
    elif duty is not None:
        state = "away" if seat.person_id else "free"
    else:
        state = "record"
    return Place(
        seat.id, state, naming.name(seat.subject) if seat.subject else None,
        seat.draft_at is not None, seat.submitted_at,
        holder=duty.name if duty and state in ("away", "free") else "",
    )  # fmt: skip


def _is_of(duty: Duty, seat: Seat, task: UserTask) -> bool:
    if seat.person_id is None:
        return duty.holds(role=seat.role, function=seat.function)
    return seat.person_id == duty.person_id and duty.covers(task.role)
