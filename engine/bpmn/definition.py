"""A process package parsed: SpiffWorkflow's specifications and what our properties say.

Parsed once per content hash and process; nothing in it changes afterwards, so any number of
threads may run instances of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.task_parsers import GatewayParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser, SpiffProcessParser
from SpiffWorkflow.spiff.parser.task_spec import CallActivityParser, SpiffTaskParser
from SpiffWorkflow.spiff.specs.defaults import UserTask

from engine.bpmn.joins import WriteOnceEndJoin, WriteOnceGateway
from engine.bpmn.specs import Decision, LinkedRuns, NamedCall, Operation
from engine.errors import EngineError

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
_LARGEST_FILE = 4_000_000
_MARKER = f"{BPMN}multiInstanceLoopCharacteristics"


class BadPackage(EngineError):
    """A file of a process package cannot be used."""

    code = "bad_package"

    def __init__(self, file: str, reason: str, element: str = "") -> None:
        where = f"{file}, element {element}" if element else file
        super().__init__(f"{where}: {reason}")
        self.file, self.reason, self.element = file, reason, element


@dataclass(frozen=True)
class Element:
    """One shape of a diagram. `kind` is its BPMN tag; `marker` is the ||| of many."""

    id: str
    kind: str
    name: str
    name_en: str
    role: str
    process_id: str
    inside: str
    file: str
    marker: bool
    called: str
    properties: Mapping[str, str]

    def words(self, name: str) -> list[str]:
        """A property that is a list of words."""
        return self.properties.get(name, "").split()

    def handed_in(self) -> dict[str, str]:
        """The `with.<name>` expressions, by name."""
        return {
            key.removeprefix("with."): text
            for key, text in self.properties.items()
            if key.startswith("with.")
        }


@dataclass(frozen=True)
class Definition:
    """All processes of one package version."""

    hash: str
    elements: Mapping[str, Element]
    processes: Mapping[str, str]
    """process id → file"""
    messages: Mapping[str, str]
    """name of a message → id of the process it starts"""
    specs: Mapping[str, tuple[BpmnProcessSpec, Mapping[str, BpmnProcessSpec]]] = field(repr=False)
    decisions: Mapping[str, DMNEngine] = field(repr=False)

    def element(self, element_id: str) -> Element:
        return self.elements[element_id]

    def start_of(self, process_id: str) -> Element:
        """The start event of a process, where the properties of its start form stand."""
        return next(
            e
            for e in self.elements.values()
            if e.process_id == process_id and e.kind == "startEvent" and not e.inside
        )

    def lost(self) -> list[Element]:
        """Elements of the files that SpiffWorkflow has dropped or taken for its own."""
        return [e for e in self.elements.values() if not self._is_run(e)]

    def _is_run(self, element: Element) -> bool:
        spec, children = self.specs[element.process_id]
        scope = children.get(element.inside) if element.inside else spec
        found = scope.task_specs.get(element.id) if scope is not None else None
        return found is not None and found.bpmn_id == element.id

    def in_order(self, process_id: str) -> list[Element]:
        """The elements of a process in the order of its file."""
        return [e for e in self.elements.values() if e.process_id == process_id]


class _UserTaskParser(SpiffTaskParser):
    """A user task; the marker of a collective one is ours, SpiffWorkflow never sees it."""

    def create_task(self) -> Any:
        for marker in self.node.findall(_MARKER):
            self.node.remove(marker)
        return super().create_task()


class _DecisionParser(SpiffTaskParser):
    """A business rule task; the decision it names is a property of ours."""

    @staticmethod
    def get_decision_ref(node: Any) -> str:
        return properties_of(node).get("decision", "")


class _CallParser(CallActivityParser):
    def create_task(self) -> Any:
        markers = self.node.findall(_MARKER)
        if not markers:
            return super().create_task()
        for marker in markers:
            self.node.remove(marker)
        return LinkedRuns(self.spec, self.bpmn_id, **self.bpmn_attributes)


class _ProcessParser(SpiffProcessParser):
    def create_spec(self) -> BpmnProcessSpec:
        spec = super().create_spec()
        # _EndJoin is built in BpmnProcessSpec.__init__; there is no hook to give it our class.
        spec.task_specs[spec.end.name].__class__ = WriteOnceEndJoin
        return spec


class _Parser(SpiffBpmnParser):
    PROCESS_PARSER_CLASS = _ProcessParser
    OVERRIDE_PARSER_CLASSES: Mapping[str, Any] = {
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        full_tag("userTask"): (_UserTaskParser, UserTask),
        full_tag("serviceTask"): (SpiffTaskParser, Operation),
        full_tag("businessRuleTask"): (_DecisionParser, Decision),
        full_tag("parallelGateway"): (GatewayParser, WriteOnceGateway),
        full_tag("callActivity"): (_CallParser, NamedCall),
    }


def read_xml(file: str, text: str) -> Any:
    """Parse XML from outside: no DTD, no entities, no network, a size limit.

    Raises:
        BadPackage: not XML, too large, or with a document type.
    """
    if len(text) > _LARGEST_FILE:
        raise BadPackage(file, "the file is larger than 4 MB; split the process")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise BadPackage(file, f"it is not XML: {error}") from error
    info: Any = root.getroottree().docinfo
    if info.doctype:
        raise BadPackage(file, "a document type declaration is not allowed; remove it")
    return root


def parse_definition(package_hash: str, files: Mapping[str, str]) -> Definition:
    """Parse the .bpmn and .dmn files of a package.

    Args:
        package_hash: content hash of the whole package, kept with every instance.
        files: path in the package → text.

    Raises:
        BadPackage: a file that cannot be parsed, or that SpiffWorkflow refuses.
    """
    parser = _Parser()
    elements: dict[str, Element] = {}
    processes: dict[str, str] = {}
    messages: dict[str, str] = {}
    for file, text in sorted(files.items()):
        if file.endswith(".bpmn"):
            root = read_xml(file, text)
            _refuse_event_sub_processes(file, root)
            for element in read_elements(file, root):
                if element.id in elements:
                    other = elements[element.id].file
                    raise BadPackage(file, f"the id is used in {other} too", element.id)
                elements[element.id] = element
            for process in root.iter(f"{BPMN}process"):
                processes[process.get("id")] = file
                messages.update(_take_start_messages(root, process))
            parser.add_bpmn_xml(root, filename=file)
        elif file.endswith(".dmn"):
            parser.add_dmn_xml(read_xml(file, text), filename=file)
    specs = {process: _specs(parser, process, processes[process]) for process in processes}
    decisions = {key: parser.get_engine(key, None) for key in parser.dmn_parsers}
    return Definition(
        hash=package_hash,
        elements=MappingProxyType(elements),
        processes=MappingProxyType(processes),
        messages=MappingProxyType(messages),
        specs=MappingProxyType(specs),
        decisions=MappingProxyType(decisions),
    )


def _specs(parser: _Parser, process: str, file: str) -> tuple[BpmnProcessSpec, Mapping[str, Any]]:
    try:
        return parser.get_spec(process), MappingProxyType(parser.get_subprocess_specs(process))
    except ValidationException as error:
        raise BadPackage(file, str(error)) from error
    except KeyError as error:
        raise BadPackage(file, f"the called process {error} is not in the package") from error


def _refuse_event_sub_processes(file: str, root: Any) -> None:
    """SpiffWorkflow writes them into the cached specification, so that every case has them."""
    for node in root.iter(f"{BPMN}subProcess"):
        if node.get("triggeredByEvent") == "true":
            raise BadPackage(file, "event sub-processes are not run", node.get("id", ""))


def _take_start_messages(root: Any, process: Any) -> Iterator[tuple[str, str]]:
    """Processes started by message run as roots of their own: the event becomes a plain start."""
    names = {m.get("id"): m.get("name") for m in root.iter(f"{BPMN}message")}
    for start in process.findall(f"{BPMN}startEvent"):
        for event in start.findall(f"{BPMN}messageEventDefinition"):
            yield names[event.get("messageRef")], process.get("id")
            start.remove(event)


def read_elements(file: str, root: Any) -> Iterator[Element]:
    """Every flow node of a file with its lane's role and our properties, in file order."""
    for process in root.iter(f"{BPMN}process"):
        roles = {
            (ref.text or "").strip(): properties_of(lane).get("role", "")
            for lane in process.iter(f"{BPMN}lane")
            for ref in lane.findall(f"{BPMN}flowNodeRef")
        }
        for node in process.iter():
            kind = _kind(node)
            if kind is not None:
                yield _element(file, process.get("id"), node, kind, roles)


_KINDS = frozenset({
    "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
    "userTask", "serviceTask", "businessRuleTask", "scriptTask", "manualTask", "task", "sendTask",
    "receiveTask", "callActivity", "subProcess", "transaction", "adHocSubProcess",
    "exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway",
    "eventBasedGateway",
})  # fmt: skip


def _kind(node: Any) -> str | None:
    if not isinstance(node.tag, str) or not node.tag.startswith(BPMN):
        return None
    tag = node.tag.removeprefix(BPMN)
    return tag if tag in _KINDS else None


def _element(file: str, process: str, node: Any, kind: str, roles: Mapping[str, str]) -> Element:
    properties = properties_of(node)
    inside, role = [], roles.get(node.get("id"), "")
    parent = node.getparent()
    while parent is not None and parent.tag != f"{BPMN}process":
        if parent.get("id"):
            inside.append(parent.get("id"))
            role = role or roles.get(parent.get("id"), "")
        parent = parent.getparent()
    return Element(
        id=node.get("id"),
        kind=kind,
        name=node.get("name", ""),
        name_en=properties.get("name_en", ""),
        role=properties.get("role", role),
        process_id=process,
        inside=inside[0] if inside else "",
        file=file,
        marker=node.find(_MARKER) is not None,
        called=node.get("calledElement", ""),
        properties=MappingProxyType(properties),
    )


def properties_of(node: Any) -> dict[str, str]:
    """The `spiffworkflow:property` pairs directly in an element's extensions."""
    path = f"{BPMN}extensionElements/{SPIFF}properties/{SPIFF}property"
    return {p.get("name", ""): p.get("value", "") for p in node.findall(path)}
