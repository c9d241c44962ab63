"""What people of a scenario do to each other's work: be away, step aside, hand over."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine import absences, recusals
from engine.absences import Span
from engine.clock import Clock
from engine.db import Sessions, reading, transaction
from engine.model import Absence, CaseMember, Seat, UserTask
from engine.run import leaving, reassigning, recusing
from engine.run.closing import close_if_complete
from engine.scenarios.model import BadScenario, Happening

Named = Callable[[Session, UUID, str], UUID | None]
"""Gives the person whom a name of the scenario means."""


def happen(
    sessions: Sessions,
    clock: Clock,
    happening: Happening,
    *,
    case_id: UUID,
    office: UUID,
    named: Named,
) -> None:
    """Do what a happening says, through the services that the pages use.

    Raises:
        BadScenario: somebody named does not exist.
        EngineError: what the service refuses.
    """
    how = happening.how
    with reading(sessions) as session:
        people = {
            key: _one(named(session, case_id, str(name)), str(name))
            for key, name in {"by": happening.by, **_names(how)}.items()
            if name
        }
    by, now = people.get("by", office), clock.now()
    touched: Sequence[UUID] = ()
    with transaction(sessions) as session:
        if happening.does == "away":
            _leave(session, how, by, people["stand_in"], case_id, now)
        elif happening.does == "hand_over":
            _hand_over(session, how, people, by, case_id, now)
        else:
            touched = _step_aside(session, how, people.get("who"), by, case_id, now)
    close_if_complete(sessions, clock, touched)


def _names(how: Mapping[str, Any]) -> dict[str, Any]:
    return {key: how.get(key) for key in ("stand_in", "who", "to")}


def _one(person: UUID | None, name: str) -> UUID:
    if person is None:
        raise BadScenario("happenings", f"there is nobody called {name!r}")
    return person


def _leave(
    session: Session,
    how: Mapping[str, Any],
    who: UUID,
    stand_in: UUID,
    case_id: UUID,
    now: datetime,
) -> None:
    until = now + timedelta(days=float(how.get("days", 1)))
    span = Span(who, stand_in, now, until, case_id, str(how.get("role", "")))
    leaving.enter(session, span=span, reason="", actor_id=who, now=now)


def _step_aside(
    session: Session, how: Mapping[str, Any], who: UUID | None, by: UUID, case_id: UUID,
    now: datetime,
) -> Sequence[UUID]:  # fmt: skip
    """By order of `by`; without `who` it is declared by `by` alone."""
    extent = recusing.Extent(
        str(how.get("about", "")), bool(how.get("deliberation", True)),
        bool(how.get("vote", True)), str(how.get("reason", "回避")),
    )  # fmt: skip
    if who is None:
        ctx = recusing.declare(session, case_id=case_id, extent=extent, actor_id=by, now=now)
    else:
        ctx = recusing.order(
            session, case_id=case_id, person_id=who, extent=extent, actor_id=by, now=now
        )
    return ctx.touched


def _hand_over(
    session: Session, how: Mapping[str, Any], people: Mapping[str, UUID], by: UUID, case_id: UUID,
    now: datetime,
) -> None:  # fmt: skip
    seat = session.scalar(
        select(Seat)
        .join(UserTask, UserTask.id == Seat.task_id)
        .where(
            Seat.case_id == case_id,
            UserTask.element_id == how["task"],
            UserTask.state == "open",
            Seat.person_id == people["who"],
            Seat.state == "open",
        )
        .order_by(Seat.position)
        .limit(1)
    )
    if seat is None:
        raise BadScenario(str(how["task"]), "there is nothing open to hand over")
    reassigning.reassign(
        session, seat_id=seat.id, to_person_id=people["to"],
        reason=str(how.get("reason", "另有安排")), everything=True, actor_id=by, now=now,
    )  # fmt: skip


def members(session: Session, case_id: UUID, role: str) -> list[UUID]:
    """Everybody who has or had a role, or is on a list, in their order; also who stands by."""
    in_role = and_(CaseMember.role == role, CaseMember.roster == "")
    asked = select(CaseMember.person_id).where(
        CaseMember.case_id == case_id, or_(in_role, CaseMember.roster == role)
    )
    found = session.scalars(asked.order_by(CaseMember.position, CaseMember.id))
    return list(dict.fromkeys(found))


def stand_ins(session: Session, task: UserTask, now: datetime) -> dict[UUID, UUID]:
    """Who is away from a task now → who stands in."""
    if not task.stand_in:
        return {}
    rows = session.execute(
        select(Absence.person_id, Absence.stand_in_id).where(
            absences.is_on(now),
            or_(Absence.case_id.is_(None), Absence.case_id == task.case_id),
            or_(Absence.role == "", Absence.role == task.role),
        )
    )
    return {person: other for person, other in rows}  # noqa: C416 - rows are not tuples to mypy


def kept_out(session: Session, task: UserTask, seat: Seat) -> set[UUID]:
    """Who may not have this seat."""
    bars = recusals.bars_of(session, case_id=task.case_id)
    return {p for p, bar in bars.items() if bar.acting(task.kind, seat.subject, task.about)}
