"""Rules for properties: which an element may have, what they may say, and that roles exist."""

from collections.abc import Iterator, Mapping

from engine import timers
from engine.bpmn import expressions as language
from engine.checks.expressions import NO_FUNCTION, NO_ROLE, TEXT_FUNCTIONS
from engine.checks.findings import Finding, error
from engine.checks.model import Node, Package

_NAMED = frozenset({"name_en"})
_USER_TASK = _NAMED | {
    "form", "role", "function", "recorders", "readers", "not_by", "due", "opens", "closes",
    "missing", "reminders", "escalate", "result", "returns", "operation", "pick", "invites",
    "lasts", "place", "topic", "stand_in", "delegate",
}  # fmt: skip
_COLLECTIVE = _USER_TASK | {
    "kind", "seats", "public", "completes", "closers", "release", "in_order", "compare", "ballot",
}  # fmt: skip
_KNOWN: Mapping[str, frozenset[str]] = {
    "serviceTask": _NAMED | {"operation", "result", "pick"},
    "businessRuleTask": _NAMED | {"decision", "rows", "answers_of", "result"},
    "callActivity": _NAMED | {"returns", "result"},
    "linkedRuns": _NAMED | {"returns", "result", "items", "item"},
    "startEvent": _NAMED | {"starters", "form", "readers", "record", "returns"},
    "userTask": _USER_TASK,
    "collectiveTask": _COLLECTIVE,
}
_HANDED = ("serviceTask", "callActivity", "linkedRuns")
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "serviceTask": ("operation",),
    "businessRuleTask": ("decision", "rows", "answers_of", "result"),
    "linkedRuns": ("items", "item"),
}
_VALUES: Mapping[str, tuple[str, ...]] = {
    "kind": ("open", "scores", "sealed", "ballot"),
    "public": ("yes",), "release": ("subject",), "in_order": ("yes",), "compare": ("yes",),
    "missing": ("nothing", "draft"), "record": ("yes",), "topic": ("hidden",),
    "stand_in": ("yes", "no"), "delegate": ("yes",),
}  # fmt: skip
_ALONE: tuple[tuple[str, frozenset[str]], ...] = (
    ("pick", frozenset({"operation"})),
    ("pick", frozenset({"result"})),
    ("reminders", frozenset({"due", "closes"})),
    ("escalate", frozenset({"due", "closes"})),
    ("missing", frozenset({"closes"})),
    ("invites", frozenset({"due"})),
    ("lasts", frozenset({"invites"})),
    ("place", frozenset({"invites"})),
)
"""Properties that say nothing without one of others."""
_TEXT_OPERATIONS = ("publish", "make_document", "notify")
_ROLE_LISTS = ("recorders", "readers", "closers", "starters")

UNKNOWN = error(
    "property_unknown",
    zh=("此处没有属性{name}", "删去，或者改为docs/properties.md列出的属性"),
    en=(
        "it cannot have the property {name}",
        "remove it, or use one that docs/properties.md lists",
    ),
)
MISSING = error(
    "property_missing",
    zh=("缺少属性{name}", "补上"),
    en=("the property {name} is missing", "add it"),
)
BAD_VALUE = error(
    "property_value",
    zh=("属性{name}不能写{value}", "可写：{allowed}"),
    en=("the property {name} cannot say {value!r}", "it can say: {allowed}"),
)
ALONE = error(
    "property_alone",
    zh=("属性{name}要与{other}同用", "补上{other}，或者删去{name}"),
    en=("the property {name} says nothing without {other}", "add {other}, or remove {name}"),
)
NO_SEATS = error(
    "seats_missing",
    zh=("多人任务没有席位，会立即完成", "写上seats，公开报名的写public"),
    en=("the task of many has no seats and would be done at once", "add seats, or public"),
)
BAD_NAME = error(
    "variable_name",
    zh=("变量名{name}不能用", "用小写字母、数字和下划线，不与函数同名"),
    en=("{name!r} cannot name a variable", "use lower_snake_case that is no function's name"),
)


def manner_of(node: Node) -> str:
    """The kind of a node as far as its properties go: tasks of many have more of them."""
    if node.kind == "userTask" and node.element.marker:
        return "collectiveTask"
    return "linkedRuns" if node.kind == "callActivity" and node.element.marker else node.kind


def properties_are_known(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        manner = manner_of(node)
        known = _KNOWN.get(manner, _NAMED)
        takes = manner in _HANDED or (node.kind == "userTask" and "operation" in node.properties)
        for name in node.properties:
            if name in known or (name.startswith("with.") and takes):
                continue
            if name.startswith("with.") and node.kind == "userTask":
                yield ALONE.at(node.file, node.id, name=name, other="operation")
            else:
                yield UNKNOWN.at(node.file, node.id, name=name)
    for scope in package.scopes.values():
        for flow in scope.flows:
            for name in flow.properties.keys() - _NAMED:
                yield UNKNOWN.at(scope.file, flow.id, name=name)


def properties_are_complete(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        properties = node.properties
        for name in _NEEDED.get(manner_of(node), ()):
            if not properties.get(name, "").strip():
                yield MISSING.at(node.file, node.id, name=name)
        if properties.get("kind") == "ballot" and "ballot" not in properties:
            yield ALONE.at(node.file, node.id, name="kind=ballot", other="ballot")
        if "ballot" in properties and properties.get("kind") != "ballot":
            yield ALONE.at(node.file, node.id, name="ballot", other="kind=ballot")
        for name, needed in _ALONE:
            if name in properties and not needed & properties.keys():
                yield ALONE.at(node.file, node.id, name=name, other=" / ".join(sorted(needed)))


def tasks_of_many_can_be_done(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        if manner_of(node) != "collectiveTask":
            continue
        properties = node.properties
        if "seats" not in properties and "public" not in properties:
            yield NO_SEATS.at(node.file, node.id)


def values_are_known(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        for name, allowed in _VALUES.items():
            value = node.properties.get(name)
            if value is not None and value not in allowed:
                told = ", ".join(allowed)
                yield BAD_VALUE.at(node.file, node.id, name=name, value=value, allowed=told)
        completes = node.properties.get("completes", "all")
        if completes not in ("all", "closing") and not completes.isdecimal():
            told = "all, closing, 3"
            yield BAD_VALUE.at(node.file, node.id, name="completes", value=completes, allowed=told)
        yield from _durations(node)


def _durations(node: Node) -> Iterator[Finding]:
    lasts = node.properties.get("lasts")
    if lasts is not None and not _is_duration(lasts):
        yield BAD_VALUE.at(node.file, node.id, name="lasts", value=lasts, allowed="PT2H PT90M P1D")


def _is_duration(text: str) -> bool:
    try:
        timers.duration(text)
    except (ValueError, OverflowError):
        return False
    return True


def variables_have_names(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        manner = manner_of(node)
        names = [node.properties[key] for key in ("result", "item") if key in node.properties]
        if manner in ("callActivity", "linkedRuns"):
            names += node.element.handed_in()
        if manner == "callActivity":
            names += node.element.words("returns")
        names = [name for name in names if not _is_variable(name)]
        if node.properties.get("operation") in _TEXT_OPERATIONS:
            names += language.FUNCTIONS & node.element.handed_in().keys()
        for name in names:
            yield BAD_NAME.at(node.file, node.id, name=name)


def _is_variable(name: str) -> bool:
    taken = name in language.FUNCTIONS - TEXT_FUNCTIONS or name in ("parameters", "plan")
    return name.isidentifier() and name == name.lower() and name[0] != "_" and not taken


def roles_exist(package: Package) -> Iterator[Finding]:
    if not package.roles:
        return
    for node in package.nodes():
        role, function = node.element.role, node.properties.get("function")
        if role and role not in package.roles:
            yield NO_ROLE.at(node.file, node.id, place="role", name=role)
        if function is not None and function not in package.functions:
            yield NO_FUNCTION.at(node.file, node.id, place="function", name=function)
        for name in _ROLE_LISTS:
            known = {*package.actor_keys(), *(["public"] if name == "starters" else [])}
            for word in node.element.words(name):
                if word not in known:
                    yield NO_ROLE.at(node.file, node.id, place=name, name=word)


RULES = (
    properties_are_known,
    properties_are_complete,
    tasks_of_many_can_be_done,
    values_are_known,
    variables_have_names,
    roles_exist,
)
