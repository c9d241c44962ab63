"""Go on after a stop: nobody loses the time that was left when it began."""

from datetime import datetime

from sqlalchemy import select

from engine import record, tasks
from engine.model import UserTask
from engine.run.context import Context

REASON = "stop_ordered"


def resume(ctx: Context, *, stopped_at: datetime) -> None:
    """Let the selection go on; a closing time that fell into the stop moves behind it.

    What was open for another three hours when the selection was stopped is open for three hours
    from now. Closing times still ahead stay as they are: the plan rules.
    """
    ctx.case.state, ctx.case.paused_by = "running", None
    missed = ctx.session.scalars(
        select(UserTask).where(
            UserTask.case_id == ctx.case.id,
            UserTask.state == "open",
            UserTask.closes_at > stopped_at,
            UserTask.closes_at <= ctx.now,
        )
    )
    for task in missed:
        _move(ctx, task, stopped_at)


def _move(ctx: Context, task: UserTask, stopped_at: datetime) -> None:
    before = task.closes_at
    assert before is not None  # noqa: S101 - the statement above asks for it
    task.closes_at = ctx.now + (before - stopped_at)
    task.set_from, task.set_at, task.set_reason = task.set_from or before, ctx.now, REASON
    package = ctx.package(task.package_hash)
    tasks.reset_timers(ctx.session, task=task, package=package, facts=ctx.facts)
    record.note(
        ctx.session, case_id=ctx.case.id, action="extended", now=ctx.now,
        person_id=ctx.actor_id, instance_id=task.instance_id, element_id=task.element_id,
        facts={"from": before.isoformat(), "to": task.closes_at.isoformat(), "reason": REASON},
    )  # fmt: skip
