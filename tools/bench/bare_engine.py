"""The bare engine step: load from JSON, complete, run, dump to JSON; SpiffWorkflow alone.

A program of its own, so that nothing of the product's is around SpiffWorkflow: it reads a package
as JSON (`{"key": …, "files": {path: text}, "steps": n, "times": n}`) and prints the milliseconds of
processor time that each task has taken, as JSON.
"""

import json
import sys
import time
from io import BytesIO
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.task import TaskState

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def steps(asked: dict[str, Any]) -> list[float]:
    parser = SpiffBpmnParser()
    for path, text in asked["files"].items():
        if path.endswith(".bpmn"):
            parser.add_bpmn_xml(etree.parse(BytesIO(_plain(text))), filename=path)
    workflow = BpmnWorkflow(
        parser.get_spec(asked["key"]), parser.get_subprocess_specs(asked["key"])
    )
    workflow.do_engine_steps()
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
    begin = serializer.serialize_json(workflow)
    taken = []
    for _ in range(asked["times"]):
        kept = begin
        for number in range(asked["steps"]):
            begun = time.process_time()
            workflow = serializer.deserialize_json(kept)
            task = workflow.get_tasks(state=TaskState.READY, manual=True)[0]
            task.data.update({f"v{number}": {"number": 1}})
            task.run()
            workflow.do_engine_steps()
            kept = serializer.serialize_json(workflow)
            taken.append((time.process_time() - begun) * 1000)
    return taken


def _plain(text: str) -> bytes:
    """The drawing as SpiffWorkflow alone can run it, with as many shapes.

    Service tasks do nothing, tasks of many are tasks of one, every choice goes the usual way, and
    timers wait for a month.
    """
    root = etree.fromstring(text.encode())
    for tag in ("multiInstanceLoopCharacteristics", "extensionElements"):
        for shape in list(root.iter(_BPMN + tag)):
            parent = shape.getparent()
            assert parent is not None  # noqa: S101 - no shape is the root; told to mypy
            parent.remove(shape)
    for shape in root.iter(_BPMN + "serviceTask", _BPMN + "businessRuleTask"):
        shape.tag = _BPMN + "task"
    for gate in root.iter(_BPMN + "exclusiveGateway"):
        ways = [
            f for f in root.iter(_BPMN + "sequenceFlow") if f.get("sourceRef") == gate.get("id")
        ]
        for way in ways:
            for condition in way.iter(_BPMN + "conditionExpression"):
                usual = not gate.get("default") and way is ways[-1]
                condition.text = "True" if usual else "False"
    for shape in root.iter(_BPMN + "timeDate", _BPMN + "timeDuration"):
        shape.tag, shape.text = _BPMN + "timeDuration", '"P30D"'
    return etree.tostring(root)


if __name__ == "__main__":
    json.dump(steps(json.load(sys.stdin)), sys.stdout)
