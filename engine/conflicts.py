"""Possible reasons to step aside, found in what people wrote; a person decides each of them.

Found are: the same unit (of those who act in a role, not of lists of participants: the people of a
candidate's own unit are asked on purpose), a relative or another person named in the candidate's
rows, a name in a candidate's texts (e.g. who nominated them), and what a member's own row states.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine.absences import CANDIDATE, is_member
from engine.errors import EngineError
from engine.model import Absence, Candidate, CaseMember, Conflict, Person, Recusal, Seat
from engine.people.alike import elsewhere, one_unit, same

SAME_UNIT, RELATIVE, NAMED, STATED = "same_unit", "relative", "named", "stated"
_SHORTEST_NAME = 2
_LONGEST = 120
_BETWEEN = re.compile(r"[\s、，,；;。/／（）()：:]+")
_UNITS = ("unit_post", "unit")


class ConflictNotFound(EngineError):
    """No such possible conflict in this selection, or it is decided already."""

    code = "conflict_not_found"

    def __init__(self, conflict_id: UUID) -> None:
        super().__init__(f"there is no open conflict {conflict_id}")
        self.conflict_id = conflict_id


@dataclass(frozen=True)
class Member:
    """Somebody who acts, or stands in for one who does."""

    person_id: UUID
    name: str
    unit: str
    acts: bool
    """in a role; else on a list of participants"""


@dataclass(frozen=True)
class Applicant:
    """A candidate with everything he or she has handed in."""

    code: str
    person_id: UUID
    name: str
    unit: str
    answers: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Found:
    """What a member and a candidate have in common, as it was written."""

    person_id: UUID
    subject: str
    kind: str
    facts: Mapping[str, str]


def between(members: Sequence[Member], applicants: Sequence[Applicant]) -> Iterator[Found]:
    """Hold members against candidates: pure, in the order of both."""
    for applicant in applicants:
        rows = list(_rows(applicant))
        words = dict(_words(applicant))
        for member in members:
            if member.person_id != applicant.person_id:
                yield from _one(member, applicant, rows, words)


def _one(
    member: Member,
    applicant: Applicant,
    rows: Sequence[Mapping[str, str]],
    words: Mapping[str, str],
) -> Iterator[Found]:
    name = same(member.name)
    for row in rows:
        if same(row["name"]) == name and not elsewhere(member.unit, row["unit"]):
            yield Found(member.person_id, applicant.code, RELATIVE, row)
            break
    else:
        if name in words:
            yield Found(member.person_id, applicant.code, NAMED, {"text": words[name]})
    if member.acts and one_unit(member.unit, applicant.unit):
        yield Found(member.person_id, applicant.code, SAME_UNIT, {"unit": applicant.unit})


def stated_in(stated: Mapping[UUID, str], applicants: Sequence[Applicant]) -> Iterator[Found]:
    """Candidates whom a member's own row names as somebody to step aside for."""
    for person_id, text in stated.items():
        for applicant in applicants:
            by_code = re.search(rf"{re.escape(applicant.code)}(?!\d)", text, re.IGNORECASE)
            if by_code or same(applicant.name) in same(text):
                facts = {"text": text[:_LONGEST]}
                yield Found(person_id, applicant.code, STATED, facts)


def _rows(applicant: Applicant) -> Iterator[dict[str, str]]:
    """Every row of the candidate's answers that names a person."""
    for answers in applicant.answers:
        for value in answers.values():
            for row in value if isinstance(value, list) else ():
                if isinstance(row, Mapping) and str(row.get("name") or "").strip():
                    unit = next((str(row[key]) for key in _UNITS if row.get(key)), "")
                    relation = str(row.get("relation") or "")
                    yield {"name": str(row["name"]), "unit": unit, "relation": relation}


def _words(applicant: Applicant) -> Iterator[tuple[str, str]]:
    """Every word that stands alone in the candidate's texts, with the text."""
    for answers in applicant.answers:
        for key, value in answers.items():
            if isinstance(value, str) and key != "name":
                for part in _BETWEEN.split(value):
                    if len(part) >= _SHORTEST_NAME:
                        yield same(part), value[:_LONGEST]


def detect(
    session: Session,
    *,
    case_id: UUID,
    now: datetime,
    person_ids: Collection[UUID] | None = None,
    stated: Mapping[UUID, str] | None = None,
) -> int:
    """Look for conflicts that nobody has looked at yet, and put them on the office's page.

    Run when members or lists are stored and when applications come in; the caller holds the lock
    of the selection. Five statements and one insert, whatever the number of people.

    Args:
        person_ids: only these members; None: everybody.
        stated: person → what their own row says about whom they must step aside for.

    Returns:
        How many were found anew.
    """
    applicants = applicants_of(session, case_id=case_id)
    if not applicants:
        return 0
    members = _members(session, case_id, now, person_ids)
    found = [*between(members, applicants), *stated_in(stated or {}, applicants)]
    if not found:
        return 0
    known = {
        tuple(row)
        for row in session.execute(
            select(Conflict.person_id, Conflict.subject, Conflict.kind).where(
                Conflict.case_id == case_id
            )
        )
    }
    kept_out = {
        tuple(row)
        for row in session.execute(
            select(Recusal.person_id, Recusal.subject).where(
                Recusal.case_id == case_id, Recusal.withdrawn_at.is_(None)
            )
        )
    }
    new = {
        (each.person_id, each.subject, each.kind): each
        for each in found
        if (each.person_id, each.subject, each.kind) not in known
        and (each.person_id, each.subject) not in kept_out
    }
    session.add_all(
        Conflict(
            case_id=case_id, person_id=each.person_id, subject=each.subject, kind=each.kind,
            found=dict(each.facts), found_at=now,
        )
        for each in new.values()
    )  # fmt: skip
    return len(new)


def applicants_of(session: Session, *, case_id: UUID) -> list[Applicant]:
    """Candidates who take part, with what they handed in; one statement."""
    rows = session.execute(
        select(Candidate.code, Candidate.person_id, Person.name, Person.unit, Seat.answers)
        .join(Person, Person.id == Candidate.person_id)
        .outerjoin(
            Seat,
            and_(
                Seat.person_id == Candidate.person_id,
                Seat.case_id == case_id,
                Seat.state == "handed_in",
            ),
        )
        .where(Candidate.case_id == case_id, Candidate.status == "active")
        .order_by(Candidate.code, Seat.submitted_at)
    )
    made: dict[str, Applicant] = {}
    for code, person_id, name, unit, answers in rows:
        before = made.get(code)
        handed = [*(before.answers if before else ()), *([answers] if answers else ())]
        made[code] = Applicant(code, person_id, name, unit, handed)
    return list(made.values())


def _members(
    session: Session, case_id: UUID, now: datetime, person_ids: Collection[UUID] | None
) -> list[Member]:
    asked = (
        select(Person.id, Person.name, Person.unit, CaseMember.roster)
        .join(CaseMember, CaseMember.person_id == Person.id)
        .where(
            CaseMember.case_id == case_id,
            CaseMember.role != CANDIDATE,
            *is_member(now, lists=True),
        )
        .order_by(Person.id)
    )
    rows = [*session.execute(asked), *_stand_ins(session, case_id, now)]
    made: dict[UUID, Member] = {}
    for person_id, name, unit, roster in rows:
        if person_ids is not None and person_id not in person_ids:
            continue
        acts = not roster or (person_id in made and made[person_id].acts)
        made[person_id] = Member(person_id, name, unit, acts)
    return list(made.values())


def _stand_ins(session: Session, case_id: UUID, now: datetime) -> list[Any]:
    """Those who act for a member of the selection, now or later."""
    return list(
        session.execute(
            select(Person.id, Person.name, Person.unit, CaseMember.roster)
            .join(Absence, Absence.stand_in_id == Person.id)
            .join(
                CaseMember,
                and_(
                    CaseMember.person_id == Absence.person_id,
                    CaseMember.case_id == case_id,
                    *is_member(now),
                ),
            )
            .where(
                or_(Absence.case_id.is_(None), Absence.case_id == case_id),
                Absence.to_at > now,
                Absence.ended_at.is_(None),
            )
        )
    )


def stands_in(session: Session, *, case_id: UUID, person_id: UUID, now: datetime) -> bool:
    """Whether this person acts for a member of the selection, now or later."""
    return any(row.id == person_id for row in _stand_ins(session, case_id, now))


def relatives_among(session: Session, *, case_id: UUID, person: Person) -> list[str]:
    """Codes of the candidates of a selection who name this person as a relative."""
    member = Member(person.id, person.name, person.unit, acts=False)
    found = between([member], applicants_of(session, case_id=case_id))
    return [each.subject for each in found if each.kind == RELATIVE]


def any_open(session: Session, *, case_id: UUID) -> bool:
    """Whether something waits for a decision; never counted."""
    asked = select(Conflict.id).where(Conflict.case_id == case_id, Conflict.state == "open")
    return session.scalar(asked.limit(1)) is not None


def decided(conflict: Conflict, *, recuse: bool, reason: str, by_id: UUID, now: datetime) -> None:
    """Write down what was decided about a possible conflict, and why."""
    conflict.state = "recused" if recuse else "none"
    conflict.decided_at, conflict.decided_by, conflict.reason = now, by_id, reason
