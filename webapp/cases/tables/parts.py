"""What a result becomes: a sentence, facts and tables, with every code in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext

from engine.naming import Naming
from webapp import context


@dataclass(frozen=True)
class Table:
    """Rows under a heading; `numeric` are the columns set to the right."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    numeric: Sequence[int] = ()


@dataclass
class Shown:
    """One result: a sentence, single facts, tables."""

    headline: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def fact(self, key: str, value: object) -> None:
        self.facts.append((key, "–" if value in (None, "") else str(value)))


class Reader:
    """Puts codes of one result into words."""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming

    def name(self, code: object) -> str:
        return str(context.worded(self._naming.name(str(code)))) if code not in (None, "") else "–"

    def names(self, codes: Sequence[object]) -> str:
        return self.comma.join(self.name(code) for code in codes) or "–"

    @property
    def comma(self) -> str:
        return "、" if context.language() == "zh" else ", "

    def counts(self, numbers: Mapping[str, object]) -> str:
        return self.comma.join(f"{self.name(key)} {number}" for key, number in numbers.items())

    @staticmethod
    def yes(value: object) -> str:
        return str(gettext("yes") if value else gettext("no"))
