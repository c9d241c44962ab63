"""A field of a form, aspect by aspect, in words of both languages."""

import json
from collections.abc import Mapping
from typing import Any

from engine.definitions import Words

ASPECTS = {
    "title": Words("名称", "label"),
    "hint": Words("说明", "hint"),
    "kind": Words("类型", "kind"),
    "required": Words("必填", "required"),
    "choices": Words("选项", "choices"),
    "from": Words("选项来源", "choices come from"),
    "minimum": Words("最小", "lowest"),
    "maximum": Words("最大", "highest"),
    "step": Words("精确到", "in steps of"),
    "longest": Words("最多字数", "longest text"),
    "shortest": Words("最少字数", "shortest text"),
    "pattern": Words("格式", "pattern"),
    "fewest": Words("最少几项", "fewest"),
    "most": Words("最多几项", "most"),
    "accept": Words("附件类型", "kinds of files"),
    "megabytes": Words("附件大小（MB）", "largest file (MB)"),
    "rows": Words("固定的行", "fixed rows"),
    "import": Words("可从表格导入", "import from a spreadsheet"),
    "conditions": Words("有条件的必填", "needed only if"),
    "must": Words("必须勾选", "must be ticked"),
    "widget": Words("样式", "look"),
}

KINDS = {
    "text": Words("短文本", "short text"),
    "long": Words("长文本", "long text"),
    "integer": Words("整数", "whole number"),
    "decimal": Words("分数（可带小数）", "mark (with decimals)"),
    "date": Words("日期", "date"),
    "time": Words("时间", "time"),
    "instant": Words("日期和时间", "date and time"),
    "email": Words("电子邮箱", "e-mail"),
    "tick": Words("勾选", "tick"),
    "yes_no": Words("是或否", "yes or no"),
    "choice": Words("单选", "one choice"),
    "several": Words("多选", "several choices"),
    "file": Words("一个附件", "one file"),
    "files": Words("多个附件", "several files"),
    "rows": Words("表格（多行）", "rows"),
}

_FORMATS = {
    "decimal": "decimal", "date": "date", "time": "time", "date-time": "instant",
    "email": "email", "file": "file",
}  # fmt: skip


def kind_of(node: Mapping[str, Any], ui: Mapping[str, Any]) -> str:
    """Which of `KINDS` a property of a schema is."""
    if node.get("type") == "integer":
        return "integer"
    if node.get("type") == "boolean":
        return "yes_no" if ui.get("ui:widget") == "radios" else "tick"
    if node.get("type") == "array":
        items = node.get("items") or {}
        of = "files" if items.get("format") == "file" else "several"
        return "rows" if items.get("type") == "object" else of
    if node.get("format") in _FORMATS:
        return _FORMATS[node["format"]]
    if "oneOf" in node or "from" in ui.get("ui:options", {}):
        return "choice"
    return "long" if ui.get("ui:widget") == "textarea" else "text"


def field_aspects(
    node: Mapping[str, Any], ui: Mapping[str, Any], *, required: bool
) -> dict[str, Words]:
    """Every aspect of a field that says something."""
    items, options = node.get("items") or {}, ui.get("ui:options", {})
    decimal, file = node.get("x-decimal", {}), node.get("x-file") or items.get("x-file") or {}
    english = node.get("x-i18n", {}).get("en", {})
    kind = kind_of(node, ui)
    made = {
        "title": Words(node.get("title", ""), english.get("title", "")),
        "hint": Words(node.get("description", ""), english.get("description", "")),
        "kind": KINDS[kind],
        "required": Words("是", "yes") if required else Words("否", "no"),
        "choices": _choices(node.get("oneOf") or items.get("oneOf") or ()),
        "from": _plain(options.get("from")),
        "minimum": _plain(node.get("minimum", decimal.get("minimum"))),
        "maximum": _plain(node.get("maximum", decimal.get("maximum"))),
        "step": _plain(decimal.get("step")),
        "longest": _plain(node.get("maxLength")),
        "shortest": _plain(node.get("minLength")),
        "pattern": _plain(node.get("pattern")),
        "fewest": _plain(node.get("minItems")),
        "most": _plain(node.get("maxItems")),
        "accept": _plain(" ".join(file.get("accept", ()))),
        "megabytes": _plain(file.get("megabytes")),
        "rows": _plain(options.get("rows")),
        "import": _plain("✓" if options.get("import") else ""),
        "conditions": _plain(_compact(items.get("allOf"))),
        "must": _plain("✓" if node.get("const") is True else ""),
        "widget": _plain(ui.get("ui:widget") if kind == "choice" else ""),
    }
    return {name: words for name, words in made.items() if words != Words("", "")}


def _choices(entries: Any) -> Words:
    zh = "、".join(str(each.get("title", "")) for each in entries)
    english = [each.get("x-i18n", {}).get("en", {}).get("title", "") for each in entries]
    return Words(zh, ", ".join(english))


def _plain(value: object) -> Words:
    text = "" if value is None else str(value)
    return Words(text, text)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
