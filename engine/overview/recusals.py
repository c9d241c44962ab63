"""Who steps aside from what in a selection, and what may be a reason to: for the office."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.orm import aliased

from engine import absences, conflicts
from engine.definitions import Words
from engine.inbox import Mark, Page
from engine.model import Absence, CaseMember, Conflict, Person, Recusal
from engine.overview.access import Seen

PAGE = 20
MOST = 200


@dataclass(frozen=True)
class Possible:
    """A conflict that was found; `facts` say what the two have in common, as it was written."""

    id: UUID
    person_id: UUID
    person: str
    unit: str
    roles: Sequence[Words]
    code: str
    subject: Words
    kind: str
    facts: Mapping[str, Any]
    state: str
    found_at: datetime
    decided_at: datetime | None
    decided_by: str
    reason: str


@dataclass(frozen=True)
class KeptOut:
    """A recusal; `subject` is None for the whole selection."""

    id: UUID
    person: str
    subject: Words | None
    deliberation: bool
    vote: bool
    reason: str
    source: str
    by: str
    at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str
    withdrawn_reason: str


@dataclass(frozen=True)
class Away:
    """A member's absence that holds now or later."""

    id: UUID
    person: str
    stand_in: str
    from_at: datetime
    to_at: datetime
    role: Words | None
    everywhere: bool
    reason: str
    is_on: bool


def possible(seen: Seen, *, state: str, after: Mark | None = None) -> Page[Possible]:
    """Conflicts that wait for a decision (`open`), or that were decided; two statements.

    Raises:
        NotAllowed: for the office and the supervisor.
    """
    seen.require(seen.reads_record, "read about conflicts")
    decider = aliased(Person)
    key = Conflict.found_at if state == "open" else Conflict.decided_at
    asked = (
        select(Conflict, Person.name, Person.unit, decider.name)
        .join(Person, Person.id == Conflict.person_id)
        .outerjoin(decider, decider.id == Conflict.decided_by)
        .where(
            Conflict.case_id == seen.case.id,
            Conflict.state == "open" if state == "open" else Conflict.state != "open",
            Conflict.subject.not_in(seen.standing.bars.deliberation),
        )
        .order_by(key.desc(), Conflict.id.desc())
    )
    if after is not None:
        asked = asked.where(or_(key < after.at, and_(key == after.at, Conflict.id < after.id)))
    rows = seen.session.execute(asked.limit(PAGE + 1)).all()
    roles = _roles(seen, {row[0].person_id for row in rows})
    last = rows[PAGE - 1][0] if len(rows) > PAGE else None
    mark = Mark(last.found_at if state == "open" else last.decided_at, last.id) if last else None
    return Page([_possible(seen, row, roles) for row in rows[:PAGE]], mark)


def possible_one(seen: Seen, conflict_id: UUID) -> Possible:
    """One conflict that waits for a decision.

    Raises:
        NotAllowed: for the office and the supervisor.
        ConflictNotFound: no such, or it is decided.
    """
    seen.require(seen.reads_record, "read about conflicts")
    decider = aliased(Person)
    row = seen.session.execute(
        select(Conflict, Person.name, Person.unit, decider.name)
        .join(Person, Person.id == Conflict.person_id)
        .outerjoin(decider, decider.id == Conflict.decided_by)
        .where(
            Conflict.case_id == seen.case.id,
            Conflict.id == conflict_id,
            Conflict.state == "open",
            Conflict.subject.not_in(seen.standing.bars.deliberation),
        )
    ).first()
    if row is None:
        raise conflicts.ConflictNotFound(conflict_id)
    return _possible(seen, row, _roles(seen, {row[0].person_id}))


def _possible(
    seen: Seen,
    row: Row[Conflict, str, str, str],
    roles: Mapping[UUID, Sequence[Words]],
) -> Possible:
    found, name, unit, decider = row
    return Possible(
        id=found.id,
        person_id=found.person_id,
        person=name,
        unit=unit,
        roles=roles.get(found.person_id, ()),
        code=found.subject,
        subject=seen.naming.name(found.subject),
        kind=found.kind,
        facts=found.found,
        state=found.state,
        found_at=found.found_at,
        decided_at=found.decided_at,
        decided_by=decider or "",
        reason=found.reason,
    )


def _roles(seen: Seen, person_ids: set[UUID]) -> dict[UUID, list[Words]]:
    rows = seen.session.execute(
        select(CaseMember.person_id, CaseMember.role)
        .where(
            CaseMember.case_id == seen.case.id,
            CaseMember.person_id.in_(person_ids),
            *absences.is_member(seen.now, lists=True),
        )
        .distinct()
        .order_by(CaseMember.role)
    )
    made: dict[UUID, list[Words]] = {}
    for person_id, role in rows:
        made.setdefault(person_id, []).append(seen.package.word(role))
    return made


def kept_out(seen: Seen) -> list[KeptOut]:
    """Recusals, those in force first; one statement, at most `MOST`.

    Raises:
        NotAllowed: for the office and the supervisor.
    """
    seen.require(seen.reads_record, "read who steps aside")
    by, back = aliased(Person), aliased(Person)
    rows = seen.session.execute(
        select(Recusal, Person.name, by.name, back.name)
        .join(Person, Person.id == Recusal.person_id)
        .join(by, by.id == Recusal.by_id)
        .outerjoin(back, back.id == Recusal.withdrawn_by)
        .where(
            Recusal.case_id == seen.case.id,
            Recusal.subject.not_in(seen.standing.bars.deliberation),
        )
        .order_by(Recusal.withdrawn_at.is_not(None), Recusal.at.desc(), Recusal.id)
        .limit(MOST)
    )
    return [
        KeptOut(
            id=row.id,
            person=name,
            subject=seen.naming.name(row.subject) if row.subject else None,
            deliberation=row.deliberation,
            vote=row.vote,
            reason=row.reason,
            source=row.source,
            by=by_name,
            at=row.at,
            withdrawn_at=row.withdrawn_at,
            withdrawn_by=back_name or "",
            withdrawn_reason=row.withdrawn_reason,
        )
        for row, name, by_name, back_name in rows
    ]


def away(seen: Seen) -> list[Away]:
    """Who of the members is away, now or later; one statement, at most `MOST`.

    Raises:
        NotAllowed: for the office.
    """
    seen.require(seen.is_staff and seen.is_office, "read who is away")
    stand_in = aliased(Person)
    member = select(CaseMember.person_id).where(
        CaseMember.case_id == seen.case.id, *absences.is_member(seen.now)
    )
    rows = seen.session.execute(
        select(Absence, Person.name, stand_in.name)
        .join(Person, Person.id == Absence.person_id)
        .join(stand_in, stand_in.id == Absence.stand_in_id)
        .where(
            Absence.person_id.in_(member),
            or_(Absence.case_id.is_(None), Absence.case_id == seen.case.id),
            Absence.to_at > seen.now,
            Absence.ended_at.is_(None),
        )
        .order_by(Absence.from_at, Absence.id)
        .limit(MOST)
    )
    return [
        Away(
            id=row.id,
            person=name,
            stand_in=other,
            from_at=row.from_at,
            to_at=row.to_at,
            role=seen.package.word(row.role) if row.role else None,
            everywhere=row.case_id is None,
            reason=row.reason,
            is_on=row.from_at <= seen.now,
        )
        for row, name, other in rows
    ]
