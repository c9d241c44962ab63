"""Which person of the scenario acts on a seat."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import PackageVersion
from engine.model import CaseMember, Seat, UserTask
from engine.scenarios import absent
from engine.scenarios.model import BadScenario

_BODIES = frozenset({"leading_group"})
"""Roles whose decisions the office records for the body, as offices do; so it does for every
role of which nobody takes part."""


def acting(
    session: Session, task: UserTask, seat: Seat, package: PackageVersion, now: datetime
) -> tuple[UUID, str]:
    """The person who hands the seat in, and on whose behalf (empty: for himself).

    Raises:
        BadScenario: nobody of the cast may do it.
    """
    away = absent.stand_ins(session, task, now)
    if seat.person_id is not None:
        return away.get(seat.person_id, seat.person_id), ""
    recorders = task.recorders.split()
    alone = seat.role and not _members(session, task, seat.role, "", now)
    if recorders and (seat.role in _BODIES or alone):
        return _members(session, task, recorders[0], "", now)[0], seat.role
    free = [
        person
        for person in _members(session, task, seat.role, seat.function, now)
        if person not in _barred(session, task, seat, package)
        and person not in absent.kept_out(session, task, seat)
    ]
    free = [person for person in free if person not in away] or [away[p] for p in free]
    if not free:
        place = f"{task.element_id} {seat.subject}".strip()
        raise BadScenario(place, f"nobody of the cast is {seat.role} {seat.function}".strip())
    return free[seat.position % len(free)], ""


def _members(
    session: Session, task: UserTask, role: str, function: str, now: datetime
) -> Sequence[UUID]:
    asked = select(CaseMember.person_id).where(
        CaseMember.case_id == task.case_id,
        CaseMember.roster == "",
        (CaseMember.to_at.is_(None)) | (CaseMember.to_at > now),
    )
    if role:
        asked = asked.where(CaseMember.role == role)
    if function:
        asked = asked.where(CaseMember.function == function)
    return list(dict.fromkeys(session.scalars(asked.order_by(CaseMember.position, CaseMember.id))))


def _barred(session: Session, task: UserTask, seat: Seat, package: PackageVersion) -> set[UUID]:
    """Who has another seat of this work already, or handed in the task named by `not_by`."""
    taken = set(
        session.scalars(
            select(Seat.person_id).where(
                Seat.task_id == task.id,
                Seat.subject == seat.subject,
                Seat.person_id.is_not(None),
            )
        )
    )
    other = package.element(task.element_id).properties.get("not_by")
    if other:
        taken |= set(
            session.scalars(
                select(Seat.submitted_by)
                .join(UserTask, UserTask.id == Seat.task_id)
                .where(
                    UserTask.case_id == task.case_id,
                    UserTask.element_id == other,
                    Seat.subject == seat.subject,
                )
            )
        )
    return {person for person in taken if person is not None}
