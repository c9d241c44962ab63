"""Where a running selection stands, and what the office may change about its course."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from engine.bpmn import Element
from engine.definitions import Words
from engine.model import Candidate, CaseChange, Instance, Person
from engine.overview.access import Seen


@dataclass(frozen=True)
class Running:
    """One running process of the selection; `item`: whom it is about."""

    instance: Instance
    name: Words
    item: Words | None
    beside: bool
    """started by a message: it can be ended alone"""


@dataclass(frozen=True)
class Proposed:
    """A change that waits for a second person."""

    id: UUID
    kind: str
    step: Words | None
    reason: str
    by: str
    by_id: UUID


def running(seen: Seen) -> list[Running]:
    """The processes that run, the selection itself first; one statement.

    Raises:
        NotAllowed: the course is for the office.
    """
    require_office(seen)
    rows = seen.session.scalars(
        select(Instance)
        .where(Instance.case_id == seen.case.id, Instance.state == "running")
        .order_by(Instance.parent_id.is_not(None), Instance.started_at, Instance.position)
        .limit(100)
    )
    return [
        Running(
            row,
            process_name(seen, row.process_id),
            seen.naming.name(row.item) if row.item else None,
            row.id != seen.case.id and not row.parent_step,
        )
        for row in rows
    ]


def proposals(seen: Seen) -> list[Proposed]:
    """Changes that wait for a second person."""
    rows = seen.session.execute(
        select(CaseChange, Person.name)
        .join(Person, Person.id == CaseChange.proposed_by)
        .where(CaseChange.case_id == seen.case.id, CaseChange.state == "proposed")
        .order_by(CaseChange.proposed_at)
        .limit(20)
    )
    return [
        Proposed(
            row.id, row.kind,
            seen.package.element_name(row.place["element"]) if row.place["element"] else None,
            row.reason, name, row.proposed_by,
        )
        for row, name in rows
    ]  # fmt: skip


def to_decide(seen: Seen) -> list[Proposed]:
    """Changes that wait for this reader; asks the database only where the procedure wants one."""
    if not seen.is_staff or not seen.roles & set(seen.package.confirms_changes):
        return []
    return [each for each in proposals(seen) if each.by_id != seen.who.person_id]


def candidates_by_code(seen: Seen) -> list[tuple[str, Words]]:
    """Every candidate by code, with the name as the reader may know it."""
    codes = seen.session.scalars(
        select(Candidate.code).where(Candidate.case_id == seen.case.id).order_by(Candidate.code)
    )
    return [(code, seen.naming.name(code)) for code in codes]


def require_office(seen: Seen) -> None:
    """Raise unless the reader is of the office.

    Raises:
        NotAllowed.
    """
    seen.require(seen.is_staff and seen.is_office, "change the course")


def named(seen: Seen, elements: Sequence[Element]) -> list[Words]:
    return [seen.package.element_name(element.id) for element in elements]


def process_name(seen: Seen, process_id: str) -> Words:
    begun = seen.package.definition.start_of(process_id)
    if process_id == seen.root.process_id:
        return seen.title
    caller = next(
        (e for e in seen.package.definition.elements.values() if e.called == process_id), begun
    )
    return Words(caller.name, caller.name_en)
