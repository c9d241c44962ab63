"""Editing texts, roles and words, and any file as text."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from engine.bpmn.definition import BadPackage, read_xml
from engine.errors import EngineError
from engine.studio import yaml_text
from engine.studio.numbers_sheet import read_yaml
from engine.studio.sheets import Fault, Files, Typed, UnknownPart
from engine.texts import UnreadableText, load_text

FOLDERS = ("publications", "messages")
ROLES = "roles.yaml"
PARTS = ("roles", "functions", "words")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_NEW_FILE = re.compile(r"[a-z0-9_]{1,60}\.(bpmn|dmn)|(publications|messages)/[a-z0-9_]{1,60}\.yaml")


class InUse(EngineError):
    """A role has a lane, or a file is needed. It cannot be removed."""

    code = "in_use"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is in use and cannot be removed")
        self.name = name


@dataclass(frozen=True)
class TextSheet:
    """A publication or message, with fields such as `p.0.zh`, `p.0.if`, `t.0.c.1.value`."""

    folder: str
    text_id: str

    @property
    def name(self) -> str:
        return f"text:{self.path}"

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.text_id}.yaml"

    def read(self, files: Files) -> dict[str, str]:
        return {name: str(value) for name, _, value in self._places(files)}

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        text = files[self.path]
        for name, way, value in list(self._places(files)):
            new = typed.get(name, str(value)).strip()
            if new != str(value).strip():
                text = _put(text, way, new)
        try:
            load_text(self.text_id, text)
        except UnreadableText as bad:
            values = {"place": bad.place, "reason": bad.reason}
            return dict(files), [Fault(_field_at(bad.place), "text", values)]
        return {**files, self.path: text}, []

    def _places(self, files: Files) -> Iterator[tuple[str, list[str | int], Any]]:
        raw = self._raw(files)
        for language in ("zh", "en"):
            yield f"title.{language}", ["title", language], raw["title"].get(language, "")
        for n, paragraph in enumerate(raw.get("paragraphs") or ()):
            for name in ("zh", "en", "if"):
                yield f"p.{n}.{name}", ["paragraphs", n, name], paragraph.get(name, "")
        for n, table in enumerate(raw.get("tables") or ()):
            start: list[str | int] = ["tables", n]
            for language in ("zh", "en"):
                yield (
                    f"t.{n}.{language}",
                    [*start, "title", language],
                    table["title"].get(language, ""),
                )
            yield f"t.{n}.rows", [*start, "rows"], table["rows"]
            for m, column in enumerate(table["columns"]):
                way = [*start, "columns", m]
                for language in ("zh", "en"):
                    title = column["title"].get(language, "")
                    yield f"t.{n}.c.{m}.{language}", [*way, "title", language], title
                yield f"t.{n}.c.{m}.value", [*way, "value"], column["value"]

    def _raw(self, files: Files) -> Any:
        if self.folder not in FOLDERS or self.path not in files:
            raise UnknownPart(self.path)
        return read_yaml(files, self.path)

    def with_paragraph(self, files: Files) -> dict[str, str]:
        """A further paragraph at the end, to be written over."""
        count = len(self._raw(files).get("paragraphs") or ())
        new = {"zh": "（新段落）", "en": "(new paragraph)"}
        text = yaml_text.insert(files[self.path], ["paragraphs"], count, new)
        return {**files, self.path: text}

    def without_paragraph(self, files: Files, index: int) -> dict[str, str]:
        """Take a paragraph out.

        Raises:
            UnknownPart: there is none of this number.
            InUse: it is the only one.
        """
        count = len(self._raw(files).get("paragraphs") or ())
        if not 0 <= index < count:
            raise UnknownPart(f"{self.path} {index}")
        if count == 1:
            raise InUse(self.path)
        return {**files, self.path: yaml_text.drop(files[self.path], ["paragraphs", index])}


def _put(text: str, way: list[str | int], value: str) -> str:
    if way[-1] == "if" and not value:
        return yaml_text.drop(text, way)
    return yaml_text.put(text, way, value)


def _field_at(place: str) -> str:
    found = re.match(r"paragraph (\d+)(?:, (zh|en))?", place)
    if found:
        return f"p.{int(found[1]) - 1}.{found[2] or 'if'}"
    found = re.match(r"title, (zh|en)", place)
    return f"title.{found[1]}" if found else "title.zh"


@dataclass(frozen=True)
class RolesSheet:
    """Roles, functions, words: fields `<part>.<code>.zh`; of roles also `.blind`, `.never_with`."""

    @property
    def name(self) -> str:
        return "roles"

    def read(self, files: Files) -> dict[str, str]:
        raw = read_yaml(files, ROLES)
        made: dict[str, str] = {}
        for part in PARTS:
            for code, entry in (raw.get(part) or {}).items():
                start = f"{part}.{code}"
                made |= {f"{start}.zh": entry["zh"], f"{start}.en": entry.get("en", "")}
                if part == "roles":
                    made[f"{start}.blind"] = "true" if entry.get("blind") else ""
                    made[f"{start}.never_with"] = " ".join(entry.get("never_with") or ())
        return made

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        stands, text = self.read(files), files[ROLES]
        known = set(read_yaml(files, ROLES)["roles"])
        faults = []
        for name, old in stands.items():
            new = (
                " ".join(typed.get(name, old).split())
                if name.endswith("never_with")
                else typed.get(name, old).strip()
            )
            if new == old:
                continue
            part, code, what = name.split(".")
            wrong = next((each for each in new.split() if each not in known), None)
            if what in ("zh", "en") and not new:
                faults.append(Fault(name, "missing"))
            elif what == "never_with" and wrong:
                faults.append(Fault(name, "roles", {"name": wrong}))
            else:
                text = _role_put(text, [part, code, what], new)
        return {**files, ROLES: text}, faults


def _role_put(text: str, way: list[str | int], new: str) -> str:
    if way[-1] in ("blind", "never_with") and not new:
        return yaml_text.drop(text, way)
    if way[-1] == "blind":
        return yaml_text.put(text, way, True)
    return yaml_text.put(text, way, new.split() if way[-1] == "never_with" else new)


def with_word(files: Files, part: str, code: str, zh: str, en: str) -> dict[str, str]:
    """A further role, function or word.

    Raises:
        UnknownPart: the code cannot be one, is taken, or a name is missing.
    """
    raw = read_yaml(files, ROLES)
    taken = part not in PARTS or code in (raw.get(part) or {})
    if taken or not _CODE.fullmatch(code) or not zh.strip() or not en.strip():
        raise UnknownPart(code or part)
    value = {"zh": zh.strip(), "en": en.strip()}
    if not raw.get(part):
        rest = yaml_text.drop(files[ROLES], [part])
        return {**files, ROLES: f"{rest.rstrip()}\n\n{part}:\n  {code}: {yaml_text.flow(value)}\n"}
    return {**files, ROLES: yaml_text.put(files[ROLES], [part, code], value)}


def without_word(files: Files, part: str, code: str) -> dict[str, str]:
    """Take a role, function or word out.

    Raises:
        UnknownPart: there is none.
        InUse: a diagram, form or text names it.
    """
    if code not in (read_yaml(files, ROLES).get(part) or {}):
        raise UnknownPart(code)
    named = re.compile(rf"(?<![A-Za-z0-9_.]){re.escape(code)}(?![A-Za-z0-9_])")
    others = [path for path, text in files.items() if path != ROLES and named.search(text)]
    listed = part == "roles" and any(
        code in (entry.get("never_with") or ())
        for entry in read_yaml(files, ROLES)["roles"].values()
    )
    if others or listed:
        raise InUse(code)
    return {**files, ROLES: yaml_text.drop(files[ROLES], [part, code])}


@dataclass(frozen=True)
class FileSheet:
    """One file as text, for experts; it must be readable as what its name says."""

    path: str

    @property
    def name(self) -> str:
        return f"file:{self.path}"

    def read(self, files: Files) -> dict[str, str]:
        if self.path not in files:
            raise UnknownPart(self.path)
        return {"text": files[self.path]}

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        text = typed.get("text", "")
        fault = _unreadable(self.path, text)
        return ({**files, self.path: text}, []) if fault is None else (dict(files), [fault])


def _unreadable(path: str, text: str) -> Fault | None:
    try:
        if path.endswith((".bpmn", ".dmn")):
            read_xml(path, text)
        elif path.endswith(".json"):
            json.loads(text)
        else:
            yaml.safe_load(text)
    except BadPackage as bad:
        return Fault("text", "not_xml", {"reason": bad.reason})
    except (ValueError, RecursionError) as bad:
        return Fault("text", "not_json", {"reason": bad})
    except yaml.YAMLError as bad:
        return Fault("text", "not_yaml", {"reason": " ".join(str(bad).split())})
    return None


def with_file(files: Files, path: str) -> dict[str, str]:
    """A further text, to be written over on its own page.

    Raises:
        UnknownPart: not the name of a text, or taken.
    """
    if not _NEW_FILE.fullmatch(path) or not path.endswith(".yaml") or path in files:
        raise UnknownPart(path)
    text = "title: {zh: （标题）, en: (title)}\nparagraphs:\n  - {zh: （段落）, en: (paragraph)}\n"
    return {**files, path: text}


def without_file(files: Files, path: str) -> dict[str, str]:
    """Take a file out; the check says what still needs it.

    Raises:
        UnknownPart: there is none.
        InUse: every procedure needs it.
    """
    if path not in files:
        raise UnknownPart(path)
    if path in (ROLES, "plan.yaml", "parameters-schema.json"):
        raise InUse(path)
    gone = {path}
    if path.startswith("forms/"):
        stem = path.removesuffix("-schema.json").removesuffix("-uischema.json")
        gone = {f"{stem}-schema.json", f"{stem}-uischema.json"}
    return {each: text for each, text in files.items() if each not in gone}
