"""Run a whole step again, without disturbing the preparation that runs beside it."""

from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task, TaskState

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
    running: then the split before it is reset, and every sibling branch that was finished is
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
        _forget_events(workflow)
        return
    kept = _finished_siblings(split, target)
    workflow.reset_from_task_id(split.id)
    _forget_events(workflow)
    workflow.do_engine_steps()
    for name, written in kept.items():
        _complete_again(workflow, name, written)


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


def _forget_events(workflow: BpmnWorkflow) -> None:
    """What was taken out of the tree waits for nothing; SpiffWorkflow keeps it on its list."""
    living = [workflow, *workflow.subprocesses.values()]
    for task in list(workflow.event_manager.tasks.values()):
        if task.workflow not in living or task.workflow.tasks.get(task.id) is not task:
            workflow.event_manager.remove_task(task)


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
        isinstance(task.task_spec, ParallelGateway)
        and len(task.task_spec.inputs) > 1
        and task.has_state(TaskState.COMPLETED)
        for task in split
        if task is not split
    )


def _finished_siblings(split: Task, target: Task) -> dict[str, dict[str, Any]]:
    return {
        child.task_spec.name: {
            key: deepcopy(value)
            for key, value in child.data.items()
            if key not in split.data or split.data[key] != value
        }
        for child in split.children
        if child is not target
        and not target.is_descendant_of(child)
        and child.has_state(TaskState.COMPLETED)
    }


def _complete_again(workflow: BpmnWorkflow, name: str, written: dict[str, Any]) -> None:
    task = next(t for t in workflow.get_tasks(spec_name=name) if t.has_state(TaskState.STARTED))
    if workflow.get_subprocess(task) is not None:
        workflow.delete_subprocess(task)
    task.data.update(written)
    task.complete()
    workflow.do_engine_steps()
