"""Rules for sequence flows: gateways, conditions, what can be reached and what can end."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from engine.checks.findings import Finding, error
from engine.checks.model import Node, Package, Scope

CROSSES = error(
    "flow_crosses",
    zh=("连线的一端不在同一流程或子流程中", "连线不能跨越子流程的边界"),
    en=("an end of the flow lies outside its process or sub-process", "let both ends lie in one"),
)
CONDITION_MISPLACED = error(
    "condition_misplaced",
    zh=("连线从{source}直接带条件引出", "在{source}之后加排他网关，条件写在网关引出的连线上"),
    en=("the flow has a condition but leaves {source}", "put an exclusive gateway after {source}"),
)
NO_DEFAULT = error(
    "gateway_default",
    zh=("分支的排他网关没有默认走向", "指定一条默认连线"),
    en=("the gateway divides but has no default flow", "mark one of its flows as the default"),
)
NO_CONDITION = error(
    "gateway_condition",
    zh=("连线不是默认走向，却没有条件", "写上条件，或者设为默认走向"),
    en=("the flow is not the default and has no condition", "write one, or make it the default"),
)
DEFAULT_CONDITION = error(
    "default_condition",
    zh=("默认走向带有条件，不会被判断", "删去条件，或者另设默认走向"),
    en=("the default flow has a condition, which is never asked", "remove the condition"),
)
DEFAULT_ELSEWHERE = error(
    "default_elsewhere",
    zh=("默认走向{flow}不是从此引出的", "改为从此引出的连线"),
    en=("its default flow {flow} does not leave it", "name one of the flows that leave it"),
)
SEVERAL_IN = error(
    "several_incoming",
    zh=("有{number}条连线直接进入，每来一次就会重做", "在它之前加汇合的网关"),
    en=("{number} flows enter it; each would run it again", "join them in a gateway before it"),
)
SEVERAL_OUT = error(
    "several_outgoing",
    zh=("有{number}条连线直接引出", "在它之后加并行网关或排他网关"),
    en=("{number} flows leave it without a gateway", "put a gateway after it"),
)
DEAD_END = error(
    "dead_end",
    zh=("没有引出的连线，也不是结束事件", "连到下一个元素或结束事件"),
    en=("nothing follows it and it is no end event", "lead it to an end event"),
)
JOIN_AND_SPLIT = error(
    "gateway_mixed",
    zh=("并行网关既汇合又分支", "分成两个网关"),
    en=("the parallel gateway joins and divides at once", "use two gateways"),
)
UNREACHABLE = error(
    "unreachable",
    zh=("从开始事件走不到这里", "接上连线，或者删去"),
    en=("it cannot be reached from the start", "connect it, or remove it"),
)
NO_END = error(
    "no_end",
    zh=("从这里走不到任何结束事件", "接到结束事件"),
    en=("no end event can be reached from it", "lead it to an end event"),
)
INTO_START = error(
    "into_start",
    zh=("有连线进入开始事件或边界事件", "改接到它之后的元素"),
    en=("a flow enters a start or boundary event", "lead it to what comes after"),
)


def flows_stay_inside(package: Package) -> Iterator[Finding]:
    for scope in package.scopes.values():
        for flow in scope.flows:
            if flow.source not in scope.nodes or flow.target not in scope.nodes:
                yield CROSSES.at(scope.file, flow.id)


def conditions_leave_exclusive_gateways(package: Package) -> Iterator[Finding]:
    for scope in package.scopes.values():
        for flow in scope.flows:
            source = scope.nodes.get(flow.source)
            if flow.condition is not None and source and source.kind != "exclusiveGateway":
                yield CONDITION_MISPLACED.at(scope.file, flow.id, source=flow.source)


def gateways_always_decide(package: Package) -> Iterator[Finding]:
    for scope, node in _nodes(package):
        leaving = scope.leaving(node.id)
        if node.default and node.default not in {flow.id for flow in leaving}:
            yield DEFAULT_ELSEWHERE.at(node.file, node.id, flow=node.default)
        if node.kind != "exclusiveGateway" or len(leaving) < 2:  # noqa: PLR2004 - it divides
            continue
        if not node.default:
            yield NO_DEFAULT.at(node.file, node.id)
        for flow in leaving:
            if flow.id == node.default and flow.condition is not None:
                yield DEFAULT_CONDITION.at(node.file, flow.id)
            elif flow.id != node.default and not (flow.condition or "").strip():
                yield NO_CONDITION.at(node.file, flow.id)


def gateways_join_and_divide(package: Package) -> Iterator[Finding]:
    for scope, node in _nodes(package):
        entering, leaving = len(scope.entering(node.id)), len(scope.leaving(node.id))
        if node.kind in ("startEvent", "boundaryEvent") and entering:
            yield INTO_START.at(node.file, node.id)
        if node.kind == "parallelGateway" and entering > 1 and leaving > 1:
            yield JOIN_AND_SPLIT.at(node.file, node.id)
        if node.kind.endswith("Gateway"):
            continue
        if entering > 1 and node.kind != "endEvent":
            yield SEVERAL_IN.at(node.file, node.id, number=entering)
        if leaving > 1:
            yield SEVERAL_OUT.at(node.file, node.id, number=leaving)


def everything_leads_on(package: Package) -> Iterator[Finding]:
    for scope, node in _nodes(package):
        if node.kind != "endEvent" and not scope.leaving(node.id):
            yield DEAD_END.at(node.file, node.id)


def everything_is_reached(package: Package) -> Iterator[Finding]:
    for scope in package.scopes.values():
        starts = [node.id for node in scope.starts()]
        reached = closure(starts, scope.next_to)
        for node in scope.nodes.values():
            if starts and node.id not in reached:
                yield UNREACHABLE.at(scope.file, node.id)


def everything_can_end(package: Package) -> Iterator[Finding]:
    for scope in package.scopes.values():
        before: dict[str, list[str]] = {}
        for node_id in scope.nodes:
            for target in scope.next_to(node_id):
                before.setdefault(target, []).append(node_id)
        ends = [node.id for node in scope.nodes.values() if node.kind == "endEvent"]
        ending = _leading_to(ends, before)
        for node_id, node in scope.nodes.items():
            if node_id not in ending and scope.leaving(node_id):
                yield NO_END.at(node.file, node_id)


def _leading_to(ends: list[str], before: Mapping[str, list[str]]) -> set[str]:
    return closure(ends, lambda node_id: before.get(node_id, []))


def closure(first: Iterable[str], onward: Callable[[str], Iterable[str]]) -> set[str]:
    """Everything that can be reached from `first`, which is included."""
    found, waiting = set(first), list(first)
    while waiting:
        for node_id in onward(waiting.pop()):
            if node_id not in found:
                found.add(node_id)
                waiting.append(node_id)
    return found


def _nodes(package: Package) -> Iterator[tuple[Scope, Node]]:
    for scope in package.scopes.values():
        for node in scope.nodes.values():
            yield scope, node


RULES = (
    flows_stay_inside,
    conditions_leave_exclusive_gateways,
    gateways_always_decide,
    gateways_join_and_divide,
    everything_leads_on,
    everything_is_reached,
    everything_can_end,
)
