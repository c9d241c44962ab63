"""Who is to hand in, about whom: places, before they are rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import Attendee, Candidate, CaseMember


@dataclass(frozen=True)
class Place:
    """A seat before it has a row."""

    person_id: UUID | None = None
    role: str = ""
    function: str = ""
    subject: str = ""
    group: str = ""
    void_reason: str = ""
    """why nobody may hand it in: the person is kept out of what it is about"""


def resolve(
    session: Session,
    descriptions: Sequence[Mapping[str, Any]],
    *,
    case_id: UUID,
    roles: Mapping[str, Any],
    now: datetime,
) -> list[Place]:
    """Turn descriptions (`engine.bpmn.expressions`, seats) into places, in order.

    Args:
        roles: the roles of the package, to tell a role from a function among signers.
    """
    return [
        place
        for description in descriptions
        for place in _resolve_one(session, description, case_id, roles, now)
    ]


def _resolve_one(
    session: Session,
    description: Mapping[str, Any],
    case_id: UUID,
    roles: Mapping[str, Any],
    now: datetime,
) -> list[Place]:
    kind = description["kind"]
    if kind == "times":
        people = resolve(session, description["who"], case_id=case_id, roles=roles, now=now)
        return [
            Place(p.person_id, p.role, p.function, subject, p.group)
            for subject in description["codes"]
            for p in people
        ]
    if kind == "per":
        return [Place(role=description["role"], subject=code) for code in description["codes"]]
    if kind == "persons":
        return [Place(role=description["role"])] * int(description["number"])
    if kind == "signers":
        return [
            Place(role=key) if key in roles else Place(function=key) for key in description["keys"]
        ]
    return _PEOPLE[kind](session, description, case_id, now)


def _members(
    session: Session, description: Mapping[str, Any], case_id: UUID, now: datetime
) -> list[Place]:
    asked = select(CaseMember.person_id, CaseMember.group, CaseMember.position).where(
        CaseMember.case_id == case_id,
        CaseMember.role == description["role"],
        CaseMember.roster == "",
        (CaseMember.to_at.is_(None)) | (CaseMember.to_at > now),
    )
    if description["function"]:
        asked = asked.where(CaseMember.function == description["function"])
    rows = session.execute(asked.order_by(CaseMember.position, CaseMember.id))
    places = {row.person_id: Place(row.person_id, group=row.group) for row in rows}
    return list(places.values())


def _roster(
    session: Session, description: Mapping[str, Any], case_id: UUID, now: datetime
) -> list[Place]:
    asked = select(CaseMember.person_id, CaseMember.group).where(
        CaseMember.case_id == case_id,
        CaseMember.roster == description["roster"],
        (CaseMember.to_at.is_(None)) | (CaseMember.to_at > now),
    )
    if description["group"]:
        asked = asked.where(CaseMember.group == description["group"])
    rows = session.execute(asked.order_by(CaseMember.position, CaseMember.id))
    return [Place(row.person_id, group=row.group) for row in rows]


def _candidates(
    session: Session,
    description: Mapping[str, Any],
    case_id: UUID,
    now: datetime,  # noqa: ARG001 - one signature for all kinds
) -> list[Place]:
    rows = session.execute(
        select(Candidate.code, Candidate.person_id).where(Candidate.case_id == case_id)
    )
    people = {row.code: row.person_id for row in rows}
    return [Place(people[code], subject=code) for code in description["codes"]]


def _present(
    session: Session,
    description: Mapping[str, Any],
    case_id: UUID,  # noqa: ARG001 - one signature for all kinds
    now: datetime,  # noqa: ARG001 - one signature for all kinds
) -> list[Place]:
    rows = session.execute(
        select(Attendee.person_id, Attendee.group)
        .where(
            Attendee.attendance_id == UUID(description["attendance"]),
            Attendee.state == "present",
        )
        .order_by(Attendee.position)
    )
    return [Place(row.person_id, group=row.group) for row in rows]


_PEOPLE: Mapping[str, Callable[[Session, Mapping[str, Any], UUID, datetime], list[Place]]] = {
    "members": _members,
    "roster": _roster,
    "each": _candidates,
    "present": _present,
}
