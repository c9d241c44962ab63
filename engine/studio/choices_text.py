"""Choices as lines people can type: code | Chinese | English."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.studio.sheets import Fault

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
LOOSE = re.compile(r"[^|\n]{1,64}")
"""The choices of a number may be such as `2/3`, `A+B` or `1/2 + 1`."""
_PARTS = 3


def shown(entries: Sequence[Mapping[str, Any]]) -> str:
    """One line for each choice."""
    return "\n".join(
        f"{each.get('const', '')} | {each.get('title', '')} | {english(each).get('title', '')}"
        for each in entries
    )


def read(
    field: str, text: str, *, code: re.Pattern[str] = _CODE
) -> tuple[list[dict[str, Any]], Fault | None]:
    """The choices as a schema has them, or what is wrong with the first line that is."""
    made: list[dict[str, Any]] = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        parts = [part.strip() for part in line.replace("｜", "|").split("|")]
        if len(parts) != _PARTS or not all(parts) or not code.fullmatch(parts[0]):
            return [], Fault(field, "choices")
        if any(parts[0] == each["const"] for each in made):
            return [], Fault(field, "choice_twice", {"code": parts[0]})
        made.append({
            "const": parts[0], "title": parts[1], "x-i18n": {"en": {"title": parts[2]}},
        })  # fmt: skip
    return made, None


def english(node: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = node.get("x-i18n", {}).get("en", {})
    return found
