"""Timers are rows with a due instant; the sweep asks the index for what is due, nothing else."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, literal_column, select, update
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


@dataclass(frozen=True)
class Rungs:
    """What hangs on a task's deadline: reminders, and lines of `escalate` by their number."""

    reminders: Sequence[datetime] = ()
    escalations: Sequence[tuple[int, datetime]] = ()


def set_task_timers(
    session: Session, *, task: UserTask, rungs: Rungs, now: datetime, known: Container[str] = ()
) -> None:
    """Write the closing time, the reminders and the escalations of a task; what is past is left.

    Args:
        known: keys of this task that exist already, e.g. of a reminder that has been sent.
    """
    rows = [_row(task, "reminder", at) for at in sorted(set(rungs.reminders)) if at > now]
    rows += [_row(task, "escalation", at, rung) for rung, at in rungs.escalations if at > now]
    if task.closes_at is not None:
        rows.append(_row(task, "close", task.closes_at))
    rows = [row for row in rows if row["dedupe_key"] not in known]
    if rows:
        session.execute(insert(Timer), rows)


def _row(task: UserTask, kind: str, at: datetime, rung: int = 0) -> dict[str, object]:
    stamp = f"{at.astimezone(UTC):%Y%m%dT%H%M%S}"
    return {
        "case_id": task.case_id,
        "instance_id": task.instance_id,
        "task_id": task.id,
        "kind": kind,
        "rung": rung,
        "due_at": at,
        "dedupe_key": f"{task.id}:{kind}:{stamp}" + (f":{rung}" if kind == "escalation" else ""),
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


def move(session: Session, *, task: UserTask, rungs: Rungs, now: datetime) -> None:
    """Write closing time, reminders and escalations anew: the task's deadline was moved.

    What has fired does not fire again, even where a clock was set back.
    """
    session.execute(delete(Timer).where(Timer.task_id == task.id, Timer.state == "pending"))
    known = set(session.scalars(select(Timer.dedupe_key).where(Timer.task_id == task.id)))
    if task.closes_at is not None:  # the one that had fired did not close it
        known.discard(str(_row(task, "close", task.closes_at)["dedupe_key"]))
    set_task_timers(session, task=task, rungs=rungs, now=now, known=known)


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
            .order_by(Timer.due_at, Timer.kind, Timer.id)
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


def an_earlier_is_due(session: Session, timer: Timer, *, now: datetime) -> bool:
    """Whether the same selection has a timer to fire first: of several workers none overtakes."""
    earlier = exists().where(
        Timer.case_id == timer.case_id,
        Timer.state == literal_column("'pending'"),
        Timer.due_at < timer.due_at,
        (Timer.not_before.is_(None)) | (Timer.not_before <= now),
    )
    return bool(session.scalar(select(earlier)))


def a_later_reminder_is_due(session: Session, timer: Timer, *, now: datetime) -> bool:
    """Whether a later rung of the same task is due too: of those missed only the last is sent."""
    later = exists().where(
        Timer.task_id == timer.task_id,
        Timer.kind == "reminder",
        Timer.state == literal_column("'pending'"),
        Timer.due_at > timer.due_at,
        Timer.due_at <= now,
    )
    return bool(session.scalar(select(later)))


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
