"""Adding, describing, renaming and removing numbers of the plan and lines of the plan."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError
from engine.studio import choices_text, json_text, yaml_text
from engine.studio.numbers_sheet import NUMBERS, PLAN, read_json, read_yaml
from engine.studio.sheets import Fault, Files, Typed, UnknownPart

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
KINDS = ("integer", "tick", "choice", "text")
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_WORDS = ("zh", "en", "hint_zh", "hint_en", "group_zh", "group_en")


class StillUsed(EngineError):
    """The procedure uses this in the places named. Change those first."""

    code = "still_used"

    def __init__(self, name: str, places: list[str]) -> None:
        super().__init__(f"{name} is used in {', '.join(places)}")
        self.name, self.places = name, ", ".join(places)


def uses(files: Files, kind: str, name: str) -> list[str]:
    """The files whose expressions read `parameters.<name>` or `plan.<name>`."""
    read = _reading(files, kind, name)
    found = [path for path, text in sorted(files.items()) if read.search(text)]
    if kind == "parameters" and NUMBERS in files and NUMBERS not in found:
        sums = read_json(files, NUMBERS).get("x-sums", ())
        found += [NUMBERS] if any(name in rule.get("of", ()) for rule in sums) else []
    if kind == "plan" and PLAN in files:
        after = any(line.get("after") == name for line in read_yaml(files, PLAN))
        found += [PLAN] if after else []
    return found


def _reading(files: Files, kind: str, name: str) -> re.Pattern[str]:
    """How expressions read it: also under the name by which all of them are handed on."""
    handed = re.compile(rf'name="with\.(\w+)"\s+value="{kind}"')
    names = {kind, *(m for t in files.values() for m in handed.findall(t))}
    return re.compile(rf"\b({'|'.join(sorted(names))})\.{re.escape(name)}\b")


def renamed(files: Files, kind: str, old: str, new: str) -> dict[str, str]:
    """Give a number or line another name, and every expression that reads it.

    Raises:
        UnknownPart: there is none of the old name, or the new one is taken or no name.
    """
    names = names_of(files, kind)
    if old not in names or new in names or not NAME.fullmatch(new):
        raise UnknownPart(old)
    read = _reading(files, kind, old)
    made = {path: read.sub(rf"\1.{new}", text) for path, text in files.items()}
    if kind == "parameters":
        text = json_text.rename(made[NUMBERS], ["properties", old], new)
        return made | {NUMBERS: _in_sums(text, read_json(made, NUMBERS), old, new)}
    text = made[PLAN]
    for index, line in enumerate(read_yaml(made, PLAN)):
        if line.get("after") == old:
            text = yaml_text.put(text, [index, "after"], new)
        if line["key"] == old:
            text = yaml_text.put(text, [index, "key"], new)
    return made | {PLAN: text}


def _in_sums(text: str, schema: Any, old: str, new: str) -> str:
    for rule, entry in enumerate(schema.get("x-sums", ())):
        for place, name in enumerate(entry.get("of", ())):
            if name == old:
                text = json_text.put(text, ["x-sums", rule, "of", place], new)
    for place, name in enumerate(schema.get("required", ())):
        if name == old:
            text = json_text.put(text, ["required", place], new)
    return text


def removed(files: Files, kind: str, name: str) -> dict[str, str]:
    """Take a number or a line out.

    Raises:
        UnknownPart: there is none.
        StillUsed: something reads it.
    """
    if name not in names_of(files, kind):
        raise UnknownPart(name)
    used = uses(files, kind, name)
    if used:
        raise StillUsed(name, used)
    if kind == "parameters":
        text = json_text.drop(files[NUMBERS], ["properties", name])
        required = read_json(files, NUMBERS).get("required", [])
        if name in required:
            text = json_text.drop(text, ["required", required.index(name)])
        return {**files, NUMBERS: text}
    index = names_of(files, kind).index(name)
    return {**files, PLAN: yaml_text.drop(files[PLAN], [index])}


def names_of(files: Files, kind: str) -> list[str]:
    """The names of the numbers (`parameters`) or lines (`plan`), in their order."""
    if kind == "parameters":
        return list(read_json(files, NUMBERS).get("properties", {}))
    return [line["key"] for line in read_yaml(files, PLAN)]


@dataclass(frozen=True)
class NumberSheet:
    """One number: its names, kind, limits, choices. `key` is empty for a new one."""

    key: str = ""

    @property
    def name(self) -> str:
        return f"number:{self.key}"

    def read(self, files: Files) -> dict[str, str]:
        properties = read_json(files, NUMBERS).get("properties", {})
        if not self.key:
            return dict.fromkeys((*_WORDS, "minimum", "maximum", "choices", "default"), "") | {
                "key": "", "kind": "integer",
            }  # fmt: skip
        if self.key not in properties:
            raise UnknownPart(self.key)
        node = properties[self.key]
        english = choices_text.english(node)
        return {
            "zh": node.get("title", ""), "en": english.get("title", ""),
            "hint_zh": node.get("description", ""), "hint_en": english.get("description", ""),
            "group_zh": node.get("x-group", ""), "group_en": english.get("group", ""),
            "minimum": str(node.get("minimum", "")), "maximum": str(node.get("maximum", "")),
            "choices": choices_text.shown(node.get("oneOf", ())),
        }  # fmt: skip

    def kind(self, files: Files) -> str:
        """Which of `KINDS`; lists and groups of numbers have `list`."""
        node = read_json(files, NUMBERS).get("properties", {}).get(self.key, {})
        if "oneOf" in node:
            return "choice"
        kinds = {"integer": "integer", "boolean": "tick", "string": "text"}
        return kinds.get(node.get("type"), "list")

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        faults = list(self._faults(files, typed))
        if faults:
            return dict(files), faults
        text = files[NUMBERS]
        kind = typed["kind"] if not self.key else self.kind(files)
        key = self.key or typed["key"].strip()
        if not self.key:
            text = json_text.put(text, ["properties", key], _new_node(kind, typed))
            required = read_json(files, NUMBERS).get("required")
            if isinstance(required, list):
                text = json_text.put(text, ["required", len(required)], key)
        way: list[str | int] = ["properties", key]
        node = read_json({NUMBERS: text}, NUMBERS)["properties"][key]
        for name, value in _described(node, kind, typed).items():
            keep = value not in (None, "", [])
            text = (
                json_text.put(text, [*way, name], value)
                if keep
                else json_text.drop(text, [*way, name])
            )
        return {**files, NUMBERS: text}, []

    def _new_faults(self, files: Files, typed: Typed) -> Iterator[Fault]:
        key = typed.get("key", "").strip()
        if not NAME.fullmatch(key):
            yield Fault("key", "not_name")
        elif key in names_of(files, "parameters"):
            yield Fault("key", "taken")
        if typed.get("kind") not in KINDS:
            yield Fault("kind", "unknown")
        elif typed["kind"] == "integer" and not _WHOLE.fullmatch(typed["default"].strip()):
            yield Fault("default", "not_whole")

    def _faults(self, files: Files, typed: Typed) -> Iterator[Fault]:
        if not self.key:
            yield from self._new_faults(files, typed)
        for name in ("zh", "en", "group_zh", "group_en"):
            if not typed.get(name, "").strip():
                yield Fault(name, "missing")
        if bool(typed.get("hint_zh", "").strip()) != bool(typed.get("hint_en", "").strip()):
            yield Fault("hint_zh", "both_languages")
        for name in ("minimum", "maximum"):
            if typed.get(name, "").strip() and not _WHOLE.fullmatch(typed[name].strip()):
                yield Fault(name, "not_whole")
        kind = typed.get("kind") if not self.key else self.kind(files)
        if kind == "choice":
            listed, fault = _choices(typed)
            if fault or not listed:
                yield fault or Fault("choices", "choices")


def _choices(typed: Typed) -> tuple[list[dict[str, Any]], Fault | None]:
    return choices_text.read("choices", typed.get("choices", ""), code=choices_text.LOOSE)


def _new_node(kind: str, typed: Typed) -> dict[str, Any]:
    kinds = {"integer": "integer", "tick": "boolean", "choice": "string", "text": "string"}
    default: Any = typed.get("default", "").strip()
    if kind == "integer":
        default = int(default)
    elif kind == "tick":
        default = default == "true"
    elif kind == "choice":
        default = _choices(typed)[0][0]["const"]
    return {"title": "", "type": kinds[kind], "default": default}


def _described(node: Any, kind: str, typed: Typed) -> dict[str, Any]:
    """Every key that the sheet writes; an empty one is taken out."""
    at = {name: typed.get(name, "").strip() for name in (*_WORDS, "minimum", "maximum")}
    english = {**choices_text.english(node), "title": at["en"], "group": at["group_en"]}
    english.pop("description", None)
    if at["hint_en"]:
        english["description"] = at["hint_en"]
    made: dict[str, Any] = {
        "title": at["zh"], "description": at["hint_zh"], "x-group": at["group_zh"],
        "x-i18n": {**node.get("x-i18n", {}), "en": english},
    }  # fmt: skip
    if kind == "integer":
        made |= {name: int(at[name]) if at[name] else None for name in ("minimum", "maximum")}
    if kind == "choice":
        made["oneOf"] = _choices(typed)[0]
    return made


@dataclass(frozen=True)
class LineSheet:
    """The names of one line of the plan; `key` is empty for a new one, which comes `below` one."""

    key: str = ""

    @property
    def name(self) -> str:
        return f"line:{self.key}"

    def read(self, files: Files) -> dict[str, str]:
        if not self.key:
            lines = names_of(files, "plan")
            return {"key": "", "zh": "", "en": "", "day": "", "time": "", "below": lines[-1]}
        for line in read_yaml(files, PLAN):
            if line["key"] == self.key:
                return {"zh": line["zh"], "en": line["en"]}
        raise UnknownPart(self.key)

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        faults = list(self._faults(files, typed))
        if faults:
            return dict(files), faults
        names, text = names_of(files, "plan"), files[PLAN]
        if self.key:
            for name in ("zh", "en"):
                text = yaml_text.put(text, [names.index(self.key), name], typed[name].strip())
            return {**files, PLAN: text}, []
        line = {
            "key": typed["key"].strip(), "zh": typed["zh"].strip(), "en": typed["en"].strip(),
            "day": int(typed["day"]), "time": typed["time"].strip().replace("：", ":").zfill(5),
        }  # fmt: skip
        text = yaml_text.insert(text, [], names.index(typed["below"]) + 1, line)
        return {**files, PLAN: text}, []

    def _faults(self, files: Files, typed: Typed) -> Iterator[Fault]:
        for name in ("zh", "en"):
            if not typed.get(name, "").strip():
                yield Fault(name, "missing")
        if self.key:
            return
        names, key = names_of(files, "plan"), typed.get("key", "").strip()
        if not NAME.fullmatch(key):
            yield Fault("key", "not_name")
        elif key in names:
            yield Fault("key", "taken")
        if not _WHOLE.fullmatch(typed.get("day", "").strip()):
            yield Fault("day", "not_day")
        if not re.fullmatch(r"([01]?[0-9]|2[0-3])[:：][0-5][0-9]", typed.get("time", "").strip()):
            yield Fault("time", "not_time")
        if typed.get("below") not in names:
            yield Fault("below", "unknown")
