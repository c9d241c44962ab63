"""What the office does about a running selection: extend a deadline, repeat a step."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from engine import record, tasks, timers
from engine.errors import EngineError
from engine.permissions import OFFICE, require_role, standing
from engine.run.advance import advance
from engine.run.context import Context, locked, locked_task, require_running
from engine.seats import TaskClosed


class ReasonNeeded(EngineError):
    """What departs from the procedure needs a written reason."""

    code = "reason_needed"

    def __init__(self) -> None:
        super().__init__("give the reason in writing; it becomes part of the record")


class NotLater(EngineError):
    """A deadline can only be put off; closing early has its own button, and its own reason."""

    code = "not_later"

    def __init__(self, instant: datetime) -> None:
        super().__init__(f"{instant:%Y-%m-%d %H:%M} UTC is not later; name a later instant")
        self.instant = instant


def _by_office(
    session: Session, *, case_id: UUID, actor_id: UUID, action: str, now: datetime
) -> Context:
    ctx = locked(session, case_id=case_id, now=now, actor_id=actor_id)
    _require_office(ctx, actor_id, action=action)
    return ctx


def _require_office(ctx: Context, actor_id: UUID, *, action: str) -> None:
    who = standing(ctx.session, person_id=actor_id, case_id=ctx.case.id, now=ctx.now)
    require_role(who, OFFICE, action=action)


def extend(
    session: Session,
    *,
    task_id: UUID,
    closes_at: datetime,
    reason: str,
    actor_id: UUID,
    now: datetime,
) -> None:
    """Give an open task a later closing time; the old one and the reason are recorded.

    Raises:
        ReasonNeeded, TaskNotFound, TaskClosed, NotAllowed, CasePaused.
        NotLater: it would close or be due earlier than before, or at once.
    """
    if not reason.strip():
        raise ReasonNeeded
    ctx, task = locked_task(session, task_id, now=now, actor_id=actor_id)
    _require_office(ctx, actor_id, action="extend a deadline")
    require_running(ctx.case)
    if task.state != "open":
        raise TaskClosed("it is closed")
    before = task.closes_at or task.due_at
    if closes_at <= now or (before is not None and closes_at <= before):
        raise NotLater(closes_at)
    if task.closes_at is None:
        task.due_at = closes_at
    else:
        task.closes_at = closes_at
    element = ctx.package(task.package_hash).element(task.element_id)
    reminders = tasks.reminders_of(task, element)
    timers.move(session, task=task, reminders=reminders, now=now)
    record.note(
        session, case_id=task.case_id, action="extended", now=now, person_id=actor_id,
        element_id=task.element_id,
        facts={
            "from": before.isoformat() if before else None,
            "to": closes_at.isoformat(),
            "reason": reason,
        },
    )  # fmt: skip


def repeat_step(
    session: Session, *, case_id: UUID, element_id: str, reason: str, actor_id: UUID, now: datetime
) -> Context:
    """Let a whole step of the main diagram run again; what was handed in is kept as it was.

    Raises:
        ReasonNeeded, NotAllowed, CasePaused.
        NeverReached: the step has not run yet.
    """
    if not reason.strip():
        raise ReasonNeeded
    ctx = _by_office(session, case_id=case_id, actor_id=actor_id, action="repeat a step", now=now)
    require_running(ctx.case)
    record.note(
        session, case_id=case_id, action="repeated", now=now, person_id=actor_id,
        element_id=element_id, facts={"reason": reason},
    )  # fmt: skip
    advance(ctx, ctx.instance(case_id), lambda execution: execution.reset(element_id))
    return ctx
