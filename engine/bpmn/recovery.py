"""Try again what had failed: SpiffWorkflow leaves it as it lies and never looks at it again."""

from collections.abc import Iterator

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task, TaskState


def try_again(workflow: BpmnWorkflow) -> Exception | None:
    """Make failed tasks ready, and begin what could not begin after its predecessor was done.

    Returns:
        What went wrong first, if anything cannot begin this time either.
    """
    for task in workflow.get_tasks(state=TaskState.ERROR):
        task._set_state(TaskState.READY)  # noqa: SLF001 - there is no public way back
    return begin_rest(workflow)


def begin_rest(workflow: BpmnWorkflow) -> Exception | None:
    """Begin each task whose predecessor is done; one that fails does not keep back the others."""
    first: Exception | None = None
    for task in list(_never_begun(workflow)):
        _forget_called(workflow, task)
        try:
            task.task_spec._update(task)  # noqa: SLF001 - what completing the predecessor calls
            task.workflow._task_completed_notify(task.parent)  # noqa: SLF001 - and then this
        except Exception as error:  # noqa: BLE001 - whatever it was, the caller says so
            _forget_called(workflow, task)
            first = first or error
    return first


def _forget_called(workflow: BpmnWorkflow, task: Task) -> None:
    """A called process that was made and not begun would run without its variables."""
    if workflow.get_subprocess(task) is not None:
        workflow.delete_subprocess(task)


def stuck_at(workflow: BpmnWorkflow) -> str:
    """Id of the element that failed, or that could not begin; empty if there is none."""
    failed = [*workflow.get_tasks(state=TaskState.ERROR), *_never_begun(workflow)]
    return next((t.task_spec.bpmn_id for t in failed if t.task_spec.bpmn_id is not None), "")


def _never_begun(workflow: BpmnWorkflow) -> Iterator[Task]:
    for task in workflow.get_tasks(state=TaskState.FUTURE):
        if task.parent is not None and task.parent.has_state(TaskState.COMPLETED):
            yield task
