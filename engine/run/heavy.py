"""Heavy work: what a worker does apart from requests and timers, and what queues it again.

The rows are the truth, a job only says "look now": a closed task without a result wants one.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from engine import jobs, retention
from engine.clock import Clock
from engine.db import Sessions, reading, transaction
from engine.errors import EngineError
from engine.jobs import Handler, Handlers, Work
from engine.model import Case, Problem, UserTask
from engine.retention import PRUNE, Limits
from engine.run import troubles
from engine.run.closing import FINISH, close_if_complete, finish, work_of
from engine.run.context import locked_task, may_go_on

_BATCH = 100
log = logging.getLogger("gongxuan.jobs")


class WorkGivenUp(EngineError):
    """A worker has tried this several times in vain. Look for the reason, then try again."""

    code = "work_given_up"

    def __init__(self, reason: str) -> None:
        super().__init__(f"tried several times in vain: {reason}")
        self.reason = reason


def finish_task(sessions: Sessions, clock: Clock, work: Work) -> None:
    """Sum a big closed task up and move its token; nothing if that is done, or may not be now."""
    if work.subject is None:
        return
    with transaction(sessions) as session:
        ctx, task = locked_task(session, work.subject, now=clock.now())
        if not session.scalar(_wanting().where(UserTask.id == task.id)):
            return
        if not may_go_on(ctx.case, task.instance_id):
            return
        ctx.actor_id = task.closed_by
        finish(ctx, task)
    close_if_complete(sessions, clock, ctx.touched)


def finish_given_up(session: Session, work: Work, error: str, now: datetime) -> None:
    """Show the office that a closed task has no result; it can try again."""
    if work.subject is not None:
        ctx, task = locked_task(session, work.subject, now=now)
        if task.state == "closed":
            troubles.report_closed(ctx, task, WorkGivenUp(error))


def handlers(limits: Limits | None = None) -> Handlers:
    """Who does which work.

    Args:
        limits: how long things are kept; None: the defaults.
    """

    def prune(sessions: Sessions, clock: Clock, _work: Work) -> None:
        kept = limits or retention.defaults()
        gone = retention.prune(sessions, limits=kept, now=clock.now())
        log.info("removed what is older than its limit: %s", gone)

    return {
        FINISH: Handler(finish_task, finish_given_up),
        PRUNE: Handler(prune, retention.nothing_given_up),
    }


def reconcile(sessions: Sessions, clock: Clock, done_by: Handlers) -> int:
    """Queue again what should be worked on and is not; returns how many pieces.

    After a dead worker, a restored backup, or a change of the queue there may be no job for a row
    that wants one; after a pause there is none on purpose.
    """
    queue = jobs.of_sessions(sessions)
    revived = queue.revive(sessions, clock, done_by)
    with reading(sessions) as session:
        wanted = _wanted(session)
        missing = _without_job(session, queue, wanted)
    if not missing:
        return revived
    with transaction(sessions) as session:
        return revived + sum(queue.enqueue(session, work) for work in missing)


def work_off(sessions: Sessions, clock: Clock) -> None:
    """Do in this thread what waits: where time stands still, in scenarios and rehearsals."""
    jobs.of_sessions(sessions).run_waiting(sessions, clock, handlers())


def _wanted(session: Session) -> list[Work]:
    asked = _wanting().join(Case, Case.id == UserTask.case_id).where(Case.state == "running")
    return [work_of(task) for task in session.scalars(asked.limit(_BATCH))]


def _without_job(session: Session, queue: jobs.Jobs, wanted: Sequence[Work]) -> list[Work]:
    if not wanted:
        return []
    live = queue.live(session, [work.queueing_key for work in wanted])
    return [work for work in wanted if work.queueing_key not in live]


def _wanting() -> Select[UserTask]:
    """Closed tasks whose result nobody has, and no problem says why."""
    told = exists().where(
        Problem.instance_id == UserTask.instance_id,
        Problem.step == UserTask.step,
        Problem.state == "open",
    )
    return select(UserTask).where(UserTask.state == "closed", ~told)
