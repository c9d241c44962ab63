"""Diagrams for tests, from a few lines of text.

    start begin                       start begin message:withdrawal
    user ask | result=answer | returns=ok
    many vote | seats=members('judge')        a user task with the ||| marker
    service count | operation=keep | with.value=answer.ok
    rule table | decision=d           call step other_process | with.x=1
    calls visits unit | items=[1, 2] | item=one      a call activity with the ||| marker
    xor choice                        and fork
    timer wait duration 'PT1H'        timer wait date plan.notice_end
    on late ask duration hours(1)     on ended box message:over     on failed box error:boom
    sub box {
        …
    }
    end done                          end broken error:boom
    begin -> ask -> choice
    choice -> count if answer.ok == 'yes'
    choice -> done                    the flow without a condition is the default

Everything lies in one lane of the role `office` and is named by its id.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

_TAGS = {
    "start": "startEvent", "end": "endEvent", "user": "userTask", "many": "userTask",
    "service": "serviceTask", "rule": "businessRuleTask", "call": "callActivity",
    "calls": "callActivity", "xor": "exclusiveGateway", "and": "parallelGateway",
    "timer": "intermediateCatchEvent", "on": "boundaryEvent", "sub": "subProcess",
}  # fmt: skip
_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' id="definitions_{id}" targetNamespace="http://gongxuan/tests">'
)
_MARKER = "<bpmn:multiInstanceLoopCharacteristics/>"


@dataclass
class _Scope:
    """One process or sub-process while its lines are read."""

    parts: list[str] = field(default_factory=list)
    flows: list[tuple[str, str, str]] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)

    def defaults(self) -> dict[str, str]:
        return {
            source: flow_id(source, target)
            for source, target, condition in self.flows
            if not condition
            and self.kinds.get(source) == "xor"
            and sum(flow[0] == source for flow in self.flows) > 1
        }


class _Writer:
    """Turns lines into XML; messages and errors are gathered for the head of the file."""

    def __init__(self) -> None:
        self.named: dict[str, str] = {}

    def scope(self, lines: list[str]) -> tuple[str, list[str]]:
        """The XML of a scope, and the ids of everything directly in it."""
        scope = _Scope()
        pending: list[tuple[str, list[str]]] = []
        while lines:
            line = lines.pop(0)
            if line == "}":
                break
            if " -> " in line:
                self._flows(scope, line)
            else:
                head, _, properties = line.partition(" | ")
                inside = [self.scope(lines)[0]] if head.startswith("sub ") else []
                scope.kinds[head.split()[1]] = head.split()[0]
                pending.append((head, [*inside, properties]))
        defaults = scope.defaults()
        for head, rest in pending:
            *inside, properties = rest
            scope.parts.append(self._node(head, properties, "".join(inside), defaults))
        scope.parts.extend(_flow(*flow) for flow in scope.flows)
        return "".join(scope.parts), list(scope.kinds)

    @staticmethod
    def _flows(scope: _Scope, line: str) -> None:
        chain, _, condition = line.partition(" if ")
        ids = [part.strip() for part in chain.split("->")]
        scope.flows += [(a, b, condition) for a, b in pairwise(ids)]

    def _node(self, head: str, properties: str, inside: str, defaults: dict[str, str]) -> str:
        kind, node_id, *rest = head.split(maxsplit=2)
        said = rest[0].removesuffix("{").strip() if rest else ""
        attributes = {"id": node_id, "name": "" if kind in ("xor", "and") else node_id}
        if kind in ("call", "calls"):
            attributes["calledElement"] = said
        if kind == "on":
            attributes["attachedToRef"], _, said = said.partition(" ")
        if node_id in defaults:
            attributes["default"] = defaults[node_id]
        marker = _MARKER if kind in ("many", "calls") else ""
        told = _properties([f"name_en={node_id}", *properties.split(" | ")])
        body = told + self._event(kind, said) + inside + marker
        written = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
        return f"<bpmn:{_TAGS[kind]}{written}>{body}</bpmn:{_TAGS[kind]}>"

    def _event(self, kind: str, said: str) -> str:
        if kind not in ("start", "end", "timer", "on") or not said:
            return ""
        word, colon, name = said.partition(":")
        if colon and word in ("message", "error"):
            self.named[f"{word}_{name}"] = f'<bpmn:{word} id="{word}_{name}" name="{name}"' + (
                f' errorCode="{name}"/>' if word == "error" else "/>"
            )
            return f'<bpmn:{word}EventDefinition {word}Ref="{word}_{name}"/>'
        clock, _, text = said.partition(" ")
        tag = {"date": "timeDate", "duration": "timeDuration", "cycle": "timeCycle"}[clock]
        return (
            f"<bpmn:timerEventDefinition><bpmn:{tag}>{escape(text)}</bpmn:{tag}>"
            "</bpmn:timerEventDefinition>"
        )


def flow_id(source: str, target: str) -> str:
    return f"f_{source}_{target}"


def _flow(source: str, target: str, condition: str) -> str:
    said = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>"
    return (
        f'<bpmn:sequenceFlow id="{flow_id(source, target)}" sourceRef="{source}"'
        f' targetRef="{target}">{said if condition else ""}</bpmn:sequenceFlow>'
    )


def _properties(pairs: list[str]) -> str:
    told = "".join(
        f"<spiffworkflow:property name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, _, value in (pair.strip().partition("=") for pair in pairs if pair.strip())
    )
    return (
        "<bpmn:extensionElements><spiffworkflow:properties>"
        f"{told}</spiffworkflow:properties></bpmn:extensionElements>"
    )


def bpmn(process_id: str, text: str) -> str:
    """One file with one process."""
    writer = _Writer()
    body, ids = writer.scope([line.strip() for line in text.splitlines() if line.strip()])
    lane = "".join(f"<bpmn:flowNodeRef>{node_id}</bpmn:flowNodeRef>" for node_id in ids)
    return (
        _HEAD.format(id=process_id)
        + "".join(writer.named.values())
        + f'<bpmn:process id="{process_id}" name="{process_id}" isExecutable="true">'
        + _properties([f"name_en={process_id}"])
        + f'<bpmn:laneSet id="lanes_{process_id}"><bpmn:lane id="lane_{process_id}">'
        + _properties(["role=office"])
        + f"{lane}</bpmn:lane></bpmn:laneSet>{body}</bpmn:process></bpmn:definitions>"
    )
