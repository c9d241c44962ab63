"""Closing a task: a transaction of its own, tried after every submission, safe to try again."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine import ballots, forms, jobs, record, seats, tasks, timers
from engine.clock import Clock
from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.jobs import Work
from engine.model import Instance, Seat, UserTask
from engine.operations import Call
from engine.permissions import NotAllowed, may_close, standing
from engine.run import troubles
from engine.run.accepting import Hand, accept
from engine.run.advance import advance, run_operation, submission_of
from engine.run.context import Context, locked_task, may_go_on, require_running

log = logging.getLogger(__name__)

FINISH = "finish"
"""The kind of job that sums a big task up."""

BIG = 2000
"""Seats from which on a task is summed up by a worker, so that nobody's request waits for it."""


def close_if_complete(sessions: Sessions, clock: Clock, task_ids: Sequence[UUID]) -> None:
    """Close each of the tasks whose last seat has gone, and what that opens in turn.

    Two last voters who each lock only their own seat both see one open seat, so neither may be
    the one who must close: this runs after the commit, and the worker sweeps what was missed.
    Whether a task is complete is only read; who closes it asks again under the lock.
    """
    waiting = list(task_ids)
    while waiting:
        task_id = waiting.pop()
        with reading(sessions) as session:
            if not tasks.is_complete(session, task_id):
                continue
        try:
            waiting.extend(_close_one(sessions, task_id, now=clock.now()))
        except Exception as error:  # what was handed in stands, and the next one is closed
            log.exception("task %s cannot be closed", task_id)
            _report_unclosed(sessions, task_id, error, now=clock.now())


def _close_one(sessions: Sessions, task_id: UUID, *, now: datetime) -> Sequence[UUID]:
    with transaction(sessions) as session:
        ctx, task = locked_task(session, task_id, now=now)
        if task.state == "open" and may_go_on(ctx.case, task.instance_id):
            close(ctx, task, reason="")
        return ctx.touched


def _report_unclosed(sessions: Sessions, task_id: UUID, error: Exception, *, now: datetime) -> None:
    """The closing was undone as a whole; the sweep leaves it alone until its next try."""
    with transaction(sessions) as session:
        ctx, task = locked_task(session, task_id, now=now)
        if task.state == "open":
            troubles.report_closed(ctx, task, error)


def close_by_hand(
    session: Session, *, task_id: UUID, actor_id: UUID, reason: str, now: datetime
) -> Context:
    """End the handing-in before everything is in; the reason is recorded.

    Raises:
        TaskNotFound, NotAllowed, CasePaused, TaskClosed.
    """
    ctx, task = locked_task(session, task_id, now=now, actor_id=actor_id)
    element = ctx.package(task.package_hash).element(task.element_id)
    who = standing(session, person_id=actor_id, case_id=task.case_id, now=now)
    if not element.marker or not may_close(element, who):
        raise NotAllowed("close this task")
    require_running(ctx.case, task.instance_id)
    if task.state != "open":
        raise seats.TaskClosed("it is closed already")
    close(ctx, task, reason=reason)
    return ctx


def close(ctx: Context, task: UserTask, *, reason: str) -> None:
    """Set the remaining seats to closed, then let the token move with the result.

    The result of a task with many seats is made by a worker, which is told in this transaction.
    """
    package = ctx.package(task.package_hash)
    element = package.element(task.element_id)
    if element.properties.get("missing") == "draft":
        _hand_in_drafts(ctx, package, task)
    seats.close_open(ctx.session, task_ids=[task.id], wipe=task.kind == "sealed")
    timers.cancel_of_tasks(ctx.session, [task.id])
    task.state, task.closed_at, task.close_reason = "closed", ctx.now, reason
    task.closed_by = ctx.actor_id
    if seats.at_least(ctx.session, task.id, BIG):
        jobs.of(ctx.session).enqueue(ctx.session, work_of(task))
    else:
        finish(ctx, task)


def work_of(task: UserTask) -> Work:
    """The job that sums this task up."""
    return Work(FINISH, subject=task.id, case_id=task.case_id)


def _hand_in_drafts(ctx: Context, package: PackageVersion, task: UserTask) -> None:
    """What stands in the draft counts, as far as it fits the form and nothing else came first."""
    for seat in tasks.handed_in(ctx.session, task.id):
        if seat.state == "open" and seat.draft is not None and seat.person_id is not None:
            try:
                with ctx.session.begin_nested():
                    accept(
                        ctx.session, case=ctx.case, package=package, task=task, seat=seat,
                        answers=seat.draft,
                        hand=Hand(seat.person_id, seat.person_id),
                        facts=ctx.facts,
                    )  # fmt: skip
            except (forms.InvalidAnswers, seats.AlreadyHandedIn, seats.TaskClosed):
                continue


def complete_single(ctx: Context, task: UserTask, seat: Seat) -> None:
    """A single task's one seat was handed in: its operation runs and the token moves, at once.

    A fault of ours in the operation becomes a problem, and what was handed in stands.

    Raises:
        EngineError: its operation refused the answers; the whole submission is undone.
    """
    package = ctx.package(task.package_hash)
    instance = ctx.instance(task.instance_id)
    if task.closes_at is not None or task.due_at is not None:
        timers.cancel_of_tasks(ctx.session, [task.id])
    if "escalate" in package.element(task.element_id).properties:
        seats.close_open(ctx.session, task_ids=[task.id], wipe=True)  # who was added meanwhile
    if "operation" not in package.element(task.element_id).properties:
        complete(ctx, task, instance, _value(ctx, package, task, instance, [seat]), [seat])
        return
    try:
        with ctx.session.begin_nested():
            value = _value(ctx, package, task, instance, [seat])
    except EngineError:
        raise
    except Exception as error:
        log.exception("completing %s failed", task.element_id)
        _stay_closed(ctx, task, error)
        return
    complete(ctx, task, instance, value, [seat])


def finish(ctx: Context, task: UserTask) -> None:
    """Sum a closed task up and move its token; a failure becomes a problem and can be retried."""
    package = ctx.package(task.package_hash)
    instance = ctx.instance(task.instance_id)
    rows = tasks.handed_in(ctx.session, task.id)
    try:
        with ctx.session.begin_nested():
            value = _value(ctx, package, task, instance, rows)
    except Exception as error:
        log.exception("closing %s failed", task.element_id)
        _stay_closed(ctx, task, error)
        return
    complete(ctx, task, instance, value, rows)


def _stay_closed(ctx: Context, task: UserTask, error: Exception) -> None:
    """What was handed in stands; the problem can be retried."""
    task.state, task.closed_at = "closed", task.closed_at or ctx.now
    troubles.report_closed(ctx, task, error)


def complete(
    ctx: Context, task: UserTask, instance: Instance, value: Any, rows: Sequence[Seat]
) -> None:
    """The result exists: mark the task done, record it, move the token."""
    element = ctx.package(task.package_hash).element(task.element_id)
    task.state, task.result = "done", value
    task.closed_at = task.closed_at or ctx.now
    single = next((row for row in rows if row.state == "handed_in"), None)
    done = record.entry(
        case_id=task.case_id, instance_id=instance.id, action="task_done",
        now=ctx.now, person_id=ctx.actor_id, element_id=task.element_id,
        recorded_for=single.recorded_for if single and task.kind == "single" else "",
        concerned=record.Concerned(_acted_for(task, single)), facts=_closing_facts(task, rows),
    )  # fmt: skip
    ctx.entries.append(done)
    name = element.properties.get("result")
    writes = {name: value} if name else {}
    advance(ctx, instance, lambda execution: execution.complete(task.step, writes))


def _acted_for(task: UserTask, seat: Seat | None) -> UUID | None:
    """The absent person for whom somebody handed in a single task."""
    return seat.person_id if seat and task.kind == "single" and seat.absence_id else None


def _closing_facts(task: UserTask, rows: Sequence[Seat]) -> dict[str, Any]:
    if task.kind == "single":
        return {}
    return {
        "handed_in": sum(row.state == "handed_in" for row in rows),
        "seats": sum(row.state != "void" for row in rows),
        "root": seats.root_of(
            [{"id": str(row.id), "state": row.state, "answers": row.answers} for row in rows]
        ),
    }


def _value(
    ctx: Context,
    package: PackageVersion,
    task: UserTask,
    instance: Instance,
    rows: Sequence[Seat],
) -> Any:
    """The variable the task writes: the summary of its seats, or its operation's result."""
    element = package.element(task.element_id)
    if task.kind == "ballot":
        return _ballot_numbers(ctx, task)
    form = package.form_of(element)
    value = tasks.summary(element, rows, form, tasks.before(ctx.session, task))
    if task.kind == "sealed":
        value = {**value, "sealed": str(task.id)}
    if "operation" not in element.properties:
        return value
    call = Call(
        session=ctx.session, case=ctx.case, package=package, instance_id=instance.id,
        element=element, variables={**task.context, "handed_in": value}, facts=ctx.facts,
        now=ctx.now, actor_id=ctx.actor_id, task_id=task.id,
        submissions=[submission_of(row) for row in rows if row.state == "handed_in"],
    )  # fmt: skip
    outcome = run_operation(call)
    picked = element.properties.get("pick")
    if picked:
        return outcome.result[picked]
    return outcome.result if element.marker else {**outcome.result, **value}


def _ballot_numbers(ctx: Context, task: UserTask) -> dict[str, int]:
    assert task.box_id is not None  # noqa: S101 - set when a ballot task opens
    ballots.close_box(ctx.session, box_id=task.box_id, now=ctx.now)
    progress = ballots.progress(ctx.session, box_id=task.box_id)
    return {"issued": progress.issued, "returned": progress.returned}
