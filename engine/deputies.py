"""What waits for a person because somebody else is away: a list beside their own.

Three statements, or one where nobody is away: whom this person stands in for, what the two are in
the same selections, and the list. Their number depends on nothing else.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from engine import absences, definitions, inbox, recusals
from engine.identity import Identity
from engine.inbox import PAGE, Item, Mark, Page
from engine.model import Absence, Case, CaseMember, Instance, Person, Seat, UserTask


def waiting(
    session: Session, who: Identity, *, now: datetime, after: Mark | None = None, limit: int = PAGE
) -> Page[Item]:
    """Tasks that this person may do for others who are away, by due time, a page at a time."""
    asked = select(Absence.id).where(Absence.stand_in_id == who.person_id, absences.is_on(now))
    if session.scalar(asked.limit(1)) is None:
        return Page([])
    return _page(session, who, now, _forbidden(session, who, now), after, limit)


def _forbidden(session: Session, who: Identity, now: datetime) -> set[tuple[UUID, UUID]]:
    """(absence, selection) where the two hold roles that nobody may hold together."""
    mine, theirs = aliased(CaseMember), aliased(CaseMember)
    rows = session.execute(
        select(Absence.id, mine.case_id, mine.role, theirs.role, Instance.package_hash)
        .join(theirs, theirs.person_id == Absence.person_id)
        .join(mine, and_(mine.case_id == theirs.case_id, mine.person_id == Absence.stand_in_id))
        .join(Instance, Instance.id == mine.case_id)
        .where(
            Absence.stand_in_id == who.person_id,
            absences.is_on(now),
            theirs.roster == "",
            or_(Absence.case_id.is_(None), Absence.case_id == mine.case_id),
            or_(Absence.role == "", Absence.role == theirs.role),
            *(absences.holds(member, now) for member in (mine, theirs)),
        )
        .distinct()
    )
    return {
        (absence_id, case_id)
        for absence_id, case_id, own, other, package_hash in rows
        if absences.excluded([own], [other], definitions.pinned(session, package_hash).roles)
    }


def _page(
    session: Session,
    who: Identity,
    now: datetime,
    forbidden: set[tuple[UUID, UUID]],
    after: Mark | None,
    limit: int,
) -> Page[Item]:
    turn = case((Seat.subject == UserTask.current_subject, 0), else_=1)
    whose = (Seat.task_id, Absence.id)
    ranked = (
        select(
            Seat.id.label("seat_id"),
            Seat.task_id,
            Absence.person_id,
            Absence.to_at,
            func.count().over(partition_by=whose).label("open"),
            func.row_number()
            .over(partition_by=whose, order_by=(turn, Seat.position))
            .label("rank"),
        )
        .join(UserTask, UserTask.id == Seat.task_id)
        .join(Absence, absences.covers(now))
        .where(
            Absence.stand_in_id == who.person_id,
            absences.is_on(now),
            Seat.state == "open",
            UserTask.state == "open",
            UserTask.stand_in,
            ~and_(Seat.person_id.is_(None), inbox.held(who, now)),
            ~inbox.twin(who),
            ~recusals.keeps_out(who.person_id),
            ~recusals.keeps_out(Absence.person_id),
            ~absences.stands_there(),
            *(
                or_(Absence.id != absence_id, Seat.case_id != case_id)
                for absence_id, case_id in sorted(forbidden, key=str)
            ),
        )
        .subquery()
    )
    due = func.coalesce(UserTask.due_at, UserTask.closes_at)
    asked = (
        select(
            UserTask.id, UserTask.element_id, UserTask.package_hash, UserTask.kind,
            UserTask.opens_at, UserTask.due_at, UserTask.closes_at, UserTask.current_subject,
            Case.id.label("case_id"), Case.title, Case.title_en, Case.state.label("case_state"),
            Case.paused_by, UserTask.instance_id,
            Seat.id.label("seat_id"), Seat.subject, Seat.draft_at,
            ranked.c.open, ranked.c.to_at, Person.name.label("person"), due.label("due"),
        )
        .join(ranked, and_(ranked.c.task_id == UserTask.id, ranked.c.rank == 1))
        .join(Seat, Seat.id == ranked.c.seat_id)
        .join(Case, Case.id == UserTask.case_id)
        .join(Person, Person.id == ranked.c.person_id)
        .where(Case.state != "ended", *inbox.limits(who))
        .order_by(due.is_(None), due, Seat.id)
    )  # fmt: skip
    if after is not None:
        later = and_(due.is_(None), Seat.id > after.id)
        if after.at is not None:
            later = or_(due > after.at, and_(due == after.at, Seat.id > after.id), due.is_(None))
        asked = asked.where(later)
    rows, more = inbox.one_more(session, asked, limit)
    return Page(_items(session, rows), Mark(rows[-1].due, rows[-1].seat_id) if more else None)


def _items(session: Session, rows: Sequence[Row[*tuple[object, ...]]]) -> list[Item]:
    return [
        replace(inbox.item_of(session, row), absent=row.person, until=row.to_at) for row in rows
    ]
