"""Rules for decision tables: hit policies, expressions, and what their inputs may ask."""

import re
from collections.abc import Iterator
from typing import Any

from engine.bpmn import UnsafeExpression, compile_expression
from engine.checks.findings import Finding, error
from engine.checks.model import Decision, Package

_POLICIES = ("UNIQUE", "COLLECT")
_QUESTION_MARK = re.compile(r"""(\?)(?=(?:[^'"]|['"][^'"]*['"])*$)""")

HIT_POLICY = error(
    "hit_policy",
    zh=("判定方式{policy}不能用", "改为UNIQUE（唯一）或COLLECT（收集），收集时不设汇总"),
    en=(
        "the hit policy {policy} is not run as it says",
        "use UNIQUE, or COLLECT without aggregation",
    ),
)
BAD_CELL = error(
    "cell_invalid",
    zh=("单元格{text}不能用：{reason}", "按表达式的写法改正"),
    en=("the cell {text} cannot be used: {reason}", "write an expression of the allowed list"),
)
TABLE_WITHOUT_ID = error(
    "table_invalid",
    zh=("一个文件只能有一张判定表，且须有标识", "每张表单独成文件，并给出标识"),
    en=("a file must hold one decision table with an id", "put each table into a file of its own"),
)


def read_decisions(file: str, root: Any) -> Iterator[Decision]:
    for node in _all(root, "decision"):
        table = next(iter(_all(node, "decisionTable")), None)
        if table is None or not node.get("id"):
            continue
        yield Decision(
            id=node.get("id"),
            file=file,
            hit_policy=table.get("hitPolicy", "UNIQUE").upper(),
            aggregation=table.get("aggregation", ""),
            inputs=_texts(table, "inputExpression"),
            cells=_texts(table, "inputEntry"),
            outputs=_texts(table, "outputEntry"),
        )


def _all(node: Any, tag: str) -> list[Any]:
    return [n for n in node.iter() if isinstance(n.tag, str) and n.tag.rpartition("}")[2] == tag]


def _texts(table: Any, tag: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (entry.get("id", ""), (text.text or "").strip())
        for entry in _all(table, tag)
        for text in _all(entry, "text")
    )


def one_table_per_file(package: Package) -> Iterator[Finding]:
    for file in package.trees:
        found = [d for d in package.decisions.values() if d.file == file]
        if file.endswith(".dmn") and len(found) != 1:
            yield TABLE_WITHOUT_ID.at(file)


def only_policies_that_run(package: Package) -> Iterator[Finding]:
    for table in package.decisions.values():
        if table.hit_policy not in _POLICIES or table.aggregation:
            policy = f"{table.hit_policy} {table.aggregation}".strip()
            yield HIT_POLICY.at(table.file, table.id, policy=policy)


def cells_are_expressions(package: Package) -> Iterator[Finding]:
    for table in package.decisions.values():
        for place, text in [*table.inputs, *table.outputs]:
            yield from _checked(table, place, text, text)
        for place, text in table.cells:
            yield from _cell(table, place, text)


def _cell(table: Decision, place: str, text: str) -> Iterator[Finding]:
    """An input cell is a value, a comparison without its left side, or has ? for the input."""
    if text == "-":
        return
    whole = _QUESTION_MARK.sub("v", text)
    try:
        compile_expression(whole or "v")
    except UnsafeExpression:
        yield from _checked(table, place, text, f"v {whole}")


def _checked(table: Decision, place: str, text: str, whole: str) -> Iterator[Finding]:
    try:
        compile_expression(whole or "v")
    except UnsafeExpression as bad:
        yield BAD_CELL.at(table.file, place or table.id, text=text, reason=bad.reason)


RULES = (one_table_per_file, only_policies_that_run, cells_are_expressions)
