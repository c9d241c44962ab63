"""A person's own calendar at a secret address: deadlines and meetings, never any content."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy import case as either
from sqlalchemy.orm import Session

from engine import calendars, definitions, inbox, invitations, recusals
from engine.calendars import Entry
from engine.definitions import Words
from engine.errors import EngineError
from engine.identity import Identity
from engine.model import CalendarFeed, Case, Invitation, Person, Seat, UserTask

_KEPT = timedelta(days=30)
"""How long what is done or called off is still shown as such."""

_MOST = 500


class FeedNotFound(EngineError):
    """No calendar at this address: it was never made, renewed or revoked."""

    code = "feed_not_found"

    def __init__(self) -> None:
        super().__init__("there is no calendar at this address, or not any more")


def make(session: Session, who: Identity, *, now: datetime) -> str:
    """Make the secret of a new address, shown this once; an earlier address is worthless."""
    revoke(session, who)
    token = secrets.token_urlsafe(32)
    session.add(CalendarFeed(person_id=who.person_id, token_hash=_digest(token), made_at=now))
    return token


def revoke(session: Session, who: Identity) -> None:
    """Make a person's address worthless; nothing to revoke is fine."""
    feed = session.scalar(select(CalendarFeed).where(CalendarFeed.person_id == who.person_id))
    if feed is not None:
        session.delete(feed)
        session.flush()  # a new one of the same person may follow


def made_at(session: Session, who: Identity) -> datetime | None:
    """When this person's address was made; None if there is none."""
    return session.scalar(
        select(CalendarFeed.made_at).where(CalendarFeed.person_id == who.person_id)
    )


def read(session: Session, token: str, *, now: datetime) -> str:
    """Give the calendar at a secret address: four statements, whatever it holds.

    Raises:
        FeedNotFound: the address is not, or no longer, good.
    """
    person = session.scalar(
        select(Person)
        .join(CalendarFeed, CalendarFeed.person_id == Person.id)
        .where(CalendarFeed.token_hash == _digest(token))
    )
    if person is None:
        raise FeedNotFound
    language = "en" if person.language == "en" else "zh"
    entries = [
        *_deadlines(session, person.id, language, now),
        *_meetings(session, person.id, language, now),
    ]
    title = "公推公选：我的待办" if language == "zh" else "Gongxuan: my deadlines"
    return calendars.feed(entries, title=title, now=now)


def _deadlines(session: Session, person_id: UUID, language: str, now: datetime) -> list[Entry]:
    """One entry for each task with a deadline; called off once nothing of it is left to do."""
    who = Identity(token="", person_id=person_id, name="", language="")
    waits = and_(Seat.state == "open", UserTask.state == "open")
    own = Seat.person_id == person_id
    recent = or_(Seat.submitted_at >= now - _KEPT, UserTask.closed_at >= now - _KEPT)
    tasks = (
        select(Seat.task_id, func.max(either((waits, 1), else_=0)).label("waits"))
        .join(UserTask, UserTask.id == Seat.task_id)
        .where(
            or_(
                and_(own, or_(waits, recent)),
                and_(
                    Seat.person_id.is_(None),
                    waits,
                    inbox.held(who, now),
                ),
            ),
            or_(UserTask.due_at.is_not(None), UserTask.closes_at.is_not(None)),
            ~recusals.keeps_out(person_id),  # what somebody stepped aside from is not shown
        )
        .group_by(Seat.task_id)
        .subquery()
    )
    rows = session.execute(
        select(UserTask, Case, tasks.c.waits)
        .join(tasks, tasks.c.task_id == UserTask.id)
        .join(Case, Case.id == UserTask.case_id)
        .order_by(func.coalesce(UserTask.due_at, UserTask.closes_at), UserTask.id)
        .limit(_MOST)
    )
    return [
        _deadline(session, task, case, language, done=not waiting or case.state == "ended")
        for task, case, waiting in rows
    ]


def _deadline(session: Session, task: UserTask, case: Case, language: str, *, done: bool) -> Entry:
    package = definitions.pinned(session, task.package_hash)
    element = package.definition.elements.get(task.element_id)
    hidden = element is not None and element.properties.get("topic") == "hidden"
    name = package.element_name(task.element_id).in_language(language)
    selection = Words(case.title, case.title_en).in_language(language)
    if language == "zh":
        summary = "待办截止" if hidden else f"截止：{name}（{selection}）"
    else:
        summary = "Something is due" if hidden else f"Due: {name} ({selection})"
    due = task.due_at or task.closes_at
    assert due is not None  # noqa: S101 - asked for above; told to mypy
    return Entry(
        uid=f"deadline-{task.id}@gongxuan",
        sequence=task.moves + done,
        summary=summary,
        starts_at=due,
        zone=case.time_zone,
        description="请登录系统办理。" if language == "zh" else "Please sign in.",
        cancelled=done,
    )


def _meetings(session: Session, person_id: UUID, language: str, now: datetime) -> list[Entry]:
    rows = session.execute(
        select(UserTask, Case)
        .join(Invitation, Invitation.task_id == UserTask.id)
        .join(Case, Case.id == UserTask.case_id)
        .where(
            Invitation.person_id == person_id,
            or_(UserTask.closed_at.is_(None), UserTask.closed_at >= now - _KEPT),
        )
        .order_by(UserTask.due_at, UserTask.id)
        .limit(_MOST)
    )
    bars = recusals.bars_everywhere(session, person_id=person_id)
    made = []
    for task, case in rows:
        if bars.get(case.id, recusals.NONE).everything:
            continue  # whoever stepped aside from the whole selection is not shown it
        name = definitions.pinned(session, task.package_hash).element_name(task.element_id)
        entry = invitations.entry_of(task, case, name, language)
        if entry is not None:
            made.append(entry)
    return made


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
