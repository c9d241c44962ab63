"""Editing forms: their words, their fields one by one, or both files as text."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.forms import Form, InvalidForm, load_form
from engine.studio import choices_text, json_text
from engine.studio.field_words import KINDS, kind_of
from engine.studio.json_text import Way
from engine.studio.numbers_sheet import read_json
from engine.studio.sheets import Fault, Files, Typed, UnknownPart

_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
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


def schema_file(form_id: str) -> str:
    return f"forms/{form_id}-schema.json"


def ui_file(form_id: str) -> str:
    return f"forms/{form_id}-uischema.json"


def asked_for(kind: str) -> tuple[str, ...]:
    """Which further fields a kind of field has on its page."""
    return _OF_KIND.get(kind, ())


def form_ids(files: Files) -> list[str]:
    """All forms, by name."""
    end = "-schema.json"
    return sorted(
        path.removeprefix("forms/").removesuffix(end)
        for path in files
        if path.startswith("forms/") and path.endswith(end)
    )


def load(files: Files, form_id: str) -> Form:
    """The form as it runs.

    Raises:
        UnknownPart: there is none of this name.
        InvalidForm: it cannot run.
    """
    if schema_file(form_id) not in files:
        raise UnknownPart(form_id)
    return load_form(form_id, files[schema_file(form_id)], files.get(ui_file(form_id), "{}"))


def fields_of(files: Files, form_id: str) -> list[tuple[str, Mapping[str, Any], str, bool]]:
    """(path, schema, kind, required) of every field in its order, columns after their rows.

    Raises:
        UnknownPart, Unreadable.
    """
    schema, ui = _both(files, form_id)
    return list(_walk(schema, ui, ""))


def _walk(
    schema: Mapping[str, Any], ui: Mapping[str, Any], under: str
) -> Iterator[tuple[str, Mapping[str, Any], str, bool]]:
    for key in _order(schema, ui):
        node, layout = schema["properties"][key], ui.get(key, {})
        yield f"{under}{key}", node, kind_of(node, layout), key in schema.get("required", ())
        items = node.get("items")
        if isinstance(items, dict) and items.get("type") == "object":
            yield from _walk(items, layout.get("items", {}), f"{under}{key}.")


def _order(schema: Mapping[str, Any], ui: Mapping[str, Any]) -> list[str]:
    properties = schema.get("properties", {})
    named = [key for key in ui.get("ui:order", ()) if key in properties]
    return [*named, *(key for key in properties if key not in named)]


def _both(files: Files, form_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if schema_file(form_id) not in files:
        raise UnknownPart(form_id)
    ui = read_json(files, ui_file(form_id)) if ui_file(form_id) in files else {}
    return read_json(files, schema_file(form_id)), ui


@dataclass(frozen=True)
class _Place:
    """Where the properties of a form, or of its rows, stand in the two files."""

    way: Way
    ui_way: Way

    @classmethod
    def under(cls, rows: str) -> "_Place":
        if not rows:
            return cls((), ())
        return cls(("properties", rows, "items"), (rows, "items"))


def _holder(node: Any, way: Way) -> Any:
    for step in way:
        node = node.get(step, {}) if isinstance(node, dict) else {}
    return node


@dataclass(frozen=True)
class FormSheet:
    """The title and hint of a form."""

    form_id: str

    @property
    def name(self) -> str:
        return f"form:{self.form_id}"

    def read(self, files: Files) -> dict[str, str]:
        schema, _ = _both(files, self.form_id)
        return _words_read(schema)

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        file = schema_file(self.form_id)
        text, faults = _words_written(files[file], (), typed)
        return {**files, file: text}, faults


@dataclass(frozen=True)
class FieldSheet:
    """One field of a form. `path` is `people` or `people.name`; without a last part, a new one."""

    form_id: str
    path: str

    @property
    def name(self) -> str:
        return f"field:{self.form_id}/{self.path}"

    @property
    def rows(self) -> str:
        return self.path.rpartition(".")[0]

    @property
    def key(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def is_new(self) -> bool:
        return not self.key

    def read(self, files: Files) -> dict[str, str]:
        empty = dict.fromkeys(("zh", "en", "hint_zh", "hint_en", "required", *FIELDS), "")
        schema, ui = _both(files, self.form_id)
        place = _Place.under(self.rows)
        holder = _holder(schema, place.way)
        if self.rows and not holder:
            raise UnknownPart(self.path)
        if self.is_new:
            return {**empty, "key": "", "kind": "text"}
        node = holder.get("properties", {}).get(self.key)
        if node is None:
            raise UnknownPart(self.path)
        layout = _holder(ui, (*place.ui_way, self.key))
        return {
            **empty, **_words_read(node), "kind": kind_of(node, layout),
            "required": "true" if self.key in holder.get("required", ()) else "",
            **_rules_read(node, layout),
        }  # fmt: skip

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        schema, ui = _both(files, self.form_id)
        place = _Place.under(self.rows)
        holder = _holder(schema, place.way)
        faults = list(self._faults(holder, typed))
        if faults:
            return dict(files), faults
        key = self.key or typed["key"].strip()
        node = holder.get("properties", {}).get(key, {})
        layout = _holder(ui, (*place.ui_way, key))
        made, made_ui = _node(node, layout, typed)
        text = json_text.put(
            files[schema_file(self.form_id)], [*place.way, "properties", key], made
        )
        text = _required(text, place.way, holder, key, wanted=typed.get("required") == "true")
        ui_text = files.get(ui_file(self.form_id), "{}")
        ui_text = _with_layout(ui_text, (*place.ui_way, key), made_ui)
        if self.is_new:
            ui_text = _with_order(
                ui_text, place.ui_way, [*_order(holder, _holder(ui, place.ui_way)), key]
            )
        return {**files, schema_file(self.form_id): text, ui_file(self.form_id): ui_text}, []

    def _faults(self, holder: Mapping[str, Any], typed: Typed) -> Iterator[Fault]:
        if self.is_new:
            key = typed.get("key", "").strip()
            if not _KEY.fullmatch(key):
                yield Fault("key", "not_name")
            elif key in holder.get("properties", {}):
                yield Fault("key", "taken")
        kind = typed.get("kind", "")
        if kind not in KINDS or (kind == "rows" and self.rows):
            yield Fault("kind", "unknown")
            return
        yield from _words_faults(typed)
        yield from _rules_faults(kind, typed)


def _rules_read(node: Mapping[str, Any], layout: Mapping[str, Any]) -> dict[str, str]:
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


def _rules_faults(kind: str, typed: Typed) -> Iterator[Fault]:
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


def _node(
    old: Mapping[str, Any], layout: Mapping[str, Any], typed: Typed
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a field and its layout; what the page does not know of the same kind stays."""
    kind = typed["kind"]
    same = bool(old) and kind_of(old, layout) == kind
    node: dict[str, Any] = {**_words_made(old, typed)}
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


def _words_read(node: Mapping[str, Any]) -> dict[str, str]:
    english = choices_text.english(node)
    return {
        "zh": node.get("title", ""), "en": english.get("title", ""),
        "hint_zh": node.get("description", ""), "hint_en": english.get("description", ""),
    }  # fmt: skip


def _words_faults(typed: Typed) -> Iterator[Fault]:
    for name in ("zh", "en"):
        if not typed.get(name, "").strip():
            yield Fault(name, "missing")
    if bool(typed.get("hint_zh", "").strip()) != bool(typed.get("hint_en", "").strip()):
        yield Fault("hint_zh", "both_languages")


def _words_made(old: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    english = {k: v for k, v in choices_text.english(old).items() if k != "description"}
    english["title"] = typed["en"].strip()
    made: dict[str, Any] = {"title": typed["zh"].strip()}
    if typed.get("hint_zh", "").strip():
        made["description"] = typed["hint_zh"].strip()
        english["description"] = typed["hint_en"].strip()
    return made | {"x-i18n": {"en": english}}


def _words_written(text: str, way: Way, typed: Typed) -> tuple[str, list[Fault]]:
    faults = list(_words_faults(typed))
    if faults:
        return text, faults
    old = _holder(json.loads(text), way)
    made = _words_made(old, typed)
    for name in ("title", "description", "x-i18n"):
        if name in made:
            text = json_text.put(text, [*way, name], made[name])
        else:
            text = json_text.drop(text, [*way, name])
    return text, []


def _required(text: str, way: Way, holder: Mapping[str, Any], key: str, *, wanted: bool) -> str:
    listed = list(holder.get("required", ()))
    if wanted == (key in listed):
        return text
    made = [*listed, key] if wanted else [each for each in listed if each != key]
    return json_text.put(text, [*way, "required"], made)


def _with_layout(text: str, way: Way, layout: Mapping[str, Any]) -> str:
    if _holder(json.loads(text), way) == layout:
        return text
    for length in range(1, len(way)):
        if not isinstance(_holder(json.loads(text), way[:length]), dict) or not _holder(
            json.loads(text), way[:length]
        ):
            text = json_text.put(text, way[:length], {})
    return json_text.put(text, way, layout) if layout else json_text.drop(text, way)


def _with_order(text: str, way: Way, order: list[str]) -> str:
    if "ui:order" not in _holder(json.loads(text), way):
        return text
    return json_text.put(text, [*way, "ui:order"], order)


def moved(files: Files, form_id: str, path: str, by: int) -> dict[str, str]:
    """Move a field up (-1) or down (+1) among its own.

    Raises:
        UnknownPart: there is no such field.
    """
    schema, ui = _both(files, form_id)
    sheet = FieldSheet(form_id, path)
    place = _Place.under(sheet.rows)
    order = _order(_holder(schema, place.way), _holder(ui, place.ui_way))
    if sheet.key not in order:
        raise UnknownPart(path)
    index = order.index(sheet.key)
    other = index + by
    if not 0 <= other < len(order):
        return dict(files)
    order[index], order[other] = order[other], order[index]
    text = files.get(ui_file(form_id), "{}")
    for length in range(1, len(place.ui_way) + 1):
        if not _holder(json.loads(text), place.ui_way[:length]):
            text = json_text.put(text, place.ui_way[:length], {})
    return {**files, ui_file(form_id): json_text.put(text, [*place.ui_way, "ui:order"], order)}


def without(files: Files, form_id: str, path: str) -> dict[str, str]:
    """Take a field out of a form; the check says what still refers to it.

    Raises:
        UnknownPart: there is no such field.
    """
    schema, ui = _both(files, form_id)
    sheet = FieldSheet(form_id, path)
    place = _Place.under(sheet.rows)
    holder, layout = _holder(schema, place.way), _holder(ui, place.ui_way)
    if sheet.key not in holder.get("properties", {}):
        raise UnknownPart(path)
    text = json_text.drop(files[schema_file(form_id)], [*place.way, "properties", sheet.key])
    text = _required(text, place.way, holder, sheet.key, wanted=False)
    ui_text = files.get(ui_file(form_id), "{}")
    if layout:
        ui_text = json_text.drop(ui_text, [*place.ui_way, sheet.key])
        order = [key for key in layout.get("ui:order", ()) if key != sheet.key]
        ui_text = _with_order(ui_text, place.ui_way, order)
    return {**files, schema_file(form_id): text, ui_file(form_id): ui_text}


def added(files: Files, form_id: str, zh: str, en: str) -> dict[str, str]:
    """A new form with one field, for a step that has none.

    Raises:
        UnknownPart: the name cannot be one, or is taken.
    """
    if not _KEY.fullmatch(form_id) or schema_file(form_id) in files:
        raise UnknownPart(form_id)
    schema = {
        "title": zh, "x-i18n": {"en": {"title": en}}, "type": "object",
        "properties": {
            "note": {
                "title": "说明", "x-i18n": {"en": {"title": "note"}}, "type": "string",
                "maxLength": 500,
            }
        },
        "required": [],
    }  # fmt: skip
    ui = {"ui:order": ["note"], "note": {"ui:widget": "textarea"}}
    shown = [json.dumps(each, ensure_ascii=False, indent=2) + "\n" for each in (schema, ui)]
    return {**files, schema_file(form_id): shown[0], ui_file(form_id): shown[1]}


@dataclass(frozen=True)
class RawFormSheet:
    """Both files of a form as text, for experts; saved only where they make a form."""

    form_id: str

    @property
    def name(self) -> str:
        return f"raw-form:{self.form_id}"

    def read(self, files: Files) -> dict[str, str]:
        if schema_file(self.form_id) not in files:
            raise UnknownPart(self.form_id)
        return {
            "schema": files[schema_file(self.form_id)],
            "ui": files.get(ui_file(self.form_id), "{}"),
        }

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        schema, ui = typed.get("schema", ""), typed.get("ui", "")
        try:
            load_form(self.form_id, schema, ui)
        except InvalidForm as bad:
            return dict(files), [
                Fault(
                    "schema" if fault.file.endswith("-schema.json") else "ui", "form",
                    {"place": fault.place or "/", "reason": f"{fault.wrong}; {fault.remedy}"},
                )
                for fault in bad.faults
            ]  # fmt: skip
        return {**files, schema_file(self.form_id): schema, ui_file(self.form_id): ui}, []
