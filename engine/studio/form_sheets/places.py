"""The two files of a form: where its fields stand in them, and how they are written back."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.forms import Form, load_form
from engine.studio import json_text
from engine.studio.field_words import kind_of
from engine.studio.json_text import Way
from engine.studio.numbers_sheet import read_json
from engine.studio.sheets import Files, UnknownPart


def schema_file(form_id: str) -> str:
    return f"forms/{form_id}-schema.json"


def ui_file(form_id: str) -> str:
    return f"forms/{form_id}-uischema.json"


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
    schema, ui = both(files, form_id)
    return list(_walk(schema, ui, ""))


def _walk(
    schema: Mapping[str, Any], ui: Mapping[str, Any], under: str
) -> Iterator[tuple[str, Mapping[str, Any], str, bool]]:
    for key in order_of(schema, ui):
        node, layout = schema["properties"][key], ui.get(key, {})
        yield f"{under}{key}", node, kind_of(node, layout), key in schema.get("required", ())
        items = node.get("items")
        if isinstance(items, dict) and items.get("type") == "object":
            yield from _walk(items, layout.get("items", {}), f"{under}{key}.")


def order_of(schema: Mapping[str, Any], ui: Mapping[str, Any]) -> list[str]:
    properties = schema.get("properties", {})
    named = [key for key in ui.get("ui:order", ()) if key in properties]
    return [*named, *(key for key in properties if key not in named)]


def both(files: Files, form_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if schema_file(form_id) not in files:
        raise UnknownPart(form_id)
    ui = read_json(files, ui_file(form_id)) if ui_file(form_id) in files else {}
    return read_json(files, schema_file(form_id)), ui


@dataclass(frozen=True)
class Place:
    """Where the properties of a form, or of its rows, stand in the two files."""

    way: Way
    ui_way: Way

    @classmethod
    def under(cls, rows: str) -> "Place":
        if not rows:
            return cls((), ())
        return cls(("properties", rows, "items"), (rows, "items"))


def holder_of(node: Any, way: Way) -> Any:
    for step in way:
        node = node.get(step, {}) if isinstance(node, dict) else {}
    return node


def with_required(text: str, way: Way, holder: Mapping[str, Any], key: str, *, wanted: bool) -> str:
    listed = list(holder.get("required", ()))
    if wanted == (key in listed):
        return text
    made = [*listed, key] if wanted else [each for each in listed if each != key]
    return json_text.put(text, [*way, "required"], made)


def with_layout(text: str, way: Way, layout: Mapping[str, Any]) -> str:
    if holder_of(json.loads(text), way) == layout:
        return text
    for length in range(1, len(way)):
        if not isinstance(holder_of(json.loads(text), way[:length]), dict) or not holder_of(
            json.loads(text), way[:length]
        ):
            text = json_text.put(text, way[:length], {})
    return json_text.put(text, way, layout) if layout else json_text.drop(text, way)


def with_order(text: str, way: Way, order: list[str]) -> str:
    if "ui:order" not in holder_of(json.loads(text), way):
        return text
    return json_text.put(text, [*way, "ui:order"], order)
