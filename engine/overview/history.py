"""What happened in a selection: who, for whom, what, when, at which step; by keyset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from engine.definitions import PackageVersion, Words
from engine.model import HistoryEntry, Person
from engine.overview.access import Seen
from engine.permissions import SUPERVISOR

PAGE = 50
_PUBLIC = "public"


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
    about: str = ""
    """who is away, steps aside, or had the work before"""
    to: str = ""
    """who stands in, or has the work now"""


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
    absent, about, to = aliased(Person), aliased(Person), aliased(Person)
    asked = (
        select(HistoryEntry, Person.name, absent.name, about.name, to.name)
        .outerjoin(Person, Person.id == HistoryEntry.person_id)
        .outerjoin(absent, absent.id == HistoryEntry.for_person_id)
        .outerjoin(about, about.id == HistoryEntry.about_person_id)
        .outerjoin(to, to.id == HistoryEntry.to_person_id)
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
    made = [
        _entry(seen, row, name or "", [away or "", about or "", to or ""])
        for row, name, away, about, to in rows[:limit]
    ]
    return made, more


def _entry(seen: Seen, row: HistoryEntry, name: str, others: Sequence[str]) -> Entry:
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
        absent=others[0],
        about=others[1],
        to=others[2],
    )


def _is_protected(seen: Seen, row: HistoryEntry) -> bool:
    """Who reports a matter is known to the supervisor alone."""
    if row.action != "received" or SUPERVISOR in seen.roles:
        return False
    return _anybody_may_start(seen.package, row.element_id)


def _anybody_may_start(package: PackageVersion, element_id: str) -> bool:
    element = package.definition.elements.get(element_id)
    return element is not None and _PUBLIC in element.words("starters")
