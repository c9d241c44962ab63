"""Changing attributes and properties of a diagram; every other byte stays as it was.

lxml would write the whole file anew, with other quotes and blanks, and a reviewer could not see
what an owner has changed. So expat says where things stand, and only there the text is replaced.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from engine.bpmn.definition import BPMN, SPIFF, read_xml

_TAG_NAME = re.compile(rb"</?\s*([^\s/>]+)")


@dataclass
class _Node:
    tag: str
    """{namespace}local, as lxml writes it"""
    attributes: Mapping[str, str]
    start: int
    open_end: int = 0
    close_start: int = 0
    end: int = 0
    children: list["_Node"] = field(default_factory=list)
    parent: "_Node | None" = None

    def first(self, tag: str) -> "_Node | None":
        return next((child for child in self.children if child.tag == tag), None)


class Diagram:
    """One BPMN file as text, with the places of its elements. Changes give a new one.

    Raises:
        BadPackage: not XML, too large, or with a document type.
    """

    def __init__(self, file: str, text: str) -> None:
        read_xml(file, text)
        self.file, self.text = file, text
        self._bytes = text.encode()
        self._root = _read(self._bytes)
        self._ids = {
            node.attributes["id"]: node for node in _walk(self._root) if "id" in node.attributes
        }

    def has(self, element_id: str) -> bool:
        return element_id in self._ids

    def with_attribute(self, element_id: str, name: str, value: str) -> "Diagram":
        """Set an attribute without a namespace; the empty text takes it away."""
        node = self._ids[element_id]
        old = self._bytes[node.start : node.open_end]
        found = re.search(rb"\s" + re.escape(name.encode()) + rb"\s*=\s*(\"[^\"]*\"|'[^']*')", old)
        if node.attributes.get(name, "") == value:
            return self
        new = f' {name}="{_quote(value)}"'.encode() if value else b""
        if found:
            made = old[: found.start()] + new + old[found.end() :]
        else:
            at = len(old) - (2 if old.endswith(b"/>") else 1)
            made = old[:at].rstrip() + new + old[at:]
        return self._replaced(node.start, node.open_end, made)

    def with_property(self, element_id: str, name: str, value: str) -> "Diagram":
        """Set a property of ours; the empty text takes it away."""
        node = self._ids[element_id]
        found = self._property(node, name)
        if found is not None:
            if found.attributes.get("value", "") == value:
                return self
            if not value:
                return self._without(found)
            return self._replaced(found.start, found.end, self._property_text(name, value))
        return self._with_new(node, name, value) if value else self

    def with_text(self, element_id: str, tag: str, value: str) -> "Diagram":
        """Set the text of a child, e.g. the condition of a flow; the empty text takes it away."""
        node = self._ids[element_id]
        child = node.first(BPMN + tag)
        if child is not None:
            if not value:
                return self._without(child)
            old = self._bytes[child.open_end : child.close_start].decode()
            new = escape(value)
            if old == new or _plain(old) == value:
                return self
            return self._replaced(child.open_end, child.close_start, new.encode())
        if not value:
            return self
        name = self._prefixed(tag, self._root)
        kind = ' xsi:type="{}"'.format(self._prefixed("tFormalExpression", self._root))
        kind = kind if b"xmlns:xsi=" in self._bytes[: self._root.open_end] else ""
        return self._child_added(node, f"<{name}{kind}>{escape(value)}</{name}>", last=True)

    def with_marker(self, element_id: str, *, many: bool) -> "Diagram":
        """Draw the ||| of many, or take it away."""
        node = self._ids[element_id]
        marker = node.first(f"{BPMN}multiInstanceLoopCharacteristics")
        if many == (marker is not None):
            return self
        if marker is not None:
            return self._without(marker)
        name = self._prefixed("multiInstanceLoopCharacteristics", self._root)
        return self._child_added(node, f'<{name} isSequential="false"/>', last=True)

    def with_lane(self, element_id: str, lane_id: str) -> "Diagram":
        """Move an element to another lane (who acts)."""
        here = self._lane_of(element_id)
        if here is None or here.parent is None or here.parent.attributes.get("id") == lane_id:
            return self
        moved = self._bytes[here.start : here.end].decode()
        made = self._without(here)
        return made._child_added(made._ids[lane_id], moved, last=True)  # noqa: SLF001 - itself

    def _lane_of(self, element_id: str) -> _Node | None:
        refs = (node for node in _walk(self._root) if node.tag == f"{BPMN}flowNodeRef")
        return next((ref for ref in refs if self._inner(ref).strip() == element_id), None)

    def _inner(self, node: _Node) -> str:
        return _plain(self._bytes[node.open_end : node.close_start].decode())

    def _property(self, node: _Node, name: str) -> _Node | None:
        holder = self._properties(node)
        return next(
            (p for p in (holder.children if holder else ()) if p.attributes.get("name") == name),
            None,
        )

    def _properties(self, node: _Node) -> _Node | None:
        extensions = node.first(f"{BPMN}extensionElements")
        return extensions.first(f"{SPIFF}properties") if extensions else None

    def _property_text(self, name: str, value: str) -> bytes:
        tag = self._spiff("property")
        return f'<{tag} name="{_quote(name)}" value="{_quote(value)}"/>'.encode()

    def _with_new(self, node: _Node, name: str, value: str) -> "Diagram":
        new = self._property_text(name, value).decode()
        holder = self._properties(node)
        if holder is not None:
            return self._child_added(holder, new, last=True)
        declared = self._prefix_of(SPIFF, self._root) is not None
        tag = self._spiff("properties")
        space = "" if declared else f' xmlns:spiffworkflow="{SPIFF[1:-1]}"'
        extensions = node.first(f"{BPMN}extensionElements")
        if extensions is not None:
            return self._child_added(extensions, f"<{tag}{space}>{new}</{tag}>", last=True)
        outer = self._prefixed("extensionElements", self._root)
        lead = self._lead(node) + "  "
        inner = f"<{tag}{space}>\n{lead}    {new}\n{lead}  </{tag}>"
        text = f"<{outer}>\n{lead}  {inner}\n{lead}</{outer}>"
        return self._child_added(node, text, last=False)

    def _child_added(self, node: _Node, new: str, *, last: bool) -> "Diagram":
        """Add a child on a line of its own, before the others or after them."""
        lead = self._lead(node)
        if node.close_start == node.start:  # written <like this/>
            opened = self._bytes[node.start : node.open_end][:-2].rstrip()
            tag = _tag(self._bytes, node.start)
            whole = opened + f">\n{lead}  {new}\n{lead}</{tag}>".encode()
            return self._replaced(node.start, node.end, whole)
        at = node.children[-1].end if last and node.children else node.open_end
        made = f"\n{lead}  {new}"
        if not node.children and not self._bytes[node.open_end : node.close_start].strip():
            return self._replaced(node.open_end, node.close_start, f"{made}\n{lead}".encode())
        return self._replaced(at, at, made.encode())

    def _without(self, node: _Node) -> "Diagram":
        """Take an element away, with the blanks before it."""
        before = self._bytes[: node.start]
        kept = before.rstrip(b" \t")
        kept = kept[:-1] if kept.endswith(b"\n") else before
        return Diagram(self.file, (kept + self._bytes[node.end :]).decode())

    def _replaced(self, start: int, end: int, new: bytes) -> "Diagram":
        return Diagram(self.file, (self._bytes[:start] + new + self._bytes[end:]).decode())

    def _lead(self, node: _Node) -> str:
        line = self._bytes[self._bytes.rfind(b"\n", 0, node.start) + 1 : node.start].decode()
        return line[: len(line) - len(line.lstrip())]

    def _spiff(self, name: str) -> str:
        prefix = self._prefix_of(SPIFF, self._root) or "spiffworkflow"
        return f"{prefix}:{name}"

    def _prefixed(self, name: str, root: _Node) -> str:
        prefix = self._prefix_of(BPMN, root)
        return f"{prefix}:{name}" if prefix else name

    def _prefix_of(self, space: str, root: _Node) -> str | None:
        """How the file calls a namespace; None where its root does not declare it by a prefix."""
        opening = self._bytes[root.start : root.open_end].decode()
        found = re.search(rf"xmlns:([\w.-]+)\s*=\s*[\"']{re.escape(space[1:-1])}[\"']", opening)
        return found[1] if found else None


def _read(text: bytes) -> _Node:
    parser = expat.ParserCreate(namespace_separator=" ")
    root: list[_Node] = []
    stack: list[_Node] = []

    def _opened(name: str, attributes: Mapping[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        node = _Node(f"{{{space}}}{local}" if space else local, attributes, parser.CurrentByteIndex)
        node.parent = stack[-1] if stack else None
        (stack[-1].children if stack else root).append(node)
        stack.append(node)
        node.open_end = _end_of_tag(text, node.start)

    def _closed(_name: str) -> None:
        node = stack.pop()
        node.close_start = parser.CurrentByteIndex
        node.end = node.open_end
        if text[node.open_end - 2 : node.open_end] == b"/>":
            node.close_start = node.start
        else:
            node.end = text.index(b">", node.close_start) + 1

    parser.StartElementHandler = _opened
    parser.EndElementHandler = _closed
    parser.Parse(text, True)
    return root[0]


def _end_of_tag(text: bytes, start: int) -> int:
    """Behind the > of a start tag; a > inside quotes is none."""
    quote = 0
    for at in range(start, len(text)):
        each = text[at]
        if quote:
            quote = 0 if each == quote else quote
        elif each in b"\"'":
            quote = each
        elif each == ord(">"):
            return at + 1
    return len(text)


def _tag(text: bytes, start: int) -> str:
    found: Any = _TAG_NAME.match(text, start)
    return str(found[1].decode())


def _walk(node: _Node) -> Any:
    yield node
    for child in node.children:
        yield from _walk(child)


def _quote(value: str) -> str:
    return escape(value, {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def _plain(text: str) -> str:
    for code, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'")):
        text = text.replace(code, char)
    return text.replace("&amp;", "&")
