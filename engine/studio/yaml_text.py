"""Changing one place of a YAML text: comments, order and every other line stay as they were."""

import json
import re
from collections.abc import Sequence
from typing import Any

import yaml

Way = Sequence[str | int]

_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`][^,\[\]{}#&*!|>'\"%@`:\n]*")


def put(text: str, way: Way, value: Any) -> str:
    """Give the value at a place; a key that is not there yet is added to its mapping.

    Raises:
        KeyError: the way leads nowhere.
        yaml.YAMLError: the text is not YAML.
    """
    holder = _find(text, way[:-1])
    node = _child(holder, way[-1])
    if node is None:
        return _added(text, holder, way[-1], value)
    start, end = _span(text, node)
    if yaml.safe_load(text[start:end]) == value and _is_kind(text[start:end], value):
        return text
    if isinstance(node, yaml.ScalarNode) and not isinstance(value, dict | list):
        quoted = node.style in ('"', "'") and isinstance(value, str)
        return text[:start] + (_quoted(value) if quoted else flow(value)) + text[end:]
    return text[:start] + flow(value) + text[end:]


def drop(text: str, way: Way) -> str:
    """Take a member or an item out, with its line where it has one of its own.

    Raises:
        KeyError, yaml.YAMLError: as `put`.
    """
    holder = _find(text, way[:-1])
    places = _places(text, holder)
    index = _index(holder, way[-1])
    if index is None:
        return text
    start, end = places[index]
    if holder.flow_style:
        if index + 1 < len(places):
            return text[:start] + text[places[index + 1][0] :]
        return text[: places[index - 1][1] if index else start] + text[end:]
    line = text.rfind("\n", 0, start) + 1
    after = text.find("\n", end)
    return text[:line] + (text[after + 1 :] if after >= 0 else "")


def insert(text: str, way: Way, index: int, value: Any) -> str:
    """Put an item into a list before the one that stands there now.

    Raises:
        KeyError, yaml.YAMLError: as `put`.
    """
    holder = _find(text, way)
    places = _places(text, holder)
    if not places:
        start, end = _span(text, holder)
        return text[:start] + flow([value]) + text[end:]
    if holder.flow_style:
        if index < len(places):
            at = places[index][0]
            return f"{text[:at]}{flow(value)}, {text[at:]}"
        at = places[-1][1]
        return f"{text[:at]}, {flow(value)}{text[at:]}"
    dash = _line_start(text, places[0][0])
    lead = text[dash : text.index("-", dash)]
    if index < len(places):
        at = _line_start(text, places[index][0])
    else:
        after = text.find("\n", places[-1][1])
        at = after + 1 if after >= 0 else len(text)
        if after < 0:
            text += "\n"
            at += 1
    return f"{text[:at]}{lead}- {flow(value)}\n{text[at:]}"


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if _is_plain(value) else _quoted(value)
    return json.dumps(value)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is_plain(value: str) -> bool:
    if not _PLAIN.fullmatch(value) or value != value.strip():
        return False
    return bool(yaml.safe_load(f"[{value}]") == [value])


def _is_kind(text: str, value: Any) -> bool:
    return type(yaml.safe_load(text)) is type(value)


def _find(text: str, way: Way) -> Any:
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    for step in way:
        node = _child(node, step)
        if node is None:
            raise KeyError(".".join(map(str, way)))
    return node


def _child(node: Any, step: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        return node.value[step] if 0 <= step < len(node.value) else None
    raise KeyError(str(step))


def _index(node: Any, step: str | int) -> int | None:
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        return keys.index(str(step)) if str(step) in keys else None
    return step if isinstance(step, int) and step < len(node.value) else None


def _places(text: str, holder: Any) -> list[tuple[int, int]]:
    """From where to where each member stands, keys included, comments after it not."""
    made = []
    for part in holder.value:
        key, value = part if isinstance(part, tuple) else (part, part)
        made.append((key.start_mark.index, _span(text, value)[1]))
    return made


def _span(text: str, node: Any) -> tuple[int, int]:
    """A block ends where its last part does: the mark stands behind comments that follow."""
    start = node.start_mark.index
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return start, _span(text, last[1] if isinstance(last, tuple) else last)[1]
    end = node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        end = start + len(text[start:end].rstrip())
    return start, end


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _added(text: str, holder: Any, step: str | int, value: Any) -> str:
    if isinstance(holder, yaml.SequenceNode):
        raise KeyError(str(step))
    new = f"{flow(step)}: {flow(value)}"
    places = _places(text, holder)
    if holder.flow_style or not places:
        at = places[-1][1] if places else holder.start_mark.index + 1
        return f"{text[:at]}{', ' if places else ''}{new}{text[at:]}"
    first = places[0][0]
    lead = " " * (first - _line_start(text, first))
    after = text.find("\n", places[-1][1])
    at = after + 1 if after >= 0 else len(text)
    gap = "" if after >= 0 else "\n"
    return f"{text[:at]}{gap}{lead}{new}\n{text[at:]}"
