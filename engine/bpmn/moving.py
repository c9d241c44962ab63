"""Take a token from where it waits and put it somewhere else, or let it go on."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task, TaskState

from engine.bpmn.reset import forget_dropped
from engine.errors import EngineError

_WAITING = TaskState.READY | TaskState.STARTED | TaskState.WAITING | TaskState.ERROR
_AHEAD = TaskState.PREDICTED_MASK | TaskState.FUTURE


class NotWaiting(EngineError):
    """The process does not stand there any more."""

    code = "not_waiting"

    def __init__(self, step_id: str) -> None:
        super().__init__(f"the process does not stand at step {step_id} any more")
        self.step_id = step_id


def waiting_tasks(workflow: BpmnWorkflow) -> Iterator[Task]:
    """Where tokens are: user tasks, outside steps, calls, events, and what has failed."""
    for task in workflow.get_tasks(state=_WAITING | TaskState.FUTURE):
        if task.task_spec.bpmn_id is None or isinstance(task.task_spec, BoundaryEvent):
            continue
        begun = not task.has_state(TaskState.FUTURE)
        if begun or (task.parent is not None and task.parent.has_state(TaskState.COMPLETED)):
            yield task


def waiting_task(workflow: BpmnWorkflow, step_id: str) -> Task:
    """The task of a token.

    Raises:
        NotWaiting: no token is there.
    """
    try:
        task = workflow.get_task_from_id(UUID(step_id))
    except (SpiffWorkflowException, ValueError) as error:
        raise NotWaiting(step_id) from error
    if task not in list(waiting_tasks(workflow)):
        raise NotWaiting(step_id)
    return task


def move_to(workflow: BpmnWorkflow, task: Task, element_id: str) -> Task:
    """Put the token before another element of the same process or sub-process.

    Whether that is sound is asked before (`engine.run.soundness`). The new task has a new id, so
    that tasks, timers and linked runs of before are let go of.
    """
    node = _with_its_events(task)
    parent = node.parent
    _take_away(workflow, node)
    anew = _put(parent, element_id)
    forget_dropped(workflow)
    return anew


def enter(workflow: BpmnWorkflow, call: Task, element_id: str) -> Task:
    """Put the token into the process that a waiting call has just begun, before an element."""
    inner = workflow.get_subprocess(call)
    if inner is None:  # it stands before the call and has not begun it
        call.task_spec._update(call)  # noqa: SLF001 - what completing its predecessor calls
        inner = workflow.get_subprocess(call)
    start = inner.get_next_task(spec_name="Start")
    for child in list(start.children):
        _take_away(workflow, child)
    anew = _put(start, element_id)
    forget_dropped(workflow)
    return anew


def leave(workflow: BpmnWorkflow, task: Task, writes: Mapping[str, Any]) -> None:
    """Let the token go on as if the element were done, with what stands in place of its result."""
    if workflow.get_subprocess(task) is not None:
        _forget(workflow, task)
        workflow.delete_subprocess(task)
    task.data.update(writes)
    if isinstance(task.task_spec, CatchingEvent):
        workflow.event_manager.remove_task(task)
    if task.task_spec.manual and task.has_state(TaskState.READY):
        task.run()
    else:
        if isinstance(task.task_spec, SubWorkflowTask):
            task._set_state(TaskState.READY)  # noqa: SLF001 - as when what it called has ended
        task.complete()


def _put(parent: Task, element_id: str) -> Task:
    specs = parent.workflow.spec.task_specs
    spec = specs.get(f"{element_id}.BoundaryEventSplit") or specs[element_id]
    anew = parent._add_child(spec, TaskState.FUTURE)  # noqa: SLF001 - as a reset does
    anew.task_spec._predict(anew, mask=_AHEAD)  # noqa: SLF001 - the same
    anew.task_spec._update(anew)  # noqa: SLF001 - the same
    if spec.name == element_id:
        return anew
    # SpiffWorkflow runs the split by itself; here it is needed at once, to find the element below.
    anew.run()
    return next(child for child in anew.children if child.task_spec.name == element_id)


def _with_its_events(task: Task) -> Task:
    """The task, or the split above it that holds its boundary events."""
    inside = task.parent is not None and isinstance(task.parent.task_spec, BoundaryEventSplit)
    return task.parent if inside else task


def _take_away(workflow: BpmnWorkflow, node: Task) -> None:
    for task in list(node):
        _forget(workflow, task)
        if workflow.get_subprocess(task) is not None:
            workflow.delete_subprocess(task)
    node.workflow._remove_task(node.id)  # noqa: SLF001 - as SpiffWorkflow's own reset does


def _forget(workflow: BpmnWorkflow, task: Task) -> None:
    """No event of the task, or of what it calls, is waited for any more."""
    workflow.event_manager.remove_task(task)
    inner = workflow.get_subprocess(task)
    for each in inner.get_tasks() if inner is not None else ():
        workflow.event_manager.remove_task(each)
