"""Run a whole step again, without disturbing the preparation that runs beside it."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task, TaskState

from engine.bpmn.specs import OutsideStep
from engine.errors import EngineError


class NeverReached(EngineError):
    """The step has not run yet, so it cannot run again."""

    code = "never_reached"

    def __init__(self, element_id: str) -> None:
        super().__init__(f"{element_id} has not been reached yet, so it cannot be repeated")
        self.element_id = element_id


def reset_to(workflow: BpmnWorkflow, element_id: str) -> None:
    """Reset the step that was reached last under this id.

    Where its rung of the ladder has already been joined, SpiffWorkflow would leave the next step
    running: then the split before it is reset, and what was finished in the sibling branches is
    completed again with what it had written (tried: design §5).
    """
    reached = TaskState.READY | TaskState.STARTED | TaskState.WAITING | TaskState.FINISHED_MASK
    tasks = [t for t in workflow.get_tasks(spec_name=element_id) if t.has_state(reached)]
    if not tasks:
        raise NeverReached(element_id)
    target = max(tasks, key=lambda task: task.depth)
    split = _split_before(target)
    if split is None or not _joined(split):
        workflow.reset_from_task_id(target.id)
        _begin_anew(workflow, target)
    else:
        kept = _finished_beside(split, target)
        workflow.reset_from_task_id(split.id)
        workflow.do_engine_steps()
        _complete_again(workflow, split, kept)
    forget_dropped(workflow)


def _begin_anew(workflow: BpmnWorkflow, target: Task) -> None:
    """Give the step a new id: its task, timer and linked runs of before keep the old one.

    What is called gets new ids by itself.
    """
    if workflow.get_subprocess(target) is not None:
        return
    parent = target.parent
    target.workflow._remove_task(target.id)  # noqa: SLF001 - as SpiffWorkflow's own reset does
    anew = parent._add_child(target.task_spec, TaskState.FUTURE)  # noqa: SLF001 - the same
    anew.task_spec._predict(anew, mask=TaskState.PREDICTED_MASK | TaskState.FUTURE)  # noqa: SLF001 - the same
    anew.task_spec._update(anew)  # noqa: SLF001 - the same


def _split_before(task: Task) -> Task | None:
    parent = task.parent
    while parent is not None and parent.task_spec.bpmn_id is not None:
        if isinstance(parent.task_spec, ParallelGateway) and len(parent.task_spec.outputs) > 1:
            return parent
        parent = parent.parent
    return None


def _joined(split: Task) -> bool:
    """Whether a join below the split has let its token through."""
    return any(
        _is_join(task) and task.has_state(TaskState.COMPLETED)
        for task in split
        if task is not split
    )


def _is_join(task: Task) -> bool:
    return isinstance(task.task_spec, ParallelGateway) and len(task.task_spec.inputs) > 1


def _finished_beside(split: Task, target: Task) -> dict[str, list[dict[str, Any]]]:
    """What was done in the other branches up to the join: element → what it wrote each time."""
    joins = {task.task_spec.name for task in target if _is_join(task)}
    kept: dict[str, list[dict[str, Any]]] = {}
    for child in split.children:
        if child is not target and not target.is_descendant_of(child):
            for task in _before(child, joins):
                if _is_work(task) and task.has_state(TaskState.COMPLETED):
                    kept.setdefault(task.task_spec.name, []).append(_written(task))
    return kept


def _before(task: Task, joins: set[str]) -> Iterator[Task]:
    if task.task_spec.name not in joins:
        yield task
        for child in task.children:
            yield from _before(child, joins)


def _is_work(task: Task) -> bool:
    """Whether it was done outside SpiffWorkflow, or is a whole sub-process or call."""
    return task.task_spec.manual or isinstance(task.task_spec, (OutsideStep, SubWorkflowTask))


def _written(task: Task) -> dict[str, Any]:
    before = task.parent.data
    return {
        key: deepcopy(value)
        for key, value in task.data.items()
        if key not in before or before[key] != value
    }


def _complete_again(
    workflow: BpmnWorkflow, split: Task, kept: dict[str, list[dict[str, Any]]]
) -> None:
    waiting = TaskState.READY | TaskState.STARTED
    while True:
        workflow.refresh_timers()
        workflow.do_engine_steps()
        again = (t for t in split if t.has_state(waiting) and kept.get(t.task_spec.name))
        task = next(again, None)
        if task is None:
            return
        if workflow.get_subprocess(task) is not None:
            workflow.delete_subprocess(task)
        task.data.update(kept[task.task_spec.name].pop(0))
        if task.task_spec.manual:
            task.run()
        else:
            task.complete()


def forget_dropped(workflow: BpmnWorkflow) -> None:
    """SpiffWorkflow still names tasks that the reset has removed, as last and as waiting ones."""
    living = [workflow, *workflow.subprocesses.values()]
    for each in living:
        if each.last_task is not None and each.last_task.id not in each.tasks:
            each.last_task = None
    for task in list(workflow.event_manager.tasks.values()):
        if task.workflow not in living or task.workflow.tasks.get(task.id) is not task:
            workflow.event_manager.remove_task(task)
