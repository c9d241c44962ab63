"""Move one instance on: run what needs nobody, then write what opened and what closed."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from engine import record, tasks, timers
from engine.bpmn import Execution, Step, evaluate
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.model import Instance, Seat
from engine.operations import Call, Effect, Outcome, Submission, perform, rows_for_decision
from engine.run import troubles
from engine.run.context import Context
from engine.run.resuming import resume

log = logging.getLogger(__name__)

Change = Callable[[Execution], None]


def start(
    ctx: Context,
    *,
    package: PackageVersion,
    process_id: str,
    variables: Mapping[str, Any],
    instance_id: UUID | None = None,
    parent: Instance | None = None,
    parent_step: str = "",
    item: str = "",
    position: int = 0,
) -> Instance:
    """Start an instance and take its first steps."""
    instance = Instance(
        id=instance_id or uuid4(),
        case_id=ctx.case.id,
        package_hash=package.hash,
        process_id=process_id,
        parent_id=parent.id if parent else None,
        parent_step=parent_step,
        item=item,
        position=position,
        started_at=ctx.now,
    )
    ctx.session.add(instance)
    ctx.session.flush()  # tasks and children refer to it
    ctx.keep(instance)
    execution = Execution.start(package.definition, process_id, variables, ctx.facts)
    _go(ctx, instance, package, execution)
    return instance


def advance(ctx: Context, instance: Instance, change: Change | None = None) -> None:
    """Load an instance, change it, run it, write it back with everything that follows.

    What fails on the way (a condition, an operation) becomes a problem on the office's page and
    stays where it is; it never undoes the submission that led there.
    """
    package = ctx.package(instance.package_hash)
    execution = Execution.load(
        package.definition, instance.process_id, instance.frontier, ctx.facts
    )
    execution.horizon = ctx.horizon
    if change is not None:
        change(execution)
    _go(ctx, instance, package, execution)


def _go(ctx: Context, instance: Instance, package: PackageVersion, execution: Execution) -> None:
    ctx.driving.add(instance.id)
    try:
        ran = _drive(ctx, instance, package, execution)
    finally:
        ctx.driving.discard(instance.id)
    _settle(ctx, instance, package, execution)
    steps = [*execution.outside_steps(), *execution.user_tasks()] if instance.has_problems else []
    troubles.settle(ctx, instance, ran=ran, waiting=[step.id for step in steps])
    # An effect may move an instance that is in the middle of its steps: they come after them all.
    while ctx.effects and not ctx.driving:
        cause, step, effect = ctx.effects.popleft()
        _apply(ctx, cause, step, effect)
    if instance.state == "completed":
        _after_end(ctx, instance)


def _drive(ctx: Context, instance: Instance, package: PackageVersion, execution: Execution) -> bool:
    """Run until only people, timers and problems are waited for; False if it is stuck."""
    tried: set[str] = set()
    while _run(ctx, instance, execution):
        todo = deque(s for s in execution.outside_steps() if s.id not in tried)
        if not todo:
            return True
        while todo:
            step = todo.popleft()
            tried.add(step.id)
            _outside(ctx, instance, package, execution, step)
    return False


def _run(ctx: Context, instance: Instance, execution: Execution) -> bool:
    try:
        execution.run()
    except Exception as error:  # whatever it was, what led here stands
        log.exception("instance %s cannot go on", instance.id)
        troubles.report(
            ctx, instance, element_id=execution.stuck_at, step=troubles.STUCK, error=error
        )
        return False
    return True


def _outside(
    ctx: Context, instance: Instance, package: PackageVersion, execution: Execution, step: Step
) -> None:
    """Do one outside step in a savepoint; a failure leaves it waiting, with a problem."""
    try:
        with ctx.session.begin_nested():
            if step.element.kind == "callActivity":
                _linked(ctx, instance, package, execution, step)
                return
            outcome = _perform_step(ctx, instance, package, execution, step)
            writes = writes_of(step.element.properties, outcome.result)
    except Exception as error:  # whatever it was, it becomes a problem and undoes nothing else
        log.exception("%s failed in instance %s", step.element.id, instance.id)
        troubles.report(ctx, instance, element_id=step.element.id, step=step.id, error=error)
        return
    execution.complete(step.id, writes)
    ctx.effects.extend((instance, step, effect) for effect in outcome.effects)


def _perform_step(
    ctx: Context, instance: Instance, package: PackageVersion, execution: Execution, step: Step
) -> Outcome:
    call = Call(
        session=ctx.session, case=ctx.case, package=package, instance_id=instance.id,
        element=step.element, variables=step.variables, facts=ctx.facts, now=ctx.now,
        actor_id=ctx.actor_id,
    )  # fmt: skip
    if step.element.kind == "businessRuleTask":
        return _apply_table(call, execution)
    return run_operation(call)


def _apply_table(call: Call, execution: Execution) -> Outcome:
    """Apply a decision table to each subject; gives `{code: outputs}`."""
    properties = call.element.properties
    subjects = execution.evaluate(properties["rows"], call.variables)
    rows = rows_for_decision(call, subjects=subjects, answers_of=properties["answers_of"])
    made = {code: execution.decide(properties["decision"], row) for code, row in rows.items()}
    result = {"by_subject": made}
    _keep(call, "apply_table", result)
    return Outcome(made)


def run_operation(call: Call) -> Outcome:
    """Run the operation an element names, with its `with.*` parameters, and keep its result."""
    name = call.element.properties["operation"]
    parameters = {
        key: evaluate(text, call.variables, call.facts)
        for key, text in call.element.handed_in().items()
    }
    outcome = perform(call, name, parameters)
    if name in ("set_status", "list_eligible", "list_inspected"):
        call.facts.forget_statuses()
    _keep(call, name, outcome.result)
    return outcome


def _keep(call: Call, operation: str, result: Mapping[str, Any]) -> None:
    record.keep_result(
        call.session, case_id=call.case.id, instance_id=call.instance_id,
        element_id=call.element.id, operation=operation, result=result, now=call.now,
    )  # fmt: skip


def writes_of(properties: Mapping[str, str], result: Any) -> dict[str, Any]:
    """The variables an element writes: `result`, or only its key named by `pick`."""
    name = properties.get("result")
    if not name:
        return {}
    picked = properties.get("pick")
    return {name: result[picked] if picked else result}


def _linked(
    ctx: Context, instance: Instance, package: PackageVersion, execution: Execution, step: Step
) -> None:
    """Start one instance per item; complete the step once all have ended."""
    children = list(
        ctx.session.scalars(
            select(Instance)
            .where(Instance.parent_id == instance.id, Instance.parent_step == step.id)
            .order_by(Instance.position)
        )
    )
    properties = step.element.properties
    if not children:
        items = execution.evaluate(properties["items"], step.variables)
        handed = {
            name: execution.evaluate(text, step.variables)
            for name, text in step.element.handed_in().items()
        }
        children = [
            start(
                ctx,
                package=package,
                process_id=step.element.called,
                variables={**handed, properties["item"]: item},
                parent=instance,
                parent_step=step.id,
                item=str(item),
                position=position,
            )
            for position, item in enumerate(items, start=1)
        ]
    if all(child.state != "running" for child in children):
        returned = {child.item: child.result for child in children}
        execution.complete(step.id, writes_of(properties, returned))


def _settle(
    ctx: Context, instance: Instance, package: PackageVersion, execution: Execution
) -> None:
    """Write the state and make tasks and timers equal to it."""
    before = instance.active or []
    waiting = execution.timers()
    timed = bool(waiting) or instance.has_timers
    instance.frontier = execution.save()
    instance.active = execution.active()
    instance.has_timers = bool(waiting)
    if execution.finished and instance.state == "running":
        instance.state, instance.ended_at = "completed", ctx.now
        instance.result = _returned(package, instance, execution.result)
        if instance.parent_id is None and instance.id == ctx.case.id:
            ctx.case.outcome = execution.last_element
    # Nothing is asked of the database before this, so that the row is written once.
    if any(package.element(e).kind == "callActivity" and package.element(e).marker for e in before):
        _cancel_children(ctx, instance, {step.id for step in execution.outside_steps()})
    passed = [
        record.entry(
            case_id=ctx.case.id, action="passed", now=ctx.now, instance_id=instance.id,
            element_id=element,
        )
        for element in execution.passed
    ]  # fmt: skip
    record.write(ctx.session, [*ctx.entries, *passed])
    ctx.entries.clear()
    if timed:
        timers.sync_events(
            ctx.session, case_id=ctx.case.id, instance_id=instance.id, waiting=waiting
        )
    _settle_tasks(ctx, instance, package, execution)


def _returned(
    package: PackageVersion, instance: Instance, result: Mapping[str, Any]
) -> dict[str, Any]:
    """What a linked run hands back: the names in `returns` of the call that started it."""
    for element in package.definition.elements.values():
        linked = element.kind == "callActivity" and element.marker
        if linked and element.called == instance.process_id:
            return {name: result[name] for name in element.words("returns") if name in result}
    return {}


def _cancel_children(ctx: Context, instance: Instance, waiting: set[str]) -> None:
    """End the linked runs whose step is gone: an event or a reset took it away."""
    children = ctx.session.scalars(
        select(Instance).where(
            Instance.parent_id == instance.id,
            Instance.parent_step != "",
            Instance.state == "running",
        )
    )
    for child in children:
        if child.parent_step not in waiting:
            cancel_instance(ctx, child)


def cancel_instance(ctx: Context, instance: Instance) -> None:
    """End an instance without a result, with everything of it that is open."""
    instance.state, instance.ended_at, instance.active = "cancelled", ctx.now, []
    open_tasks = tasks.open_of_instance(ctx.session, instance.id)
    tasks.cancel(ctx.session, open_tasks, reason="", now=ctx.now)
    timers.sync_events(ctx.session, case_id=ctx.case.id, instance_id=instance.id, waiting=[])
    troubles.settle(ctx, instance, ran=True, waiting=())
    _cancel_children(ctx, instance, set())


def _settle_tasks(
    ctx: Context, instance: Instance, package: PackageVersion, execution: Execution
) -> None:
    known = {task.step: task for task in tasks.open_of_instance(ctx.session, instance.id)}
    for step in execution.user_tasks():
        if known.pop(step.id, None) is None:
            _open(ctx, instance, package, step)
    tasks.cancel(ctx.session, list(known.values()), reason="", now=ctx.now)


def _open(ctx: Context, instance: Instance, package: PackageVersion, step: Step) -> None:
    try:
        task, places = tasks.open_task(
            ctx.session, case=ctx.case, instance=instance, package=package, step=step,
            facts=ctx.facts,
        )  # fmt: skip
    except (EngineError, ValueError, TypeError, LookupError) as error:
        log.exception("%s cannot open in instance %s", step.element.id, instance.id)
        troubles.report(ctx, instance, element_id=step.element.id, step=step.id, error=error)
        return
    if step.element.marker and not places:
        ctx.touched.append(task.id)


def _after_end(ctx: Context, instance: Instance) -> None:
    """A linked run has ended: its parent may go on, and the selection may be over."""
    parent_id = instance.parent_id if instance.parent_step else None
    if parent_id is not None and parent_id not in ctx.driving:
        advance(ctx, ctx.instance(parent_id))
    end_if_over(ctx)


def end_if_over(ctx: Context) -> None:
    """The selection ends when its root and everything linked to it have ended."""
    ctx.session.flush()  # the states just set are asked for
    running = ctx.session.scalar(
        select(Instance.id)
        .where(Instance.case_id == ctx.case.id, Instance.state == "running")
        .limit(1)
    )
    if running is None and ctx.case.state != "ended":
        ctx.case.state, ctx.case.ended_at = "ended", ctx.now
        record.note(
            ctx.session, case_id=ctx.case.id, action="ended", now=ctx.now,
            facts={"outcome": ctx.case.outcome},
        )  # fmt: skip


def _apply(ctx: Context, instance: Instance, step: Step, effect: Effect) -> None:
    """Do what an operation asked for beyond its own result; what fails becomes a problem."""
    try:
        with ctx.session.begin_nested():
            apply_effect(ctx, instance, effect)
    except Exception as error:  # the decision that led here stands
        log.exception("%s after %s failed", effect.kind, step.element.id)
        troubles.report_effect(ctx, instance, step, effect, error)


def apply_effect(ctx: Context, instance: Instance, effect: Effect) -> None:
    """Do what an operation asked for beyond its own result."""
    if effect.kind == "pause":
        # A second stop waits for the decision on the first.
        ctx.case.state, ctx.case.paused_by = "paused", ctx.case.paused_by or instance.id
    elif effect.kind == "resume":
        ctx.case.paused_by = record.undecided_stop(
            ctx.session, case_id=ctx.case.id, besides=instance.id
        )
        if ctx.case.paused_by is None:
            resume(ctx, stopped_at=instance.started_at)
    elif effect.kind == "repeat":
        record.note(
            ctx.session, case_id=ctx.case.id, instance_id=instance.id, action="repeated",
            now=ctx.now, person_id=ctx.actor_id, element_id=effect.name,
            facts={"reason": effect.reason},
        )  # fmt: skip
        advance(ctx, ctx.instance(ctx.case.id), lambda execution: execution.reset(effect.name))
    elif effect.kind == "message":
        root = ctx.instance(ctx.case.id)
        if root.state == "running":
            advance(ctx, root, lambda execution: execution.send(effect.name))
    elif effect.kind == "voided":
        ctx.touched.append(UUID(effect.name))


def submission_of(seat: Seat) -> Submission:
    return Submission(seat.id, seat.person_id, seat.subject, seat.group, seat.answers or {})
