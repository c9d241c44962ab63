"""The worker's round: fire what is due, close what is complete. Safe to run twice, anywhere."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import record, tasks, timers
from engine.clock import Clock
from engine.db import Sessions, reading, transaction
from engine.model import Timer, UserTask
from engine.run.advance import advance
from engine.run.closing import close, close_if_complete
from engine.run.context import Context, locked
from engine.run.escalating import escalate
from engine.run.reminding import remind

_BATCH = 20
_MOST_ROUNDS = 10_000
log = logging.getLogger(__name__)


def sweep(sessions: Sessions, clock: Clock) -> int:
    """Fire every timer that is due and close what nobody closed; returns how many fired.

    Each timer is one transaction: claim, effect and outgoing messages commit together, so a crash
    leaves it pending and nothing is lost or doubled.
    """
    fired = 0
    for _ in range(_MOST_ROUNDS):
        with reading(sessions) as session:
            ids = timers.due_ids(session, now=clock.now(), limit=_BATCH)
        done = [_fire_safely(sessions, clock, timer_id) for timer_id in ids]
        fired += sum(done)
        if not any(done):
            break
    with reading(sessions) as session:  # e.g. after a crash between two commits
        missed = tasks.all_complete(session, limit=_BATCH)
    close_if_complete(sessions, clock, missed)
    return fired


def _fire_safely(sessions: Sessions, clock: Clock, timer_id: UUID) -> bool:
    """One timer; a failure sets it back instead of stopping the round."""
    try:
        with transaction(sessions) as session:
            ctx = fire(session, timer_id=timer_id, now=clock.now())
    except Exception as error:
        log.exception("timer %s failed", timer_id)
        with transaction(sessions) as session:
            _fail(session, timer_id, error=f"{type(error).__name__}: {error}", now=clock.now())
        return False
    if ctx is None:
        return False
    close_if_complete(sessions, clock, ctx.touched)
    return True


def fire(session: Session, *, timer_id: UUID, now: datetime) -> Context | None:
    """Fire one timer, unless somebody else did; None then."""
    case_id = session.scalar(select(Timer.case_id).where(Timer.id == timer_id))
    if case_id is None:
        return None
    ctx = locked(session, case_id=case_id, now=now)
    timer = timers.claim(session, timer_id)
    if timer is None or ctx.case.state != "running":
        return None
    if timers.an_earlier_is_due(session, timer, now=now):
        return None  # another worker has it, or will; this one comes after it
    task = session.get(UserTask, timer.task_id) if timer.task_id else None
    if not _is_wanted(ctx, task, timer):
        timer.state = "skipped"
        return ctx
    timer.state, timer.fired_at = "done", now
    ctx.horizon = timer.due_at  # what is due later has its turn after it
    if timer.kind == "event":
        advance(ctx, ctx.instance(timer.instance_id))
    elif task is not None:
        _fire_at_task(ctx, task, timer)
    return ctx


def _is_wanted(ctx: Context, task: UserTask | None, timer: Timer) -> bool:
    """Nobody is chased for what is done or closes now; of missed reminders the last is sent."""
    if timer.kind == "event":
        return True
    if task is None or task.state != "open":
        return False
    if timer.kind == "close":
        return True
    if task.closes_at is not None and task.closes_at <= ctx.now:
        return False
    if timer.kind == "escalation":
        return True
    return not timers.a_later_reminder_is_due(ctx.session, timer, now=ctx.now)


def _fire_at_task(ctx: Context, task: UserTask, timer: Timer) -> None:
    if timer.kind == "close":
        close(ctx, task, reason="deadline")
    elif timer.kind == "escalation":
        escalate(ctx, task, timer)
    else:
        remind(ctx, task, key=timer.dedupe_key)


def _fail(session: Session, timer_id: UUID, *, error: str, now: datetime) -> None:
    timer = timers.claim(session, timer_id)
    if timer is None:  # somebody else has fired it meanwhile
        return
    if timers.fail(timer, error=error, now=now):
        task = session.get(UserTask, timer.task_id) if timer.task_id else None
        record.report_problem(
            session, case_id=timer.case_id, instance_id=timer.instance_id,
            element_id=task.element_id if task else "", step=str(timer.id), code="timer_failed",
            message=error, now=now,
        )  # fmt: skip
