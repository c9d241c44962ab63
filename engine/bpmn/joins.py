"""Joins that keep what each branch wrote, instead of SpiffWorkflow's merging of lists by index."""

from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.task import Task, TaskState

from engine.errors import EngineError

_MISSING = object()


class WriteConflict(EngineError):
    """Two parallel branches wrote different values into one variable."""

    code = "write_conflict"

    def __init__(self, variable: str, first: str, second: str) -> None:
        super().__init__(
            f"{variable!r} was written by {first} and differently by {second}, which run in "
            "parallel; give one of them another variable"
        )
        self.variable, self.first, self.second = variable, first, second


class WriteOnceJoin(UnstructuredJoin):
    """Three-way: the data of the common ancestor plus what each branch changed."""

    def _run_hook(self, my_task: Task) -> bool:
        others = [
            task
            for task in self._arrivals(my_task)
            if task.has_state(TaskState.FINISHED_MASK) and not my_task.is_descendant_of(task)
        ]
        my_task.data = _merge([my_task.parent, *(task.parent for task in others)])
        for task in others:
            if task.has_state(TaskState.COMPLETED):
                task._drop_children(force=True)  # noqa: SLF001 - as the base class does after a reset
        return True

    def _arrivals(self, my_task: Task) -> list[Task]:
        """What has come to this join since it last let a token through to `my_task`.

        In a loop the arrivals of earlier rounds are still in the tree; stock SpiffWorkflow counts
        and merges them again.
        """
        last = my_task.parent
        while last is not None and last.task_spec is not self:
            last = last.parent
        return [
            task
            for task in my_task.workflow.tasks.values()
            if task.task_spec is self and (last is None or task.is_descendant_of(last))
        ]


class WriteOnceGateway(WriteOnceJoin, ParallelGateway):
    """A parallel gateway with the three-way join."""

    def _check_threshold_unstructured(self, my_task: Task) -> bool:
        missing = {spec.name for spec in self.inputs}
        for task in self._arrivals(my_task):
            if task.is_descendant_of(my_task):
                missing.discard(_way_back(task, missing))  # comes only after this join
            elif task.parent.state == TaskState.COMPLETED:
                missing.discard(task.parent.task_spec.name)
        return not missing


class WriteOnceEndJoin(WriteOnceJoin, _EndJoin):
    """The hidden join at the end of every process."""

    def _run_hook(self, my_task: Task) -> bool:
        done = super()._run_hook(my_task)
        my_task.workflow.data.update(my_task.data)
        return done


def _merge(arrived: list[Task]) -> dict[str, Any]:
    """The first branch's key order comes first: loading rebuilds exactly that."""
    base = _common_ancestor(arrived).data
    merged: dict[str, Any] = deepcopy(arrived[0].data)
    written: dict[str, tuple[str, Any]] = {}
    for task in arrived:
        for key in [*base, *(key for key in task.data if key not in base)]:
            value = task.data.get(key, _MISSING)
            if value == base.get(key, _MISSING):
                continue
            if key in written and written[key][1] != value:
                raise WriteConflict(key, written[key][0], task.task_spec.name)
            written[key] = (task.task_spec.name, value)
            if value is _MISSING:
                merged.pop(key, None)
            else:
                merged[key] = deepcopy(value)
    return merged


def _way_back(task: Task, names: set[str]) -> str:
    """The nearest element before `task` that is one of `names`; '' where none is."""
    current = task.parent
    while current is not None and current.task_spec.name not in names:
        current = current.parent
    return current.task_spec.name if current is not None else ""


def _common_ancestor(tasks: list[Task]) -> Task:
    paths = []
    for task in tasks:
        path, current = [], task
        while current is not None:
            path.append(current)
            current = current.parent
        paths.append(path[::-1])
    shared = paths[0][0]
    for level in zip(*paths, strict=False):
        if any(task is not level[0] for task in level):
            break
        shared = level[0]
    return shared
