"""Who is away, and who acts for them meanwhile: by their seats, never by their standing.

A stand-in hands in what the absent person would have handed in, and reads what belongs to it.
The office's page, recording for a body, ballots and sealed writing do not pass on
(docs/decisions/0014).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from engine import recusals
from engine.bpmn import Element
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.model import Absence, Candidate, CaseMember, Person, Seat, UserTask
from engine.recusals import Bars

NEVER_KINDS = ("ballot", "sealed")
"""Kinds of tasks that nobody can do for another."""

CANDIDATE = "candidate"


class AbsenceNotFound(EngineError):
    """No such absence, or it is none of this person's business: the two answers must look alike."""

    code = "absence_not_found"

    def __init__(self, absence_id: UUID) -> None:
        super().__init__(f"there is no absence {absence_id}, or not for you")
        self.absence_id = absence_id


@dataclass(frozen=True)
class Span:
    """An absence as its rules see it: from `from_at` on, before `to_at`, in a scope.

    `case_id` None is every selection, `role` empty every role.
    """

    person_id: UUID
    stand_in_id: UUID
    from_at: datetime
    to_at: datetime
    case_id: UUID | None = None
    role: str = ""

    def meets(self, other: "Span") -> bool:
        """Whether there is an instant, a selection and a role in which both hold."""
        return (
            self.from_at < other.to_at
            and other.from_at < self.to_at
            and (None in (self.case_id, other.case_id) or self.case_id == other.case_id)
            and ("" in (self.role, other.role) or self.role == other.role)
        )

    def narrowed(self, other: "Span") -> "Span":
        """What both have in common, with the other's stand-in: the next link of a chain."""
        return replace(
            self,
            stand_in_id=other.stand_in_id,
            from_at=max(self.from_at, other.from_at),
            to_at=min(self.to_at, other.to_at),
            case_id=self.case_id or other.case_id,
            role=self.role or other.role,
        )


def is_loop(new: Span, others: Iterable[Span]) -> bool:
    """Whether standing in would come back to who is away, over any number of people."""
    by_person: dict[UUID, list[Span]] = {}
    for other in others:
        by_person.setdefault(other.person_id, []).append(other)
    todo, seen = [new], {new}
    while todo:
        link = todo.pop()
        if link.stand_in_id == new.person_id:
            return True
        following = [link.narrowed(o) for o in by_person.get(link.stand_in_id, ()) if link.meets(o)]
        todo += [each for each in following if each not in seen]
        seen.update(following)
    return False


def span_of(absence: Absence) -> Span:
    """An absence with the end that holds: `to_at`, or earlier if it was ended."""
    return Span(
        absence.person_id,
        absence.stand_in_id,
        absence.from_at,
        min(absence.to_at, absence.ended_at or absence.to_at),
        absence.case_id,
        absence.role,
    )


def allowed_by(element: Element, role: str, kind: str) -> bool:
    """Whether a stand-in may do a task: never a ballot, sealed writing or a candidate's own."""
    wanted = element.properties.get("stand_in", "yes") == "yes"
    return wanted and kind not in NEVER_KINDS and role != CANDIDATE


def may_delegate(package: PackageVersion, task: UserTask) -> bool:
    """Whether the procedure lets whoever holds a seat of this task hand it over."""
    element = package.element(task.element_id)
    return element.properties.get("delegate") == "yes" and task.kind not in NEVER_KINDS


def is_on(now: datetime) -> ColumnElement[bool]:
    """Whether an absence holds at an instant: from its first on, until before its last."""
    return and_(
        Absence.from_at <= now,
        Absence.to_at > now,
        or_(Absence.ended_at.is_(None), Absence.ended_at > now),
    )


@dataclass(frozen=True)
class Duty:
    """For whom somebody stands in now, in one selection; `pairs` are the absent person's roles."""

    absence_id: UUID
    person_id: UUID
    name: str
    role: str
    """only what this role does; empty: every role"""
    until: datetime
    pairs: frozenset[tuple[str, str]] = frozenset()
    bars: Bars = field(default=recusals.NONE)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(role for role, _ in self.pairs)

    def covers(self, role: str) -> bool:
        return self.role in ("", role)

    def holds(self, *, role: str, function: str) -> bool:
        """Whether the absent person may take what belongs to a role and a function."""
        return bool(role or function) and any(
            (not role or r == role) and (not function or f == function) for r, f in self.pairs
        )


def duties_of(
    session: Session, *, person_id: UUID, case_id: UUID, roles: Mapping[str, Any], now: datetime
) -> list[Duty]:
    """For whom this person stands in now in a selection: at most four statements.

    Left out is whoever stands there themselves as a candidate, and for whom this person may not
    act because of a role that the two may not hold together.

    Args:
        roles: of the package, with `never_with`.
    """
    rows = session.execute(
        select(Absence, Person.name, CaseMember.role, CaseMember.function)
        .join(Person, Person.id == Absence.person_id)
        .outerjoin(
            CaseMember,
            and_(
                CaseMember.person_id == Absence.person_id,
                CaseMember.case_id == case_id,
                *is_member(now),
            ),
        )
        .where(
            Absence.stand_in_id == person_id,
            is_on(now),
            or_(Absence.case_id.is_(None), Absence.case_id == case_id),
        )
        .order_by(Absence.from_at, Absence.id)
    ).all()
    if not rows:
        return []
    found: dict[UUID, Duty] = {}
    for absence, name, role, function in rows:
        duty = found.get(absence.id) or Duty(
            absence.id, absence.person_id, name, absence.role, absence.to_at
        )
        if role and duty.covers(role):
            duty = replace(duty, pairs=duty.pairs | {(role, function)})
        found[absence.id] = duty
    people = {person_id, *(duty.person_id for duty in found.values())}
    own, standing_there = _held(session, case_id, person_id, people, now)
    if person_id in standing_there:
        return []
    bars = recusals.bars_of(session, case_id=case_id, person_ids=people)
    return [
        replace(duty, bars=bars.get(duty.person_id, recusals.NONE))
        for duty in found.values()
        if duty.person_id not in standing_there and not excluded(own, duty.roles, roles)
    ]


def _held(
    session: Session, case_id: UUID, person_id: UUID, people: set[UUID], now: datetime
) -> tuple[set[str], set[UUID]]:
    """The roles of the stand-in, also on lists, and who of these people stands as a candidate."""
    roles = session.scalars(
        select(CaseMember.role).where(
            CaseMember.case_id == case_id,
            CaseMember.person_id == person_id,
            *is_member(now, lists=True),
        )
    )
    candidates = session.scalars(
        select(Candidate.person_id).where(
            Candidate.case_id == case_id, Candidate.person_id.in_(people)
        )
    )
    return set(roles), set(candidates)


def is_member(
    now: datetime | BindParameter[Any], *, lists: bool = False
) -> Sequence[ColumnElement[bool]]:
    """Whether a membership holds now; `lists`: places on lists count too."""
    made = [
        or_(CaseMember.from_at.is_(None), CaseMember.from_at <= now),
        or_(CaseMember.to_at.is_(None), CaseMember.to_at > now),
    ]
    return made if lists else [CaseMember.roster == "", *made]


def excluded(one: Iterable[str], other: Iterable[str], roles: Mapping[str, Any]) -> str:
    """A role among `one` that nobody may hold together with one of `other`; empty if none."""
    held = set(other)
    for role in sorted(one):
        if held & set(roles.get(role, {}).get("never_with", ())):
            return role
        if any(role in roles.get(each, {}).get("never_with", ()) for each in held):
            return role
    return ""


def holds(member: type[CaseMember], now: datetime) -> ColumnElement[bool]:
    """Whether an aliased membership holds now."""
    return and_(
        or_(member.from_at.is_(None), member.from_at <= now),
        or_(member.to_at.is_(None), member.to_at > now),
    )


def covers(now: datetime) -> ColumnElement[bool]:
    """Whether an absence is about a seat: the person's own, or one they could take."""
    theirs = aliased(CaseMember)
    could_take = exists().where(
        theirs.case_id == Seat.case_id,
        theirs.person_id == Absence.person_id,
        theirs.roster == "",
        holds(theirs, now),
        or_(Seat.role == "", Seat.role == theirs.role),
        or_(Seat.function == "", Seat.function == theirs.function),
        or_(Absence.role == "", Absence.role == theirs.role),
    )
    own = and_(
        Seat.person_id == Absence.person_id,
        or_(Absence.role == "", Absence.role == UserTask.role),
    )
    queued = and_(
        Seat.person_id.is_(None),
        or_(Seat.role != "", Seat.function != ""),
        could_take,
        ~_holds_twin(),
    )
    here = or_(Absence.case_id.is_(None), Absence.case_id == Seat.case_id)
    return and_(here, or_(own, queued))


def _holds_twin() -> ColumnElement[bool]:
    """Whether the absent person has another seat of the same work: two seats are two people."""
    other = aliased(Seat)
    return exists().where(
        other.task_id == Seat.task_id,
        other.subject == Seat.subject,
        other.person_id == Absence.person_id,
    )


def stands_there() -> ColumnElement[bool]:
    """Whether one of the two stands as a candidate in that selection."""
    return exists().where(
        Candidate.case_id == Seat.case_id,
        Candidate.person_id.in_((Absence.person_id, Absence.stand_in_id)),
    )
