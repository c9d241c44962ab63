"""What happened in a selection: who, for whom, what, when, at which step; by keyset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from engine.definitions import PackageVersion, Words
from engine.model import HistoryEntry, Person
from engine.overview.access import Seen
from engine.permissions import SUPERVISOR

PAGE = 50
_PUBLIC = "public"
_PEOPLE = ("from_person", "to_person", "person", "stand_in")
"""Facts that are ids of people."""


@dataclass(frozen=True)
class Entry:
    """One line; `action` is a code, worded where it is shown."""

    number: int
    at: datetime
    action: str
    step: Words | None
    who: str
    recorded_for: Words | None
    subject: Words | None
    facts: Mapping[str, Any]
    absent: str = ""
    """for whom, where a stand-in acted"""
    people: Mapping[str, str] = field(default_factory=dict)
    """names of the people whom the facts mention, by the key of the fact"""


def history(
    seen: Seen, *, before: int | None = None, everything: bool = False, limit: int = PAGE
) -> tuple[list[Entry], int | None]:
    """What happened, the latest first; the second value is where the next page begins.

    Args:
        seen: the selection and the reader.
        before: number of the last entry of the page before.
        everything: with each step the process went through by itself.
        limit: entries on a page.

    Raises:
        NotAllowed: history is for the office and the supervisor.
    """
    seen.require(seen.reads_record, "read the history")
    absent = aliased(Person)
    asked = (
        select(HistoryEntry, Person.name, absent.name)
        .outerjoin(Person, Person.id == HistoryEntry.person_id)
        .outerjoin(absent, absent.id == HistoryEntry.for_person_id)
        .where(
            HistoryEntry.case_id == seen.case.id,
            HistoryEntry.subject.not_in(seen.standing.bars.deliberation),
        )
        .order_by(HistoryEntry.id.desc())
    )
    if not everything:
        asked = asked.where(HistoryEntry.action != "passed")
    if before is not None:
        asked = asked.where(HistoryEntry.id < before)
    rows = seen.session.execute(asked.limit(limit + 1)).all()
    more = rows[limit - 1][0].id if len(rows) > limit else None
    names = _names(seen, [row for row, *_ in rows[:limit]])
    made = [_entry(seen, row, name or "", away or "", names) for row, name, away in rows[:limit]]
    return made, more


def _names(seen: Seen, rows: Sequence[HistoryEntry]) -> dict[str, str]:
    """The names of people whom facts mention by id: the record itself holds none."""
    ids = {UUID(row.facts[key]) for row in rows for key in _PEOPLE if row.facts.get(key)}
    if not ids:
        return {}
    found = seen.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {str(key): name for key, name in found}


def _entry(
    seen: Seen, row: HistoryEntry, name: str, absent: str, names: Mapping[str, str]
) -> Entry:
    named = seen.package.element_name(row.element_id)
    return Entry(
        number=row.id,
        at=row.at,
        action=row.action,
        step=Words(named.zh or row.element_id, named.en) if row.element_id else None,
        who="" if _is_protected(seen, row) else name,
        recorded_for=seen.package.word(row.recorded_for) if row.recorded_for else None,
        subject=seen.naming.name(row.subject) if row.subject else None,
        facts=row.facts,
        absent=absent,
        people={key: names.get(row.facts[key], "") for key in _PEOPLE if row.facts.get(key)},
    )


def _is_protected(seen: Seen, row: HistoryEntry) -> bool:
    """Who reports a matter is known to the supervisor alone."""
    if row.action != "received" or SUPERVISOR in seen.roles:
        return False
    return _anybody_may_start(seen.package, row.element_id)


def _anybody_may_start(package: PackageVersion, element_id: str) -> bool:
    element = package.definition.elements.get(element_id)
    return element is not None and _PUBLIC in element.words("starters")
