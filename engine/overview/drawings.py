"""What a drawing says beyond the engine: order of steps, plan dates, names in either language."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lxml import etree

from engine.bpmn.definition import BPMN, properties_of, read_xml
from engine.definitions import PackageVersion, Words

_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_PLAN = re.compile(r"plan\.([a-z][a-z0-9_]*)(?: if .*)?", re.DOTALL)
_TIMES = ("closes", "due", "opens")


@dataclass(frozen=True)
class Drawing:
    """One process of a package."""

    file: str
    name: Words
    order: tuple[str, ...]
    """ids of its elements in the order of the flow, loops left aside"""
    following: Mapping[str, tuple[str, ...]]
    """element → what its flows, and the events on its edge, lead to"""
    plan_uses: tuple[tuple[str, str, str], ...]
    """which element takes which of its times (timer, closes, due, opens) from which plan line"""

    @property
    def plan_keys(self) -> dict[str, str]:
        """Element → the line of the plan that says when it is over, else when it opens."""
        return {element: key for element, _, key in reversed(self.plan_uses)}


def drawing_of(package: PackageVersion, process_id: str) -> Drawing:
    """Read a process of the pinned files, once per version and running program."""
    return _drawing(_Files(package), process_id)


def file_in(package: PackageVersion, process_id: str, language: str) -> str:
    """The BPMN file of a process, with English names swapped in for `en`.

    Notes that have no English (property `name_en`) are left out of the English drawing.

    Raises:
        KeyError: the package has no such process.
    """
    file = package.definition.processes[process_id]
    if language == "zh":
        return package.files[file]
    return _english(_Files(package), file)


class _Files:
    """A package as a key of the caches below: two objects of one version are the same."""

    def __init__(self, package: PackageVersion) -> None:
        self.package = package

    def __hash__(self) -> int:
        return hash(self.package.hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Files) and other.package.hash == self.package.hash


@cache
def _drawing(files: _Files, process_id: str) -> Drawing:
    package = files.package
    file = package.definition.processes[process_id]
    root = read_xml(file, package.files[file])
    process = next(p for p in root.iter(f"{BPMN}process") if p.get("id") == process_id)
    name = Words(process.get("name", ""), properties_of(process).get("name_en", ""))
    following: dict[str, tuple[str, ...]] = {}
    order = tuple(_order(process, following))
    return Drawing(file, name, order, following, tuple(_plan_uses(process)))


def _order(scope: Any, links: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """Elements of a process or sub-process from start to end; what is inside follows its frame.

    Args:
        scope: the XML of either.
        links: filled with what each element leads to.
    """
    nodes = {n.get("id"): n for n in scope if n.get("id") and _is_node(n)}
    following: dict[str, list[str]] = {key: [] for key in nodes}
    for flow in scope.findall(f"{BPMN}sequenceFlow"):
        following[flow.get("sourceRef")].append(flow.get("targetRef"))
    for key, node in nodes.items():
        if node.get("attachedToRef"):
            following[node.get("attachedToRef")].append(key)
    links.update({key: tuple(targets) for key, targets in following.items()})
    entered = {target for targets in following.values() for target in targets}
    for key in _sorted([*(k for k in nodes if k not in entered), *nodes], following):
        yield key
        if nodes[key].find(f"{BPMN}startEvent") is not None:
            yield from _order(nodes[key], links)


def _is_node(node: Any) -> bool:
    tag = etree.QName(node).localname if isinstance(node.tag, str) else ""
    return tag.endswith(("Event", "Task", "task", "Gateway", "Activity", "subProcess"))


def _sorted(roots: Iterable[str], following: Mapping[str, list[str]]) -> list[str]:
    """Topological order by depth-first search; an edge back is simply not followed."""
    seen: set[str] = set()
    done: list[str] = []

    def visit(key: str) -> None:
        stack = [(key, iter(reversed(following.get(key, []))))]
        seen.add(key)
        while stack:
            here, left = stack[-1]
            after = next((k for k in left if k not in seen), None)
            if after is None:
                done.append(here)
                stack.pop()
            else:
                seen.add(after)
                stack.append((after, iter(reversed(following.get(after, [])))))

    for root in roots:
        if root not in seen:
            visit(root)
    return done[::-1]


def _plan_uses(process: Any) -> Iterator[tuple[str, str, str]]:
    for node in process.iter():
        if not isinstance(node.tag, str) or not _is_node(node):
            continue
        properties = properties_of(node)
        dates = node.findall(f"{BPMN}timerEventDefinition/{BPMN}timeDate")
        texts = [("timer", date.text or "") for date in dates]
        for how, text in [*texts, *((name, properties.get(name, "")) for name in _TIMES)]:
            found = _PLAN.fullmatch(text.strip())
            if found:
                yield node.get("id"), how, found[1]


@cache
def _english(files: _Files, file: str) -> str:
    package = files.package
    root = read_xml(file, package.files[file])
    names = {
        node.get("id"): properties_of(node).get("name_en", "")
        for node in root.iter()
        if isinstance(node.tag, str) and node.get("id")
    }
    for node in root.iter():
        if isinstance(node.tag, str) and node.tag.startswith(BPMN):
            _rename(package, node, names)
    _leave_out(root, [n.get("id") for n in _untranslated(root)])
    text: str = etree.tostring(root, encoding="unicode")
    return text


def _rename(package: PackageVersion, node: Any, names: Mapping[str, str]) -> None:
    tag = etree.QName(node).localname
    english = names.get(node.get("id", ""), "")
    if tag == "lane":
        english = english or package.word(properties_of(node).get("role", "")).en
    elif tag == "participant":
        english = names.get(node.get("processRef", ""), "")
    elif tag == "categoryValue":
        node.set("value", english)
    elif tag == "textAnnotation" and english:
        node.find(f"{BPMN}text").text = english
    if english and node.get("name"):
        node.set("name", english)


def _untranslated(root: Any) -> Iterator[Any]:
    for note in root.iter(f"{BPMN}textAnnotation"):
        if not properties_of(note).get("name_en"):
            yield note


def _leave_out(root: Any, ids: list[str]) -> None:
    gone = set(ids)
    for link in root.iter(f"{BPMN}association"):
        if {link.get("sourceRef"), link.get("targetRef")} & gone:
            gone.add(link.get("id"))
    for node in list(root.iter()):
        if not isinstance(node.tag, str):
            continue
        drawn = node.tag in (f"{_DI}BPMNShape", f"{_DI}BPMNEdge")
        if (drawn and node.get("bpmnElement") in gone) or node.get("id") in gone:
            node.getparent().remove(node)
