"""What differs between two versions, in words of both languages."""

from collections.abc import Callable, Iterator

import yaml

from engine.definitions import Words
from engine.errors import EngineError
from engine.studio.differences import diagrams, forms, numbers, roles, texts
from engine.studio.differences.change import NONE, Change
from engine.studio.differences.numbers import line_words, value_words
from engine.studio.numbers_sheet import NUMBERS, PLAN
from engine.studio.sheets import Files

__all__ = ["AREAS", "Change", "differences", "line_words", "value_words"]

AREAS = ("numbers", "plan", "diagrams", "forms", "texts", "roles", "tables", "files")
_UNREADABLE = (EngineError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError)

Rule = Callable[[str, Files, Files], Iterator[Change]]

_RULES: tuple[tuple[Rule, Callable[[str], bool]], ...] = (
    (numbers.numbers, lambda path: path == NUMBERS),
    (numbers.plan, lambda path: path == PLAN),
    (diagrams.diagrams, lambda path: path.endswith(".bpmn")),
    (forms.forms, lambda path: path.startswith("forms/")),
    (texts.texts, lambda path: path.startswith(("publications/", "messages/"))),
    (roles.roles, lambda path: path == "roles.yaml"),
    (diagrams.tables, lambda path: path.endswith(".dmn")),
)


def differences(key: str, old: Files, new: Files) -> list[Change]:
    """All differences, in the order of `AREAS`; every file that differs is named at least once."""
    changed = {path for path in {*old, *new} if old.get(path) != new.get(path)}
    found: list[Change] = []
    for rule, concerns in _RULES:
        if any(concerns(path) for path in changed):
            try:
                found += rule(key, old, new)
            except _UNREADABLE:
                continue  # one of the two is damaged; its file is named below
    told = {change.file for change in found}
    told |= {file.replace("-schema.json", "-uischema.json") for file in told}
    found += [_file(path, old, new) for path in sorted(changed - told)]
    return sorted(found, key=lambda change: AREAS.index(change.area))


def _file(path: str, old: Files, new: Files) -> Change:
    place = Words(f"文件{path}", f"file {path}")
    if path not in old:
        return Change("files", path, place, NONE, None, NONE)
    if path not in new:
        return Change("files", path, place, NONE, NONE, None)
    return Change(
        "files", path, place, Words("文字或排版有改动", "text or layout changed"), None, None
    )
