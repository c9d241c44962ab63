"""Which variables have been written when a token arrives somewhere: on every path, on some path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.checks.flows import closure
from engine.checks.model import Node, Package, Process, Scope

Names = frozenset[str]
NONE: Names = frozenset()

# What `engine.run.starting` hands to a selection, and to a process that a message starts.
START_VARIABLES: Names = frozenset({"posts"})
MESSAGE_VARIABLES: Names = frozenset({"received"})


@dataclass(frozen=True)
class Written:
    """`always` on every path, `perhaps` on at least one."""

    always: Names = NONE
    perhaps: Names = NONE

    def then(self, later: "Written") -> "Written":
        return Written(self.always | later.always, self.perhaps | later.perhaps)


@dataclass(frozen=True)
class Arrivals:
    """What has been written before each node of a scope, and when the scope ends."""

    before: Mapping[str, Written]
    end: Written


@dataclass
class Dataflow:
    """Works out every scope of a package once, callees before callers."""

    package: Package
    _known: dict[str, Arrivals] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)

    def before(self, node: Node) -> Written:
        """What has been written when the token reaches a node, since its process began."""
        scope = self.package.scope_of(node)
        here = self.of_scope(scope).before.get(node.id, Written())
        holder = self.package.node(scope.id) if scope.id != scope.process else None
        return here if holder is None else self.before(holder).then(here)

    def of_scope(self, scope: Scope) -> Arrivals:
        if scope.id in self._busy:
            return Arrivals({}, Written())
        if scope.id not in self._known:
            self._busy.add(scope.id)
            self._known[scope.id] = self._work_out(scope)
            self._busy.discard(scope.id)
        return self._known[scope.id]

    def writes(self, node: Node) -> Written:
        """What a node has written when the token leaves it."""
        if node.kind == "subProcess":
            inner = self.package.scopes.get(node.id)
            return self.of_scope(inner).end if inner else Written()
        if node.kind == "callActivity" and "result" not in node.properties:
            return self._returned(node)
        if node.kind.endswith(("Task", "Activity")):
            names = frozenset(n for n in [node.properties.get("result", "")] if n)
            return Written(names, names)
        return Written()

    def _returned(self, call: Node) -> Written:
        callee = self.package.scopes.get(call.element.called)
        if callee is None:
            return Written()
        names = frozenset(call.element.words("returns"))
        handed = frozenset(call.element.handed_in())
        end = self.of_scope(callee).end
        return Written(names & (end.always | handed), names & (end.perhaps | handed))

    def _work_out(self, scope: Scope) -> Arrivals:
        always = _on_every_path(scope, {n: self.writes(v).always for n, v in scope.nodes.items()})
        perhaps = _on_some_path(scope, {n: self.writes(v).perhaps for n, v in scope.nodes.items()})
        before = {
            node: Written(found if (found := always.get(node)) is not None else NONE, perhaps[node])
            for node in scope.nodes
        }
        ends = [
            before[node.id].then(self.writes(node))
            for node in scope.nodes.values()
            if node.kind == "endEvent" and not node.has("error")
        ]
        end = Written(
            frozenset.intersection(*(e.always for e in ends)) if ends else NONE,
            frozenset.union(*(e.perhaps for e in ends)) if ends else NONE,
        )
        return Arrivals(before, end)


def begins_with(process: Process, package: Package) -> Names:
    """The variables a process that nothing calls has from the beginning."""
    returned = {
        word
        for start in package.scopes[process.id].starts()
        for word in start.element.words("returns")
    }
    return MESSAGE_VARIABLES | returned if process.message else START_VARIABLES


def _on_every_path(scope: Scope, writes: Mapping[str, Names]) -> Mapping[str, Names | None]:
    """Before each node: the intersection over the ways in (the union at a parallel join).

    None is "not reached yet": it counts as everything, so that loops do not lose what was written
    before them.
    """
    reached = closure([node.id for node in scope.starts()], scope.next_to)
    before: dict[str, Names | None] = {
        node.id: NONE if node.kind == "startEvent" else None for node in scope.nodes.values()
    }
    changed = True
    while changed:
        changed = False
        for node in scope.nodes.values():
            if node.id not in reached or node.kind == "startEvent":
                continue
            found = _met(node, list(_ways_in(scope, node, before, writes, reached)))
            if found is not None and found != before[node.id]:
                before[node.id], changed = found, True
    return before


def _met(node: Node, ways: list[Names | None]) -> Names | None:
    found = [names for names in ways if names is not None]
    if not found or (node.kind == "parallelGateway" and None in ways):
        return None
    if node.kind == "parallelGateway":
        return frozenset.union(*found)
    return frozenset.intersection(*found)


def _ways_in(
    scope: Scope,
    node: Node,
    before: Mapping[str, Names | None],
    writes: Mapping[str, Names],
    reached: set[str],
) -> Iterator[Names | None]:
    if node.attached_to:
        yield before.get(node.attached_to)
    for flow in scope.entering(node.id):
        if flow.source in reached:
            found = before.get(flow.source)
            yield None if found is None else found | writes[flow.source]


def _on_some_path(scope: Scope, writes: Mapping[str, Names]) -> dict[str, Names]:
    before: dict[str, Names] = dict.fromkeys(scope.nodes, NONE)
    waiting = list(scope.nodes)
    while waiting:
        node_id = waiting.pop()
        after = before[node_id] | writes[node_id]
        leads = [(flow.target, after) for flow in scope.leaving(node_id)]
        leads += [(node.id, before[node_id]) for node in scope.attached(node_id)]
        for target, names in leads:
            if target in before and not names <= before[target]:
                before[target] |= names
                waiting.append(target)
    return before
