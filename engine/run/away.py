"""Who is away and for whom one stands in, as the pages show it; whom one may name."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from engine import absences, definitions
from engine.absences import CANDIDATE
from engine.definitions import PackageVersion, Words
from engine.model import Absence, Case, CaseMember, Instance, Person

MOST = 300
"""people offered for a choice"""


@dataclass(frozen=True)
class Work:
    """A running selection in which somebody acts, with what they are there."""

    case: Case
    package: PackageVersion
    roles: frozenset[str]


@dataclass(frozen=True)
class Listed:
    """An absence that holds now or later, with the names of both."""

    id: UUID
    own: bool
    """of the reader; else the reader stands in"""
    person: str
    stand_in: str
    first: datetime
    last: datetime
    selection: Words | None
    role: Words | None
    reason: str
    is_on: bool


def works_of(session: Session, person_id: UUID, *, now: datetime) -> list[Work]:
    """The running selections in which somebody acts, with their roles; one statement."""
    rows = session.execute(
        select(Case, Instance.package_hash, CaseMember.role)
        .join(Instance, Instance.id == Case.id)
        .join(CaseMember, CaseMember.case_id == Case.id)
        .where(
            CaseMember.person_id == person_id,
            CaseMember.role != CANDIDATE,
            *absences.is_member(now),
            Case.state != "ended",
        )
        .order_by(Case.started_at.desc(), Case.id)
    )
    made: dict[UUID, Work] = {}
    for case, package_hash, role in rows:
        before = made.get(case.id)
        roles = (before.roles if before else frozenset()) | {role}
        made[case.id] = Work(case, definitions.pinned(session, package_hash), roles)
    return list(made.values())


def colleagues(
    session: Session, person_id: UUID, *, case_id: UUID | None = None, now: datetime
) -> list[Person]:
    """Whom somebody may name: those who act in the same running selections; at most 300."""
    asked = (
        colleagues_of(person_id, case_id, now)
        .distinct()
        .order_by(Person.name, Person.unit, Person.id)
        .limit(MOST)
    )
    return list(session.scalars(asked))


def colleagues_of(person_id: UUID, case_id: UUID | None, now: datetime) -> Select[Person]:
    mine, theirs = aliased(CaseMember), aliased(CaseMember)
    holds = [
        condition
        for member in (mine, theirs)
        for condition in (
            member.roster == "",
            or_(member.from_at.is_(None), member.from_at <= now),
            or_(member.to_at.is_(None), member.to_at > now),
        )
    ]
    asked = (
        select(Person)
        .join(theirs, theirs.person_id == Person.id)
        .join(mine, mine.case_id == theirs.case_id)
        .join(Case, Case.id == mine.case_id)
        .where(
            mine.person_id == person_id, Person.id != person_id, Person.anonymous.is_(False),
            theirs.role != CANDIDATE, Case.state != "ended", *holds,
        )
    )  # fmt: skip
    return asked if case_id is None else asked.where(mine.case_id == case_id)


def listed(session: Session, person_id: UUID, *, now: datetime) -> list[Listed]:
    """A person's absences, and those in which they stand in, that hold now or later.

    Two statements. The absent person's selection is named only where it is theirs as well.
    """
    away, other = aliased(Person), aliased(Person)
    rows = session.execute(
        select(Absence, away.name, other.name, Case, Instance.package_hash)
        .join(away, away.id == Absence.person_id)
        .join(other, other.id == Absence.stand_in_id)
        .outerjoin(Case, Case.id == Absence.case_id)
        .outerjoin(Instance, Instance.id == Absence.case_id)
        .where(
            or_(Absence.person_id == person_id, Absence.stand_in_id == person_id),
            Absence.to_at > now,
            Absence.ended_at.is_(None),
        )
        .order_by(Absence.from_at, Absence.id)
    )
    return [
        Listed(
            id=row.id,
            own=row.person_id == person_id,
            person=name,
            stand_in=stand_in,
            first=row.from_at,
            last=row.to_at,
            selection=Words(case.title, case.title_en) if case else None,
            role=_word(session, package_hash, row.role),
            reason=row.reason,
            is_on=row.from_at <= now,
        )
        for row, name, stand_in, case, package_hash in rows
    ]


def _word(session: Session, package_hash: str | None, role: str) -> Words | None:
    if not role:
        return None
    return definitions.pinned(session, package_hash).word(role) if package_hash else Words(role, "")
