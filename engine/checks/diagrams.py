"""Reading .bpmn files leniently: nodes, flows and scopes, whatever state the file is in."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.bpmn import Element
from engine.bpmn.definition import BPMN, properties_of, read_elements
from engine.checks.model import Event, Flow, Node, Process, Scope

_DEFINITIONS = "EventDefinition"
NEED_IDS = frozenset({
    "process", "sequenceFlow", "startEvent", "endEvent", "intermediateCatchEvent",
    "intermediateThrowEvent", "boundaryEvent", "userTask", "serviceTask", "businessRuleTask",
    "scriptTask", "manualTask", "task", "sendTask", "receiveTask", "callActivity", "subProcess",
    "transaction", "adHocSubProcess", "exclusiveGateway", "parallelGateway", "inclusiveGateway",
    "complexGateway", "eventBasedGateway",
})  # fmt: skip
_MARKER = f"{BPMN}multiInstanceLoopCharacteristics"


def tag_of(node: Any) -> str:
    """The local name of a BPMN tag; '' for comments and other vocabularies."""
    if not isinstance(node.tag, str) or not node.tag.startswith(BPMN):
        return ""
    return str(node.tag.removeprefix(BPMN))


def read_processes(file: str, root: Any) -> Iterator[Process]:
    messages = {m.get("id"): m.get("name", "") for m in root.iter(f"{BPMN}message")}
    for process in root.iter(f"{BPMN}process"):
        started = [
            event.get("messageRef", "")
            for start in process.findall(f"{BPMN}startEvent")
            for event in start.findall(f"{BPMN}messageEventDefinition")
        ]
        yield Process(
            id=process.get("id", ""),
            file=file,
            name=process.get("name", ""),
            name_en=properties_of(process).get("name_en", ""),
            message=messages.get(started[0], started[0]) if started else "",
        )


def read_scopes(file: str, root: Any) -> Iterator[Scope]:
    """Every process and sub-process with what lies directly in it."""
    elements = {(e.process_id, e.id): e for e in read_elements(file, root)}
    for process in root.iter(f"{BPMN}process"):
        in_lane = {(ref.text or "").strip() for ref in process.iter(f"{BPMN}flowNodeRef")}
        for holder in [process, *_sub_processes(process)]:
            nodes = [
                _node(child, elements[process.get("id"), child.get("id")], in_lane)
                for child in holder
                if (process.get("id"), child.get("id")) in elements
            ]
            yield Scope(
                id=holder.get("id", ""),
                file=file,
                process=process.get("id", ""),
                nodes={node.id: node for node in nodes},
                flows=tuple(_flow(flow) for flow in holder.findall(f"{BPMN}sequenceFlow")),
            )


def _sub_processes(process: Any) -> list[Any]:
    kinds = ("subProcess", "transaction", "adHocSubProcess")
    return [node for node in process.iter() if tag_of(node) in kinds]


def _node(node: Any, element: Element, in_lane: set[str]) -> Node:
    marker = node.find(_MARKER)
    return Node(
        element=element,
        events=tuple(_events(node)),
        attached_to=node.get("attachedToRef", ""),
        default=node.get("default", ""),
        interrupts=node.get("cancelActivity", "true") == "true",
        by_event=node.get("triggeredByEvent") == "true",
        standard_loop=node.find(f"{BPMN}standardLoopCharacteristics") is not None,
        marker_content=marker is not None
        and (len(marker) > 0 or marker.get("isSequential") == "true"),
        in_lane=node.get("id") in in_lane,
    )


def _events(node: Any) -> Iterator[Event]:
    for child in node:
        tag = tag_of(child)
        if not tag.endswith(_DEFINITIONS):
            continue
        clock = next((part for part in child if tag_of(part).startswith("time")), None)
        yield Event(
            kind=tag.removesuffix(_DEFINITIONS),
            ref=child.get("messageRef") or child.get("errorRef") or "",
            clock=tag_of(clock) if clock is not None else "",
            text=(clock.text or "") if clock is not None else "",
        )


def _flow(node: Any) -> Flow:
    condition = node.find(f"{BPMN}conditionExpression")
    return Flow(
        id=node.get("id", ""),
        source=node.get("sourceRef", ""),
        target=node.get("targetRef", ""),
        condition=None if condition is None else condition.text or "",
        name=node.get("name", ""),
        properties=properties_of(node),
    )


def by_id(scopes: Iterator[Scope]) -> Mapping[str, Scope]:
    """The first of each id; ids used twice are told by a rule of their own."""
    made: dict[str, Scope] = {}
    for scope in scopes:
        made.setdefault(scope.id, scope)
    return made
