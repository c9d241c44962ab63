"""What the office does about a running selection: extend a deadline, repeat a step."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from engine import record, tasks
from engine.errors import EngineError
from engine.model import UserTask
from engine.permissions import OFFICE, require_role, standing
from engine.run.advance import advance
from engine.run.context import Context, locked, locked_task, require_running
from engine.run.reminding import remind
from engine.seats import TaskClosed

NOTICE = timedelta(days=1)
"""how long people must still have when a deadline is brought forward"""


class ReasonNeeded(EngineError):
    """What departs from the procedure needs a written reason."""

    code = "reason_needed"

    def __init__(self) -> None:
        super().__init__("give the reason in writing; it becomes part of the record")


class NotAhead(EngineError):
    """A deadline must lie ahead, and be another than it was; closing now has its own button."""

    code = "deadline_not_ahead"

    def __init__(self, instant: datetime) -> None:
        super().__init__(
            f"{instant:%Y-%m-%d %H:%M} UTC lies in the past or changes nothing; name another"
        )
        self.instant = instant


class TooLittleNotice(EngineError):
    """Bringing a deadline forward needs notice: people must still have the time to do it."""

    code = "too_little_notice"

    def __init__(self, instant: datetime, *, hours: int) -> None:
        super().__init__(
            f"{instant:%Y-%m-%d %H:%M} UTC is less than {hours} hours away; name a later instant"
        )
        self.instant, self.hours = instant, hours


def _by_office(
    session: Session, *, case_id: UUID, actor_id: UUID, action: str, now: datetime
) -> Context:
    ctx = locked(session, case_id=case_id, now=now, actor_id=actor_id)
    _require_office(ctx, actor_id, action=action)
    return ctx


def _require_office(ctx: Context, actor_id: UUID, *, action: str) -> None:
    who = standing(ctx.session, person_id=actor_id, case_id=ctx.case.id, now=ctx.now)
    require_role(who, OFFICE, action=action)


def set_deadline(
    session: Session,
    *,
    task_id: UUID,
    until: datetime,
    reason: str,
    actor_id: UUID,
    now: datetime,
) -> None:
    """Give an open task another deadline, later or earlier; the old one and the reason are kept.

    It replaces what the procedure says: neither a change of the plan nor of the calendar moves it
    afterwards. Earlier is possible with a day's notice, and whoever still has to hand in is told.

    Raises:
        ReasonNeeded, TaskNotFound, TaskClosed, NotAllowed, CasePaused.
        NotAhead: it lies in the past, before the task opens, or is what it was.
        TooLittleNotice: it would be brought forward to less than `NOTICE` from now.
    """
    if not reason.strip():
        raise ReasonNeeded
    ctx, task = locked_task(session, task_id, now=now, actor_id=actor_id)
    _require_office(ctx, actor_id, action="set a deadline")
    require_running(ctx.case)
    if task.state != "open":
        raise TaskClosed("it is closed")
    before = task.due_at or task.closes_at
    if until <= max(now, task.opens_at or now) or until == before:
        raise NotAhead(until)
    earlier = before is not None and until < before
    if earlier and until < now + NOTICE:
        raise TooLittleNotice(until, hours=NOTICE // timedelta(hours=1))
    _set(task, until)
    task.set_from = task.set_from or before
    task.set_at, task.set_by, task.set_reason = now, actor_id, reason[:400]
    package = ctx.package(task.package_hash)
    tasks.reset_timers(session, task=task, package=package, facts=ctx.facts)
    record.note(
        session, case_id=task.case_id, action="extended" if not earlier else "brought_forward",
        now=now, person_id=actor_id, element_id=task.element_id,
        facts={
            "from": before.isoformat() if before else None,
            "to": until.isoformat(),
            "reason": reason,
        },
    )  # fmt: skip
    if earlier:
        remind(ctx, task, key=f"moved:{task.id}:{now:%Y%m%d%H%M%S}", kind="moved")


def _set(task: UserTask, until: datetime) -> None:
    """What closes a task moves with what it is due by; the closing never comes before the due."""
    if task.due_at is None and task.closes_at is not None:
        task.closes_at = until
        return
    if task.closes_at is not None:
        task.closes_at = max(task.closes_at, until)
    task.due_at = until


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
