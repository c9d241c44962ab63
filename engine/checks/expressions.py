"""Rules for expressions: the allowed list, and that what they name exists."""

import ast
from collections.abc import Iterator

from engine.bpmn import UnsafeExpression, compile_expression
from engine.bpmn import expressions as language
from engine.checks.findings import Finding, error
from engine.checks.model import Package
from engine.checks.uses import Use, calls, fields_of, uses_of

TEXT_FUNCTIONS = frozenset({"person", "present_post", "word"})
_ELEMENT_FUNCTIONS = ("round", "result_of", "done", "opened")
_ROLE_AT = {"members": 0, "per": 1, "persons": 1}
_SEAT_PLACES = ("seats", "invites", "with.to", "with.electors")

UNSAFE = error(
    "expression_unsafe",
    zh=("{place}的表达式不能用：{reason}", "按docs/properties.md的表达式写法改正"),
    en=("{place}: the expression cannot be used: {reason}", "write it as docs/properties.md says"),
)
TEXT_FUNCTION = error(
    "text_function",
    zh=("{place}用了只能用于文本的{function}()", "此处直接用代码"),
    en=("{place} calls {function}(), which only texts can", "use the code itself here"),
)
NO_PARAMETER = error(
    "parameter_unknown",
    zh=("{place}用了不存在的参数{name}", "改为parameters-schema.json中的参数，或者补上"),
    en=(
        "{place} asks for the parameter {name}, which does not exist",
        "name one of parameters-schema.json",
    ),
)
NO_PLAN_LINE = error(
    "plan_line_unknown",
    zh=("{place}用了时间安排中没有的{name}", "改为plan.yaml中的节点，或者补上"),
    en=("{place} asks for {name}, which the plan has not", "name a line of plan.yaml"),
)
NO_ELEMENT = error(
    "element_unknown",
    zh=("{place}问到不存在的元素{name}", "改为图中已有的标识"),
    en=("{place} asks about {name}, which is in no diagram", "name an element of the package"),
)
NO_RESULT = error(
    "element_without_result",
    zh=("{place}取{name}的结果，但它没有结果", "改为用户任务、服务任务或判定任务"),
    en=("{place} takes the result of {name}, which has none", "name a task"),
)
NEVER_OPENS = error(
    "element_never_opens",
    zh=("{place}问到{name}何时开始，但它不是用户任务", "改为用户任务的标识，或者改用done()"),
    en=(
        "{place} asks when {name} opened, which is no user task",
        "name a user task, or use done()",
    ),
)
NO_TEXT = error(
    "published_text_unknown",
    zh=("{place}问到不存在的公布文本{name}", "改为publications/中的文本"),
    en=("{place} asks about the text {name}, which does not exist", "name one of publications/"),
)
NO_ROLE = error(
    "role_unknown",
    zh=("{place}写了不存在的责任主体{name}", "改为roles.yaml中的责任主体，或者补上"),
    en=("{place} names {name}, which is no role", "name one of roles.yaml"),
)
NO_FUNCTION = error(
    "function_unknown",
    zh=("{place}写了不存在的职责{name}", "改为roles.yaml中的职责，或者补上"),
    en=("{place} names {name}, which is no function of members", "name one of roles.yaml"),
)
NOT_SEATS = error(
    "seats_invalid",
    zh=("{place}没有给出席位", "用members、each、per、times、persons、signers、roster或present"),
    en=(
        "{place} gives no seats",
        "use members, each, per, times, persons, signers, roster or present",
    ),
)


def expressions_are_allowed(package: Package) -> Iterator[Finding]:
    for use in uses_of(package):
        try:
            compile_expression(use.text)
        except UnsafeExpression as bad:
            yield UNSAFE.at(use.file, use.element, place=use.place, reason=bad.reason)


def only_texts_word(package: Package) -> Iterator[Finding]:
    for use in uses_of(package):
        for name, _ in calls(use.text):
            if name in TEXT_FUNCTIONS and use.node is not None:
                yield TEXT_FUNCTION.at(use.file, use.element, place=use.place, function=name)


def parameters_and_plan_exist(package: Package) -> Iterator[Finding]:
    lines = {line.key for line in package.plan}
    for use in uses_of(package):
        for name in fields_of(use.text, "parameters"):
            if package.parameters and name not in package.parameters:
                yield NO_PARAMETER.at(use.file, use.element, place=use.place, name=name)
        for name in fields_of(use.text, "plan"):
            if lines and name not in lines:
                yield NO_PLAN_LINE.at(use.file, use.element, place=use.place, name=name)


def elements_asked_about_exist(package: Package) -> Iterator[Finding]:
    for use in uses_of(package):
        for function, call in calls(use.text):
            name = _text_at(call, 0)
            if function == "published" and name and f"publications/{name}" not in package.texts:
                yield NO_TEXT.at(use.file, use.element, place=use.place, name=name)
            if function not in _ELEMENT_FUNCTIONS or name is None:
                continue
            node = package.node(name)
            if node is None:
                yield NO_ELEMENT.at(use.file, use.element, place=use.place, name=name)
            elif function == "result_of" and not node.kind.endswith("Task"):
                yield NO_RESULT.at(use.file, use.element, place=use.place, name=name)
            elif function == "opened" and node.kind != "userTask":
                yield NEVER_OPENS.at(use.file, use.element, place=use.place, name=name)


def seats_name_known_roles(package: Package) -> Iterator[Finding]:
    if not package.roles:
        return
    for use in uses_of(package):
        for function, call in calls(use.text):
            if function in _ROLE_AT:
                role = _text_at(call, _ROLE_AT[function])
                if role is not None and role not in package.roles:
                    yield NO_ROLE.at(use.file, use.element, place=use.place, name=role)
            if function == "members":
                name = _text_at(call, 1)
                if name and name not in package.functions:
                    yield NO_FUNCTION.at(use.file, use.element, place=use.place, name=name)
            if function == "signers":
                yield from _signers(package, use, call)


def _signers(package: Package, use: Use, call: ast.Call) -> Iterator[Finding]:
    for position in range(len(call.args)):
        key = _text_at(call, position)
        if key is not None and key not in package.actor_keys():
            yield NO_ROLE.at(use.file, use.element, place=use.place, name=key)


def seats_are_seats(package: Package) -> Iterator[Finding]:
    for use in uses_of(package):
        if use.place not in _SEAT_PLACES or use.node is None:
            continue
        described = any(name in language.SEAT_FUNCTIONS for name, _ in calls(use.text))
        handed_on = use.place not in ("seats", "invites") and bool(_names(use))
        if not described and not handed_on:
            yield NOT_SEATS.at(use.file, use.element, place=use.place)


def _names(use: Use) -> frozenset[str]:
    try:
        return compile_expression(use.text).names
    except UnsafeExpression:
        return frozenset({"?"})


def _text_at(call: ast.Call, position: int) -> str | None:
    """The argument of a call where it is a text; None where it is something else or missing."""
    if position >= len(call.args):
        return None
    value = call.args[position]
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    return None


RULES = (
    expressions_are_allowed,
    only_texts_word,
    parameters_and_plan_exist,
    elements_asked_about_exist,
    seats_name_known_roles,
    seats_are_seats,
)
