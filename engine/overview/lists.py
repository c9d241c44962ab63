"""What belongs to a selection besides its steps: publications, people, the plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from engine import almanac
from engine.definitions import Words
from engine.errors import EngineError
from engine.inbox import Mark, Page
from engine.model import Candidate, CaseMember, Person, Publication
from engine.overview.access import CANDIDATE, Seen
from engine.overview.drawings import drawing_of
from engine.overview.steps import Progress
from engine.plan import lines_counted

PAGE = 50
MOST_MEMBERS = 500
PUBLIC = "public"


class PublicationNotFound(EngineError):
    """No such publication, or not for this reader: the two answers must look alike."""

    code = "publication_not_found"

    def __init__(self, publication_id: UUID) -> None:
        super().__init__(f"there is no publication {publication_id}, or not for you")
        self.publication_id = publication_id


@dataclass(frozen=True)
class Issued:
    """A publication or a document in a list."""

    id: UUID
    title: Words
    audience: Sequence[Words]
    """empty: everybody"""
    at: datetime
    until: datetime | None
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class Member:
    """A person's role."""

    name: str
    unit: str
    post: str
    role: str
    function: Words | None
    group: Words | None
    until: datetime | None
    reason: str
    has_left: bool


@dataclass(frozen=True)
class Roster:
    """A list of people, by its size."""

    key: str
    name: Words
    total: int
    groups: Sequence[tuple[Words, int]]


@dataclass(frozen=True)
class PlanRow:
    """One line of the plan: when it was to be, and when it was."""

    key: str
    name: Words
    at: datetime
    actual: datetime | None
    state: str
    """done, late, current or waiting"""
    provisional: bool = False
    """counted in working days of a year that nobody has confirmed yet"""


def publications(seen: Seen, *, after: Mark | None = None, limit: int = PAGE) -> Page[Issued]:
    """What was published, and the documents made for this reader: one statement."""
    asked = (
        select(Publication)
        .where(Publication.case_id == seen.case.id, or_(*_for_reader(seen)))
        .order_by(Publication.published_at.desc(), Publication.id.desc())
    )
    if not seen.is_staff:
        asked = asked.where(Publication.withdrawn_at.is_(None))
    if after is not None:
        asked = asked.where(
            or_(
                Publication.published_at < after.at,
                and_(Publication.published_at == after.at, Publication.id < after.id),
            )
        )
    rows = list(seen.session.scalars(asked.limit(limit + 1)))
    last = rows[limit - 1] if len(rows) > limit else None
    items = [_issued(seen, row) for row in rows[:limit]]
    return Page(items, Mark(last.published_at, last.id) if last else None)


def publication(seen: Seen, publication_id: UUID) -> Publication:
    """One publication or document in full.

    Raises:
        PublicationNotFound: not of this selection, or made for others.
    """
    row = seen.session.scalar(
        select(Publication).where(
            Publication.id == publication_id,
            Publication.case_id == seen.case.id,
            or_(*_for_reader(seen)),
        )
    )
    if row is None or (row.withdrawn_at is not None and not seen.is_staff):
        raise PublicationNotFound(publication_id)
    return row


def _for_reader(seen: Seen) -> list[ColumnElement[bool]]:
    roles = set(seen.roles)
    if seen.candidate is not None:
        roles = {CANDIDATE}
    padded = " " + Publication.audience + " "
    return [
        Publication.audience == PUBLIC,
        *(padded.contains(f" {role} ") for role in sorted(roles)),
    ]


def _issued(seen: Seen, row: Publication) -> Issued:
    audience = [] if row.audience == PUBLIC else row.audience.split()
    return Issued(
        id=row.id,
        title=Words(row.content["zh"]["title"], row.content["en"]["title"]),
        audience=[seen.package.word(role) for role in audience],
        at=row.published_at,
        until=row.until_at,
        withdrawn_at=row.withdrawn_at,
    )


def members(seen: Seen) -> dict[str, list[Member]]:
    """Who acts in which role, in the order of the roles: one statement, at most `MOST_MEMBERS`.

    Raises:
        NotAllowed: for the office, the supervisor, the leading group and who started it.
    """
    seen.require(seen.reads_people, "read who takes part")
    rows = seen.session.execute(
        select(CaseMember, Person)
        .join(Person, Person.id == CaseMember.person_id)
        .where(CaseMember.case_id == seen.case.id, CaseMember.roster == "")
        .order_by(CaseMember.position, CaseMember.id)
        .limit(MOST_MEMBERS)
    )
    made: dict[str, list[Member]] = {role: [] for role in seen.package.roles}
    for member, person in rows:
        made.setdefault(member.role, []).append(_member(seen, member, person))
    return {role: people for role, people in made.items() if people}


def rosters(seen: Seen) -> list[Roster]:
    """The lists of people with their sizes: one statement.

    Raises:
        NotAllowed: as `members`.
    """
    seen.require(seen.reads_people, "read who takes part")
    rows = seen.session.execute(
        select(CaseMember.roster, CaseMember.group, func.count())
        .where(CaseMember.case_id == seen.case.id, CaseMember.roster != "")
        .group_by(CaseMember.roster, CaseMember.group)
        .order_by(func.min(CaseMember.from_at), CaseMember.roster, func.min(CaseMember.position))
    )
    groups: dict[str, list[tuple[Words, int]]] = {}
    for key, group, number in rows:
        groups.setdefault(key, []).append((seen.package.word(group), number))
    return [
        Roster(
            key=key,
            name=seen.package.word(key),
            total=sum(number for _, number in found),
            groups=[each for each in found if each[0].zh],
        )
        for key, found in groups.items()
    ]


@dataclass(frozen=True)
class Place:
    """Where a page of a list of people ended."""

    position: int
    id: UUID

    def __str__(self) -> str:
        return f"{self.position}~{self.id}"


def read_place(text: str) -> Place | None:
    """Read what `str(place)` gave; None for anything else, which is the first page."""
    position, _, key = text.partition("~")
    try:
        return Place(int(position), UUID(key))
    except ValueError:
        return None


def roster(
    seen: Seen, key: str, *, after: Place | None = None, limit: int = PAGE
) -> tuple[list[Member], Place | None]:
    """One list, a page at a time; the second value is where the next page begins.

    Raises:
        NotAllowed: as `members`.
    """
    seen.require(seen.reads_people, "read who takes part")
    asked = (
        select(CaseMember, Person)
        .join(Person, Person.id == CaseMember.person_id)
        .where(CaseMember.case_id == seen.case.id, CaseMember.roster == key)
        .order_by(CaseMember.position, CaseMember.id)
    )
    if after is not None:
        here = CaseMember.position == after.position
        asked = asked.where(
            or_(CaseMember.position > after.position, and_(here, CaseMember.id > after.id))
        )
    rows = seen.session.execute(asked.limit(limit + 1)).all()
    last = rows[limit - 1][0] if len(rows) > limit else None
    people = [_member(seen, member, person) for member, person in rows[:limit]]
    return people, Place(last.position, last.id) if last else None


def candidates(
    seen: Seen, *, after: str = "", limit: int = PAGE
) -> tuple[list[tuple[Candidate, str]], str | None]:
    """Who applied, with name and status, in the order of their codes, a page at a time.

    Raises:
        NotAllowed: as `members`.
    """
    seen.require(seen.reads_people and not seen.is_blind, "read who applied")
    rows = seen.session.execute(
        select(Candidate, Person.name)
        .join(Person, Person.id == Candidate.person_id)
        .where(Candidate.case_id == seen.case.id, Candidate.code > after)
        .order_by(Candidate.code)
        .limit(limit + 1)
    ).all()
    more = rows[limit - 1][0].code if len(rows) > limit else None
    return [(candidate, name) for candidate, name in rows[:limit]], more


def _member(seen: Seen, member: CaseMember, person: Person) -> Member:
    word = seen.package.word
    return Member(
        name=person.name,
        unit=person.unit,
        post=person.post,
        role=member.role,
        function=word(member.function) if member.function else None,
        group=word(member.group or member.label) if member.group or member.label else None,
        until=member.to_at,
        reason=member.reason,
        has_left=member.to_at is not None and member.to_at <= seen.now,
    )


def plan(seen: Seen, progress: Progress) -> list[PlanRow]:
    """The plan with what came of it.

    A line's actual date is when the timer or the task that ends by it was gone through. A line at
    which something opens is a beginning: what is only due by then says nothing about it.
    """
    names = {line["key"]: Words(line["zh"], line["en"]) for line in seen.package.plan_lines}
    uses = [
        use
        for process_id in seen.package.definition.processes
        for use in drawing_of(seen.package, process_id).plan_uses
    ]
    beginnings = {key for _, how, key in uses if how == "opens"}
    actual: dict[str, datetime] = {}
    waiting: set[str] = set()
    for element_id, how, key in uses:
        if how == "opens" or (how == "due" and key in beginnings):
            continue
        passed = progress.passed.get(element_id)
        if element_id in progress.active:
            waiting.add(key)
        elif passed is not None:
            actual[key] = max(actual.get(key, passed.at), passed.at)
    counted = lines_counted(seen.session, case_id=seen.case.id)
    unsure = almanac.unconfirmed(seen.session, counted.values())
    return [
        PlanRow(
            key=key,
            name=names.get(key, Words(key, key)),
            at=at,
            actual=None if key in waiting else actual.get(key),
            state=_plan_state(seen, at, key in waiting, key in actual),
            provisional=counted.get(key) in unsure and at > seen.now,
        )
        for key, at in progress.plan.items()
    ]


def _plan_state(seen: Seen, at: datetime, waits: bool, was: bool) -> str:
    if waits:
        return "late" if at < seen.now and seen.state != "ended" else "current"
    return "done" if was or at < seen.now else "waiting"
