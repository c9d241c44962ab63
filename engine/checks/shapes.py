"""Rules for what variables hold: `vote.tally` only where the element that writes it gives that."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from engine.bpmn.expressions import METHODS
from engine.checks.findings import Finding, error, warning
from engine.checks.model import Node, Package
from engine.checks.uses import Use, in_diagrams, in_forms, parsed
from engine.forms import Form

_COLLECTIVE = frozenset({"seats", "handed_in", "missing", "by_subject", "entries"})
_COMPARED = frozenset({"equal", "differences"})
_BALLOT = frozenset({"issued", "returned"})

FIELD_UNKNOWN = error(
    "field_unknown",
    zh=("{place}读取{name}.{field}，但{writer}不提供它", "改正名称，或者在{writer}的returns中补上"),
    en=(
        "{place} reads {name}.{field}, which {writer} does not give",
        "correct it, or add it to returns of {writer}",
    ),
)
FIELD_OPTIONAL = warning(
    "field_optional",
    zh=(
        "{place}读取{name}.{field}，但它在{writer}的表单中不是必填",
        "设为必填，或者写成{name}.get('{field}', …)",
    ),
    en=(
        "{place} reads {name}.{field}, which {writer} may leave empty",
        "require it, or read {name}.get('{field}', …)",
    ),
)


@dataclass(frozen=True)
class Asked:
    """A field that an expression reads: of a variable, of a task's result, or of an entry in it."""

    name: str
    by_element: bool
    of_entry: bool
    field: str
    guarded: bool


def fields_are_given(package: Package) -> Iterator[Finding]:
    for use in [*in_diagrams(package), *in_forms(package)]:
        tree = parsed(use.text)
        for asked in _asked(tree, guarded=False) if tree is not None else ():
            yield from _checked(package, use, asked)


def _checked(package: Package, use: Use, asked: Asked) -> Iterator[Finding]:
    writers = _writers(package, use, asked)
    shapes = [(writer, _shape(writer, of_entry=asked.of_entry)) for writer in writers]
    if not shapes or any(shape is None for _, shape in shapes):
        return
    told = {"place": use.place, "name": asked.name, "field": asked.field}
    if not any(asked.field in (shape or ()) for _, shape in shapes):
        yield FIELD_UNKNOWN.at(use.file, use.element, writer=writers[0].id, **told)
        return
    for writer in writers:
        form = package.form_of(writer)
        answers = asked.of_entry or not writer.element.marker
        if form is not None and answers and not asked.guarded and _may_be_empty(form, asked.field):
            yield FIELD_OPTIONAL.at(use.file, use.element, writer=writer.id, **told)


def _writers(package: Package, use: Use, asked: Asked) -> list[Node]:
    """The elements that may have written it; none where it may come from elsewhere."""
    if asked.by_element:
        node = package.node(asked.name)
        return [] if node is None else [node]
    if use.node is None:
        return []
    process = use.node.element.process_id
    if any(asked.name in call.element.handed_in() for call in package.callers(process)):
        return []
    inside = [node for node in package.nodes() if node.element.process_id == process]
    if any(_returns_plainly(node, asked.name) for node in inside):
        return []
    return [node for node in inside if node.properties.get("result") == asked.name]


def _returns_plainly(node: Node, name: str) -> bool:
    plain = node.kind in ("callActivity", "startEvent") and "result" not in node.properties
    return plain and name in node.element.words("returns")


def _shape(node: Node, *, of_entry: bool) -> frozenset[str] | None:
    """The keys of what a node writes; None where they cannot be told."""
    returned = frozenset(word.partition(".")[0] for word in node.element.words("returns"))
    if node.kind == "callActivity" and not node.element.marker and not of_entry:
        return returned
    if node.kind != "userTask" or "operation" in node.properties:
        return None
    if not node.element.marker:
        return None if of_entry else returned
    if of_entry:
        return returned
    if node.properties.get("kind") == "ballot":
        return _BALLOT
    compared = _COMPARED if node.properties.get("compare") == "yes" else frozenset()
    sealed = {"sealed"} if node.properties.get("kind") == "sealed" else frozenset[str]()
    return _COLLECTIVE | compared | sealed


def _may_be_empty(form: Form, name: str) -> bool:
    field = form.field(name)
    if field is None or field.required or field.kind.is_list:
        return False
    return not any(name in condition.needed for condition in form.conditions)


def _asked(node: ast.AST, *, guarded: bool) -> Iterator[Asked]:
    if isinstance(node, ast.Attribute):
        found = _base(node)
        if found is not None:
            name, by_element, of_entry = found
            yield Asked(name, by_element, of_entry, node.attr, guarded)
    if isinstance(node, ast.IfExp):
        yield from _asked(node.test, guarded=guarded)
        yield from _asked(node.body, guarded=True)
        yield from _asked(node.orelse, guarded=True)
        return
    method = node.func if isinstance(node, ast.Call) else None
    if isinstance(method, ast.Attribute) and method.attr in METHODS:
        for child in [method.value, *getattr(node, "args", [])]:
            yield from _asked(child, guarded=guarded)
        return
    for position, child in enumerate(ast.iter_child_nodes(node)):
        behind = isinstance(node, ast.BoolOp) and position > 1
        yield from _asked(child, guarded=guarded or behind)


def _base(node: ast.Attribute) -> tuple[str, bool, bool] | None:
    """Of what a field is read: (name, whether of `result_of`, whether of an entry)."""
    holder = node.value
    entry = _entry_holder(holder)
    if entry is not None:
        holder = entry
    if isinstance(holder, ast.Name):
        return holder.id, False, entry is not None
    if isinstance(holder, ast.Call) and isinstance(holder.func, ast.Name):
        named = holder.args[0] if holder.func.id == "result_of" and holder.args else None
        if isinstance(named, ast.Constant) and isinstance(named.value, str):
            return named.value, True, entry is not None
    return None


def _entry_holder(node: ast.expr) -> ast.expr | None:
    """`x` of `x.by_subject[code][0]` and of `x.entries[0]`; else None."""
    if not isinstance(node, ast.Subscript):
        return None
    inner = node.value
    if isinstance(inner, ast.Attribute) and inner.attr == "entries":
        return inner.value
    if isinstance(inner, ast.Subscript) and isinstance(inner.value, ast.Attribute):
        return inner.value.value if inner.value.attr == "by_subject" else None
    return None


RULES = (fields_are_given,)
