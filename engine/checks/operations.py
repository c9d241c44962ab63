"""Rules for operations and the texts they publish: parameters, and everything a text uses."""

import ast
from collections.abc import Iterator

from jsonschema import Draft202012Validator

from engine.bpmn import UnsafeExpression, compile_expression
from engine.checks.expressions import NO_PARAMETER, NO_PLAN_LINE, NO_ROLE
from engine.checks.findings import Finding, error, warning
from engine.checks.model import Node, Package
from engine.checks.references import literal_of
from engine.checks.uses import fields_of, parsed
from engine.operations import Operation
from engine.texts import Text

_FOLDERS = {"publish": "publications", "make_document": "publications", "notify": "messages"}
_ALWAYS = frozenset({"parameters", "plan", "details", "row"})
_START_FORM = frozenset({"title", "title_en"})
_ROLES_IN = {"store_roster": "role", "store_members": "role", "make_document": "audience"}

OPERATION_UNKNOWN = error(
    "operation_unknown",
    zh=("没有操作{name}", "改为docs/properties.md列出的操作"),
    en=("there is no operation {name}", "use one that docs/properties.md lists"),
)
PARAMETER_UNKNOWN = error(
    "operation_parameter",
    zh=("操作{operation}没有参数{name}", "删去with.{name}，或者改为：{known}"),
    en=("the operation {operation} has no parameter {name}", "remove it, or use: {known}"),
)
PARAMETER_MISSING = error(
    "operation_parameter_missing",
    zh=("操作{operation}缺少参数{name}", "补上with.{name}"),
    en=("the operation {operation} needs the parameter {name}", "add with.{name}"),
)
PARAMETER_UNFIT = error(
    "operation_parameter_value",
    zh=("操作{operation}的参数{name}不合要求：{reason}", "改正with.{name}"),
    en=("the parameter {name} of {operation} does not fit: {reason}", "correct with.{name}"),
)
TEXT_MISSING = error(
    "text_missing",
    zh=("没有文本{path}.yaml", "补上该文件，或者改正with.text"),
    en=("there is no text {path}.yaml", "add it, or correct with.text"),
)
TEXT_UNUSED = warning(
    "text_unused",
    zh=("没有元素使用这一文本", "删去，或者在元素上写明with.text"),
    en=("no element uses this text", "remove it, or name it with with.text"),
)
TEXT_LACKS = error(
    "text_lacks",
    zh=("文本{text}用到{name}，但没有交给它", "补上with.{name}，或者从文本中删去"),
    en=(
        "the text {text} uses {name}, which is not handed to it",
        "add with.{name}, or change the text",
    ),
)
TEXT_IGNORES = warning(
    "text_ignores",
    zh=("文本{text}没有用到{name}", "删去with.{name}"),
    en=("the text {text} does not use {name}", "remove with.{name}"),
)
DETAIL_UNKNOWN = error(
    "detail_unknown",
    zh=("文本用到启动表单中没有的{name}，会显示为空", "改为启动表单的字段"),
    en=(
        "it uses {name}, which the start form has not; it would stay empty",
        "name a field of that form",
    ),
)


def operations_exist(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        name = node.properties.get("operation")
        if name is not None and name not in package.operations:
            yield OPERATION_UNKNOWN.at(node.file, node.id, name=name)


def parameters_fit(package: Package) -> Iterator[Finding]:
    for node, operation in _operated(package):
        known = operation.schema.get("properties", {})
        handed = node.element.handed_in()
        if operation.schema.get("additionalProperties", False) is False:
            for name in handed.keys() - known.keys():
                told = ", ".join(known)
                yield PARAMETER_UNKNOWN.at(
                    node.file, node.id, operation=operation.name, name=name, known=told
                )
        for name in operation.schema.get("required", []):
            if name not in handed:
                yield PARAMETER_MISSING.at(node.file, node.id, operation=operation.name, name=name)
        for name in known.keys() & handed.keys():
            yield from _constant_fits(node, operation, name, handed[name])


def _constant_fits(node: Node, operation: Operation, name: str, text: str) -> Iterator[Finding]:
    """What is written as a constant can be held against the schema at once."""
    tree = parsed(text)
    try:
        value = ast.literal_eval(tree) if tree is not None else None
    except (ValueError, TypeError, SyntaxError):
        return
    schema = operation.schema["properties"][name]
    wrong = next(Draft202012Validator(schema).iter_errors(value), None)
    if tree is not None and wrong is not None:
        yield PARAMETER_UNFIT.at(
            node.file, node.id, operation=operation.name, name=name, reason=wrong.message[:200]
        )


def roles_handed_in_exist(package: Package) -> Iterator[Finding]:
    for node, operation in _operated(package):
        name = _ROLES_IN.get(operation.name, "")
        for role in literal_of(node, name).split() if package.roles else ():
            if role not in package.roles and not (name == "audience" and role == "public"):
                yield NO_ROLE.at(node.file, node.id, place=f"with.{name}", name=role)


def texts_exist(package: Package) -> Iterator[Finding]:
    for node, path in _worded(package):
        if f"{path}.yaml" not in package.files:
            yield TEXT_MISSING.at(node.file, node.id, path=path)


def texts_are_used(package: Package) -> Iterator[Finding]:
    used = {path for _, path in _worded(package)}
    computed = any(
        operation.name in _FOLDERS and not literal_of(node, "text")
        for node, operation in _operated(package)
    )
    for file in package.files:
        folder = file.partition("/")[0]
        is_text = folder in ("publications", "messages")
        if is_text and not computed and file.removesuffix(".yaml") not in used:
            yield TEXT_UNUSED.at(file)


def texts_have_what_they_use(package: Package) -> Iterator[Finding]:
    for node, path in _worded(package):
        text = package.texts.get(path)
        if text is None:
            continue
        used = names_used(text)
        handed = _values(package, node)
        for name in sorted(used - handed - _given(node)):
            yield TEXT_LACKS.at(node.file, node.id, text=path, name=name)
        for name in sorted(handed - used - {"until"}):
            yield TEXT_IGNORES.at(node.file, node.id, text=path, name=name)


def names_used(text: Text) -> frozenset[str]:
    """The names a text reads, beside functions."""
    found: set[str] = set()
    for expression in text.expressions():
        try:
            found |= compile_expression(expression).names
        except UnsafeExpression:
            continue
    return frozenset(found)


def _values(package: Package, node: Node) -> set[str]:
    """What an element hands to its text: what is no parameter of the operation itself."""
    known = package.operations[node.properties["operation"]].schema.get("properties", {})
    handed = set(node.element.handed_in())
    return {name for name in handed if name not in known or name == "until"}


def _given(node: Node) -> frozenset[str]:
    """What every text has without being handed it."""
    if node.properties["operation"] == "notify":
        return _ALWAYS | {"subject"}
    return _ALWAYS | ({"answers"} if node.kind == "userTask" else set())


def texts_name_what_exists(package: Package) -> Iterator[Finding]:
    """Also where parameters and plan are handed in under another name; and the start form."""
    for node, path in _worded(package):
        text = package.texts.get(path)
        for expression in text.expressions() if text else ():
            for name, value in node.element.handed_in().items():
                yield from _renamed(package, f"{path}.yaml", expression, name, value.strip())
    details = _details(package)
    for path, text in package.texts.items():
        for expression in text.expressions():
            for field in fields_of(expression, "details"):
                if details and field not in details:
                    yield DETAIL_UNKNOWN.at(f"{path}.yaml", name=f"details.{field}")


def _renamed(
    package: Package, file: str, expression: str, name: str, value: str
) -> Iterator[Finding]:
    known = {
        "parameters": (NO_PARAMETER, set(package.parameters)),
        "plan": (NO_PLAN_LINE, {line.key for line in package.plan}),
    }.get(value)
    if known is not None and name != value:
        kind, keys = known
        for field in fields_of(expression, name):
            if keys and field not in keys:
                yield kind.at(file, place="{…}", name=field)


def _details(package: Package) -> set[str]:
    """The fields of the form that starts a selection."""
    found: set[str] = set()
    for process in package.roots():
        for node in package.scopes[process.id].starts():
            form = package.form_of(node)
            if form is not None:
                found |= {field.key for field in form.fields} | _START_FORM
    return found


def _operated(package: Package) -> Iterator[tuple[Node, Operation]]:
    for node in package.nodes():
        operation = package.operations.get(node.properties.get("operation", ""))
        if operation is not None:
            yield node, operation


def _worded(package: Package) -> Iterator[tuple[Node, str]]:
    """Elements that word a text, with its path where that is a constant."""
    for node, operation in _operated(package):
        folder = _FOLDERS.get(operation.name)
        if folder is not None and literal_of(node, "text"):
            yield node, f"{folder}/{literal_of(node, 'text')}"


RULES = (
    operations_exist,
    parameters_fit,
    roles_handed_in_exist,
    texts_exist,
    texts_are_used,
    texts_have_what_they_use,
    texts_name_what_exists,
)
