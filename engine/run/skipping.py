"""Skip a problem, with a reason: a result stands in its place, or it is given up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import record, seats, tasks, timers
from engine.bpmn import Element
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.model import Candidate, Outgoing, Problem, Timer, UserTask
from engine.run.advance import advance, writes_of
from engine.run.closing import complete
from engine.run.context import Context, require_running
from engine.run.mending import by_office, note
from engine.run.replacing import Replacement, replacement_of, result_from
from engine.run.steering import ReasonNeeded
from engine.run.troubles import STUCK

BY_HAND = "entered_by_hand"
"""In place of the name of an operation, in the record of results."""


class CannotSkip(EngineError):
    """The process itself stands still here; mend it, or move the selection to another step."""

    code = "cannot_skip"

    def __init__(self) -> None:
        super().__init__("nothing can stand in its place; move the selection to another step")


def needed_for(package: PackageVersion, problem: Problem) -> Replacement | None:
    """What a skip must enter; None where nothing stands in its place (it is given up).

    Raises:
        CannotSkip: the process itself is stuck.
    """
    if problem.kind not in ("step", "closing"):
        return None
    if problem.step == STUCK:
        raise CannotSkip
    return replacement_of(package, package.element(problem.element_id))


def skip_problem(
    session: Session,
    *,
    problem_id: UUID,
    reason: str,
    values: Mapping[str, Any],
    actor_id: UUID,
    now: datetime,
) -> Context:
    """Go on without what failed; the reason and what was entered become part of the record.

    Args:
        values: what later steps read of the result, by key (`needed_for`).

    Raises:
        ReasonNeeded, ProblemNotFound, NotAllowed, CasePaused, CannotSkip, NoReplacement,
        WrongReplacement: see there; nothing is changed.
    """
    if not reason.strip():
        raise ReasonNeeded
    ctx, problem = by_office(session, problem_id, actor_id=actor_id, now=now)
    if problem.kind in ("step", "closing"):
        require_running(ctx.case, problem.instance_id)
    problem.state, problem.resolved_at, problem.resolved_by = "skipped", now, actor_id
    problem.remark, problem.next_try_at = reason[:400], None
    note(ctx, problem, "skipped", {"reason": reason, "entered": sorted(values)})
    session.flush()  # the row is closed before the process goes on
    if problem.kind in ("step", "closing"):
        _replace(ctx, problem, values)
    elif problem.kind == "timer":
        _give_up_timer(session, problem)
    elif problem.kind == "message":
        _give_up_message(session, problem)
    return ctx


def _replace(ctx: Context, problem: Problem, values: Mapping[str, Any]) -> None:
    assert problem.instance_id is not None  # noqa: S101 - a step is one of an instance
    instance = ctx.instance(problem.instance_id)
    package = ctx.package(instance.package_hash)
    element = package.element(problem.element_id)
    needed = needed_for(package, problem)
    assert needed is not None  # noqa: S101 - a step has a result, or none is read
    codes = ctx.session.scalars(select(Candidate.code).where(Candidate.case_id == ctx.case.id))
    result = result_from(element, needed, values, codes=codes.all())
    kept = result if isinstance(result, dict) else {"value": result}
    record.keep_result(
        ctx.session, case_id=ctx.case.id, instance_id=instance.id, element_id=element.id,
        operation=BY_HAND, result={**kept, "reason": problem.remark}, now=ctx.now,
    )  # fmt: skip
    waiting = {t.step: t for t in tasks.open_of_instance(ctx.session, instance.id)}
    task = waiting.get(problem.step)
    if problem.kind == "closing" and task is not None:
        _complete_task(ctx, task, element, result)
        return
    writes = _written(element, result)
    advance(ctx, instance, lambda execution: execution.complete(problem.step, writes))


def _complete_task(ctx: Context, task: UserTask, element: Element, result: Any) -> None:
    package = ctx.package(task.package_hash)
    if task.state == "open":  # its closing had been undone as a whole
        seats.close_open(ctx.session, task_ids=[task.id], wipe=task.kind == "sealed")
        timers.cancel_of_tasks(ctx.session, [task.id])
        task.closed_by = ctx.actor_id
    rows = tasks.handed_in(ctx.session, task.id)
    value = _picked(element, result)
    if not element.marker and isinstance(value, dict):
        value = {**value, **tasks.summary(element, rows, package.form_of(element))}
    complete(ctx, task, ctx.instance(task.instance_id), value, rows)


def _written(element: Element, result: Any) -> dict[str, Any]:
    picked = element.properties.get("pick")
    if isinstance(result, dict) and picked and picked not in result:
        return {}  # nobody reads it
    return writes_of(element.properties, result)


def _picked(element: Element, result: Any) -> Any:
    picked = element.properties.get("pick")
    return result.get(picked) if picked and isinstance(result, dict) else result


def _give_up_timer(session: Session, problem: Problem) -> None:
    timer = session.get(Timer, UUID(problem.step), with_for_update=True)
    if timer is not None and timer.state == "pending":
        timer.state, timer.not_before = "dead", None


def _give_up_message(session: Session, problem: Problem) -> None:
    message = session.get(Outgoing, UUID(problem.step), with_for_update=True)
    if message is not None and message.state == "new":
        message.state = "dead"
