"""Titles and hints of forms and fields, in both languages."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from engine.studio import choices_text, json_text
from engine.studio.form_sheets.places import holder_of
from engine.studio.json_text import Way
from engine.studio.sheets import Fault, Typed


def words_read(node: Mapping[str, Any]) -> dict[str, str]:
    english = choices_text.english(node)
    return {
        "zh": node.get("title", ""), "en": english.get("title", ""),
        "hint_zh": node.get("description", ""), "hint_en": english.get("description", ""),
    }  # fmt: skip


def words_faults(typed: Typed) -> Iterator[Fault]:
    for name in ("zh", "en"):
        if not typed.get(name, "").strip():
            yield Fault(name, "missing")
    if bool(typed.get("hint_zh", "").strip()) != bool(typed.get("hint_en", "").strip()):
        yield Fault("hint_zh", "both_languages")


def words_made(old: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    english = {k: v for k, v in choices_text.english(old).items() if k != "description"}
    english["title"] = typed["en"].strip()
    made: dict[str, Any] = {"title": typed["zh"].strip()}
    if typed.get("hint_zh", "").strip():
        made["description"] = typed["hint_zh"].strip()
        english["description"] = typed["hint_en"].strip()
    return made | {"x-i18n": {"en": english}}


def words_written(text: str, way: Way, typed: Typed) -> tuple[str, list[Fault]]:
    faults = list(words_faults(typed))
    if faults:
        return text, faults
    old = holder_of(json.loads(text), way)
    made = words_made(old, typed)
    for name in ("title", "description", "x-i18n"):
        if name in made:
            text = json_text.put(text, [*way, name], made[name])
        else:
            text = json_text.drop(text, [*way, name])
    return text, []
