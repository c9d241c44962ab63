"""A package as the check sees it: read leniently, so that everything wrong can be said at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from engine.bpmn import Definition, Element
from engine.forms import Form
from engine.operations import Operation
from engine.plan import PlanLine
from engine.texts import Text

T = TypeVar("T")


@dataclass(frozen=True)
class Event:
    """What an event waits for or does; its `kind` is e.g. `timer`, `message` or `error`.

    `ref` is the id of a message or error; a timer has `clock` (`timeDate` …) and its `text`.
    """

    kind: str
    ref: str = ""
    clock: str = ""
    text: str = ""


@dataclass(frozen=True)
class Node:
    """A flow node: our element, and what only the check needs of it."""

    element: Element
    events: tuple[Event, ...] = ()
    attached_to: str = ""
    default: str = ""
    interrupts: bool = True
    by_event: bool = False
    standard_loop: bool = False
    marker_content: bool = False
    """The ||| marker says more than that there are many: children, or one after the other."""
    in_lane: bool = False

    @property
    def id(self) -> str:
        return self.element.id

    @property
    def kind(self) -> str:
        return self.element.kind

    @property
    def file(self) -> str:
        return self.element.file

    @property
    def properties(self) -> Mapping[str, str]:
        return self.element.properties

    @property
    def is_activity(self) -> bool:
        return self.kind.endswith(("Task", "Activity")) or self.kind in (
            "task", "subProcess", "transaction", "adHocSubProcess",
        )  # fmt: skip

    def has(self, event: str) -> bool:
        return any(each.kind == event for each in self.events)


@dataclass(frozen=True)
class Flow:
    """A sequence flow; `condition` is None where there is none."""

    id: str
    source: str
    target: str
    condition: str | None
    name: str
    properties: Mapping[str, str]


@dataclass(frozen=True)
class Scope:
    """What one token moves in: a process, or a sub-process inside it."""

    id: str
    file: str
    process: str
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]

    @cached_property
    def _leaving(self) -> Mapping[str, list[Flow]]:
        return _grouped(self.flows, lambda flow: flow.source)

    @cached_property
    def _entering(self) -> Mapping[str, list[Flow]]:
        return _grouped(self.flows, lambda flow: flow.target)

    @cached_property
    def _attached(self) -> Mapping[str, list[Node]]:
        return _grouped(self.nodes.values(), lambda node: node.attached_to)

    def leaving(self, node_id: str) -> list[Flow]:
        return self._leaving.get(node_id, [])

    def entering(self, node_id: str) -> list[Flow]:
        return self._entering.get(node_id, [])

    def starts(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.kind == "startEvent"]

    def attached(self, node_id: str) -> list[Node]:
        return self._attached.get(node_id, [])

    def next_to(self, node_id: str) -> list[str]:
        """Where the token may be next, boundary events included."""
        targets = [flow.target for flow in self.leaving(node_id)]
        return targets + [node.id for node in self.attached(node_id)]


@dataclass(frozen=True)
class Process:
    """One process of a file; `message` starts it, where it has a message start event."""

    id: str
    file: str
    name: str
    name_en: str
    message: str


@dataclass(frozen=True)
class Decision:
    """A decision table; `inputs` are its input expressions, `cells` (id, text) all the others."""

    id: str
    file: str
    hit_policy: str
    aggregation: str
    inputs: tuple[tuple[str, str], ...]
    cells: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Package:
    """Everything of a package that could be read."""

    files: Mapping[str, str]
    trees: Mapping[str, Any] = field(repr=False)
    processes: Mapping[str, Process]
    scopes: Mapping[str, Scope]
    decisions: Mapping[str, Decision]
    roles: Mapping[str, Any]
    functions: Mapping[str, Any]
    words: Mapping[str, Any]
    confirms: tuple[str, ...]
    """roles that confirm a change of the course"""
    plan: tuple[PlanLine, ...]
    parameters: Mapping[str, Any]
    sums: tuple[Any, ...]
    """`x-sums`: numbers that together must make a total"""
    forms: Mapping[str, Form]
    texts: Mapping[str, Text]
    """path without suffix, e.g. `messages/feedback` → text"""
    operations: Mapping[str, Operation]
    definition: Definition | None

    def nodes(self) -> Iterator[Node]:
        for scope in self.scopes.values():
            yield from scope.nodes.values()

    @cached_property
    def _by_id(self) -> Mapping[str, Node]:
        return {node.id: node for node in reversed(list(self.nodes()))}

    @cached_property
    def _callers(self) -> Mapping[str, list[Node]]:
        calls = [node for node in self.nodes() if node.kind == "callActivity"]
        return _grouped(calls, lambda node: node.element.called)

    def node(self, node_id: str) -> Node | None:
        return self._by_id.get(node_id)

    def scope_of(self, node: Node) -> Scope:
        return self.scopes[node.element.inside or node.element.process_id]

    def has_form(self, form_id: str) -> bool:
        return f"forms/{form_id}-schema.json" in self.files

    def form_id(self, node: Node) -> str:
        """The form of a user task or start event, whether it exists or not; '' where none."""
        named = node.properties.get("form", "")
        if node.kind == "userTask" and node.properties.get("kind") != "ballot":
            return named or node.id
        return named

    def form_of(self, node: Node) -> Form | None:
        return self.forms.get(self.form_id(node))

    def callers(self, process_id: str) -> list[Node]:
        return self._callers.get(process_id, [])

    def roots(self) -> list[Process]:
        """Processes that nothing calls and no message starts: the selection itself."""
        return [p for p in self.processes.values() if not p.message and not self.callers(p.id)]

    def role_keys(self) -> frozenset[str]:
        return frozenset(self.roles)

    def actor_keys(self) -> frozenset[str]:
        return frozenset({*self.roles, *self.functions})


def _grouped(items: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
