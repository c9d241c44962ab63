"""Differences of forms, field by field."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.definitions import Words
from engine.studio.differences.change import (
    NONE,
    Change,
    aspects_of,
    compact,
    english,
    named,
    pair,
    plain,
)
from engine.studio.field_words import ASPECTS, field_aspects
from engine.studio.sheets import Files


def forms(_key: str, old: Files, new: Files) -> Iterator[Change]:
    for form_id in named(old, new, "forms/", "-schema.json"):
        file = f"forms/{form_id}-schema.json"
        paths = (file, f"forms/{form_id}-uischema.json")
        if all(old.get(path) == new.get(path) for path in paths):
            continue
        was, now = (_form(f, form_id) for f in (old, new))
        shown = now or was or {}
        title = Words(shown.get("title") or form_id, english(shown).get("title") or form_id)
        place = Words(f"表单“{title.zh}”", f"form “{title.en}”")
        if was is None or now is None:
            yield Change(
                "forms", file, place, NONE, NONE if was else None, NONE if now else None, form_id
            )
            continue
        uis = [json.loads(f.get(paths[1], "{}")) for f in (old, new)]
        found = list(_form_changes(form_id, place, (was, now), uis))
        yield from found
        if not found:
            yield Change(
                "forms", file, place, Words("排版有改动", "layout changed"), None, None, form_id
            )


def _form_changes(
    form_id: str,
    place: Words,
    schemas: Sequence[Mapping[str, Any]],
    uis: Sequence[Mapping[str, Any]],
) -> Iterator[Change]:
    file = f"forms/{form_id}-schema.json"
    tops = [
        {
            "title": pair(schema, "title"),
            "description": pair(schema, "description"),
            "allOf": plain(compact(schema.get("allOf"))),
            "x-totals": plain(compact(schema.get("x-totals"))),
            "ui:show": plain(compact(ui.get("ui:show"))),
            "ui:results": plain(compact(ui.get("ui:results"))),
        }
        for schema, ui in zip(schemas, uis, strict=True)
    ]
    yield from aspects_of("forms", file, place, tops[0], tops[1], _form_aspect, form_id)
    was, now = (dict(_fields(s, u)) for s, u in zip(schemas, uis, strict=True))
    for path in dict.fromkeys([*was, *now]):
        one = now.get(path) or was[path]
        label = one["title"]
        here = Words(f"{place.zh}“{label.zh}”", f"{place.en}, “{label.en}”")
        element = f"{form_id}/{path}"
        if path not in was or path not in now:
            gone, kind = path in was, one["kind"]
            yield Change(
                "forms", file, here, NONE, kind if gone else None, None if gone else kind, element
            )
            continue
        yield from aspects_of(
            "forms", file, here, was[path], now[path], ASPECTS.__getitem__, element
        )
    shared = [path for path in was if path in now]
    if shared != [path for path in now if path in was]:
        yield Change(
            "forms",
            file,
            place,
            Words("字段顺序有调整", "order of fields changed"),
            None,
            None,
            form_id,
        )


def _form(files: Files, form_id: str) -> Mapping[str, Any] | None:
    text = files.get(f"forms/{form_id}-schema.json")
    return json.loads(text) if text is not None else None


def _fields(
    schema: Mapping[str, Any], ui: Mapping[str, Any], under: str = ""
) -> Iterator[tuple[str, dict[str, Words]]]:
    properties = schema.get("properties", {})
    order = [k for k in ui.get("ui:order", ()) if k in properties]
    for key in [*order, *(k for k in properties if k not in order)]:
        node, layout = properties[key], ui.get(key, {})
        path = f"{under}{key}"
        required = key in schema.get("required", ())
        yield path, field_aspects(node, layout, required=required)
        items = node.get("items")
        if isinstance(items, dict) and items.get("type") == "object":
            yield from _fields(items, layout.get("items", {}), f"{path}.")


def _form_aspect(name: str) -> Words:
    return {
        "title": Words("标题", "title"),
        "description": Words("说明", "hint"),
        "allOf": Words("有条件的必填", "needed only if"),
        "x-totals": Words("合计", "totals"),
        "ui:show": Words("表单上方显示", "shown above the form"),
        "ui:results": Words("显示的计算结果", "results shown"),
    }[name]
