"""A sheet: one page of fields over the files of a package, read and written without a loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Protocol

from engine.errors import EngineError

Files = Mapping[str, str]
Typed = Mapping[str, str]
"""Field name → text. A tick is `true` or empty."""


class UnknownPart(EngineError):
    """The procedure has no such form, field, text or step; perhaps it was removed meanwhile."""

    code = "unknown_part"

    def __init__(self, part: str) -> None:
        super().__init__(f"the procedure has no {part!r}")
        self.part = part


@dataclass(frozen=True)
class Fault:
    """A field whose text cannot be written. `code` has its words in the pages."""

    field: str
    code: str
    values: Mapping[str, Any] = attribute(default_factory=dict)


class Sheet(Protocol):
    """What a page of the studio edits. `name` is stable: what was typed is kept under it."""

    @property
    def name(self) -> str:
        """Under which what was typed is kept."""

    def read(self, files: Files) -> dict[str, str]:
        """Every field with its text.

        Raises:
            UnknownPart: what the sheet is about is not there.
        """

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        """The files with what was typed; with faults the files are not to be used."""


@dataclass(frozen=True)
class Clash:
    """A field that two people have changed to different texts."""

    field: str
    mine: str
    theirs: str


def merge(base: Typed, *, mine: Typed, theirs: Typed) -> tuple[dict[str, str], list[Clash]]:
    """Put together what two people have made of the same fields.

    Args:
        base: as the fields stood when the page was opened.
        mine: what was typed on it.
        theirs: as the fields stand now.

    Returns:
        The fields, with mine where both have changed one, and those fields.
    """
    made, clashes = {}, []
    for name in {**theirs, **mine}:
        ours, other, before = mine.get(name), theirs.get(name), base.get(name)
        if ours is None or ours == before:
            if other is not None:
                made[name] = other
            elif ours is not None and before is None:
                made[name] = ours
            continue
        made[name] = ours
        if other is not None and other not in (before, ours):
            clashes.append(Clash(name, ours, other))
    return made, clashes


def changed_files(before: Files, after: Files) -> dict[str, str | None]:
    """Path → text before, for every file that differs; None where it is new."""
    return {
        path: before.get(path)
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    }


def undone(files: Files, replaced: Sequence[Mapping[str, str | None]]) -> dict[str, str]:
    """Take savings back, the latest first."""
    made = dict(files)
    for before in replaced:
        for path, text in before.items():
            if text is None:
                made.pop(path, None)
            else:
                made[path] = text
    return made
