"""What is wrong with the files of a form, said so that their author can repair it."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.errors import EngineError

LARGEST_BYTES = 256 * 1024
DEEPEST = 16


class Fault(NamedTuple):
    """`place` is a JSON pointer into `file`; the empty pointer is the whole file."""

    file: str
    place: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file} at {self.place or '/'}: {self.wrong}. Remedy: {self.remedy}"


class InvalidForm(EngineError):
    """The files say something a form cannot say; every fault names its place and its remedy."""

    code = "invalid_form"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Place:
    """A position in one file, and the list where its faults are collected."""

    file: str
    faults: list[Fault]
    pointer: str = ""

    def __truediv__(self, step: str | int) -> "Place":
        escaped = str(step).replace("~", "~0").replace("/", "~1")
        return Place(self.file, self.faults, f"{self.pointer}/{escaped}")

    def fault(self, wrong: str, remedy: str) -> None:
        self.faults.append(Fault(self.file, self.pointer, wrong, remedy))

    def only(self, node: dict[str, Any], allowed: Sequence[str], *, of: str) -> None:
        """Refuse every key of `node` that is not in the vocabulary."""
        for key in node.keys() - set(allowed):
            remedy = f"take it out; {of} may have: {', '.join(sorted(allowed))}"
            (self / key).fault(f"{key!r} is not part of the vocabulary", remedy)

    def mapping(self, node: object, *, of: str) -> dict[str, Any]:
        """Expect an object; anything else is a fault and reads as an empty one."""
        if isinstance(node, dict):
            return node
        self.fault(f"{of} is not an object", "write it as { … }")
        return {}

    def listing(self, node: object, *, of: str) -> list[Any]:
        """Expect a list; anything else is a fault and reads as an empty one."""
        if isinstance(node, list):
            return node
        self.fault(f"{of} is not a list", "write it as [ … ]")
        return []

    def names(self, node: object, known: Collection[str], *, of: str) -> list[str]:
        """Expect a list of names out of `known`, none twice; others are faults and left out."""
        found: list[str] = []
        for i, name in enumerate(self.listing(node, of=of)):
            if not isinstance(name, str) or name not in known:
                (self / i).fault(f"there is no field {name!r}", "correct the name")
            elif name in found:
                (self / i).fault(f"{name!r} stands twice", "name it once")
            else:
                found.append(name)
        return found

    def text(self, node: object, *, of: str, longest: int = 2000) -> str:
        """Expect text that says something; anything else is a fault and reads as ''."""
        if isinstance(node, str) and node.strip() and len(node) <= longest:
            return node.strip()
        self.fault(f"{of} is not a text of 1 to {longest} characters", "write it between quotes")
        return ""

    def whole(self, node: object, *, of: str, lowest: int, highest: int) -> int:
        """Expect a whole number; anything else is a fault and reads as `lowest`."""
        if isinstance(node, int) and not isinstance(node, bool) and lowest <= node <= highest:
            return node
        self.fault(f"{of} is not a whole number from {lowest} to {highest}", "write such a number")
        return lowest


def parse(text: str, place: Place) -> dict[str, Any]:
    """Read one file: an object, no key twice, neither large nor deep."""
    if len(text.encode("utf-8", "replace")) > LARGEST_BYTES:
        place.fault(f"the file is larger than {LARGEST_BYTES // 1024} kB", "split the form")
        return {}
    try:
        node = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        place.fault("the file is nested too deeply", f"use at most {DEEPEST} levels")
        return {}
    except ValueError as error:
        place.fault(f"this is not JSON: {error}", "repair the text at the position named")
        return {}
    if _too_deep(node):
        place.fault("the file is nested too deeply", f"use at most {DEEPEST} levels")
        return {}
    return place.mapping(node, of="the file")


def _too_deep(node: object) -> bool:
    level = [node]
    for _ in range(DEEPEST):
        level = [
            child
            for parent in level
            if isinstance(parent, (dict, list))
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return False
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    node = dict(pairs)
    if len(node) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return node


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")
