"""Changing one place of a JSON text and leaving every other character as it was."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from json import decoder
from typing import Any

Way = Sequence[str | int]
"""Keys and positions that lead to a value, from the outside in."""

_scan: Any = decoder.scanstring  # type: ignore[attr-defined]  # not in the stubs
_BLANK = " \t\r\n"
_WIDE = 100


@dataclass
class _Node:
    """A value and where it stands; `keys` are the names of the members of an object."""

    start: int
    end: int = 0
    parts: list["_Node"] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    key_spans: list[tuple[int, int]] = field(default_factory=list)

    def child(self, step: str | int) -> "_Node | None":
        if isinstance(step, int):
            return self.parts[step] if 0 <= step < len(self.parts) and not self.keys else None
        return self.parts[self.keys.index(step)] if step in self.keys else None


def put(text: str, way: Way, value: Any) -> str:
    """Give the value at a place; a key that is not there yet is added at the end of its object.

    A position one past the end of a list adds an item. What holds the place must be there.

    Raises:
        KeyError: the way leads nowhere.
        ValueError: the text is not JSON.
    """
    if not way:
        return _shown(value, "", wide=False)
    holder = _find(text, way[:-1])
    node = holder.child(way[-1])
    if node is None:
        return _added(text, holder, way[-1], value)
    if _same(text[node.start : node.end], value):
        return text
    new = _shown(value, _indent(text, node.start), wide="\n" not in text[node.start : node.end])
    return text[: node.start] + new + text[node.end :]


def drop(text: str, way: Way) -> str:
    """Take a member or an item out; what is not there is left out already.

    Raises:
        KeyError, ValueError: as `put`.
    """
    holder = _find(text, way[:-1])
    node = holder.child(way[-1])
    if node is None:
        return text
    index = holder.parts.index(node)
    starts = [span[0] for span in holder.key_spans] or [part.start for part in holder.parts]
    if index + 1 < len(holder.parts):
        return text[: starts[index]] + text[starts[index + 1] :]
    begin = holder.parts[index - 1].end if index else holder.start + 1
    rest = holder.end - 1 if not index else node.end
    return text[:begin] + text[rest:]


def rename(text: str, way: Way, key: str) -> str:
    """Give a member another key; its place and its value stay.

    Raises:
        KeyError, ValueError: as `put`.
    """
    holder = _find(text, way[:-1])
    start, end = holder.key_spans[holder.keys.index(str(way[-1]))]
    return text[:start] + json.dumps(key, ensure_ascii=False) + text[end:]


def order(text: str, way: Way, keys: Sequence[str]) -> str:
    """Bring the members of an object into another order; those not named keep the end.

    Raises:
        KeyError, ValueError: as `put`.
    """
    holder = _find(text, way)
    wanted = [key for key in keys if key in holder.keys]
    wanted += [key for key in holder.keys if key not in wanted]
    if wanted == holder.keys:
        return text
    pieces = {
        key: text[span[0] : part.end]
        for key, span, part in zip(holder.keys, holder.key_spans, holder.parts, strict=True)
    }
    made, last = "", holder.start
    for key, span, part in zip(wanted, holder.key_spans, holder.parts, strict=True):
        made += text[last : span[0]] + pieces[key]
        last = part.end
    return text[: holder.start] + made + text[last:]


def _find(text: str, way: Way) -> _Node:
    node = _read(text)
    for step in way:
        found = node.child(step)
        if found is None:
            raise KeyError(".".join(map(str, way)))
        node = found
    return node


def _added(text: str, holder: _Node, step: str | int, value: Any) -> str:
    opening = text[holder.start]
    if opening not in "{[" or (opening == "[" and step != len(holder.parts)):
        raise KeyError(str(step))
    name = f"{json.dumps(str(step), ensure_ascii=False)}: " if opening == "{" else ""
    lines = "\n" in text[holder.start : holder.end] or not holder.parts
    outer = _indent(text, holder.start)
    inner = outer + "  "
    if holder.parts and lines:
        first = holder.key_spans[0][0] if holder.key_spans else holder.parts[0].start
        inner = _indent(text, first)
    new = name + _shown(value, inner, wide=False)
    if not lines:
        at = holder.parts[-1].end
        return text[:at] + ", " + name + _shown(value, "", wide=True) + text[at:]
    if not holder.parts:
        return text[: holder.start + 1] + f"\n{inner}{new}\n{outer}" + text[holder.end - 1 :]
    at = holder.parts[-1].end
    return text[:at] + f",\n{inner}{new}" + text[at:]


def _same(text: str, value: Any) -> bool:
    """As JSON tells them apart: true is not 1."""
    return json.dumps(json.loads(text), sort_keys=True) == json.dumps(value, sort_keys=True)


def _shown(value: Any, indent: str, *, wide: bool) -> str:
    short = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or (wide and len(short) + len(indent) <= _WIDE):
        return short
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\n" + indent)


def _indent(text: str, at: int) -> str:
    """The blanks at the beginning of the line in which something stands."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _read(text: str) -> _Node:
    json.loads(text)  # says what is wrong, better than the walk below
    return _value(text, _skip(text, 0))


def _value(text: str, at: int) -> _Node:
    opening = text[at]
    if opening in "{[":
        return _container(text, at)
    if opening == '"':
        return _Node(at, _scan(text, at + 1, True)[1])
    end = at
    while end < len(text) and text[end] not in ",]}" + _BLANK:
        end += 1
    return _Node(at, end)


def _container(text: str, at: int) -> _Node:
    node, place = _Node(at), _skip(text, at + 1)
    while text[place] not in "]}":
        if text[at] == "{":
            key, end = _scan(text, place + 1, True)
            node.keys.append(key)
            node.key_spans.append((place, end))
            place = _skip(text, _skip(text, end) + 1)
        node.parts.append(_value(text, place))
        place = _skip(text, node.parts[-1].end)
        if text[place] == ",":
            place = _skip(text, place + 1)
    node.end = place + 1
    return node


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at
