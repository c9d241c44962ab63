"""Every expression of a package, with where it stands and what it may ask."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.bpmn.expressions import METHODS
from engine.checks.model import Node, Package

_TIMES = ("due", "opens", "closes")
_USER_TASK = (*_TIMES, "seats", "ballot", "invites", "place")
HANDED_IN = "handed_in"


@dataclass(frozen=True)
class Use:
    """One expression. `node` is the element whose variables it sees; None in texts.

    `place` is the property, `condition`, the timer's tag, or the field of a form; `more` are the
    names it may read beside the variables of the process.
    """

    file: str
    element: str
    place: str
    text: str
    node: Node | None
    more: frozenset[str] = frozenset()


def uses_of(package: Package) -> list[Use]:
    """All of them, in the order of the files."""
    return [*in_diagrams(package), *in_forms(package), *in_texts(package)]


def in_diagrams(package: Package) -> Iterator[Use]:
    for scope in package.scopes.values():
        for node in scope.nodes.values():
            yield from _of_node(node)
        for flow in scope.flows:
            source = scope.nodes.get(flow.source)
            if flow.condition is not None and source is not None:
                yield Use(scope.file, flow.id, "condition", flow.condition, source)


def _of_node(node: Node) -> Iterator[Use]:
    properties = node.properties
    if node.kind == "userTask":
        for name in _USER_TASK:
            if name in properties:
                yield Use(node.file, node.id, name, properties[name], node)
    if node.kind == "businessRuleTask" and "rows" in properties:
        yield Use(node.file, node.id, "rows", properties["rows"], node)
    if node.kind == "callActivity" and "items" in properties:
        yield Use(node.file, node.id, "items", properties["items"], node)
    handed = frozenset({HANDED_IN}) if node.kind == "userTask" else frozenset()
    for name, text in node.element.handed_in().items():
        yield Use(node.file, node.id, f"with.{name}", text, node, handed)
    for event in node.events:
        if event.kind == "timer":
            yield Use(node.file, node.id, event.clock or "timer", event.text, node)


def in_forms(package: Package) -> Iterator[Use]:
    """Once for each element that asks the form: its variables are what the form may read."""
    for node in package.nodes():
        form = package.form_of(node)
        if form is None:
            continue
        file = f"forms/{form.id}-uischema.json"
        more = frozenset({"subject"}) if node.element.marker else frozenset[str]()
        for source in form.option_sources():
            yield Use(file, node.id, source.path, source.expression, node, more)
        for shown in form.shows:
            yield Use(file, node.id, shown.label.zh, shown.expression, node, more)


def in_texts(package: Package) -> Iterator[Use]:
    for path, text in package.texts.items():
        for expression in text.expressions():
            yield Use(f"{path}.yaml", "", "{…}", expression, None)


@lru_cache(maxsize=8192)
def parsed(text: str) -> ast.expr | None:
    """The syntax of an expression; None where it is none."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def literal(text: str) -> object:
    """The value of an expression that is one constant (or list of constants); else None."""
    tree = parsed(text)
    try:
        return None if tree is None else ast.literal_eval(tree)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def calls(text: str) -> Iterator[tuple[str, ast.Call]]:
    """The functions an expression calls by name."""
    tree = parsed(text)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node


def fields_of(text: str, name: str) -> Iterator[str]:
    """The keys that are read directly from a name: `plan.notice_end`, `plan["notice_end"]`."""
    tree = parsed(text)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, (ast.Attribute, ast.Subscript)) and _is_name(node.value, name):
            key = _key_of(node)
            if key is not None:
                yield key


def _key_of(node: ast.Attribute | ast.Subscript) -> str | None:
    if isinstance(node, ast.Attribute):
        return None if node.attr in METHODS else node.attr
    key = node.slice.value if isinstance(node.slice, ast.Constant) else None
    return key if isinstance(key, str) else None


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def reads(text: str) -> Mapping[str, bool]:
    """The variables an expression reads; True where at least one reading is not guarded.

    Guarded is what stands in a branch of `a if c else b`, or behind `and` and `or`.
    """
    tree = parsed(text)
    found: dict[str, bool] = {}
    if tree is not None:
        _Reader(found).read(tree, bound=frozenset(), guarded=False)
    return found


class _Reader:
    """Walks an expression and notes names, leaving out those that comprehensions bind."""

    def __init__(self, found: dict[str, bool]) -> None:
        self._found = found

    def read(self, node: ast.AST, *, bound: frozenset[str], guarded: bool) -> None:
        if isinstance(node, ast.Name):
            if node.id not in bound:
                self._found[node.id] = self._found.get(node.id, False) or not guarded
        elif isinstance(node, ast.IfExp):
            self.read(node.test, bound=bound, guarded=guarded)
            self.read(node.body, bound=bound, guarded=True)
            self.read(node.orelse, bound=bound, guarded=True)
        elif isinstance(node, ast.BoolOp):
            for position, value in enumerate(node.values):
                self.read(value, bound=bound, guarded=guarded or position > 0)
        elif isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)):
            self._comprehension(node, bound, guarded=guarded)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                self.read(argument, bound=bound, guarded=guarded)
        else:
            for child in ast.iter_child_nodes(node):
                self.read(child, bound=bound, guarded=guarded)

    def _comprehension(
        self,
        node: ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp,
        bound: frozenset[str],
        *,
        guarded: bool,
    ) -> None:
        for generator in node.generators:
            self.read(generator.iter, bound=bound, guarded=guarded)
            names = (n.id for n in ast.walk(generator.target) if isinstance(n, ast.Name))
            bound = bound.union(names)
            for condition in generator.ifs:
                self.read(condition, bound=bound, guarded=guarded)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for part in parts:
            self.read(part, bound=bound, guarded=guarded)
