"""What a person did and what they were told, the latest first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from engine import definitions, recusals
from engine.definitions import Words
from engine.errors import EngineError
from engine.identity import Identity
from engine.inbox.items import limits
from engine.inbox.paging import PAGE, Mark, Page, before, one_more
from engine.model import Case, Notice, Person, Seat, UserTask


@dataclass(frozen=True)
class DoneItem:
    """One seat this person handed in."""

    seat_id: UUID
    title: Words
    selection: Words
    subject: str
    recorded_for: Words | None
    at: datetime
    absent: str = ""
    """the absent person for whom it was handed in"""


def done(
    session: Session, who: Identity, *, after: Mark | None = None, limit: int = PAGE
) -> Page[DoneItem]:
    """What this person handed in, for themselves or on behalf of others, the latest first."""
    asked = (
        select(
            Seat.id, Seat.subject, Seat.recorded_for, Seat.submitted_at,
            UserTask.element_id, UserTask.package_hash, Case.title, Case.title_en,
            case((Seat.absence_id.is_not(None), Person.name), else_="").label("absent"),
        )
        .outerjoin(Person, Person.id == Seat.person_id)
        .join(UserTask, UserTask.id == Seat.task_id)
        .join(Case, Case.id == Seat.case_id)
        .where(
            Seat.submitted_by == who.person_id,
            *limits(who),
            ~recusals.keeps_out(who.person_id),
        )
        .order_by(Seat.submitted_at.desc(), Seat.id.desc())
    )  # fmt: skip
    if after is not None:
        asked = asked.where(before(Seat.submitted_at, Seat.id, after))
    rows, more = one_more(session, asked, limit)
    items = [
        DoneItem(
            seat_id=row.id,
            title=(package := definitions.pinned(session, row.package_hash)).element_name(
                row.element_id
            ),
            selection=Words(row.title, row.title_en),
            subject=row.subject,
            recorded_for=package.word(row.recorded_for) if row.recorded_for else None,
            at=row.submitted_at,
            absent=row.absent,
        )
        for row in rows
    ]
    return Page(items, Mark(rows[-1].submitted_at, rows[-1].id) if more else None)


@dataclass(frozen=True)
class Told:
    """A notice with the selection it belongs to."""

    notice: Notice
    selection: Words | None
    """None: it is about several"""


def notices(
    session: Session, who: Identity, *, after: Mark | None = None, limit: int = PAGE
) -> Page[Told]:
    """What this person was told, the latest first."""
    asked = (
        select(Notice, Case.title, Case.title_en)
        .outerjoin(Case, Case.id == Notice.case_id)
        .where(Notice.person_id == who.person_id)
        .order_by(Notice.at.desc(), Notice.id.desc())
    )
    if who.only_case is not None:
        asked = asked.where(Notice.case_id == who.only_case)
    if after is not None:
        asked = asked.where(before(Notice.at, Notice.id, after))
    rows, more = one_more(session, asked, limit)
    items = [
        Told(notice, Words(title, title_en) if title is not None else None)
        for notice, title, title_en in rows
    ]
    last = items[-1].notice if more else None
    return Page(items, Mark(last.at, last.id) if last else None)


class NoticeNotFound(EngineError):
    """No such notice, or not for this person: the two answers must look alike."""

    code = "notice_not_found"

    def __init__(self, notice_id: UUID) -> None:
        super().__init__(f"there is no notice {notice_id}, or not for you")
        self.notice_id = notice_id


def mark_read(session: Session, who: Identity, *, notice_id: UUID, now: datetime) -> None:
    """Note that a person has read a notice; the first time counts.

    Raises:
        NoticeNotFound: it was not meant for them.
    """
    notice = session.get(Notice, notice_id)
    if notice is None or notice.person_id != who.person_id or not who.sees(case_id=notice.case_id):
        raise NoticeNotFound(notice_id)
    notice.read_at = notice.read_at or now


def mark_all_read(session: Session, who: Identity, *, now: datetime) -> None:
    """Note that a person has read everything they were told so far."""
    mine = [Notice.person_id == who.person_id, Notice.read_at.is_(None), Notice.at <= now]
    if who.only_case is not None:
        mine.append(Notice.case_id == who.only_case)
    session.execute(update(Notice).where(*mine).values(read_at=now))
