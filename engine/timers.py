"""Timers are rows with a due instant; the sweep asks the index for what is due, nothing else."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, literal_column, select, update
from sqlalchemy.orm import Session

from engine import problems
from engine.bpmn import WaitingTimer
from engine.model import Case, Timer, UserTask

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?"
)


def duration(text: str) -> timedelta:
    """An ISO duration of weeks, days, hours and minutes, e.g. `P3D`, `PT2H`.

    Raises:
        ValueError: not such a duration.
    """
    found = _DURATION.fullmatch(text)
    parts = {k: int(v) for k, v in found.groupdict().items() if v} if found else {}
    if not parts:
        raise ValueError(f"{text!r} is not a duration like P3D or PT2H")
    return timedelta(**parts)


def ladder(text: str, due: datetime) -> list[datetime]:
    """Instants of a reminder ladder: `P3D PT2H` before, `+P1D` after the due instant."""
    return [
        due + duration(word[1:]) if word.startswith("+") else due - duration(word)
        for word in text.split()
    ]


def set_task_timers(
    session: Session, *, task: UserTask, reminders: Sequence[datetime], now: datetime
) -> None:
    """Write the closing time and the reminders of a task that has just opened."""
    ahead = sorted({at for at in reminders if at > now})
    rows = [_row(task, "reminder", at, f"{at:%Y%m%dT%H%M%S}") for at in ahead]
    if task.closes_at is not None:
        rows.append(_row(task, "close", task.closes_at, f"{task.closes_at:%Y%m%dT%H%M%S}"))
    if rows:
        session.execute(insert(Timer), rows)


def _row(task: UserTask, kind: str, at: datetime, suffix: str) -> dict[str, object]:
    return {
        "case_id": task.case_id,
        "instance_id": task.instance_id,
        "task_id": task.id,
        "kind": kind,
        "due_at": at,
        "dedupe_key": f"{task.id}:{kind}:{suffix}",
    }


def sync_events(
    session: Session, *, case_id: UUID, instance_id: UUID, waiting: Sequence[WaitingTimer]
) -> None:
    """Make the rows of timer events equal to what the instance waits for.

    One that has fired, or was given up, and is still waited for with the same instant, stands
    behind something that failed: it fires when that is tried again, and not by itself.
    """
    keys = [f"{instance_id}:{timer.id}" for timer in waiting]
    asked = Timer.instance_id == instance_id, Timer.kind == "event"
    known = {
        row.dedupe_key: row
        for row in session.scalars(
            select(Timer).where(*asked, (Timer.state == "pending") | Timer.dedupe_key.in_(keys))
        )
    }
    for timer in waiting:
        row = known.pop(f"{instance_id}:{timer.id}", None)
        if row is None:
            session.add(
                Timer(
                    case_id=case_id,
                    instance_id=instance_id,
                    kind="event",
                    due_at=timer.due_at,
                    dedupe_key=f"{instance_id}:{timer.id}",
                )
            )
        elif row.due_at != timer.due_at or row.state == "cancelled":
            row.state, row.due_at, row.not_before, row.attempts = "pending", timer.due_at, None, 0
    for row in known.values():
        row.state = "cancelled"


def move(session: Session, *, task: UserTask, reminders: Sequence[datetime], now: datetime) -> None:
    """Write closing time and reminders anew: the task's deadline was moved."""
    session.execute(delete(Timer).where(Timer.task_id == task.id, Timer.state == "pending"))
    set_task_timers(session, task=task, reminders=reminders, now=now)


def cancel_of_tasks(session: Session, task_ids: Sequence[UUID]) -> None:
    """A closed task has no closing time and no reminders any more."""
    session.execute(
        update(Timer)
        .where(Timer.task_id.in_(task_ids), Timer.state == "pending")
        .values(state="cancelled")
    )


def due_ids(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """What is due, earliest first; not locked yet."""
    return list(
        session.scalars(
            select(Timer.id)
            .join(Case, Case.id == Timer.case_id)
            .where(
                Case.state == "running",  # a stop holds them until the body decides
                Timer.state == literal_column("'pending'"),
                Timer.due_at <= now,
                (Timer.not_before.is_(None)) | (Timer.not_before <= now),
            )
            .order_by(Timer.due_at)
            .limit(limit)
        )
    )


def claim(session: Session, timer_id: UUID) -> Timer | None:
    """Lock one timer that is still pending; None if somebody fired it meanwhile."""
    return session.scalar(
        select(Timer)
        .where(Timer.id == timer_id, Timer.state == "pending")
        .with_for_update(skip_locked=True)
    )


def fail(timer: Timer, *, error: str, heals: bool, now: datetime) -> None:
    """Count a failure; set the timer back where it may heal, else give it up.

    `state` and `not_before` say afterwards which of the two it was.
    """
    timer.attempts += 1
    timer.last_error = error
    wait = problems.wait_after(timer.attempts) if heals else None
    if wait is None:
        timer.state, timer.not_before = "dead", None
    else:
        timer.not_before = now + wait


def next_due(session: Session) -> datetime | None:
    """The earliest instant at which anything is due; the demo clock jumps there."""
    return session.scalar(
        select(func.min(func.coalesce(Timer.not_before, Timer.due_at)))
        .join(Case, Case.id == Timer.case_id)
        .where(Case.state == "running", Timer.state == literal_column("'pending'"))
    )
