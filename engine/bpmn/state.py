"""How SpiffWorkflow's state is written down: without specifications, in an order of its own."""

from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter, WorkflowConverter
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG


class _Converter(BpmnWorkflowConverter):
    """State without specifications: those come from the cache."""

    def to_dict(self, workflow: BpmnWorkflow) -> dict[str, Any]:
        made: dict[str, Any] = WorkflowConverter.to_dict(self, workflow)
        # In an order of their own: a reset leaves them in another than loading gives.
        made["subprocesses"] = dict(sorted(self.mapping_to_dict(workflow.subprocesses).items()))
        made["bpmn_events"] = self.registry.convert(workflow.bpmn_events)
        return made

    def from_dict(self, made: dict[str, Any]) -> BpmnWorkflow:
        spec, children = made.pop("specs")
        workflow = self.target_class(spec, children, deserializing=True)
        workflow.tasks = self.mapping_from_dict(made["tasks"], UUID, workflow=workflow)
        workflow.task_tree = workflow.tasks.get(UUID(made["root"]))
        self.set_default_attributes(workflow, made)
        self.subprocesses_from_dict(made["subprocesses"], workflow)
        workflow.bpmn_events = self.registry.restore(made.pop("bpmn_events", []))
        return workflow


REGISTRY = BpmnWorkflowSerializer.configure({**SPIFF_CONFIG, BpmnWorkflow: _Converter})
