"""What waits for a person: their own seats, the queues of their roles, what they may record."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from engine import absences, almanac, definitions, recusals
from engine.definitions import Words
from engine.identity import Identity
from engine.inbox.paging import PAGE, Mark, Page, one_more
from engine.model import Absence, Case, CaseMember, Seat, UserTask

_OPEN: ColumnElement[str] = literal_column("'open'")
"""Written out, not handed in: only then is it certain that the partial indexes are used."""


@dataclass(frozen=True)
class Item:
    """One task that waits for a person, however many seats they have in it."""

    task_id: UUID
    seat_id: UUID
    case_id: UUID
    kind: str
    title: Words
    selection: Words
    subject: str
    waiting: bool
    """another subject is on: nothing can be handed in just now"""
    opens_at: datetime | None
    due_at: datetime | None
    """the due instant, else the closing one"""
    closes: bool
    """nothing is accepted after `due_at`"""
    provisional: bool
    """counted in working days of a year that nobody has confirmed yet"""
    open: int
    """seats still open; 0 where they are not counted"""
    done: int
    drafted: bool
    paused: bool
    absent: str = ""
    """who is away, where this waits for a stand-in"""
    until: datetime | None = None
    """the first instant of their being back"""


def own(
    session: Session, who: Identity, *, after: Mark | None = None, limit: int = PAGE
) -> Page[Item]:
    """Tasks in which this person has open seats of their own, or took some from a queue."""
    return _open_items(session, who, Seat.person_id == who.person_id, after, limit)


def still_open(
    session: Session, who: Identity, *, task_ids: Collection[UUID], now: datetime
) -> set[UUID]:
    """Which of these tasks still wait for this person: own, to take, or for who is away.

    One statement.
    """
    if not task_ids:
        return set()
    mine = or_(
        Seat.person_id == who.person_id,
        and_(Seat.person_id.is_(None), held(who, now), ~twin(who)),
        and_(UserTask.stand_in, ~twin(who), _passed_on(who, now)),
    )
    asked = (
        select(Seat.task_id)
        .join(UserTask, UserTask.id == Seat.task_id)
        .where(
            Seat.task_id.in_(task_ids), Seat.state == "open", mine,
            ~recusals.keeps_out(who.person_id),
        )
    )  # fmt: skip
    return set(session.scalars(asked.distinct()))


def _passed_on(who: Identity, now: datetime) -> ColumnElement[bool]:
    """Whether somebody who is away would hand a seat in, and this person stands in for them."""
    return exists().where(
        Absence.stand_in_id == who.person_id, absences.is_on(now), absences.covers(now)
    )


def queued(
    session: Session, who: Identity, *, now: datetime, after: Mark | None = None, limit: int = PAGE
) -> Page[Item]:
    """Tasks with seats that anybody of this person's roles may take."""
    wanted = and_(
        Seat.person_id.is_(None), Seat.case_id.in_(cases_of(who)), held(who, now), ~twin(who)
    )
    return _open_items(session, who, wanted, after, limit)


def to_record(
    session: Session, who: Identity, *, now: datetime, after: Mark | None = None, limit: int = PAGE
) -> Page[Item]:
    """Tasks of others that this person may enter on their behalf; their seats are not counted."""
    first = (
        select(func.min(Seat.position))
        .where(
            Seat.task_id == UserTask.id,
            Seat.state == _OPEN,
            or_(Seat.person_id.is_(None), Seat.person_id != who.person_id),
            ~and_(Seat.person_id.is_(None), held(who, now)),
            ~recusals.keeps_out(who.person_id),
        )
        .correlate(UserTask)
        .scalar_subquery()
    )
    found = (
        select(Seat.id.label("seat_id"), Seat.task_id, literal(0).label("open"))
        .join(UserTask, and_(UserTask.id == Seat.task_id, Seat.position == first))
        .where(
            UserTask.case_id.in_(cases_of(who)),
            UserTask.state == _OPEN,
            UserTask.kind != "ballot",
            UserTask.recorders != "",
            recording(who, now),
        )
        .subquery()
    )
    return _items(session, who, found, after, limit)


def held(who: Identity, now: datetime) -> ColumnElement[bool]:
    """Whether a seat's role and function are among this person's memberships."""
    return and_(
        or_(Seat.role != "", Seat.function != ""),
        exists().where(
            CaseMember.case_id == Seat.case_id,
            *_membership(who, now),
            or_(Seat.role == "", Seat.role == CaseMember.role),
            or_(Seat.function == "", Seat.function == CaseMember.function),
        ),
    )


def recording(who: Identity, now: datetime) -> ColumnElement[bool]:
    """Whether a task may be entered by this person on behalf of who acts."""
    return exists().where(
        CaseMember.case_id == UserTask.case_id,
        *_membership(who, now),
        (" " + UserTask.recorders + " ").contains(" " + CaseMember.role + " "),
    )


def cases_of(who: Identity) -> Select[UUID]:
    """The selections of a person: where a planner begins, instead of with all that is open."""
    return select(CaseMember.case_id).where(
        CaseMember.person_id == who.person_id, CaseMember.roster == ""
    )


def _membership(who: Identity, now: datetime) -> list[ColumnElement[bool]]:
    return [
        CaseMember.person_id == who.person_id,
        CaseMember.roster == "",
        or_(CaseMember.from_at.is_(None), CaseMember.from_at <= now),
        or_(CaseMember.to_at.is_(None), CaseMember.to_at > now),
    ]


def twin(who: Identity) -> ColumnElement[bool]:
    """Nobody takes two seats of the same work: two examiners are two people."""
    other = aliased(Seat)
    stood_in = and_(other.absence_id.is_not(None), other.submitted_by == who.person_id)
    return exists().where(
        other.task_id == Seat.task_id,
        other.subject == Seat.subject,
        or_(other.person_id == who.person_id, stood_in),
    )


def _open_items(
    session: Session,
    who: Identity,
    wanted: ColumnElement[bool],
    after: Mark | None,
    limit: int,
) -> Page[Item]:
    turn = case((Seat.subject == UserTask.current_subject, 0), else_=1)
    ranked = (
        select(
            Seat.id.label("seat_id"),
            Seat.task_id,
            func.count().over(partition_by=Seat.task_id).label("open"),
            func.row_number()
            .over(partition_by=Seat.task_id, order_by=(turn, Seat.position))
            .label("rank"),
        )
        .join(UserTask, UserTask.id == Seat.task_id)
        .where(
            Seat.state == _OPEN,
            UserTask.state == _OPEN,
            wanted,
            ~recusals.keeps_out(who.person_id),
        )
        .subquery()
    )
    first = select(ranked).where(ranked.c.rank == 1).subquery()
    return _items(session, who, first, after, limit)


def _items(
    session: Session, who: Identity, found: Subquery, after: Mark | None, limit: int
) -> Page[Item]:
    due = func.coalesce(UserTask.due_at, UserTask.closes_at)
    mine = aliased(Seat)
    done = (
        select(func.count())
        .where(
            mine.task_id == UserTask.id,
            mine.person_id == who.person_id,
            mine.state == "handed_in",
        )
        .correlate(UserTask)
        .scalar_subquery()
    )
    asked = (
        select(
            UserTask.id, UserTask.element_id, UserTask.package_hash, UserTask.kind,
            UserTask.opens_at, UserTask.due_at, UserTask.closes_at, UserTask.current_subject,
            Case.id.label("case_id"), Case.title, Case.title_en, Case.state.label("case_state"),
            Case.paused_by, UserTask.instance_id,
            Seat.id.label("seat_id"), Seat.subject, Seat.draft_at,
            found.c.open, done.label("done"), due.label("due"),
            almanac.is_provisional().label("provisional"),
        )
        .join(found, found.c.task_id == UserTask.id)
        .join(Seat, Seat.id == found.c.seat_id)
        .join(Case, Case.id == UserTask.case_id)
        .where(Case.state != "ended", *limits(who))
        .order_by(due.is_(None), due, UserTask.id)
    )  # fmt: skip
    if after is not None:
        later = and_(due.is_(None), UserTask.id > after.id)
        if after.at is not None:
            later = or_(
                due > after.at, and_(due == after.at, UserTask.id > after.id), due.is_(None)
            )
        asked = asked.where(later)
    rows, more = one_more(session, asked, limit)
    return Page(
        [item_of(session, row) for row in rows], Mark(rows[-1].due, rows[-1].id) if more else None
    )


def item_of(session: Session, row: Any) -> Item:
    package = definitions.pinned(session, row.package_hash)
    return Item(
        task_id=row.id,
        seat_id=row.seat_id,
        case_id=row.case_id,
        kind=row.kind,
        title=package.element_name(row.element_id),
        selection=Words(row.title, row.title_en),
        subject=row.subject if row.open == 1 else "",
        waiting=bool(row.current_subject) and row.subject != row.current_subject,
        opens_at=row.opens_at,
        due_at=row.due,
        closes=row.due_at is None and row.closes_at is not None,
        provisional=row.provisional,
        open=row.open,
        done=getattr(row, "done", 0),
        drafted=row.draft_at is not None,
        paused=row.case_state == "paused" and row.paused_by != row.instance_id,
    )


def limits(who: Identity) -> list[ColumnElement[bool]]:
    """What a slip is good for."""
    made: list[ColumnElement[bool]] = []
    if who.only_case is not None:
        made.append(UserTask.case_id == who.only_case)
    if who.only_element:
        made.append(UserTask.element_id == who.only_element)
    return made


def next_own(session: Session, who: Identity, *, task_id: UUID) -> UUID | None:
    """The seat to go on with in a task: the subject that is on, else in order."""
    turn = case((Seat.subject == UserTask.current_subject, 0), else_=1)
    return session.scalar(
        select(Seat.id)
        .join(UserTask, UserTask.id == Seat.task_id)
        .where(
            Seat.task_id == task_id,
            Seat.person_id == who.person_id,
            Seat.state == "open",
            UserTask.state == "open",
        )
        .order_by(turn, Seat.position)
        .limit(1)
    )
