"""What fails while a process moves becomes a problem; what works again is none any more."""

from collections.abc import Collection
from dataclasses import asdict

from engine import problems, tasks
from engine.bpmn import Step
from engine.model import Instance, UserTask
from engine.operations import Effect
from engine.run.context import Context

STUCK = ""
"""In place of a step: the process itself could not go on."""


def report(
    ctx: Context, instance: Instance, *, element_id: str, step: str, error: Exception
) -> None:
    """A step failed, or the whole process (`STUCK`); it stays where it is."""
    problems.report_error(
        ctx.session, case_id=ctx.case.id, instance_id=instance.id, element_id=element_id,
        subject=instance.item, step=step, error=error, now=ctx.now,
    )  # fmt: skip
    instance.has_problems = True


def report_closed(ctx: Context, task: UserTask, error: Exception) -> None:
    """What was handed in stands; the task could not be summed up."""
    instance = ctx.instance(task.instance_id)
    problems.report_error(
        ctx.session, case_id=task.case_id, instance_id=task.instance_id, kind="closing",
        element_id=task.element_id, subject=instance.item, step=task.step, error=error, now=ctx.now,
    )  # fmt: skip
    instance.has_problems = True


def report_effect(
    ctx: Context, instance: Instance, step: Step, effect: Effect, error: Exception
) -> None:
    """What an operation asked for did not happen; the problem keeps it, to be done later."""
    problems.report_error(
        ctx.session, case_id=ctx.case.id, instance_id=instance.id, kind="effect",
        element_id=step.element.id, subject=instance.item, step=f"{step.id}:{effect.kind}",
        error=error, now=ctx.now, facts={"effect": asdict(effect)},
    )  # fmt: skip


def settle(ctx: Context, instance: Instance, *, ran: bool, waiting: Collection[str]) -> None:
    """Let go of the problems about what works now, or what nobody waits for any more.

    Args:
        ran: the process took its steps; nothing is stuck in it.
        waiting: engine steps at which the process stands.
    """
    if not instance.has_problems:
        return
    left = False
    standing = {task.step: task for task in tasks.open_of_instance(ctx.session, instance.id)}
    for problem in problems.open_of_instance(ctx.session, instance.id):
        if problem.step == STUCK:
            still = not ran
        elif problem.kind == "closing":
            still = problem.step in standing
        else:  # a task that could not open has none; an operation that works waits no more
            still = problem.step in waiting and problem.step not in standing
        if instance.state == "running" and still:
            left = True
        else:
            problem.state, problem.resolved_at, problem.next_try_at = "gone", ctx.now, None
    instance.has_problems = left
