"""What a kind of field asks of answers: limits, choices, files; read, refused, written."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.studio import choices_text
from engine.studio.field_words import kind_of
from engine.studio.form_sheets.words import words_made
from engine.studio.sheets import Fault, Typed

_WHOLE = re.compile(r"-?[0-9]{1,9}")
_DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_LIMITS = ("minimum", "maximum", "step", "longest", "fewest", "most", "megabytes")
_OF_KIND = {
    "text": ("longest",), "long": ("longest",), "integer": ("minimum", "maximum"),
    "decimal": ("minimum", "maximum", "step"), "several": ("choices", "from", "fewest", "most"),
    "choice": ("choices", "from"), "file": ("accept", "megabytes"),
    "files": ("accept", "megabytes", "fewest", "most"), "rows": ("fewest", "most", "import"),
}  # fmt: skip
FIELDS = ("choices", "from", "accept", "import", *_LIMITS)


def asked_for(kind: str) -> tuple[str, ...]:
    """Which further fields a kind of field has on its page."""
    return _OF_KIND.get(kind, ())


def rules_read(node: Mapping[str, Any], layout: Mapping[str, Any]) -> dict[str, str]:
    items, options = node.get("items") or {}, layout.get("ui:options", {})
    decimal = node.get("x-decimal", {})
    file = node.get("x-file") or items.get("x-file") or {}
    found = {
        "choices": choices_text.shown(node.get("oneOf") or items.get("oneOf") or ()),
        "from": options.get("from", ""),
        "minimum": node.get("minimum", decimal.get("minimum", "")),
        "maximum": node.get("maximum", decimal.get("maximum", "")),
        "step": decimal.get("step", ""),
        "longest": node.get("maxLength", ""),
        "fewest": node.get("minItems", ""),
        "most": node.get("maxItems", ""),
        "accept": " ".join(file.get("accept", ())),
        "megabytes": file.get("megabytes", ""),
        "import": "true" if options.get("import") else "",
    }
    return {name: str(value) for name, value in found.items()}


def rules_faults(kind: str, typed: Typed) -> Iterator[Fault]:
    for name in _LIMITS:
        text = typed.get(name, "").strip()
        if not text or name not in asked_for(kind):
            continue
        if not (_DECIMAL if kind == "decimal" else _WHOLE).fullmatch(text):
            yield Fault(name, "not_number" if kind == "decimal" else "not_whole")
    if kind in ("choice", "several") and not typed.get("from", "").strip():
        listed, fault = choices_text.read("choices", typed.get("choices", ""))
        if fault or not listed:
            yield fault or Fault("choices", "choices")
    if kind in ("file", "files"):
        accept = typed.get("accept", "").split()
        if not accept or not all(_SUFFIX.fullmatch(each) for each in accept):
            yield Fault("accept", "accept")
        if not typed.get("megabytes", "").strip():
            yield Fault("megabytes", "missing")


def made_node(
    old: Mapping[str, Any], layout: Mapping[str, Any], typed: Typed
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a field and its layout; what the page does not know of the same kind stays."""
    kind = typed["kind"]
    same = bool(old) and kind_of(old, layout) == kind
    node: dict[str, Any] = {**words_made(old, typed)}
    kept = {k: v for k, v in old.items() if k not in node and k != "description"} if same else {}
    node |= kept
    if not typed.get("hint_zh", "").strip():
        node.pop("description", None)
    ui = dict(layout) if same else {}
    return _ruled(node, ui, kind, {k: v.strip() for k, v in typed.items()})


_TYPES: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"}, "long": {"type": "string"}, "integer": {"type": "integer"},
    "decimal": {"type": "string", "format": "decimal"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "instant": {"type": "string", "format": "date-time"},
    "email": {"type": "string", "format": "email"}, "tick": {"type": "boolean"},
    "yes_no": {"type": "boolean"}, "choice": {"type": "string"},
    "several": {"type": "array", "uniqueItems": True}, "file": {"type": "string", "format": "file"},
    "files": {"type": "array"}, "rows": {"type": "array"},
}  # fmt: skip
_FIRST_COLUMN = {
    "type": "object",
    "properties": {
        "item": {
            "title": "内容", "x-i18n": {"en": {"title": "item"}}, "type": "string",
            "maxLength": 200,
        }
    },
}  # fmt: skip


def _ruled(
    node: dict[str, Any], ui: dict[str, Any], kind: str, typed: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    node |= _TYPES[kind]
    if kind in ("text", "long"):
        _set(node, "maxLength", _int(typed.get("longest")))
    if kind == "integer":
        for name in ("minimum", "maximum"):
            _set(node, name, _int(typed.get(name)))
    if kind == "decimal":
        limits = {n: typed[n] for n in ("minimum", "maximum", "step") if typed.get(n)}
        _set(node, "x-decimal", limits or None)
    if kind in ("several", "files", "rows"):
        _set(node, "minItems", _int(typed.get("fewest")))
        _set(node, "maxItems", _int(typed.get("most")))
    if kind in ("file", "files"):
        rule = {"accept": typed["accept"].split(), "megabytes": int(typed["megabytes"])}
        if kind == "file":
            node["x-file"] = rule
        else:
            node["items"] = {"type": "string", "format": "file", "x-file": rule}
    if kind == "rows":
        node.setdefault("items", _FIRST_COLUMN)
    _chosen(node, ui, kind, typed)
    _laid_out(ui, kind, typed)
    return node, ui


def _chosen(node: dict[str, Any], ui: dict[str, Any], kind: str, typed: Mapping[str, str]) -> None:
    if kind not in ("choice", "several"):
        return
    listed = [] if typed.get("from") else choices_text.read("choices", typed["choices"])[0]
    holder = node
    if kind == "several":
        holder = node["items"] = {"type": "string"}
    _set(holder, "oneOf", listed or None)
    options = {k: v for k, v in ui.get("ui:options", {}).items() if k != "from"}
    if typed.get("from"):
        options["from"] = typed["from"]
    _set(ui, "ui:options", options or None)


def _laid_out(ui: dict[str, Any], kind: str, typed: Mapping[str, str]) -> None:
    widgets = {"long": "textarea", "yes_no": "radios"}
    if kind in widgets:
        ui["ui:widget"] = widgets[kind]
    elif kind in ("text", "tick"):
        ui.pop("ui:widget", None)
    if kind == "rows":
        options = {k: v for k, v in ui.get("ui:options", {}).items() if k != "import"}
        if typed.get("import") == "true":
            options["import"] = True
        _set(ui, "ui:options", options or None)


def _set(node: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        node.pop(name, None)
    else:
        node[name] = value


def _int(text: str | None) -> int | None:
    return int(text) if text else None
