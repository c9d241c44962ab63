"""Our kinds of task: operations, decisions, linked runs, calls that name what crosses."""

from copy import deepcopy
from typing import Any

from SpiffWorkflow.spiff.specs.defaults import CallActivity
from SpiffWorkflow.spiff.specs.spiff_task import SpiffBpmnTask
from SpiffWorkflow.task import Task


class OutsideStep(SpiffBpmnTask):
    """A step done outside SpiffWorkflow; it stays STARTED until `Execution.complete`."""

    def _run_hook(self, my_task: Task) -> None:  # noqa: ARG002 - SpiffWorkflow's signature
        return None


class Operation(OutsideStep):
    """A service task: an operation of the catalogue."""


class Decision(OutsideStep):
    """A business rule task, applied to rows."""


class LinkedRuns(OutsideStep):
    """A call activity with the ||| marker: one small instance per item."""


class NamedCall(CallActivity):
    """A call activity across which only the named variables pass, both ways."""

    def _properties(self) -> dict[str, str]:
        extensions: dict[str, Any] = getattr(self, "extensions", None) or {}
        properties: dict[str, str] = extensions.get("properties", {})
        return properties

    def copy_data(self, my_task: Task, subworkflow: Any) -> None:
        start = subworkflow.get_next_task(
            subworkflow.task_tree, skip_subprocesses=True, spec_name="Start"
        )
        engine = my_task.workflow.script_engine
        start.set_data(
            **{
                name.removeprefix("with."): deepcopy(engine.evaluate(my_task, text))
                for name, text in self._properties().items()
                if name.startswith("with.")
            }
        )

    def update_data(self, my_task: Task, subworkflow: Any) -> None:
        properties = self._properties()
        data = subworkflow.last_task.data
        returned = {
            name: deepcopy(data[name])
            for name in properties.get("returns", "").split()
            if name in data
        }
        if "result" in properties:
            my_task.data[properties["result"]] = returned
        else:
            my_task.data.update(returned)
