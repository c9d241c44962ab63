"""The worker's round: fire what is due, close what is complete. Safe to run twice, anywhere."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import problems, tasks, timers
from engine.clock import Clock
from engine.db import Sessions, reading, transaction
from engine.model import Timer, UserTask
from engine.run.advance import advance
from engine.run.closing import close, close_if_complete
from engine.run.context import Context, locked
from engine.run.escalating import escalate
from engine.run.mending import try_again
from engine.run.reminding import remind

LOOK_BACK = timedelta(minutes=1)
"""Longer than any transaction may take that hands something in."""
LOOK_AT_ALL = timedelta(minutes=5)
_BATCH = 20
_MOST_ROUNDS = 10_000
log = logging.getLogger(__name__)


class Sweeper:
    """The rounds of one worker, which cost nothing for what only waits.

    What was closed is missed only by a crash right after something was handed in. So a round looks
    at the tasks of the last minutes; the first round, and one every few minutes, at all of them.
    """

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions, self._clock = sessions, clock
        self._all_at: datetime | None = None

    def __call__(self) -> int:
        """One round; returns how many timers have fired."""
        now, before = self._clock.now(), self._all_at
        if before is None or not before <= now < before + LOOK_AT_ALL:  # the clock may go back
            self._all_at = now
            return sweep(self._sessions, self._clock)
        return sweep(self._sessions, self._clock, since=now - LOOK_BACK)


def sweep(sessions: Sessions, clock: Clock, *, since: datetime | None = None) -> int:
    """Fire every timer that is due and close what nobody closed; returns how many fired.

    Each timer is one transaction: claim, effect and outgoing messages commit together, so a crash
    leaves it pending and nothing is lost or doubled.

    Args:
        since: close only what something was handed in to from then on; None: look at everything.
    """
    fired = 0
    for _ in range(_MOST_ROUNDS):
        with reading(sessions) as session:
            ids = timers.due_ids(session, now=clock.now(), limit=_BATCH)
        done = [_fire_safely(sessions, clock, timer_id) for timer_id in ids]
        fired += sum(done)
        if not any(done):
            break
    _close_missed(sessions, clock, since)
    try_again(sessions, clock)
    return fired


def _close_missed(sessions: Sessions, clock: Clock, since: datetime | None) -> None:
    """What nobody closed, e.g. after a crash between two commits."""
    before: list[UUID] = []
    for _ in range(_MOST_ROUNDS):
        with reading(sessions) as session:
            missed = tasks.all_complete(session, limit=_BATCH, since=since)
        close_if_complete(sessions, clock, missed)
        if len(missed) < _BATCH or missed == before:
            return
        before = missed


def _fire_safely(sessions: Sessions, clock: Clock, timer_id: UUID) -> bool:
    """One timer; a failure sets it back instead of stopping the round."""
    try:
        with transaction(sessions) as session:
            ctx = fire(session, timer_id=timer_id, now=clock.now())
    except Exception as error:
        log.exception("timer %s failed", timer_id)
        with transaction(sessions) as session:
            _fail(session, timer_id, error=error, now=clock.now())
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
    if timer.attempts:
        problems.resolve(session, kind="timer", step=str(timer.id), now=now)
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


def _fail(session: Session, timer_id: UUID, *, error: Exception, now: datetime) -> None:
    """Set it back; it stands on the office's page from the first failure on."""
    timer = timers.claim(session, timer_id)
    if timer is None:  # somebody else has fired it meanwhile
        return
    heals = problems.heals(error)
    timers.fail(timer, error=problems.said_by(error), heals=heals, now=now)
    task = session.get(UserTask, timer.task_id) if timer.task_id else None
    problems.report(
        session, case_id=timer.case_id, kind="timer", step=str(timer.id),
        element_id=task.element_id if task else "", code=problems.code_of(error),
        message=problems.said_by(error), now=now, attempts=timer.attempts,
        facts={**problems.facts_of(error), "timer": timer.kind}, next_try_at=timer.not_before,
    )  # fmt: skip
