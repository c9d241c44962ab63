"""Deal with problems: try again, by itself or by the office, or skip with a reason."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import outbox, problems, record, tasks
from engine.clock import Clock
from engine.db import Sessions, reading, transaction
from engine.errors import EngineError
from engine.model import Outgoing, Problem, Reminder, Timer
from engine.operations import Effect
from engine.permissions import OFFICE, require_role, standing
from engine.run.advance import advance, apply_effect
from engine.run.closing import close, close_if_complete, finish
from engine.run.context import Context, locked, require_running

_BATCH = 20
DIGEST = "digest"
"""In the step of a problem, before the person whose reminders could not be gathered."""
log = logging.getLogger(__name__)


class ProblemNotFound(EngineError):
    """No such problem, or it is dealt with already."""

    code = "problem_not_found"

    def __init__(self, problem_id: UUID) -> None:
        super().__init__(f"there is no open problem {problem_id}")
        self.problem_id = problem_id


def try_again(sessions: Sessions, clock: Clock) -> int:
    """Try what may have healed and whose time has come; returns how many were tried."""
    with reading(sessions) as session:
        due = problems.due_ids(session, now=clock.now(), limit=_BATCH)
    for problem_id in due:
        _try_safely(sessions, clock, problem_id)
    return len(due)


def _try_safely(sessions: Sessions, clock: Clock, problem_id: UUID) -> None:
    now = clock.now()
    try:
        with transaction(sessions) as session:
            touched = _try_if_due(session, problem_id, now=now)
    except Exception as error:
        log.exception("problem %s could not even be tried again", problem_id)
        with transaction(sessions) as session:
            _count(session, problem_id, error, now=now)
        return
    close_if_complete(sessions, clock, touched)


def _try_if_due(session: Session, problem_id: UUID, *, now: datetime) -> list[UUID]:
    found = locked_problem(session, problem_id, now=now)
    if found is None:
        return []
    ctx, problem = found
    if problem.next_try_at is None or problem.next_try_at > now or ctx.case.state != "running":
        return []
    do_again(ctx, problem)
    return ctx.touched


def _count(session: Session, problem_id: UUID, error: Exception, *, now: datetime) -> None:
    """The whole try was undone: count it, so that it does not spin."""
    found = locked_problem(session, problem_id, now=now)
    if found is None:
        return
    problem = found[1]
    problems.report_error(
        session, case_id=problem.case_id, kind=problem.kind, instance_id=problem.instance_id,
        element_id=problem.element_id, subject=problem.subject, step=problem.step, error=error,
        now=now, facts={key: problem.facts[key] for key in ("effect",) if key in problem.facts},
    )  # fmt: skip


def locked_problem(
    session: Session, problem_id: UUID, *, now: datetime, actor_id: UUID | None = None
) -> tuple[Context, Problem] | None:
    """Lock the selection of an open problem, and read the problem again; None: it is gone."""
    case_id = session.scalar(select(Problem.case_id).where(Problem.id == problem_id))
    if case_id is None:
        return None
    ctx = locked(session, case_id=case_id, now=now, actor_id=actor_id)
    problem = session.get_one(Problem, problem_id, populate_existing=True)
    return (ctx, problem) if problem.state == "open" else None


def by_office(
    session: Session, problem_id: UUID, *, actor_id: UUID, now: datetime
) -> tuple[Context, Problem]:
    """An open problem, for the selection office alone.

    Raises:
        ProblemNotFound, NotAllowed.
    """
    found = locked_problem(session, problem_id, now=now, actor_id=actor_id)
    if found is None:
        raise ProblemNotFound(problem_id)
    who = standing(session, person_id=actor_id, case_id=found[0].case.id, now=now)
    require_role(who, OFFICE, action="deal with problems")
    return found


def retry_problem(session: Session, *, problem_id: UUID, actor_id: UUID, now: datetime) -> Context:
    """Try again what had failed; what fails again is the same problem, once more.

    Timers and messages are done by the worker, at once.

    Raises:
        ProblemNotFound, NotAllowed.
        CasePaused: a process that is stopped takes no step.
    """
    ctx, problem = by_office(session, problem_id, actor_id=actor_id, now=now)
    if problem.kind in ("step", "closing"):
        require_running(ctx.case, problem.instance_id)
    note(ctx, problem, "retried", {})
    do_again(ctx, problem)
    return ctx


def note(ctx: Context, problem: Problem, action: str, facts: Mapping[str, object]) -> None:
    record.note(
        ctx.session, case_id=ctx.case.id, instance_id=problem.instance_id, action=action,
        now=ctx.now, person_id=ctx.actor_id, element_id=problem.element_id,
        subject=problem.subject,
        facts={"problem": problem.code, "kind": problem.kind, **facts},
    )  # fmt: skip


def do_again(ctx: Context, problem: Problem) -> None:
    """Try what failed; `report` opens the same row again if it fails."""
    _AGAIN[problem.kind](ctx, problem)


def _retried(ctx: Context, problem: Problem) -> None:
    problem.state, problem.resolved_at, problem.resolved_by = "retried", ctx.now, ctx.actor_id
    problem.next_try_at = None
    ctx.session.flush()  # so that the same problem may be reported again


def _step(ctx: Context, problem: Problem) -> None:
    assert problem.instance_id is not None  # noqa: S101 - a step is one of an instance
    _retried(ctx, problem)
    advance(ctx, ctx.instance(problem.instance_id))


def _closing(ctx: Context, problem: Problem) -> None:
    assert problem.instance_id is not None  # noqa: S101 - a task is one of an instance
    _retried(ctx, problem)
    waiting = tasks.open_of_instance(ctx.session, problem.instance_id)
    for task in (each for each in waiting if each.step == problem.step):
        if task.state == "closed":
            finish(ctx, task)
        else:  # the whole closing had been undone
            close(ctx, task, reason="")


def _effect(ctx: Context, problem: Problem) -> None:
    assert problem.instance_id is not None  # noqa: S101 - an operation is one of an instance
    effect = Effect(**problem.facts["effect"])
    instance = ctx.instance(problem.instance_id)
    try:
        with ctx.session.begin_nested():
            apply_effect(ctx, instance, effect)
    except Exception as error:  # it stays a problem
        log.exception("%s failed again", effect.kind)
        problems.report_error(
            ctx.session, case_id=ctx.case.id, instance_id=instance.id, kind="effect",
            element_id=problem.element_id, subject=problem.subject, step=problem.step,
            error=error, now=ctx.now, facts={"effect": problem.facts["effect"]},
        )  # fmt: skip
    else:
        _retried(ctx, problem)


def _timer(ctx: Context, problem: Problem) -> None:
    """The worker fires it within a second; it stands on the page until it has fired."""
    timer = ctx.session.get(Timer, UUID(problem.step), with_for_update=True)
    if timer is None or timer.state not in ("pending", "dead"):
        _retried(ctx, problem)
        return
    timer.state, timer.not_before = "pending", None
    problem.next_try_at = ctx.now


def _message(ctx: Context, problem: Problem) -> None:
    message = ctx.session.get(Outgoing, UUID(problem.step))
    if message is not None and message.state in ("dead", "no_way"):
        outbox.retry(ctx.session, message_id=message.id, now=ctx.now)
    _retried(ctx, problem)


def _job(ctx: Context, problem: Problem) -> None:
    """The worker does it in its next round; it stands on the page until that has worked."""
    kind, _, person = problem.step.partition(":")
    if kind == DIGEST:
        ctx.session.execute(
            update(Reminder)
            .where(Reminder.person_id == UUID(person), Reminder.state == "waiting")
            .values(not_before=ctx.now)
        )
        problem.next_try_at = ctx.now
    else:
        _retried(ctx, problem)


_AGAIN: Mapping[str, Callable[[Context, Problem], None]] = {
    "step": _step,
    "closing": _closing,
    "effect": _effect,
    "timer": _timer,
    "message": _message,
    "job": _job,
}
