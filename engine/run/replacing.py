"""A result that stands in place of one that could not be worked out: what is needed of it."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.bpmn import Element
from engine.checks.model import Package
from engine.checks.reading import read_package
from engine.checks.uses import Use, parsed, uses_of
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.operations import CATALOGUE
from engine.operations.by_hand import LEFT_EMPTY, SHAPES, Kind

WHOLE = ""
"""In place of a key: the result itself is read."""

_DECIMAL = re.compile(r"-?\d{1,9}(\.\d{1,6})?")
_WORDED = {"publish": "publications", "make_document": "publications", "notify": "messages"}
_DEEPEST = 5


class NoReplacement(EngineError):
    """Later steps read what nobody can enter by hand; the step must be mended or repeated."""

    code = "no_replacement"

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(f"later steps read {', '.join(keys)}, which cannot be entered by hand")
        self.keys = ", ".join(keys)


class WrongReplacement(EngineError):
    """A value that was entered in place of a result does not fit."""

    code = "wrong_replacement"

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(f"these values are missing or cannot be: {', '.join(keys)}")
        self.keys = tuple(keys)


@dataclass(frozen=True)
class Needed:
    """One value that later steps read; `key` is empty where they read the result itself."""

    key: str
    kind: Kind


@dataclass(frozen=True)
class Replacement:
    """What stands in place of the result of an element. Nothing needed: go on without."""

    needed: Sequence[Needed]
    impossible: Sequence[str]
    """keys that are read and cannot be entered"""

    @property
    def possible(self) -> bool:
        return not self.impossible


def replacement_of(package: PackageVersion, element: Element) -> Replacement:
    """Find out what later steps read of an element's result.

    Every expression of the package counts: diagrams, forms, and the texts it is handed to.
    """
    read = _Readings(read_for_check(package)).of(element)
    operation = element.properties.get("operation", "")
    shape, empty = SHAPES.get(operation, {}), LEFT_EMPTY.get(operation, {})
    if WHOLE in read and WHOLE not in shape and shape:
        read = (read | set(shape)) - {WHOLE}
    kinds = {key: shape[key] for key in sorted(read) if key in shape}
    return Replacement(
        needed=[Needed(key, kind) for key, kind in kinds.items()],
        impossible=sorted(read - kinds.keys() - empty.keys()),
    )


def result_from(
    element: Element, replacement: Replacement, typed: Mapping[str, Any], *, codes: Sequence[str]
) -> Any:
    """The result in the shape of the operation, from what was entered.

    Args:
        typed: key → text, for `codes` a list of codes, for `by_code` {code: text}.
        codes: the candidates of this selection.

    Raises:
        NoReplacement: more is read than can be entered.
        WrongReplacement: naming the keys.
    """
    if not replacement.possible:
        raise NoReplacement(replacement.impossible)
    made = {need.key: _value(need.kind, typed.get(need.key), codes) for need in replacement.needed}
    wrong = [key for key, value in made.items() if value is None]
    if wrong:
        raise WrongReplacement(wrong)
    if WHOLE in made:
        return made[WHOLE]
    return {**LEFT_EMPTY.get(element.properties.get("operation", ""), {}), **made}


def _value(kind: Kind, typed: Any, codes: Sequence[str]) -> Any:
    """The value, or None where it does not fit."""
    if kind == "yes_no":
        return {"yes": True, "no": False}.get(str(typed))
    if kind == "codes":
        chosen = [code for code in typed or [] if code in codes]
        return chosen if len(chosen) == len(typed or []) else None
    if kind == "by_code":
        given = {c: t.strip() for c, t in (typed or {}).items() if t.strip()}
        fits = all(c in codes and _DECIMAL.fullmatch(t) for c, t in given.items())
        return given if given and fits else None
    text = str(typed or "").strip()
    if kind == "whole":
        return int(text) if re.fullmatch(r"\d{1,9}", text) else None
    return text if _DECIMAL.fullmatch(text) else None


def read_for_check(package: PackageVersion) -> Package:
    """The package as the check sees it; read once for each version."""
    return _read(package.hash, _Files(package.files))


class _Files:
    """Files of a version, equal to any other: their hash says what they are."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Files)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=16)
def _read(_package_hash: str, files: _Files) -> Package:
    return read_package(files.files, CATALOGUE)[0]


class _Readings:
    """Which keys of a result the expressions of a package read."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._uses = uses_of(package)

    def of(self, element: Element) -> set[str]:
        name = element.properties.get("result", "")
        picked = element.properties.get("pick", "")
        found = set(self._by_element(element.id))
        if name:
            keys = self._by_name(name, element.process_id, 0)
            found |= ({picked} if keys else set()) if picked else keys
        return found

    def _by_name(self, name: str, process_id: str, depth: int) -> set[str]:
        found: set[str] = set()
        for use in self._uses:
            if use.node is not None and use.node.element.process_id == process_id:
                for key in _keys(use.text, lambda node: _is_name(node, name)):
                    found |= self._followed(use, key, depth)
        for call in self._package.callers(process_id):  # handed out of the called process
            if name in call.element.words("returns"):
                if outer := call.properties.get("result"):
                    read = self._by_name(outer, call.element.process_id, depth + 1)
                    found |= {WHOLE} if read else set()
                elif depth < _DEEPEST:
                    found |= self._by_name(name, call.element.process_id, depth + 1)
        return found

    def _by_element(self, element_id: str) -> set[str]:
        found: set[str] = set()
        for use in self._uses:
            for key in _keys(use.text, lambda node: _asks_result(node, element_id)):
                found |= self._followed(use, key, 0)
        return found

    def _followed(self, use: Use, key: str, depth: int) -> set[str]:
        """Where the whole result is handed on under a name, what is read of that name."""
        name = use.place.removeprefix("with.")
        plain = parsed(use.text)
        if key != WHOLE or use.place == name or not isinstance(plain, (ast.Name, ast.Call)):
            return {key}
        node = use.node
        if node is None or depth >= _DEEPEST:
            return {WHOLE}
        if node.kind == "callActivity":
            return self._by_name(name, node.element.called, depth + 1)
        folder = _WORDED.get(node.properties.get("operation", ""))
        text_id = ast.literal_eval(node.properties.get("with.text", "''")) if folder else ""
        text = self._package.texts.get(f"{folder}/{text_id}")
        if text is None:
            return {WHOLE}
        return {
            found
            for expression in text.expressions()
            for found in _keys(expression, lambda each: _is_name(each, name))
        }


def _keys(text: str, is_it: Any) -> Iterator[str]:
    """The keys an expression reads of what `is_it` recognises; `WHOLE` where it reads all."""
    tree = parsed(text)
    if tree is None:
        return
    held = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and is_it(node.value):
            held.add(id(node.value))
            key = _key_of(node)
            yield WHOLE if key is None else key
    for node in ast.walk(tree):
        if is_it(node) and id(node) not in held:
            yield WHOLE


def _key_of(node: ast.Attribute | ast.Subscript) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    key = node.slice.value if isinstance(node.slice, ast.Constant) else None
    return key if isinstance(key, str) else None


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _asks_result(node: ast.AST, element_id: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "result_of"
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value == element_id
    )
