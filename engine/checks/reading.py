"""Reading a package for the check: every file that can be read, and findings for the others."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from engine.bpmn import Definition, parse_definition
from engine.bpmn.definition import BadPackage, read_xml
from engine.checks.diagrams import NEED_IDS, by_id, read_processes, read_scopes, tag_of
from engine.checks.findings import Finding, error
from engine.checks.model import Package
from engine.checks.tables import read_decisions
from engine.forms import Form, InvalidForm, load_form
from engine.operations import Operation
from engine.plan import PlanLine, UnreadablePlan, load_plan
from engine.texts import Text, UnreadableText, load_text

_LARGEST = 4_000_000
_DEEPEST = 60
_NEEDED = ("roles.yaml", "plan.yaml", "parameters-schema.json")


TOO_LARGE = error(
    "file_too_large",
    zh=("文件超过4 MB", "把流程拆成几个文件"),
    en=("the file is larger than 4 MB", "split the process into several files"),
)
DOCTYPE = error(
    "doctype",
    zh=("含有文档类型声明（DOCTYPE）", "删去该声明及其中的实体"),
    en=("it has a document type declaration", "remove it and the entities in it"),
)
NOT_XML = error(
    "not_xml",
    zh=("不是合格的XML：{reason}", "改正所指的位置，或者从编辑器重新导出"),
    en=("it is not XML: {reason}", "repair the place named, or export the file again"),
)
TOO_DEEP = error(
    "too_deep",
    zh=("嵌套超过{limit}层", "减少嵌套"),
    en=("it is nested deeper than {limit} levels", "use fewer levels"),
)
ID_MISSING = error(
    "id_missing",
    zh=("有一个{tag}没有标识", "给它一个标识，用小写字母、数字和下划线"),
    en=("a {tag} has no id", "give it one of lower case letters, digits and underscores"),
)
FILE_MISSING = error(
    "file_missing",
    zh=("缺少文件{name}", "补上该文件"),
    en=("the file {name} is missing", "add it"),
)
NO_PROCESS = error(
    "no_process",
    zh=("没有任何流程", "至少放入一个含流程的.bpmn文件"),
    en=("the package has no process", "add a .bpmn file with a process"),
)
BAD_JSON = error(
    "not_json",
    zh=("不是合格的JSON：{reason}", "改正所指的位置"),
    en=("it is not JSON: {reason}", "repair the place named"),
)
BAD_YAML = error(
    "not_yaml",
    zh=("不是合格的YAML：{reason}", "改正所指的位置"),
    en=("it is not YAML: {reason}", "repair the place named"),
)
BAD_PLAN = error(
    "plan_invalid",
    zh=("{place}有误：{reason}", "按docs/properties.md的写法改正"),
    en=("{place}: {reason}", "write it as docs/properties.md says"),
)
BAD_FORM = error(
    "form_invalid",
    zh=("{place}处有误：{wrong}", "{remedy}"),
    en=("at {place}: {wrong}", "{remedy}"),
)
BAD_TEXT = error(
    "text_invalid",
    zh=("{place}有误：{reason}", "按docs/properties.md的写法改正"),
    en=("{place}: {reason}", "write it as docs/properties.md says"),
)
REFUSED = error(
    "engine_refuses",
    zh=("流程引擎不能读取：{reason}", "改正所指的元素"),
    en=("the engine cannot read it: {reason}", "mend the element named"),
)


def read_package(
    files: Mapping[str, str], operations: Mapping[str, Operation]
) -> tuple[Package, list[Finding]]:
    """Read what can be read; what cannot is left out of the package and told."""
    problems: list[Finding] = []
    trees = {f: tree for f in sorted(files) if (tree := _tree(f, files[f], problems)) is not None}
    diagrams = {
        file: tree
        for file, tree in trees.items()
        if file.endswith(".bpmn") and _has_ids(file, tree, problems)
    }
    problems += [FILE_MISSING.at(name, name=name) for name in _NEEDED if name not in files]
    processes = [p for f, tree in diagrams.items() for p in read_processes(f, tree)]
    if not processes:
        problems.append(NO_PROCESS.at(min(diagrams, default="")))
    tables = [d for f, t in trees.items() if f.endswith(".dmn") for d in read_decisions(f, t)]
    roles = _yaml(files, "roles.yaml", problems)
    numbers = _json(files, "parameters-schema.json", problems)
    sums = numbers.get("x-sums", ()) if isinstance(numbers, Mapping) else ()
    return Package(
        files=files,
        trees=trees,
        processes={p.id: p for p in processes},
        scopes=by_id(s for f, tree in diagrams.items() for s in read_scopes(f, tree)),
        decisions={decision.id: decision for decision in tables},
        roles=_mapping(roles, "roles"),
        functions=_mapping(roles, "functions"),
        words=_mapping(roles, "words"),
        confirms=_words(roles, "confirms_changes"),
        plan=_plan(files, problems),
        parameters=_mapping(numbers, "properties"),
        sums=tuple(sums) if isinstance(sums, list) else (sums,) if sums else (),
        forms=dict(_forms(files, problems)),
        texts=dict(_texts(files, problems)),
        operations=operations,
        definition=_definition(files, problems),
    ), problems


def _tree(file: str, text: str, problems: list[Finding]) -> Any:
    """The XML of a diagram or table; None where it is not one, or must not be read."""
    if not file.endswith((".bpmn", ".dmn")):
        return None
    if len(text) > _LARGEST:
        problems.append(TOO_LARGE.at(file))
        return None
    try:
        root = read_xml(file, text)
    except BadPackage as refused:
        bad = DOCTYPE.at(file) if "<!DOCTYPE" in text else NOT_XML.at(file, reason=refused.reason)
        problems.append(bad)
        return None
    if _deeper_than(root, _DEEPEST):
        problems.append(TOO_DEEP.at(file, limit=_DEEPEST))
        return None
    return root


def _has_ids(file: str, root: Any, problems: list[Finding]) -> bool:
    """Nothing can be said about elements without an id."""
    without = {tag_of(n) for n in root.iter() if tag_of(n) in NEED_IDS and not n.get("id")}
    problems += [ID_MISSING.at(file, tag=tag) for tag in sorted(without)]
    return not without


def _deeper_than(root: Any, limit: int) -> bool:
    level = [root]
    for _ in range(limit):
        level = [child for node in level for child in node]
    return bool(level)


def _definition(files: Mapping[str, str], problems: list[Finding]) -> Definition | None:
    """What the engine makes of it; asked only where every diagram could be read."""
    if problems:
        return None
    try:
        return parse_definition("", files)
    except BadPackage as refused:
        problems.append(REFUSED.at(refused.file, refused.element, reason=refused.reason))
    except Exception as crash:  # noqa: BLE001 - SpiffWorkflow meets models it did not foresee
        reason = f"{type(crash).__name__}: {crash}"
        problems.append(REFUSED.at(min(f for f in files if f.endswith(".bpmn")), reason=reason))
    return None


def _yaml(files: Mapping[str, str], name: str, problems: list[Finding]) -> Any:
    try:
        return yaml.safe_load(files.get(name, ""))
    except (yaml.YAMLError, ValueError, RecursionError) as bad:
        problems.append(BAD_YAML.at(name, reason=" ".join(str(bad).split())))
    return None


def _json(files: Mapping[str, str], name: str, problems: list[Finding]) -> Any:
    try:
        return json.loads(files.get(name, "{}"))
    except (ValueError, RecursionError) as bad:
        problems.append(BAD_JSON.at(name, reason=bad))
    return None


def _words(content: Any, key: str) -> tuple[str, ...]:
    """A list of words; one word alone counts as a list."""
    found = content.get(key) if isinstance(content, Mapping) else None
    if isinstance(found, str):
        return tuple(found.split())
    return tuple(str(each) for each in found) if isinstance(found, list) else ()


def _mapping(holder: Any, key: str) -> Mapping[str, Any]:
    found = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(found, dict):
        return {}
    return {str(name): value for name, value in found.items()}


def _plan(files: Mapping[str, str], problems: list[Finding]) -> tuple[PlanLine, ...]:
    if "plan.yaml" not in files:
        return ()
    try:
        return load_plan(files["plan.yaml"])
    except UnreadablePlan as bad:
        problems.append(BAD_PLAN.at("plan.yaml", place=bad.place, reason=bad.reason))
    return ()


def _forms(files: Mapping[str, str], problems: list[Finding]) -> Iterator[tuple[str, Form]]:
    for file in _named(files, "forms/", "-schema.json"):
        form_id = file.removeprefix("forms/").removesuffix("-schema.json")
        ui = files.get(f"forms/{form_id}-uischema.json", "{}")
        try:
            yield form_id, load_form(form_id, files[file], ui)
        except InvalidForm as bad:
            problems += [
                BAD_FORM.at(
                    f"forms/{fault.file}", place=fault.place or "/", wrong=fault.wrong,
                    remedy=fault.remedy,
                )
                for fault in bad.faults
            ]  # fmt: skip


def _texts(files: Mapping[str, str], problems: list[Finding]) -> Iterator[tuple[str, Text]]:
    for folder in ("publications/", "messages/"):
        for file in _named(files, folder, ".yaml"):
            path = file.removesuffix(".yaml")
            try:
                yield path, load_text(path.removeprefix(folder), files[file])
            except UnreadableText as bad:
                problems.append(BAD_TEXT.at(file, place=bad.place, reason=bad.reason))


def _named(files: Mapping[str, str], start: str, end: str) -> list[str]:
    return sorted(file for file in files if file.startswith(start) and file.endswith(end))
