"""What the pages show before work is handed over: whose it is, and who could take it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import absences, permissions, seats
from engine.definitions import Words, pinned
from engine.identity import Identity
from engine.model import Person, Seat
from engine.run.reassigning import eligible
from engine.run.viewing import reach


@dataclass(frozen=True)
class Open:
    """One open seat with those who could take it over."""

    seat_id: UUID
    case_id: UUID
    title: Words
    selection: Words
    subject: str
    holder: str
    others: int
    """more open ones of the same holder in the same task"""
    people: Sequence[Person]


def open_seat(
    session: Session, who: Identity, *, seat_id: UUID, now: datetime, office: bool
) -> Open:
    """Show an open seat to who may hand it over: its holder, or the office of its selection.

    Args:
        office: asked by the office; else by the holder, where the procedure lets people hand over.

    Raises:
        SeatNotFound: no such seat, nothing to hand over, or none of this person's business.
    """
    found = reach(session, who, seat_id=seat_id)
    seat, task = found.seat, found.task
    own = permissions.standing(session, person_id=who.person_id, case_id=found.case.id, now=now)
    package = pinned(session, task.package_hash)
    held = office or (seat.person_id == who.person_id and absences.may_delegate(package, task))
    hidden = own.bars.acting(task.kind, seat.subject, task.about)
    if not held or hidden or seat.state != "open" or task.kind in absences.NEVER_KINDS:
        raise seats.SeatNotFound(seat_id)
    holder = session.get(Person, seat.person_id) if seat.person_id else None
    same = select(func.count()).where(
        Seat.task_id == task.id, Seat.person_id == seat.person_id, Seat.state == "open",
        Seat.id != seat.id,
    )  # fmt: skip
    return Open(
        seat_id=seat.id,
        case_id=found.case.id,
        title=package.element_name(task.element_id),
        selection=Words(found.case.title, found.case.title_en),
        subject=seat.subject or task.about,
        holder=holder.name if holder else "",
        others=(session.scalar(same) or 0) if holder else 0,
        people=eligible(session, found, reserves=office, now=now),
    )
