"""Send invitations to meetings, tell of every move, withdraw them when there is no meeting."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import calendars, definitions, invitations, outbox, recusals
from engine.calendars import Entry
from engine.clock import Clock
from engine.db import Sessions, transaction
from engine.digest import local_moment
from engine.model import Case, Invitation, Notice, Person, UserTask
from engine.outbox import Draft

_MOST_TASKS = 100
log = logging.getLogger(__name__)


def send_invitations(sessions: Sessions, clock: Clock, *, sender: str, zone: str) -> int:
    """Tell everybody invited of each meeting that is new, has moved, or was called off.

    Each meeting is one transaction, claimed with its row; only tasks whose number of moves is not
    the one told last are looked at. Safe to run twice, on any number of machines.

    Args:
        sessions: each meeting is a transaction of its own.
        clock: the instant; nobody is invited to what is over.
        sender: the mail address in whose name is invited (`GONGXUAN_MAIL_FROM`).
        zone: of the installation; other zones are named.

    Returns:
        How many messages were posted.
    """
    posted = 0
    for _ in range(_MOST_TASKS):
        with transaction(sessions) as session:
            task = session.scalar(
                select(UserTask)
                .where(UserTask.invited != UserTask.moves)
                .order_by(UserTask.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if task is None:
                break
            posted += _tell_all(session, task, sender=sender, zone=zone, now=clock.now())
    return posted


def _tell_all(session: Session, task: UserTask, *, sender: str, zone: str, now: datetime) -> int:
    first, task.invited = task.invited == invitations.NEVER_TOLD, task.moves
    starts_at = task.due_at or task.closes_at
    called_off = task.state == "cancelled"
    over = starts_at is None or starts_at <= now
    if over or (called_off and first) or task.state not in ("open", "cancelled"):
        return 0
    case = session.get_one(Case, task.case_id)
    invited = session.scalars(
        select(Person)
        .join(Invitation, Invitation.person_id == Person.id)
        .where(Invitation.task_id == task.id, Person.anonymous.is_(False))
    )
    bars = recusals.bars_of(session, case_id=task.case_id)
    people = [p for p in invited if not bars.get(p.id, recusals.NONE).everything]
    name = definitions.pinned(session, task.package_hash).element_name(task.element_id)
    for person in people:
        entries = {
            language: entry
            for language in ("zh", "en")
            if (entry := invitations.entry_of(task, case, name, language)) is not None
        }
        _tell(session, task, person, entries, first=first, sender=sender, zone=zone, now=now)
    return len(people)


def _tell(
    session: Session, task: UserTask, person: Person, entries: dict[str, Entry], *, first: bool,
    sender: str, zone: str, now: datetime,
) -> None:  # fmt: skip
    zh, en = (_words(entries[each], each, zone, first=first) for each in ("zh", "en"))
    own = entries["en" if person.language == "en" else "zh"]
    calendar = ""
    if person.email:
        calendar = calendars.invitation(
            own, organiser=sender, address=person.email, name=person.name, now=now
        )
    posted = outbox.tell(
        session, person=person, dedupe_key=f"meeting:{task.id}:{task.moves}:{person.id}",
        kind="invitation", zh=zh, en=en, case_ids=[task.case_id], calendar=calendar, now=now,
    )  # fmt: skip
    if posted is not None:
        session.add(_notice(task, person.id, zh, en, now))


def _notice(task: UserTask, person_id: UUID, zh: Draft, en: Draft, now: datetime) -> Notice:
    return Notice(
        case_id=task.case_id,
        person_id=person_id,
        element_id=task.element_id,
        content={
            "zh": {"title": zh.subject, "paragraphs": [zh.short]},
            "en": {"title": en.subject, "paragraphs": [en.short]},
        },
        at=now,
    )


def _words(entry: Entry, language: str, zone: str, *, first: bool) -> Draft:
    when = local_moment(entry.starts_at, language, zone=entry.zone, own_zone=zone)
    if language == "zh":
        kind = "会议取消" if entry.cancelled else "会议通知" if first else "会议改期"
        at = f"，地点：{entry.place}" if entry.place else ""
        what = f"{entry.summary}，时间：{when}{at}"
        body = f"原定的会议取消：{what}。" if entry.cancelled else f"请参加：{what}。"
        return Draft(
            f"{kind}：{when}", f"{body}\n\n请登录系统查看。", f"{kind}。{body}请登录系统查看。"
        )
    kind = "Meeting called off" if entry.cancelled else "Meeting" if first else "Meeting moved"
    at = f", {entry.place}" if entry.place else ""
    body = f"{entry.summary}: {when}{at}."
    return Draft(
        f"{kind}: {when}", f"{kind}: {body}\n\nPlease sign in.", f"{kind}. {body} Please sign in."
    )
