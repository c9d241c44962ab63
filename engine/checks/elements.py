"""Rules for what may stand in a diagram: tags, ids, kinds of elements and events, names, lanes."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from engine.bpmn.definition import BPMN, SPIFF
from engine.checks.diagrams import tag_of
from engine.checks.findings import Finding, error, warning
from engine.checks.model import Node, Package

_SNAKE = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED = re.compile(r"(Start|End|Root|.*\.(EndJoin|BoundaryEventSplit|BoundaryEventJoin))")
_RUN = frozenset({
    "startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent", "userTask", "serviceTask",
    "businessRuleTask", "callActivity", "subProcess", "exclusiveGateway", "parallelGateway",
})  # fmt: skip
_AROUND = frozenset({
    "definitions", "process", "laneSet", "lane", "flowNodeRef", "sequenceFlow",
    "conditionExpression", "incoming", "outgoing", "textAnnotation", "text", "association",
    "group", "category", "categoryValue", "collaboration", "participant", "message", "error",
    "documentation", "extensionElements", "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics", "timeDate", "timeDuration", "timeCycle",
})  # fmt: skip

RESERVED_ID = error(
    "id_reserved",
    zh=("标识{id}由引擎自用，该元素会丢失", "换一个标识，例如加上步骤的前缀"),
    en=("the engine uses the id {id} itself and loses the element", "use another id"),
)
ODD_ID = error(
    "id_form",
    zh=("标识“{id}”不合写法", "用小写字母、数字和下划线，以字母开头"),
    en=("the id {id!r} is not lower_snake_case", "use lower case letters, digits and underscores"),
)
ID_TWICE = error(
    "id_twice",
    zh=("标识{id}在{files}中重复使用", "每个标识在整个方案中只用一次"),
    en=("the id {id} is used more than once ({files})", "make ids unique over all files"),
)
TAG_UNKNOWN = error(
    "tag_unsupported",
    zh=("不支持BPMN元素{tag}", "删去，或者换成docs/properties.md列出的元素"),
    en=("the BPMN element {tag} is not run", "remove it, or use one that docs/properties.md lists"),
)
KIND_UNKNOWN = error(
    "kind_unsupported",
    zh=("不支持{kind}", "{remedy}"),
    en=("{kind} is not run", "use instead: {remedy}"),
)
EXTENSION = error(
    "extension_unknown",
    zh=("spiffworkflow:{tag}不能用，编辑器会丢弃它", "改用spiffworkflow:properties中的属性"),
    en=("spiffworkflow:{tag} is not known; editors drop it", "use spiffworkflow:properties"),
)
EVENT_SUBPROCESS = error(
    "event_subprocess",
    zh=("不支持事件子流程", "改为以消息启动的独立流程，或者中断型边界事件"),
    en=(
        "event sub-processes are not run",
        "use a process with a message start, or a boundary event",
    ),
)
LOOP = error(
    "loop_marker",
    zh=("不支持循环标记", "用网关画出回路"),
    en=("loop markers are not run", "draw the loop with gateways"),
)
MARKER = error(
    "many_marker",
    zh=("此处不能用多人标记|||", "只用于用户任务和调用活动，不带子元素，且为并行"),
    en=(
        "the ||| marker cannot stand here like this",
        "use it parallel and empty, on user tasks and calls",
    ),
)
EVENT = error(
    "event_unsupported",
    zh=("此处不支持{event}事件", "改用：{allowed}"),
    en=("a {event} event is not run here", "possible here: {allowed}"),
)
NON_INTERRUPTING = error(
    "message_not_interrupting",
    zh=("非中断型消息边界事件只触发一次，其后的消息会丢失", "改为中断型，或者以消息启动的独立流程"),
    en=(
        "a non-interrupting message event loses every second message",
        "let it interrupt, or start a process",
    ),
)
STARTS = error(
    "start_events",
    zh=("此处有{number}个开始事件", "只保留一个"),
    en=("there are {number} start events here", "have exactly one"),
)
NAME_MISSING = warning(
    "name_missing",
    zh=("没有名称", "写上图中显示的中文名称"),
    en=("it has no name", "write the name that the diagram shows"),
)
NAME_EN_MISSING = warning(
    "name_en_missing",
    zh=("没有英文名称", "补上属性name_en"),
    en=("it has no English name", "add the property name_en"),
)
LANE_ROLE = error(
    "lane_role",
    zh=("泳道没有责任主体", "给泳道加上属性role"),
    en=("the lane has no role", "give it the property role"),
)
NOT_IN_LANE = error(
    "not_in_lane",
    zh=("用户任务既不在泳道中，也没有责任主体", "放进泳道，或者加上属性role"),
    en=(
        "the user task lies in no lane and has no role",
        "put it into a lane, or add the property role",
    ),
)
OUTSIDE_LANES = warning(
    "outside_lanes",
    zh=("不在任何泳道中", "在泳道中列出该元素（flowNodeRef）"),
    en=("it lies in no lane", "list it in a lane (flowNodeRef)"),
)

_INSTEAD = {
    "scriptTask": "serviceTask + operation",
    "manualTask": "userTask",
    "task": "userTask / serviceTask",
    "sendTask": "serviceTask + operation notify / send_message",
    "receiveTask": "message start event / boundary message event",
    "transaction": "subProcess",
    "adHocSubProcess": "subProcess",
    "inclusiveGateway": "parallelGateway + exclusiveGateway",
    "complexGateway": "exclusiveGateway",
    "eventBasedGateway": "userTask + boundary event",
    "intermediateThrowEvent": "serviceTask + operation",
}
_EVENTS = {
    "startEvent": ("none", "message"),
    "endEvent": ("none", "error", "terminate"),
    "intermediateCatchEvent": ("timer",),
    "boundaryEvent": ("timer", "message", "error"),
}


def only_known_tags(package: Package) -> Iterator[Finding]:
    for file, root in _diagrams(package):
        for node in root.iter():
            tag = tag_of(node)
            if tag and not _is_known(tag):
                yield TAG_UNKNOWN.at(file, node.get("id", ""), tag=tag)


def _is_known(tag: str) -> bool:
    return tag in _RUN or tag in _AROUND or tag in _INSTEAD or tag.endswith("EventDefinition")


def only_known_extensions(package: Package) -> Iterator[Finding]:
    for file, root in _diagrams(package):
        for node in root.iter():
            if isinstance(node.tag, str) and node.tag.startswith(SPIFF):
                tag = node.tag.removeprefix(SPIFF)
                if tag not in ("properties", "property"):
                    yield EXTENSION.at(file, _owner(node), tag=tag)


def _owner(node: Any) -> str:
    while node is not None and not node.get("id"):
        node = node.getparent()
    return "" if node is None else str(node.get("id"))


def ids_are_free(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        if _RESERVED.fullmatch(node.id or ""):
            yield RESERVED_ID.at(node.file, node.id, id=node.id)
        elif not _SNAKE.fullmatch(node.id or ""):
            yield ODD_ID.at(node.file, node.id or "", id=node.id)
    for process in package.processes.values():
        if not _SNAKE.fullmatch(process.id):
            yield ODD_ID.at(process.file, process.id, id=process.id)


def ids_are_unique(package: Package) -> Iterator[Finding]:
    """Over all files, because tasks, results and rounds are found by the id of their element."""
    counted: Counter[str] = Counter()
    files: dict[str, list[str]] = {}
    for file, root in _diagrams(package):
        for node in root.iter():
            if (tag_of(node) in _RUN or tag_of(node) in ("process", *_INSTEAD)) and node.get("id"):
                counted[node.get("id")] += 1
                files.setdefault(node.get("id"), []).append(file)
    for node_id, number in counted.items():
        if number > 1:
            told = ", ".join(dict.fromkeys(files[node_id]))
            yield ID_TWICE.at(files[node_id][0], node_id, id=node_id, files=told)


def only_kinds_that_run(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        if node.kind in _INSTEAD:
            yield KIND_UNKNOWN.at(node.file, node.id, kind=node.kind, remedy=_INSTEAD[node.kind])
        if node.by_event:
            yield EVENT_SUBPROCESS.at(node.file, node.id)
        if node.standard_loop:
            yield LOOP.at(node.file, node.id)
        may_be_many = node.kind in ("userTask", "callActivity") and not node.marker_content
        if node.element.marker and not may_be_many:
            yield MARKER.at(node.file, node.id)


def only_events_that_run(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        allowed = _EVENTS.get(node.kind)
        if allowed is None:
            continue
        if node.kind == "startEvent" and node.element.inside:
            allowed = ("none",)
        kinds = [event.kind for event in node.events] or ["none"]
        wrong = [kind for kind in kinds if kind not in allowed]
        wrong += [e.clock for e in node.events if e.kind == "timer" and e.clock == "timeCycle"]
        if len(kinds) > 1:
            wrong.append(" + ".join(kinds))
        for event in wrong:
            yield EVENT.at(node.file, node.id, event=event, allowed=", ".join(allowed))
        if node.kind == "boundaryEvent" and node.has("message") and not node.interrupts:
            yield NON_INTERRUPTING.at(node.file, node.id)


def one_start_each(package: Package) -> Iterator[Finding]:
    for scope in package.scopes.values():
        if len(scope.starts()) != 1:
            yield STARTS.at(scope.file, scope.id, number=len(scope.starts()))


def names_in_both_languages(package: Package) -> Iterator[Finding]:
    for process in package.processes.values():
        yield from _named(process.file, process.id, process.name, process.name_en)
    for node in package.nodes():
        if _is_shown(package, node):
            yield from _named(node.file, node.id, node.element.name, node.element.name_en)
    for scope in package.scopes.values():
        for flow in scope.flows:
            if flow.name and not flow.properties.get("name_en"):
                yield NAME_EN_MISSING.at(scope.file, flow.id)


def _is_shown(package: Package, node: Node) -> bool:
    """Gateways that only join or fork need no name; everything else is read by people."""
    if node.kind == "exclusiveGateway":
        return len(package.scope_of(node).leaving(node.id)) > 1
    return not node.kind.endswith("Gateway")


def _named(file: str, node_id: str, name: str, name_en: str) -> Iterator[Finding]:
    if not name.strip():
        yield NAME_MISSING.at(file, node_id)
    elif not name_en.strip():
        yield NAME_EN_MISSING.at(file, node_id)


def lanes_have_roles(package: Package) -> Iterator[Finding]:
    for file, root in _diagrams(package):
        for lane in root.iter(f"{BPMN}lane"):
            path = f"{BPMN}extensionElements/{SPIFF}properties/{SPIFF}property"
            named = [p.get("value") for p in lane.findall(path) if p.get("name") == "role"]
            if not any(named):
                yield LANE_ROLE.at(file, lane.get("id", ""))


def elements_lie_in_lanes(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        if node.kind == "userTask" and not node.element.role:
            yield NOT_IN_LANE.at(node.file, node.id)
        elif not node.in_lane and not node.element.inside:
            yield OUTSIDE_LANES.at(node.file, node.id)


def _diagrams(package: Package) -> Iterator[tuple[str, Any]]:
    for file, root in package.trees.items():
        if file.endswith(".bpmn"):
            yield file, root


RULES = (
    only_known_tags,
    only_known_extensions,
    ids_are_free,
    ids_are_unique,
    only_kinds_that_run,
    only_events_that_run,
    one_start_each,
    names_in_both_languages,
    lanes_have_roles,
    elements_lie_in_lanes,
)
