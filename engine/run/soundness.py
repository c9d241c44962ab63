"""Whether a token may be put before another element: said beforehand, with the reason.

A token may not go into a parallel branch (the other branches would never begin, and the join would
wait for ever), nor past a join (its sibling tokens would be left behind), nor where something is
read that was never written.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.bpmn import Element
from engine.checks.flows import closure
from engine.checks.model import Node, Package, Scope
from engine.checks.tokens import branches
from engine.checks.variables import readings
from engine.checks.written import Dataflow
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.run.replacing import read_for_check

TARGETS = (
    "userTask", "serviceTask", "businessRuleTask", "callActivity", "subProcess",
    "intermediateCatchEvent", "endEvent",
)  # fmt: skip
"""Kinds of elements before which a token may be put."""

LEAVABLE = (
    "userTask", "serviceTask", "businessRuleTask", "callActivity", "subProcess",
    "intermediateCatchEvent",
)  # fmt: skip
"""Kinds of elements that a token may leave as if they were done."""


class Unsound(EngineError):
    """The selection cannot be moved there without losing its way."""

    code = "unsound_move"

    def __init__(self, why: str, *, because: Sequence[Element] = ()) -> None:
        names = ", ".join(element.name or element.id for element in because)
        super().__init__(f"the token cannot be put there: {why} {names}".strip())
        self.why, self.because = why, because


@dataclass(frozen=True)
class Target:
    """Where a token may go, or why not.

    `call` is the call whose process the element lies in. `why_not` is `into_branch` or `past_join`
    (`because` of these splits), or `lacks` what these elements write.
    """

    element: Element
    call: str = ""
    why_not: str = ""
    because: Sequence[Element] = ()


def targets_of(
    version: PackageVersion, element: Element, *, variables: Collection[str]
) -> Sequence[Target]:
    """Every element of the same process, and of those it calls, in the order of the file.

    Args:
        variables: names of what the token has with it.
    """
    package = read_for_check(version)
    here = package.node(element.id)
    if here is None:
        return []
    scope = package.scope_of(here)
    made = []
    for node in scope.nodes.values():
        if node.kind in TARGETS:
            why, because = _against(package, scope, here, node, variables)
            made.append(Target(node.element, "", why, because))
        inner = package.scopes.get(node.element.called) if node.kind == "callActivity" else None
        if inner is not None and not node.element.marker:
            why, because = _against(package, scope, here, node, variables)
            made += [
                _inside(package, inner, each, node, why, because)
                for each in inner.nodes.values()
                if each.kind in TARGETS and each.kind != "endEvent"
            ]
    return made


def _inside(
    package: Package, inner: Scope, node: Node, call: Node, why: str, because: Sequence[Element]
) -> Target:
    if not why:
        handed = set(call.element.handed_in())
        why, because = _against(package, inner, None, node, handed)
    return Target(node.element, call.id, why, because)


def target(
    version: PackageVersion, element: Element, target_id: str, *, variables: Collection[str]
) -> Target:
    """The target of this id.

    Raises:
        Unsound: it cannot be reached from there, and why.
    """
    for each in targets_of(version, element, variables=variables):
        if each.element.id == target_id:
            if each.why_not:
                raise Unsound(each.why_not, because=each.because)
            return each
    raise Unsound("elsewhere")


def _against(
    package: Package, scope: Scope, here: Node | None, node: Node, variables: Collection[str]
) -> tuple[str, Sequence[Element]]:
    """Why a token cannot go from here (None: the beginning) to a node; empty where it can."""
    before, after = (_around(scope, here) if here else frozenset()), _around(scope, node)
    if after - before:
        return "into_branch", _elements(package, {split for split, _ in after - before})
    if before - after:
        return "past_join", _elements(package, {split for split, _ in before - after})
    lacking = _lacking(package, scope, node, variables)
    if not lacking:
        return "", ()
    flow = Dataflow(package)
    return "lacks", [
        each.element for each in scope.nodes.values() if lacking & flow.writes(each).perhaps
    ]


def _around(scope: Scope, node: Node) -> frozenset[tuple[str, int]]:
    """The parallel branches a node lies in, and the side paths of events that do not interrupt."""
    found = set()
    for split in scope.nodes.values():
        forks = split.kind in ("parallelGateway", "inclusiveGateway")
        if forks and len(scope.leaving(split.id)) > 1:
            for number, branch in enumerate(branches(scope, split)):
                if node.id in branch:
                    found.add((split.id, number))
        if split.attached_to and not split.interrupts:
            aside = closure([split.id], scope.next_to)
            main = closure([f.target for f in scope.leaving(split.attached_to)], scope.next_to)
            if node.id in aside - main:
                found.add((split.id, 0))
    return frozenset(found)


def _elements(package: Package, ids: set[str]) -> Sequence[Element]:
    found = [package.node(each) for each in sorted(ids)]
    return [node.element for node in found if node is not None]


def _lacking(package: Package, scope: Scope, node: Node, variables: Collection[str]) -> set[str]:
    """What is read from there on, would always have been written before, and was not."""
    expected = Dataflow(package).before(node).always - set(variables)
    if not expected:
        return set()
    ahead = closure([node.id], scope.next_to)
    inner = {s.id for s in package.scopes.values() if s.id in ahead}
    return {
        reading.name
        for reading in readings(package)
        if reading.name in expected
        and (reading.node.id in ahead or reading.node.element.inside in inner)
    }
