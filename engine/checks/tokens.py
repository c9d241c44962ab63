"""Rules for parallel branches: the token game is played out over every choice of a scope."""

from collections.abc import Iterator
from itertools import product

from engine.checks.findings import Finding, error, warning
from engine.checks.flows import closure
from engine.checks.model import Node, Package, Scope

_MOST_STATES = 20_000
State = frozenset[str]
"""Ids of the flows that hold a token."""

DEADLOCK = error(
    "join_waits",
    zh=(
        "并行汇合可能永远等不齐：{missing}不会再有令牌到达",
        "排他分支用排他网关汇合，并行分支才用并行网关汇合",
    ),
    en=(
        "the join may wait for ever: nothing more comes along {missing}",
        "join exclusive branches in an exclusive gateway",
    ),
)
TWO_TOKENS = error(
    "runs_twice",
    zh=("并行分支汇入排他网关，其后会重做", "用并行网关汇合"),
    en=(
        "two tokens may come this way, so what follows runs twice",
        "join parallel branches in a parallel gateway",
    ),
)
TOO_TANGLED = warning(
    "too_tangled",
    zh=("并行分支过多，无法逐一核对", "把一部分移入子流程"),
    en=("too many parallel branches to play them all out", "move a part into a sub-process"),
)


def tokens_always_arrive(package: Package) -> Iterator[Finding]:
    for scope in package.scopes.values():
        if any(node.kind == "parallelGateway" for node in scope.nodes.values()):
            yield from _played(scope)


def _played(scope: Scope) -> Iterator[Finding]:
    known = {f.id for f in scope.flows if f.source in scope.nodes and f.target in scope.nodes}
    first = frozenset(f.id for start in scope.starts() for f in scope.leaving(start.id))
    if not first <= known:
        return
    seen, waiting = {first}, [first]
    while waiting:
        state = waiting.pop()
        following = list(_next(scope, state))
        if state and not following:
            yield from _stuck(scope, state)
        for later, doubled in following:
            yield from (TWO_TOKENS.at(scope.file, flow) for flow in doubled)
            if later not in seen and not doubled and later <= known:
                seen.add(later)
                waiting.append(later)
        if len(seen) > _MOST_STATES:
            yield TOO_TANGLED.at(scope.file, scope.id)
            return


def _stuck(scope: Scope, state: State) -> Iterator[Finding]:
    for flow in scope.flows:
        if flow.id in state:
            empty = [f.id for f in scope.entering(flow.target) if f.id not in state]
            yield DEADLOCK.at(scope.file, flow.target, missing=", ".join(empty))


def _next(scope: Scope, state: State) -> Iterator[tuple[State, list[str]]]:
    """Every state one step further, with the flows that would hold two tokens there."""
    for node in scope.nodes.values():
        entering = [flow.id for flow in scope.entering(node.id)]
        present = [flow for flow in entering if flow in state]
        if not present:
            continue
        if node.kind == "parallelGateway" and len(present) < len(entering):
            continue
        taken = [entering] if node.kind == "parallelGateway" else [[flow] for flow in present]
        for used, made in product(taken, _produced(scope, node)):
            if made is None:
                yield frozenset(), []
                continue
            left = state.difference(used)
            yield left.union(made), [flow for flow in made if flow in left]


def _produced(scope: Scope, node: Node) -> list[list[str] | None]:
    """The flows a token may go on along, one list for each choice; None ends everything."""
    leaving = [flow.id for flow in scope.leaving(node.id)]
    if node.kind == "endEvent":
        return [None] if node.has("error") or node.has("terminate") else [[]]
    if node.kind == "exclusiveGateway":
        return [[flow] for flow in leaving]
    choices: list[list[str] | None] = [leaving]
    for event in scope.attached(node.id):
        aside = [flow.id for flow in scope.leaving(event.id)]
        choices.append(aside if event.interrupts else leaving + aside)
    return choices


def branches(scope: Scope, split: Node) -> list[set[str]]:
    """What lies on each branch of a parallel split, up to where branches meet again."""
    firsts = [flow.target for flow in scope.leaving(split.id)]
    reached = [closure([first], scope.next_to) for first in firsts]
    joins = {
        node_id
        for node_id, node in scope.nodes.items()
        if node.kind == "parallelGateway"
        and len(scope.entering(node_id)) > 1
        and sum(node_id in each for each in reached) > 1
    }
    stops = joins | {split.id}

    def onward(node_id: str) -> list[str]:
        return [] if node_id in stops else scope.next_to(node_id)

    return [closure([first], onward) - stops for first in firsts]


RULES = (tokens_always_arrive,)
