"""Problems to deal with: of one selection, and of all that somebody looks after; by keyset."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from engine import definitions
from engine.definitions import Words
from engine.identity import Identity
from engine.inbox import Mark, Page
from engine.model import Case, CaseMember, Instance, Person, Problem
from engine.overview.access import Seen
from engine.permissions import OFFICE

PAGE = 20


@dataclass(frozen=True)
class Trouble:
    """A problem; `message` is what the program said, for whoever mends it."""

    id: UUID
    kind: str
    code: str
    facts: Mapping[str, Any]
    step: Words | None
    subject: Words | None
    message: str
    at: datetime
    last_at: datetime
    attempts: int
    next_try_at: datetime | None
    """tried again by itself; None: it waits for a person"""
    may_skip: bool
    """something may stand in its place, or it may be given up"""
    stuck: bool
    """the process itself stands still: nothing can stand in its place"""


@dataclass(frozen=True)
class Settled:
    """A problem that is over: `retried`, `skipped` or `gone`."""

    id: UUID
    kind: str
    code: str
    step: Words | None
    state: str
    at: datetime
    resolved_at: datetime | None
    who: str
    remark: str


@dataclass(frozen=True)
class Elsewhere:
    """A problem in a list over several selections."""

    id: UUID
    case_id: UUID
    selection: Words
    kind: str
    code: str
    facts: Mapping[str, Any]
    step: Words | None
    last_at: datetime
    attempts: int
    next_try_at: datetime | None


def open_problems(seen: Seen, *, after: Mark | None = None, limit: int = PAGE) -> Page[Trouble]:
    """What stands open in one selection, the latest first: one statement.

    Raises:
        NotAllowed: problems are for the office.
    """
    _require(seen)
    rows = seen.session.scalars(
        _latest(after).where(Problem.case_id == seen.case.id).limit(limit + 1)
    ).all()
    last = rows[limit - 1] if len(rows) > limit else None
    found = [trouble(seen, row) for row in rows[:limit]]
    return Page(found, Mark(last.last_at, last.id) if last else None)


def settled_problems(seen: Seen, *, limit: int = PAGE) -> list[Settled]:
    """What was dealt with last in one selection; older ones stand in the record."""
    _require(seen)
    rows = seen.session.execute(
        select(Problem, Person.name)
        .outerjoin(Person, Person.id == Problem.resolved_by)
        .where(Problem.case_id == seen.case.id, Problem.state != "open")
        .order_by(Problem.last_at.desc(), Problem.id.desc())
        .limit(limit)
    )
    return [
        Settled(
            row.id, row.kind, row.code, _step(seen, row), row.state, row.at, row.resolved_at,
            name or "", row.remark,
        )
        for row, name in rows
    ]  # fmt: skip


def open_problem(seen: Seen, problem_id: UUID) -> tuple[Problem, Trouble] | None:
    """One that stands open; None if it is dealt with, or not of this selection."""
    _require(seen)
    row = seen.session.scalar(
        select(Problem).where(
            Problem.id == problem_id, Problem.case_id == seen.case.id, Problem.state == "open"
        )
    )
    return (row, trouble(seen, row)) if row is not None else None


def everywhere(
    session: Session, who: Identity, *, now: datetime, after: Mark | None = None, limit: int = PAGE
) -> Page[Elsewhere]:
    """Open problems of all selections of whose office somebody is, the latest first."""
    mine = exists().where(
        CaseMember.case_id == Problem.case_id,
        CaseMember.person_id == who.person_id,
        CaseMember.role == OFFICE,
        CaseMember.roster == "",
        or_(CaseMember.from_at.is_(None), CaseMember.from_at <= now),
        or_(CaseMember.to_at.is_(None), CaseMember.to_at > now),
    )
    asked = _latest(after).add_columns(Case, Instance.package_hash)
    asked = asked.join(Case, Case.id == Problem.case_id)
    asked = asked.join(Instance, Instance.id == Case.id).where(mine)
    if who.only_case is not None:
        asked = asked.where(Case.id == who.only_case)
    rows = session.execute(asked.limit(limit + 1)).all()
    last = rows[limit - 1][0] if len(rows) > limit else None
    found = [_elsewhere(session, row[0], row[1], row[2]) for row in rows[:limit]]
    return Page(found, Mark(last.last_at, last.id) if last else None)


def trouble(seen: Seen, row: Problem) -> Trouble:
    stuck = row.kind == "step" and not row.step
    return Trouble(
        id=row.id,
        kind=row.kind,
        code=row.code,
        facts=row.facts,
        step=_step(seen, row),
        subject=seen.naming.name(row.subject) if row.subject else None,
        message=row.message,
        at=row.at,
        last_at=row.last_at,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        may_skip=not stuck,
        stuck=stuck,
    )


def _latest(after: Mark | None) -> Select[Any]:
    asked = (
        select(Problem)
        .where(Problem.state == "open")
        .order_by(Problem.last_at.desc(), Problem.id.desc())
    )
    if after is None:
        return asked
    return asked.where(
        or_(
            Problem.last_at < after.at,
            and_(Problem.last_at == after.at, Problem.id < after.id),
        )
    )


def _require(seen: Seen) -> None:
    seen.require(seen.is_staff and seen.is_office, "deal with problems")


def _step(seen: Seen, row: Problem) -> Words | None:
    return seen.package.element_name(row.element_id) if row.element_id else None


def _elsewhere(session: Session, row: Problem, case: Case, package_hash: str) -> Elsewhere:
    package = definitions.pinned(session, package_hash)
    return Elsewhere(
        id=row.id,
        case_id=case.id,
        selection=Words(case.title, case.title_en),
        kind=row.kind,
        code=row.code,
        facts=row.facts,
        step=package.element_name(row.element_id) if row.element_id else None,
        last_at=row.last_at,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
    )
