"""Differences of diagrams and decision tables, property by property."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from engine.bpmn.definition import BPMN, properties_of, read_elements, read_xml
from engine.checks.tables import read_decisions
from engine.definitions import Words
from engine.studio.differences.change import NO, NONE, YES, Change, aspects_of, plain
from engine.studio.sheets import Files
from engine.studio.vocabulary import KINDS, property_words


def diagrams(_key: str, old: Files, new: Files) -> Iterator[Change]:
    was, now = _elements(old), _elements(new)
    names = {key: place for side in (was, now) for key, (_, place, _aspects) in side.items()}
    was.update(_flows(old, names))
    now.update(_flows(new, names))
    for element in dict.fromkeys([*was, *now]):
        file, place, aspects = now.get(element) or was[element]
        if element not in was or element not in now:
            gone = element in was
            kind = aspects["bpmn:kind"]
            yield Change(
                "diagrams",
                file,
                place,
                NONE,
                kind if gone else None,
                None if gone else kind,
                element,
            )
            continue
        yield from aspects_of(
            "diagrams", file, place, was[element][2], aspects, _element_aspect, element
        )


def _elements(files: Files) -> dict[str, tuple[str, Words, dict[str, Words]]]:
    made: dict[str, tuple[str, Words, dict[str, Words]]] = {}
    named = (yaml.safe_load(files.get("roles.yaml", "")) or {}).get("roles", {})
    roles = {key: Words(entry["zh"], entry.get("en", "")) for key, entry in named.items()}
    for file in sorted(files):
        if not file.endswith(".bpmn"):
            continue
        root = read_xml(file, files[file])
        for each in read_elements(file, root):
            aspects = {
                "bpmn:kind": KINDS.get(each.kind, plain(each.kind)),
                "bpmn:name": plain(each.name),
                "bpmn:role": roles.get(each.role, plain(each.role)),
                "bpmn:many": YES if each.marker else NO,
                "bpmn:called": plain(each.called),
            } | {name: plain(value) for name, value in each.properties.items()}
            name = each.name or each.id
            kind = KINDS.get(each.kind, plain(each.kind))
            place = Words(f"{kind.zh}“{name}”", f"{kind.en} “{each.name_en or each.id}”")
            made[each.id] = (file, place, aspects)
            made[each.id][2].update(_timer(root, each.id))
    return made


def _timer(root: Any, element_id: str) -> dict[str, Words]:
    for event in root.iter(f"{BPMN}timeDate", f"{BPMN}timeDuration"):
        if event.getparent().getparent().get("id") == element_id:
            return {"bpmn:timer": plain(event.text or "")}
    return {}


def _flows(
    files: Files, names: Mapping[str, Words]
) -> Iterator[tuple[str, tuple[str, Words, dict[str, Words]]]]:
    """Sequence flows; their ends are called the same in both versions, whatever was renamed."""
    for file in sorted(path for path in files if path.endswith(".bpmn")):
        root = read_xml(file, files[file])
        defaults = {node.get("default") for node in root.iter() if node.get("default")}
        for flow in root.iter(f"{BPMN}sequenceFlow"):
            ends = [flow.get(side, "") for side in ("sourceRef", "targetRef")]
            source, target = (names.get(end, plain(end)) for end in ends)
            place = Words(f"{source.zh}到{target.zh}", f"from {source.en} to {target.en}")
            condition = flow.find(f"{BPMN}conditionExpression")
            aspects = {
                "bpmn:kind": KINDS["sequenceFlow"],
                "bpmn:name": plain(flow.get("name", "")),
                "bpmn:source": source,
                "bpmn:target": target,
                "bpmn:condition": plain((condition.text or "") if condition is not None else ""),
                "bpmn:default": YES if flow.get("id") in defaults else NO,
            } | {name: plain(value) for name, value in properties_of(flow).items()}
            yield flow.get("id", ""), (file, place, aspects)


def _element_aspect(name: str) -> Words:
    own = {
        "bpmn:kind": Words("类型", "kind"),
        "bpmn:name": Words("名称", "name"),
        "bpmn:role": Words("责任主体", "who acts"),
        "bpmn:many": Words("多人提交", "done by many"),
        "bpmn:called": Words("调用的流程", "process called"),
        "bpmn:source": Words("起点", "from"),
        "bpmn:target": Words("终点", "to"),
        "bpmn:condition": Words("条件", "condition"),
        "bpmn:default": Words("其他情况走此流向", "taken otherwise"),
        "bpmn:timer": Words("时间", "time"),
    }
    return own.get(name) or property_words(name)


def tables(_key: str, old: Files, new: Files) -> Iterator[Change]:
    was, now = (
        {
            f"{decision.id}.{cell}": (file, decision.id, text)
            for file in sorted(f)
            if file.endswith(".dmn")
            for decision in read_decisions(file, read_xml(file, f[file]))
            for cell, text in (*decision.inputs, *decision.cells)
        }
        for f in (old, new)
    )
    for cell in dict.fromkeys([*was, *now]):
        file, decision, _ = now.get(cell) or was[cell]
        place = Words(f"决策表{decision}", f"decision table {decision}")
        before = plain(was[cell][2]) if cell in was else None
        after = plain(now[cell][2]) if cell in now else None
        if before != after:
            name = cell.rpartition(".")[2]
            yield Change("tables", file, place, Words(f"格{name}", f"cell {name}"), before, after)
