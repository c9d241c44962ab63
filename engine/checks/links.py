"""Rules for references inside a file: everything named exists, everything is drawn."""

from collections.abc import Iterator
from typing import Any

from engine.checks.diagrams import tag_of
from engine.checks.findings import Finding, error, warning
from engine.checks.model import Node, Package

_ATTRIBUTES = (
    "sourceRef", "targetRef", "default", "attachedToRef", "messageRef", "errorRef", "processRef",
    "categoryValueRef", "bpmnElement",
)  # fmt: skip
_TEXTS = ("flowNodeRef", "incoming", "outgoing")
_DRAWN = "bpmnElement"

UNRESOLVED = error(
    "reference_unresolved",
    zh=("{attribute}指向不存在的{ref}，编辑器会丢弃它", "改为文件中已有的标识，或者删去"),
    en=(
        "{attribute} names {ref!r}, which is not in the file",
        "name an id of the file, or remove it",
    ),
)
MESSAGE_WITHOUT_NAME = error(
    "message_name",
    zh=("消息没有名称", "写上name"),
    en=("the message has no name", "give it a name"),
)
MESSAGE_TWICE = error(
    "message_twice",
    zh=("消息{name}启动不止一个流程：{processes}", "每个消息只启动一个流程"),
    en=("the message {name} starts several processes: {processes}", "let each start one"),
)
ERROR_NOT_CAUGHT = error(
    "error_not_caught",
    zh=("外层没有接住该错误的边界事件", "在外层子流程或调用活动上加错误边界事件"),
    en=(
        "nothing around it catches this error",
        "add an error boundary event to the step around it",
    ),
)
CALLED_MISSING = error(
    "called_missing",
    zh=("调用的流程{called}不存在", "改为方案中已有的流程"),
    en=("it calls the process {called!r}, which does not exist", "name a process of the package"),
)
CALLED_BY_MESSAGE = error(
    "called_by_message",
    zh=("调用的流程{called}以消息启动", "改为调用普通的流程"),
    en=("it calls {called}, which a message starts", "call a process with a plain start"),
)
CALLS_ITSELF = error(
    "calls_itself",
    zh=("该调用最终又调用到自己：{path}", "改用回路"),
    en=("the call leads back to itself: {path}", "draw a loop instead"),
)
NOT_DRAWN = warning(
    "not_drawn",
    zh=("文件中有该元素，图上没有画出", "在编辑器中补画"),
    en=("it is in the file but not drawn", "draw it in the editor"),
)


def references_resolve(package: Package) -> Iterator[Finding]:
    for file, root in _diagrams(package):
        ids = {node.get("id") for node in root.iter() if isinstance(node.tag, str)}
        for node in root.iter():
            for attribute, ref in _named_by(node):
                if ref not in ids:
                    element = _owner(node) if attribute in _TEXTS else node.get("id", "")
                    yield UNRESOLVED.at(file, element, attribute=attribute, ref=ref)


def _named_by(node: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(node.tag, str):
        return
    for attribute in _ATTRIBUTES:
        if node.get(attribute) is not None:
            yield attribute, node.get(attribute)
    if tag_of(node) in _TEXTS:
        yield tag_of(node), (node.text or "").strip()


def _owner(node: Any) -> str:
    while node is not None and not node.get("id"):
        node = node.getparent()
    return "" if node is None else str(node.get("id"))


def messages_start_one_process(package: Package) -> Iterator[Finding]:
    started: dict[str, list[str]] = {}
    for process in package.processes.values():
        if process.message:
            started.setdefault(process.message, []).append(process.id)
    for name, processes in started.items():
        if len(processes) > 1:
            for process_id in processes:
                file = package.processes[process_id].file
                yield MESSAGE_TWICE.at(file, process_id, name=name, processes=", ".join(processes))


def messages_have_names(package: Package) -> Iterator[Finding]:
    for file, root in _diagrams(package):
        for node in root.iter():
            if tag_of(node) == "message" and not node.get("name"):
                yield MESSAGE_WITHOUT_NAME.at(file, node.get("id", ""))


def errors_are_caught(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        if node.kind == "endEvent" and node.has("error") and not _is_caught(package, node, ()):
            yield ERROR_NOT_CAUGHT.at(node.file, node.id)


def _is_caught(package: Package, node: Node, seen: tuple[str, ...]) -> bool:
    """Whether a step around it, or every call of its process, has an error boundary event."""
    inside = node.element.inside
    holder = package.node(inside) if inside else None
    while holder is not None:
        if _catches(package, holder):
            return True
        holder = package.node(holder.element.inside) if holder.element.inside else None
    process = node.element.process_id
    callers = package.callers(process) if process not in seen else []
    return bool(callers) and all(
        _catches(package, call) or _is_caught(package, call, (*seen, process)) for call in callers
    )


def _catches(package: Package, node: Node) -> bool:
    return any(event.has("error") for event in package.scope_of(node).attached(node.id))


def called_processes_exist(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        if node.kind != "callActivity":
            continue
        called = package.processes.get(node.element.called)
        if called is None:
            yield CALLED_MISSING.at(node.file, node.id, called=node.element.called)
        elif called.message:
            yield CALLED_BY_MESSAGE.at(node.file, node.id, called=called.id)


def no_call_leads_back(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        if node.kind == "callActivity":
            path = _path_back(package, node.element.process_id, [node.element.called])
            if path:
                yield CALLS_ITSELF.at(node.file, node.id, path=" → ".join(path))


def _path_back(package: Package, home: str, path: list[str]) -> list[str]:
    if path[-1] == home:
        return path
    for node in package.nodes():
        onward = node.kind == "callActivity" and node.element.process_id == path[-1]
        if onward and node.element.called not in path:
            found = _path_back(package, home, [*path, node.element.called])
            if found:
                return found
    return []


def everything_is_drawn(package: Package) -> Iterator[Finding]:
    for file, root in _diagrams(package):
        drawn = {node.get(_DRAWN) for node in root.iter() if isinstance(node.tag, str)} - {None}
        if not drawn:
            continue
        for scope in package.scopes.values():
            if scope.file == file:
                for element in [*scope.nodes, *(flow.id for flow in scope.flows)]:
                    if element not in drawn:
                        yield NOT_DRAWN.at(file, element)


def _diagrams(package: Package) -> Iterator[tuple[str, Any]]:
    for file, root in package.trees.items():
        if file.endswith(".bpmn"):
            yield file, root


RULES = (
    references_resolve,
    messages_start_one_process,
    messages_have_names,
    errors_are_caught,
    called_processes_exist,
    no_call_leads_back,
    everything_is_drawn,
)
