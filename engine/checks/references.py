"""Rules for what elements name outside the diagrams: forms, decisions, tasks, fields of forms."""

from collections.abc import Iterator

from engine.checks.findings import Finding, error, warning
from engine.checks.model import Node, Package
from engine.checks.uses import literal
from engine.forms import Field, Form, Kind

FORM_MISSING = error(
    "form_missing",
    zh=("没有表单{form}", "补上forms/中的{form}-schema.json，或者用属性form指定另一表单"),
    en=(
        "there is no form {form}",
        "add {form}-schema.json, or name another with the property form",
    ),
)
FORM_UNUSED = warning(
    "form_unused",
    zh=("没有任务使用这一表单", "删去，或者在任务上写明form"),
    en=("no task asks this form", "remove it, or name it at a task"),
)
UI_ALONE = error(
    "form_ui_alone",
    zh=("只有界面文件，没有对应的-schema.json", "补上，或者删去"),
    en=("it has no -schema.json beside it", "add that, or remove this"),
)
RESULTS_UNKNOWN = error(
    "form_results",
    zh=("ui:results写了不存在的元素{name}", "改为图中服务任务或用户任务的标识"),
    en=("ui:results names {name}, which is no task", "name a task of the diagrams"),
)
DECISION_MISSING = error(
    "decision_missing",
    zh=("没有判定表{name}", "补上.dmn文件，或者改正属性decision"),
    en=("there is no decision {name}", "add it in a .dmn file, or correct the property decision"),
)
DECISION_UNUSED = warning(
    "decision_unused",
    zh=("没有判定任务使用这张表", "删去，或者在判定任务上写明decision"),
    en=("no business rule task uses this table", "remove it, or name it at a task"),
)
DECISION_INPUT = error(
    "decision_input",
    zh=("判定表{table}的输入{name}不是{form}中的内容", "改为该表单的字段、age或months_in_…"),
    en=(
        "the table {table} asks for {name}, which {form} has not",
        "name a field, age or months_in_…",
    ),
)
TASK_MISSING = error(
    "task_unknown",
    zh=("属性{name}写了不存在的用户任务{task}", "改为图中用户任务的标识"),
    en=("the property {name} names {task}, which is no user task", "name a user task"),
)
FIELD_MISSING = error(
    "returns_unknown",
    zh=("表单{form}没有字段{field}", "改正returns，或者在表单中补上"),
    en=("the form {form} has no field {field}", "correct returns, or add the field"),
)
FIELD_PRIVATE = error(
    "returns_private",
    zh=("{field}是文件或电子邮件，不得成为变量", "从returns中删去"),
    en=("{field} is a file or an address and must not become a variable", "take it out of returns"),
)
FIELD_TEXT = warning(
    "returns_free_text",
    zh=("{field}是自由文本，会进入流程变量", "改用选项或代码，或者从returns中删去"),
    en=("{field} is free text and would enter the variables", "use a choice, or take it out"),
)
NO_RETURNS = warning(
    "result_without_returns",
    zh=("变量{name}不含任何回答：没有写returns", "写上returns，或者删去result"),
    en=(
        "the variable {name} holds no answers: returns is missing",
        "add returns, or remove result",
    ),
)

_AGES = "months_in_"


def forms_exist(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        form_id = package.form_id(node)
        if form_id and node.kind in ("userTask", "startEvent") and not package.has_form(form_id):
            yield FORM_MISSING.at(node.file, node.id, form=form_id)


def forms_are_used(package: Package) -> Iterator[Finding]:
    used = {package.form_id(node) for node in package.nodes()}
    for file in package.files:
        if not file.startswith("forms/"):
            continue
        form_id, _, part = file.removeprefix("forms/").rpartition("-")
        if part == "schema.json" and form_id not in used:
            yield FORM_UNUSED.at(file)
        if part == "uischema.json" and not package.has_form(form_id):
            yield UI_ALONE.at(file)


def forms_show_results_of_tasks(package: Package) -> Iterator[Finding]:
    for form in package.forms.values():
        for name in form.results:
            node = package.node(name)
            if node is None or not node.kind.endswith("Task"):
                yield RESULTS_UNKNOWN.at(f"forms/{form.id}-uischema.json", name=name)


def decisions_exist(package: Package) -> Iterator[Finding]:
    used = set()
    for node in package.nodes():
        if node.kind == "businessRuleTask":
            name = node.properties.get("decision", "")
            used.add(name)
            if name not in package.decisions:
                yield DECISION_MISSING.at(node.file, node.id, name=name)
    for name, table in package.decisions.items():
        if name not in used:
            yield DECISION_UNUSED.at(table.file, name)


def decisions_ask_what_was_answered(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        table = package.decisions.get(node.properties.get("decision", ""))
        asked = package.node(node.properties.get("answers_of", ""))
        form = package.form_of(asked) if asked is not None else None
        if table is None or form is None:
            continue
        fields = {field.key for field in form.fields}
        for _, text in table.inputs:
            name = text.strip()
            derived = name in ("age", "code", "parameters", "plan") or name.startswith(_AGES)
            if name.isidentifier() and name not in fields and not derived:
                yield DECISION_INPUT.at(node.file, node.id, table=table.id, name=name, form=form.id)


def tasks_named_exist(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        for name in ("not_by", "answers_of"):
            task = node.properties.get(name)
            named = package.node(task) if task is not None else None
            if task is not None and (named is None or named.kind != "userTask"):
                yield TASK_MISSING.at(node.file, node.id, name=name, task=task)


def returned_fields_exist(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        form = package.form_of(node)
        if form is None or node.kind not in ("userTask", "startEvent"):
            continue
        for word in node.element.words("returns"):
            found = _fields(form, word)
            if not found:
                yield FIELD_MISSING.at(node.file, node.id, form=form.id, field=word)
            for field in found:
                if field.kind in (Kind.FILE, Kind.FILES, Kind.EMAIL):
                    yield FIELD_PRIVATE.at(node.file, node.id, field=field.path)
                elif field.kind is Kind.TEXT and field.text.long:
                    yield FIELD_TEXT.at(node.file, node.id, field=field.path)


def _fields(form: Form, word: str) -> list[Field]:
    """The fields that a word of `returns` lets through; rows bring their columns."""
    field = form.field(word)
    return [] if field is None else [field, *field.columns]


def results_hold_answers(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        properties = node.properties
        single = node.kind == "userTask" and not node.element.marker
        if single and "result" in properties and not {"returns", "operation"} & properties.keys():
            yield NO_RETURNS.at(node.file, node.id, name=properties["result"])


def literal_of(node: Node, name: str) -> str:
    """The constant text an element hands in as `with.<name>`; '' where it is not one."""
    value = literal(node.properties.get(f"with.{name}", ""))
    return value if isinstance(value, str) else ""


RULES = (
    forms_exist,
    forms_are_used,
    forms_show_results_of_tasks,
    decisions_exist,
    decisions_ask_what_was_answered,
    tasks_named_exist,
    returned_fields_exist,
    results_hold_answers,
)
