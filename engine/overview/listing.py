"""The selections a person takes part in: one statement, a page at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from engine import definitions
from engine.definitions import Words
from engine.identity import Identity
from engine.inbox import Mark, Page
from engine.model import Candidate, Case, CaseMember, Instance, Recusal, UserTask
from engine.permissions import OFFICE
from engine.recusals import WHOLE

PAGE = 20


@dataclass(frozen=True)
class Listed:
    """One selection in the list."""

    case_id: UUID
    title: Words
    state: str
    outcome: Words | None
    started_at: datetime
    ended_at: datetime | None
    next_due: datetime | None
    """the earliest due or closing time of what is open; only for the selection office"""
    is_office: bool


def selections(
    session: Session, who: Identity, *, now: datetime, after: Mark | None = None, limit: int = PAGE
) -> Page[Listed]:
    """The selections of a person, running ones first, then the latest."""
    belongs = (
        select(CaseMember.case_id)
        .where(
            CaseMember.person_id == who.person_id,
            or_(CaseMember.from_at.is_(None), CaseMember.from_at <= now),
            or_(CaseMember.to_at.is_(None), CaseMember.to_at > now),
        )
        .union(
            select(Candidate.case_id).where(Candidate.person_id == who.person_id),
            select(Case.id).where(Case.started_by == who.person_id),
        )
    )
    rank = case((Case.state == "ended", 1), else_=0)
    asked = (
        select(Case, Instance.package_hash, _next_due(), _office(who, now))
        .join(Instance, Instance.id == Case.id)
        .where(Case.id.in_(belongs), Case.id.not_in(_kept_out(who)))
        .order_by(rank, Case.started_at.desc(), Case.id.desc())
    )
    if who.only_case is not None:
        asked = asked.where(Case.id == who.only_case)
    if after is not None:
        asked = asked.where(_behind(after, rank))
    rows = list(session.execute(asked.limit(limit + 1)))
    items = [_listed(session, *row) for row in rows[:limit]]
    last = rows[limit - 1][0] if len(rows) > limit else None
    return Page(items, Mark(last.started_at, last.id) if last else None)


def _kept_out(who: Identity) -> Select[UUID]:
    """Selections this person is kept out of altogether."""
    return select(Recusal.case_id).where(
        Recusal.person_id == who.person_id,
        Recusal.subject == WHOLE,
        Recusal.deliberation,
        Recusal.withdrawn_at.is_(None),
    )


def _behind(after: Mark, rank: ColumnElement[int]) -> ColumnElement[bool]:
    """What follows the last one shown: its state is read with it, the mark holds no more."""
    ended = select(case((Case.state == "ended", 1), else_=0)).where(Case.id == after.id)
    shown = ended.scalar_subquery()
    return or_(
        rank > shown,
        and_(
            rank == shown,
            or_(
                Case.started_at < after.at,
                and_(Case.started_at == after.at, Case.id < after.id),
            ),
        ),
    )


def _next_due() -> ColumnElement[Any]:
    return (
        select(func.min(func.coalesce(UserTask.due_at, UserTask.closes_at)))
        .where(UserTask.case_id == Case.id, UserTask.state == "open")
        .correlate(Case)
        .scalar_subquery()
    )


def _office(who: Identity, now: datetime) -> ColumnElement[Any]:
    return (
        select(func.count())
        .where(
            CaseMember.case_id == Case.id,
            CaseMember.person_id == who.person_id,
            CaseMember.role == OFFICE,
            CaseMember.roster == "",
            or_(CaseMember.to_at.is_(None), CaseMember.to_at > now),
        )
        .correlate(Case)
        .scalar_subquery()
    )


def _listed(
    session: Session, found: Case, package_hash: str, due: datetime | None, office: int
) -> Listed:
    package = definitions.pinned(session, package_hash)
    return Listed(
        case_id=found.id,
        title=Words(found.title, found.title_en),
        state=found.state,
        outcome=package.element_name(found.outcome) if found.outcome else None,
        started_at=found.started_at,
        ended_at=found.ended_at,
        next_due=due if office else None,
        is_office=bool(office),
    )
