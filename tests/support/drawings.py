"""Draw small process packages in code: a list of steps becomes a diagram."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import count
from typing import Any

from engine.definitions import PackageVersion, content_hash

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"
  targetNamespace="http://gongxuan/tests">"""
_MANY = "<bpmn:multiInstanceLoopCharacteristics />"
_ROLES = """
roles:
  selection_office: {zh: 公选办, en: Selection office}
  supervisor: {zh: 纪检, en: Supervisor}
  leading_group: {zh: 领导小组, en: Leading group}
  judge: {zh: 评委, en: Judge}
  examiner: {zh: 考官, en: Examiner}
  candidate: {zh: 报考人, en: Candidate}
functions:
  timekeeper: {zh: 计时员, en: Timekeeper}
"""


@dataclass(frozen=True)
class Node:
    """One shape and what hangs on it."""

    id: str
    tag: str
    properties: Mapping[str, str] = field(default_factory=dict)
    inner: str = ""
    attributes: str = ""
    branches: Sequence[tuple[str, Sequence["Node"]]] = ()
    """of a gateway: condition (empty: otherwise) and steps"""
    body: Sequence["Node"] = ()
    edges: Sequence["Node"] = ()
    """boundary events; the steps of each are its `body`"""


def single(key: str, *, role: str = "selection_office", **properties: str) -> Node:
    return Node(key, "userTask", _named({"role": role, **properties}))


def collective(key: str, seats: str = "", *, role: str = "judge", **properties: str) -> Node:
    seated = {"seats": seats} if seats else {}
    return Node(key, "userTask", _named({"role": role, **seated, **properties}), _MANY)


def service(key: str, operation: str, **properties: str) -> Node:
    return Node(key, "serviceTask", _named({"operation": operation, **properties}))


def call(key: str, process: str, **properties: str) -> Node:
    """A called process; with `items` one linked run for each of them."""
    many = _MANY if "items" in properties else ""
    return Node(key, "callActivity", _named(properties), many, f'calledElement="{process}"')


def wait(key: str, *, until: str = "", duration: str = "") -> Node:
    return Node(key, "intermediateCatchEvent", {}, _timer(until, duration))


def end(key: str) -> Node:
    return Node(key, "endEvent")


def split(key: str, *branches: Sequence[Node]) -> Node:
    return Node(key, "parallelGateway", branches=[("", branch) for branch in branches])


def choice(key: str, *branches: tuple[str, Sequence[Node]]) -> Node:
    return Node(key, "exclusiveGateway", branches=branches)


def box(key: str, *steps: Node, edges: Sequence[Node] = ()) -> Node:
    return Node(key, "subProcess", body=steps, edges=edges)


def on_message(key: str, message: str, *steps: Node) -> Node:
    inner = f'<bpmn:messageEventDefinition messageRef="message_{message}" />'
    return Node(key, "boundaryEvent", inner=inner, body=steps)


def on_time(key: str, *steps: Node, until: str = "", duration: str = "") -> Node:
    return Node(key, "boundaryEvent", inner=_timer(until, duration), body=steps)


def _named(properties: Mapping[str, str]) -> dict[str, str]:
    """`with_rows` is written for `with.rows`."""
    return {
        f"with.{name.removeprefix('with_')}" if name.startswith("with_") else name: value
        for name, value in properties.items()
    }


def _timer(until: str, duration: str) -> str:
    tag, text = ("timeDate", until) if until else ("timeDuration", duration)
    return (
        f"<bpmn:timerEventDefinition><bpmn:{tag}>{escape(text)}</bpmn:{tag}>"
        "</bpmn:timerEventDefinition>"
    )


class _Sheet:
    """Collects the XML of one process."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.numbers = count(1)

    def flow(self, source: str, target: str, condition: str = "") -> str:
        key = f"f{next(self.numbers)}_{source}"
        asked = (
            f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(condition)}'
            "</bpmn:conditionExpression>"
            if condition
            else ""
        )
        self.lines.append(
            f'<bpmn:sequenceFlow id="{key}" sourceRef="{source}" targetRef="{target}">{asked}'
            "</bpmn:sequenceFlow>"
        )
        return key

    def lay(self, steps: Sequence[Node], before: str, condition: str = "") -> tuple[str, str, str]:
        """Draw steps in a row; gives the last node, "" after an end, and the first flow's id."""
        first = ""
        for step in steps:
            key = self.flow(before, step.id, condition)
            first, condition = first or key, ""
            before = self.draw(step)
        return before, condition, first

    def draw(self, node: Node) -> str:
        """Draw one step with what hangs on it; gives the node that goes on, or "" at an end."""
        if node.branches:
            return self._branches(node)
        body = self._inside(node) if node.tag == "subProcess" else ""
        self.shape(node, body)
        for edge in node.edges:
            self.shape(edge, "", f'attachedToRef="{node.id}"')
            self.finish(edge.body, edge.id)
        return "" if node.tag == "endEvent" else node.id

    def _inside(self, node: Node) -> str:
        inner = _Sheet()
        inner.numbers = self.numbers
        inner.row(f"{node.id}_begin", node.body)
        return "".join(inner.lines)

    def row(self, begin: str, steps: Sequence[Node]) -> None:
        self.lines.append(f'<bpmn:startEvent id="{begin}" />')
        self.finish(steps, begin)

    def finish(self, steps: Sequence[Node], before: str) -> None:
        last, _, _ = self.lay(steps, before)
        if last:
            self.shape(end(f"{before}_over"))
            self.flow(last, f"{before}_over")

    def _branches(self, node: Node) -> str:
        join, otherwise, ways_on = f"{node.id}_join", "", 0
        for condition, steps in node.branches:
            last, left, key = self.lay(steps, node.id, condition)
            if last:
                made = self.flow(last, join, left)
                key, ways_on = key or made, ways_on + 1
            if node.tag == "exclusiveGateway" and not condition:
                otherwise = f'default="{key}"'
        self.shape(Node(node.id, node.tag, node.properties, attributes=otherwise))
        if not ways_on:
            return ""
        self.shape(Node(join, node.tag))
        return join

    def shape(self, node: Node, body: str = "", more: str = "") -> None:
        pairs = "".join(
            f'<spiffworkflow:property name="{name}" value="{escape(value)}" />'
            for name, value in node.properties.items()
        )
        said = (
            "<bpmn:extensionElements><spiffworkflow:properties>"
            f"{pairs}</spiffworkflow:properties></bpmn:extensionElements>"
            if pairs
            else ""
        )
        self.lines.append(
            f'<bpmn:{node.tag} id="{node.id}" name="{node.id}" {node.attributes} {more}>'
            f"{said}{node.inner}{body}</bpmn:{node.tag}>"
        )


def process(key: str, *steps: Node, message: str = "", **properties: str) -> tuple[str, str]:
    """One file: its name and its text. With `message` it is started by that message."""
    sheet = _Sheet()
    inner = f'<bpmn:messageEventDefinition messageRef="message_{message}" />' if message else ""
    sheet.shape(Node(f"{key}_begin", "startEvent", _named(properties), inner))
    sheet.finish(steps, f"{key}_begin")
    named = sorted({message, *_messages(steps)} - {""})
    messages = "".join(f'<bpmn:message id="message_{name}" name="{name}" />' for name in named)
    drawn = "\n".join(sheet.lines)
    return f"{key}.bpmn", (
        f'{_HEAD}\n{messages}<bpmn:process id="{key}" isExecutable="true">\n{drawn}\n'
        "</bpmn:process></bpmn:definitions>"
    )


def _messages(steps: Sequence[Node]) -> Iterator[str]:
    for step in steps:
        for edge in step.edges:
            if "messageRef" in edge.inner:
                yield edge.inner.split('messageRef="message_')[1].split('"')[0]
            yield from _messages(edge.body)
        yield from _messages(step.body)
        for _, branch in step.branches:
            yield from _messages(branch)


def _titled(form: Mapping[str, Any]) -> dict[str, Any]:
    """A form may leave the titles of its fields out here; they are called like the field then."""
    fields = {
        key: {"title": key, "x-i18n": {"en": {"title": key}}, **field}
        for key, field in form["properties"].items()
    }
    return {"type": "object", **form, "properties": fields}


_PLAN = "- {key: start, zh: 公告, en: Start, day: 0, time: '08:30'}\n"


def package(
    *processes: tuple[str, str],
    forms: Mapping[str, Mapping[str, Any]] | None = None,
    plan: str = _PLAN,
    roles: Mapping[str, Sequence[str]] | None = None,
) -> PackageVersion:
    """A package whose main process is the first one; `roles`: which others each excludes."""
    drawn = _ROLES
    for role, never in (roles or {}).items():
        drawn = drawn.replace(f"  {role}: {{", f"  {role}: {{never_with: [{', '.join(never)}], ")
    files = {
        **dict(processes),
        "roles.yaml": drawn,
        "plan.yaml": plan,
        "parameters-schema.json": '{"type": "object", "properties": {}}',
        **{f"forms/{k}-schema.json": json.dumps(_titled(f)) for k, f in (forms or {}).items()},
    }
    key = processes[0][0].removesuffix(".bpmn")
    return PackageVersion(key, content_hash(files), files)
