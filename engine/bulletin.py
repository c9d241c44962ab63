"""The public page: what was published and is shown now, what anybody may do there.

Nothing but publications for the public leaves through here; no names, votes or marks beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from engine import definitions
from engine.almanac import Almanac
from engine.bpmn import Element
from engine.calendar import WORK_ENDS, Calendar
from engine.definitions import PackageVersion, Words
from engine.errors import EngineError
from engine.inbox import Mark, Page
from engine.model import Case, Instance, Publication, UserTask

PUBLIC = "public"
PAGE = 20


class NothingPublished(EngineError):
    """Nothing is published here, or not now: the two answers must look alike."""

    code = "nothing_published"

    def __init__(self, key: UUID) -> None:
        super().__init__(f"nothing is published under {key} now")
        self.key = key


@dataclass(frozen=True)
class Listed:
    """A selection on the public list."""

    case_id: UUID
    title: Words
    latest: Words
    """title of what was published last"""
    published_at: datetime


@dataclass(frozen=True)
class Published:
    """A publication as it is shown; the words are those that were kept."""

    id: UUID
    text_id: str
    content: Mapping[str, Any]
    digest: str
    published_at: datetime
    until_at: datetime | None
    days_left: int | None
    """working days until it ends, today included; None where it stays"""

    def in_language(self, language: str) -> Mapping[str, Any]:
        made: Mapping[str, Any] = self.content.get(language) or self.content["zh"]
        return made


@dataclass(frozen=True)
class Window:
    """Whether one may apply: `not_yet`, `open`, `closed`, `paused` or `never`."""

    state: str
    task_id: UUID | None = None
    title: Words | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True)
class Contacts:
    """Whom to call, as the start form says; empty where it does not."""

    office_phone: str
    supervision_phone: str
    supervision_address: str


@dataclass(frozen=True)
class Front:
    """The public page of one selection."""

    case_id: UUID
    title: Words
    ended: bool
    zone: ZoneInfo
    contacts: Contacts
    window: Window
    report: str
    """message that starts a report anybody may make; empty where there is none"""


def showing(now: datetime, row: Any = Publication) -> ColumnElement[bool]:
    """Whether a publication may be seen by everybody at an instant."""
    return and_(
        row.audience == literal_column(f"'{PUBLIC}'"),  # written out: an index holds only these
        row.published_at <= now,
        row.withdrawn_at.is_(None),
        or_(row.until_at.is_(None), row.until_at > now),
    )


def listed(session: Session, *, now: datetime, after: Mark | None = None) -> Page[Listed]:
    """Selections with something to show, the latest news first: one statement."""
    newer = aliased(Publication)
    is_newer = and_(
        newer.case_id == Publication.case_id,
        or_(
            newer.published_at > Publication.published_at,
            and_(newer.published_at == Publication.published_at, newer.id > Publication.id),
        ),
        showing(now, newer),
    )
    # From the newest publication backwards, so that a page ends long before all have been read.
    asked = (
        select(Case.id, Case.title, Case.title_en, Publication.content, Publication.published_at)
        .join(Case, Case.id == Publication.case_id)
        .where(showing(now), ~exists().where(is_newer))
        .order_by(Publication.published_at.desc(), Publication.case_id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        earlier = and_(Publication.published_at == after.at, Publication.case_id < after.id)
        asked = asked.where(
            Publication.published_at <= after.at,
            or_(Publication.published_at < after.at, earlier),
        )
    rows = list(session.execute(asked))
    items = [
        Listed(row.id, Words(row.title, row.title_en), _title(row.content), row.published_at)
        for row in rows[:PAGE]
    ]
    more = len(rows) > PAGE
    return Page(items, Mark(items[-1].published_at, items[-1].case_id) if more else None)


def _title(content: Mapping[str, Any]) -> Words:
    return Words(content["zh"]["title"], content.get("en", {}).get("title", ""))


def publications(
    session: Session, *, case_id: UUID, zone: ZoneInfo, now: datetime, after: Mark | None = None
) -> Page[Published]:
    """What a selection shows, the newest first: one statement."""
    asked = (
        select(Publication)
        .where(Publication.case_id == case_id, showing(now))
        .order_by(Publication.published_at.desc(), Publication.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        earlier = and_(Publication.published_at == after.at, Publication.id < after.id)
        asked = asked.where(or_(Publication.published_at < after.at, earlier))
    rows = list(session.scalars(asked))
    calendar = Almanac(session)
    items = [_published(row, zone, now, calendar) for row in rows[:PAGE]]
    last = items[-1] if len(rows) > PAGE else None
    return Page(items, Mark(last.published_at, last.id) if last else None)


def publication(
    session: Session, *, case_id: UUID, publication_id: UUID, zone: ZoneInfo, now: datetime
) -> Published:
    """One publication at its own address.

    Raises:
        NothingPublished: it is not there, not public, or not shown any more.
    """
    row = session.scalar(
        select(Publication).where(
            Publication.id == publication_id, Publication.case_id == case_id, showing(now)
        )
    )
    if row is None:
        raise NothingPublished(publication_id)
    return _published(row, zone, now, Almanac(session))


def _published(row: Publication, zone: ZoneInfo, now: datetime, calendar: Calendar) -> Published:
    return Published(
        id=row.id, text_id=row.text_id, content=row.content, digest=row.digest,
        published_at=row.published_at, until_at=row.until_at,
        days_left=working_days_left(now, row.until_at, zone=zone, calendar=calendar)
        if row.until_at
        else None,
    )  # fmt: skip


def working_days_left(now: datetime, until: datetime, *, zone: ZoneInfo, calendar: Calendar) -> int:
    """Count the working days until an instant, today included until the offices close (17:30)."""
    local, last = now.astimezone(zone), until.astimezone(zone).date()
    day = local.date().toordinal() + (local.time() >= WORK_ENDS)
    return sum(
        calendar.is_working_day(type(last).fromordinal(each))
        for each in range(day, last.toordinal() + 1)
    )


def front_of(session: Session, *, case_id: UUID, now: datetime) -> Front:
    """The public page of a selection that has something to show.

    Raises:
        NothingPublished: no such selection, or nothing of it is public now.
    """
    row = session.execute(
        select(Case, Instance.package_hash)
        .join(Instance, Instance.id == Case.id)
        .where(
            Case.id == case_id,
            select(Publication.id)
            .where(Publication.case_id == case_id, showing(now))
            .limit(1)
            .exists(),
        )
    ).first()
    if row is None:
        raise NothingPublished(case_id)
    case, package = row[0], definitions.pinned(session, row[1])
    return Front(
        case_id=case.id,
        title=Words(case.title, case.title_en),
        ended=case.state == "ended",
        zone=ZoneInfo(case.time_zone),
        contacts=Contacts(
            *(str(case.details.get(key) or "") for key in Contacts.__dataclass_fields__)
        ),
        window=_window(session, case, package, now),
        report="" if case.state == "ended" else message_of(package, PUBLIC),
    )


def public_elements(package: PackageVersion) -> list[Element]:
    """Tasks of a package that anybody may hand in by registering."""
    elements = package.definition.elements.values()
    return [each for each in elements if each.properties.get("public") == "yes"]


def message_of(package: PackageVersion, starter: str) -> str:
    """The first message that somebody of this kind may send; empty where there is none."""
    definition = package.definition
    return next(
        (
            message
            for message, process in definition.messages.items()
            if starter in definition.start_of(process).words("starters")
        ),
        "",
    )


def _window(session: Session, case: Case, package: PackageVersion, now: datetime) -> Window:
    keys = [element.id for element in public_elements(package)]
    task = session.scalar(
        select(UserTask)
        .where(
            UserTask.case_id == case.id,
            UserTask.element_id.in_(keys),
            UserTask.state != "cancelled",
        )
        .order_by(UserTask.opened_at.desc())
        .limit(1)
    )
    if task is None:
        return Window("never")
    title = package.element_name(task.element_id)
    over = task.state != "open" or (task.closes_at is not None and now >= task.closes_at)
    state = "closed" if over or case.state == "ended" else "open"
    if state == "open" and case.state == "paused":
        state = "paused"
    if state == "open" and task.opens_at is not None and now < task.opens_at:
        state = "not_yet"
    closed_at = task.closed_at if task.state != "open" else None
    return Window(state, task.id, title, task.opens_at, closed_at or task.closes_at)
