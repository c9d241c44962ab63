"""Who is invited to the meeting of a task: frozen when it opens, worded when it is sent.

A task is a meeting if it has the property `invites`. It begins at the task's due instant, so it
moves with the plan like every other deadline; `user_task.moves` is the number of the change.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from engine import timers
from engine.bpmn import Element
from engine.calendars import Entry
from engine.definitions import Words
from engine.model import Case, Invitation, UserTask

USUAL = "PT2H"
NEVER_TOLD = -1
_HIDDEN = Words("会议（议题登录系统后查看）", "Meeting (sign in to see what about)")
_SIGN_IN = Words("请登录系统查看。", "Please sign in to see more.")


def is_meeting(element: Element) -> bool:
    return "invites" in element.properties


def describe(element: Element, place: str) -> dict[str, Any]:
    """What a meeting's task keeps: minutes, place, whether the topic is hidden.

    Raises:
        ValueError: `lasts` is no duration.
    """
    lasts = timers.duration(element.properties.get("lasts", USUAL))
    return {
        "minutes": int(lasts.total_seconds()) // 60,
        "place": place[:200],
        "hidden": element.properties.get("topic") == "hidden",
    }


def invite(session: Session, *, task: UserTask, people: Iterable[UUID]) -> None:
    """Write who is invited; sent by the worker."""
    rows = [{"task_id": task.id, "person_id": each} for each in dict.fromkeys(people)]
    if rows:
        session.execute(insert(Invitation), rows)


def entry_of(task: UserTask, case: Case, name: Words, language: str) -> Entry | None:
    """A meeting as a calendar shows it; None while it has no time.

    What the meeting is about stays inside where the topic is hidden: neither the task's name nor
    the selection's title leaves the system.
    """
    starts_at = task.due_at or task.closes_at
    if starts_at is None:
        return None
    selection = Words(case.title, case.title_en).in_language(language)
    hidden = bool(task.meeting.get("hidden"))
    summary = _HIDDEN.in_language(language)
    if not hidden:
        own = name.in_language(language)
        summary = f"{own}（{selection}）" if language == "zh" else f"{_capital(own)} ({selection})"
    return Entry(
        uid=f"{task.id}@gongxuan",
        sequence=task.moves,
        summary=summary,
        starts_at=starts_at,
        zone=case.time_zone,
        lasts=timedelta(minutes=task.meeting.get("minutes", 120)),
        description=_SIGN_IN.in_language(language),
        place=str(task.meeting.get("place", "")),
        cancelled=task.state == "cancelled",
        busy=True,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
