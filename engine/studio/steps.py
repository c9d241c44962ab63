"""The steps of the diagrams as a table: the twin of the drawing for keyboard and screen reader."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.bpmn import Element
from engine.bpmn.definition import BPMN, BadPackage, properties_of, read_elements, read_xml
from engine.checks.reading import read_package
from engine.checks.written import Dataflow
from engine.definitions import Words
from engine.operations import CATALOGUE
from engine.studio.numbers_sheet import Unreadable
from engine.studio.sheets import Fault, Files, Typed, UnknownPart
from engine.studio.vocabulary import PROPERTIES, Property
from engine.studio.xml_text import Diagram

GATEWAYS = ("exclusiveGateway", "inclusiveGateway")
SHOWN = (
    "userTask", "serviceTask", "businessRuleTask", "callActivity", "intermediateCatchEvent",
    *GATEWAYS,
)  # fmt: skip


@dataclass(frozen=True)
class Lane:
    """A lane of a diagram: who acts."""

    id: str
    name: str
    role: str


@dataclass(frozen=True)
class Flow:
    """A way out of a gateway."""

    id: str
    name: str
    name_en: str
    condition: str
    default: bool
    target: Words


@dataclass(frozen=True)
class Diagrammed:
    """One process with its steps in the order of the flow."""

    file: str
    process: str
    name: Words
    steps: tuple[Element, ...]


@dataclass(frozen=True)
class Found:
    """One element with everything its page needs."""

    element: Element
    lane: str
    lanes: tuple[Lane, ...]
    flows: tuple[Flow, ...]


def diagrams(files: Files, *, main: str) -> list[Diagrammed]:
    """Every process with its steps, the main one first; damaged files are left out."""
    made = []
    for file in sorted(
        (f for f in files if f.endswith(".bpmn")), key=lambda f: f != f"{main}.bpmn"
    ):
        try:
            root = read_xml(file, files[file])
        except BadPackage:
            continue
        elements = {element.id: element for element in read_elements(file, root)}
        for process in root.iter(f"{BPMN}process"):
            order = _in_order(process)
            steps = tuple(
                elements[i] for i in order if elements[i].kind in SHOWN and _told(elements[i])
            )
            name = process.get("name") or process.get("id", "")
            words = Words(name, properties_of(process).get("name_en") or name)
            made.append(Diagrammed(file, process.get("id", ""), words, steps))
    return made


def _told(element: Element) -> bool:
    """A gateway without a name only brings ways together."""
    return bool(element.name) or element.kind not in GATEWAYS


def _in_order(process: Any) -> Iterator[str]:
    """Ids of flow nodes as the token meets them; what nothing leads to comes last."""
    following: dict[str, list[str]] = {}
    for flow in process.iter(f"{BPMN}sequenceFlow"):
        following.setdefault(flow.get("sourceRef", ""), []).append(flow.get("targetRef", ""))
    nodes = [e.id for e in read_elements("", _whole(process)) if e.process_id == process.get("id")]
    known = set(nodes)
    for node in process.iter(f"{BPMN}boundaryEvent"):
        following.setdefault(node.get("attachedToRef", ""), []).append(node.get("id"))
    for node in process.iter(f"{BPMN}subProcess"):
        inner = [start.get("id") for start in node.findall(f"{BPMN}startEvent")]
        following.setdefault(node.get("id"), [])[:0] = inner
    seen: set[str] = set()
    waiting = deque(start.get("id") for start in process.findall(f"{BPMN}startEvent"))
    while waiting or len(seen) < len(known):
        here = waiting.popleft() if waiting else next(n for n in nodes if n not in seen)
        if here in seen or here not in known:
            continue
        seen.add(here)
        yield here
        waiting.extend(following.get(here, ()))


def _whole(process: Any) -> Any:
    return process.getroottree().getroot()


def find(files: Files, element_id: str) -> Found:
    """One element.

    Raises:
        UnknownPart: there is none of this id.
    """
    for file in sorted(files):
        if not file.endswith(".bpmn") or f'"{element_id}"' not in files[file]:
            continue
        try:
            root = read_xml(file, files[file])
        except BadPackage as damage:
            raise Unreadable(file) from damage
        elements = {element.id: element for element in read_elements(file, root)}
        if element_id in elements:
            return _found(root, elements, elements[element_id])
    raise UnknownPart(element_id)


def _found(root: Any, elements: Mapping[str, Element], element: Element) -> Found:
    process = next(p for p in root.iter(f"{BPMN}process") if p.get("id") == element.process_id)
    lanes, own = [], ""
    for lane in process.iter(f"{BPMN}lane"):
        lanes.append(
            Lane(lane.get("id"), lane.get("name", ""), properties_of(lane).get("role", ""))
        )
        refs = {(ref.text or "").strip() for ref in lane.findall(f"{BPMN}flowNodeRef")}
        own = lane.get("id") if element.id in refs else own
    flows = tuple(_flows(process, elements, element)) if element.kind in GATEWAYS else ()
    return Found(element, own, tuple(lanes), flows)


def _flows(process: Any, elements: Mapping[str, Element], gateway: Element) -> Iterator[Flow]:
    node = next(n for n in process.iter() if n.get("id") == gateway.id)
    for flow in process.iter(f"{BPMN}sequenceFlow"):
        if flow.get("sourceRef") != gateway.id:
            continue
        condition = flow.find(f"{BPMN}conditionExpression")
        target = elements.get(_behind(process, elements, flow.get("targetRef", "")))
        yield Flow(
            id=flow.get("id"), name=flow.get("name", ""),
            name_en=properties_of(flow).get("name_en", ""),
            condition=(condition.text or "").strip() if condition is not None else "",
            default=node.get("default") == flow.get("id"),
            target=Words(target.name or target.id, target.name_en or target.id)
            if target
            else Words("", ""),
        )  # fmt: skip


def _behind(process: Any, elements: Mapping[str, Element], node_id: str) -> str:
    """Where a flow leads in words: gateways without a name only bring ways together."""
    seen: set[str] = set()
    while node_id not in seen and node_id in elements and not _told(elements[node_id]):
        seen.add(node_id)
        ways = [f for f in process.iter(f"{BPMN}sequenceFlow") if f.get("sourceRef") == node_id]
        if len(ways) != 1:
            break
        node_id = ways[0].get("targetRef", "")
    return node_id


def properties_for(element: Element) -> list[Property]:
    """What the page of an element offers, in the order of the vocabulary."""
    return [
        each
        for each in PROPERTIES
        if element.kind in each.kinds
        and (not each.many or element.marker or each.name in element.properties)
    ]


def variables_at(files: Files, element_id: str) -> tuple[list[str], list[str]]:
    """Variables that are there for certain when the token arrives, and those that may be.

    Takes about a second of a large procedure; nothing where it cannot be read.
    """
    package, _ = read_package(files, CATALOGUE)
    node = package.node(element_id)
    if node is None:
        return [], []
    written = Dataflow(package).before(node)
    return sorted(written.always), sorted(written.perhaps - written.always)


@dataclass(frozen=True)
class StepSheet:
    """One element. Fields `name`, `name_en`, `lane`, `many`, `p.<property>`, `flow.<id>.…`."""

    element_id: str

    @property
    def name(self) -> str:
        return f"step:{self.element_id}"

    def read(self, files: Files) -> dict[str, str]:
        found = find(files, self.element_id)
        element = found.element
        made = {"name": element.name, "name_en": element.name_en}
        if found.lane:
            made["lane"] = found.lane
        if element.kind == "userTask":
            made["many"] = "true" if element.marker else ""
        for each in properties_for(element):
            made[f"p.{each.name}"] = element.properties.get(each.name, "")
        for name, value in element.properties.items():
            if name.startswith("with."):
                made[f"p.{name}"] = value
        operation = CATALOGUE.get(element.properties.get("operation", ""))
        for name in operation.schema["properties"] if operation else ():
            made.setdefault(f"p.with.{name}", "")
        for flow in found.flows:
            made |= {
                f"flow.{flow.id}.name": flow.name, f"flow.{flow.id}.name_en": flow.name_en,
                f"flow.{flow.id}.condition": flow.condition,
            }  # fmt: skip
        if found.flows:
            made["default"] = next((flow.id for flow in found.flows if flow.default), "")
        return made

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        found = find(files, self.element_id)
        old = self.read(files)
        new = {name: typed.get(name, value).strip() for name, value in old.items()}
        faults = [
            Fault(name, "missing") for name in ("name", "name_en") if old[name] and not new[name]
        ]
        if new.get("lane", "") not in {lane.id for lane in found.lanes} | {""}:
            faults.append(Fault("lane", "unknown"))
        if faults:
            return dict(files), faults
        file = found.element.file
        diagram = Diagram(file, files[file])
        for name in old:
            if new[name] != old[name].strip():
                diagram = self._put(diagram, name, new[name])
        if new.get("p.operation") != old.get("p.operation"):
            diagram = self._without_parameters(diagram, new, found.element)
        return {**files, file: diagram.text}, []

    def _put(self, diagram: Diagram, name: str, value: str) -> Diagram:
        one = self.element_id
        if name.startswith("flow."):
            return _put_flow(diagram, name.removeprefix("flow."), value)
        if name == "lane":
            return diagram.with_lane(one, value)
        if name == "many":
            return diagram.with_marker(one, many=value == "true")
        if name == "name_en" or name.startswith("p."):
            return diagram.with_property(one, name.removeprefix("p."), value)
        return diagram.with_attribute(one, name, value)

    def _without_parameters(
        self, diagram: Diagram, new: Mapping[str, str], element: Element
    ) -> Diagram:
        """Another operation has other parameters: those it does not take go."""
        operation = CATALOGUE.get(new.get("p.operation", ""))
        takes = operation.schema if operation else {}
        if takes.get("additionalProperties"):
            return diagram
        for name in element.handed_in():
            if name not in takes.get("properties", {}):
                diagram = diagram.with_property(self.element_id, f"with.{name}", "")
        return diagram


def _put_flow(diagram: Diagram, name: str, value: str) -> Diagram:
    flow, _, what = name.rpartition(".")
    if what == "condition":
        return diagram.with_text(flow, "conditionExpression", value)
    if what == "name":
        return diagram.with_attribute(flow, "name", value)
    return diagram.with_property(flow, what, value)


def parameter_words(operation: str, name: str) -> tuple[Words, Words]:
    """What a parameter of an operation is called, and its hint."""
    entry = CATALOGUE.get(operation)
    schema = entry.schema["properties"].get(name, {}) if entry else {}
    english = schema.get("x-i18n", {}).get("en", {})
    title = schema.get("title") or name
    return (
        Words(title, english.get("title") or title),
        Words(schema.get("description", ""), english.get("description", "")),
    )


def parameter_choices(operation: str, name: str) -> list[tuple[str, Words]]:
    """The words a parameter may be, as the expression that gives each; none where it is free."""
    entry = CATALOGUE.get(operation)
    schema = entry.schema["properties"].get(name, {}) if entry else {}
    if schema.get("type") == "boolean":
        return [("True", Words("是", "yes")), ("False", Words("否", "no"))]
    return [
        (
            f"'{each['const']}'",
            Words(each["title"], each.get("x-i18n", {}).get("en", {}).get("title", each["title"])),
        )
        for each in schema.get("oneOf", ())
    ]


def required_parameters(operation: str) -> list[str]:
    """The parameters without which an operation does not run."""
    entry = CATALOGUE.get(operation)
    return list(entry.schema.get("required", ())) if entry else []
