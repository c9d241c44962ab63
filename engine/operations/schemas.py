"""The parameters of operations as JSON Schema; the editor draws its form from them."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": ["integer", "string"]}
YES_NO: Schema = {"type": "boolean"}
CODES: Schema = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
MAPPING: Schema = {"type": "object"}
SEATS: Schema = {"type": "array", "items": {"type": "object", "required": ["kind"]}}
ANY: Schema = {}


def words(zh: str, en: str, *, hint: tuple[str, str] = ("", "")) -> dict[str, Any]:
    """A title, and perhaps a hint, in both languages."""
    english = {"title": en}
    made: dict[str, Any] = {"title": zh}
    if hint[0]:
        made["description"], english["description"] = hint
    return made | {"x-i18n": {"en": english}}


def parameter(
    zh: str, en: str, kind: Schema = TEXT, *, hint: tuple[str, str] = ("", "")
) -> dict[str, Any]:
    """One parameter: its title in both languages and what it accepts."""
    return {**words(zh, en, hint=hint), **kind}


def choice(*codes: tuple[str, str, str]) -> Schema:
    """A word out of a list of (code, zh, en)."""
    return {
        "type": "string",
        "oneOf": [{"const": code, **words(zh, en)} for code, zh, en in codes],
    }


def takes(
    required: Mapping[str, Schema],
    optional: Mapping[str, Schema] | None = None,
    *,
    more: bool = False,
) -> Schema:
    """The parameters of an operation; `more` lets further ones in, as values of a text."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": more,
    }
