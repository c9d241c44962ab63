"""Editing forms: their words, and their fields one by one."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.studio import json_text
from engine.studio.field_words import KINDS, kind_of
from engine.studio.form_sheets.places import (
    Place,
    both,
    holder_of,
    order_of,
    schema_file,
    ui_file,
    with_layout,
    with_order,
    with_required,
)
from engine.studio.form_sheets.rules import FIELDS, made_node, rules_faults, rules_read
from engine.studio.form_sheets.words import words_faults, words_read, words_written
from engine.studio.sheets import Fault, Files, Typed, UnknownPart

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True)
class FormSheet:
    """The title and hint of a form."""

    form_id: str

    @property
    def name(self) -> str:
        return f"form:{self.form_id}"

    def read(self, files: Files) -> dict[str, str]:
        schema, _ = both(files, self.form_id)
        return words_read(schema)

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        file = schema_file(self.form_id)
        text, faults = words_written(files[file], (), typed)
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
        schema, ui = both(files, self.form_id)
        place = Place.under(self.rows)
        holder = holder_of(schema, place.way)
        if self.rows and not holder:
            raise UnknownPart(self.path)
        if self.is_new:
            return {**empty, "key": "", "kind": "text"}
        node = holder.get("properties", {}).get(self.key)
        if node is None:
            raise UnknownPart(self.path)
        layout = holder_of(ui, (*place.ui_way, self.key))
        return {
            **empty, **words_read(node), "kind": kind_of(node, layout),
            "required": "true" if self.key in holder.get("required", ()) else "",
            **rules_read(node, layout),
        }  # fmt: skip

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        schema, ui = both(files, self.form_id)
        place = Place.under(self.rows)
        holder = holder_of(schema, place.way)
        faults = list(self._faults(holder, typed))
        if faults:
            return dict(files), faults
        key = self.key or typed["key"].strip()
        node = holder.get("properties", {}).get(key, {})
        layout = holder_of(ui, (*place.ui_way, key))
        made, made_ui = made_node(node, layout, typed)
        text = json_text.put(
            files[schema_file(self.form_id)], [*place.way, "properties", key], made
        )
        text = with_required(text, place.way, holder, key, wanted=typed.get("required") == "true")
        ui_text = files.get(ui_file(self.form_id), "{}")
        ui_text = with_layout(ui_text, (*place.ui_way, key), made_ui)
        if self.is_new:
            ui_text = with_order(
                ui_text, place.ui_way, [*order_of(holder, holder_of(ui, place.ui_way)), key]
            )
        return {**files, schema_file(self.form_id): text, ui_file(self.form_id): ui_text}, []

    def _faults(self, holder: Mapping[str, Any], typed: Typed) -> Iterator[Fault]:
        if self.is_new:
            key = typed.get("key", "").strip()
            if not KEY.fullmatch(key):
                yield Fault("key", "not_name")
            elif key in holder.get("properties", {}):
                yield Fault("key", "taken")
        kind = typed.get("kind", "")
        if kind not in KINDS or (kind == "rows" and self.rows):
            yield Fault("kind", "unknown")
            return
        yield from words_faults(typed)
        yield from rules_faults(kind, typed)


def moved(files: Files, form_id: str, path: str, by: int) -> dict[str, str]:
    """Move a field up (-1) or down (+1) among its own.

    Raises:
        UnknownPart: there is no such field.
    """
    schema, ui = both(files, form_id)
    sheet = FieldSheet(form_id, path)
    place = Place.under(sheet.rows)
    order = order_of(holder_of(schema, place.way), holder_of(ui, place.ui_way))
    if sheet.key not in order:
        raise UnknownPart(path)
    index = order.index(sheet.key)
    other = index + by
    if not 0 <= other < len(order):
        return dict(files)
    order[index], order[other] = order[other], order[index]
    text = files.get(ui_file(form_id), "{}")
    for length in range(1, len(place.ui_way) + 1):
        if not holder_of(json.loads(text), place.ui_way[:length]):
            text = json_text.put(text, place.ui_way[:length], {})
    return {**files, ui_file(form_id): json_text.put(text, [*place.ui_way, "ui:order"], order)}


def without(files: Files, form_id: str, path: str) -> dict[str, str]:
    """Take a field out of a form; the check says what still refers to it.

    Raises:
        UnknownPart: there is no such field.
    """
    schema, ui = both(files, form_id)
    sheet = FieldSheet(form_id, path)
    place = Place.under(sheet.rows)
    holder, layout = holder_of(schema, place.way), holder_of(ui, place.ui_way)
    if sheet.key not in holder.get("properties", {}):
        raise UnknownPart(path)
    text = json_text.drop(files[schema_file(form_id)], [*place.way, "properties", sheet.key])
    text = with_required(text, place.way, holder, sheet.key, wanted=False)
    ui_text = files.get(ui_file(form_id), "{}")
    if layout:
        ui_text = json_text.drop(ui_text, [*place.ui_way, sheet.key])
        order = [key for key in layout.get("ui:order", ()) if key != sheet.key]
        ui_text = with_order(ui_text, place.ui_way, order)
    return {**files, schema_file(form_id): text, ui_file(form_id): ui_text}


def added(files: Files, form_id: str, zh: str, en: str) -> dict[str, str]:
    """A new form with one field, for a step that has none.

    Raises:
        UnknownPart: the name cannot be one, or is taken.
    """
    if not KEY.fullmatch(form_id) or schema_file(form_id) in files:
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
