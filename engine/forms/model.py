"""What a form is once it is read: fields with their rules, conditions, totals and titles."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, NamedTuple

Lang = Literal["zh", "en"]
Answers = dict[str, Any]
"""Field key → value. Text, codes, file ids, dates and exact decimals are text; whole numbers are
`int`, ticks `bool`, several choices and several files lists of text, rows lists of `Answers`."""


class Words(NamedTuple):
    """One text in both languages of the screen."""

    zh: str
    en: str

    def in_(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


class Choice(NamedTuple):
    """One thing to choose: the code is stored, the words are shown."""

    code: str
    zh: str
    en: str

    def label(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


Options = Mapping[str, Sequence[Choice]]
"""Path of a field (no row numbers) → what may be chosen there now. For a field with fixed rows:
one choice per row. The caller resolves them from `Form.option_sources()`."""


class Kind(StrEnum):
    """The closed list of fields (docs/properties.md, Forms)."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    TIME = "time"
    INSTANT = "instant"
    EMAIL = "email"
    TICK = "tick"
    CHOICE = "choice"
    SEVERAL = "several"
    FILE = "file"
    FILES = "files"
    ROWS = "rows"

    @property
    def is_list(self) -> bool:
        return self in (Kind.SEVERAL, Kind.FILES, Kind.ROWS)


@dataclass(frozen=True)
class TextRule:
    """Lengths count characters, not bytes. `pattern` matches the whole text."""

    shortest: int = 0
    longest: int = 10_000
    pattern: str | None = None
    long: bool = False


@dataclass(frozen=True)
class NumberRule:
    """Limits are inclusive; steps count from `minimum`, or from 0 where there is none."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: Decimal | None = None


@dataclass(frozen=True)
class FileRule:
    """`accept` holds suffixes with their dot, in lower case."""

    accept: tuple[str, ...]
    megabytes: int

    @property
    def size_bytes(self) -> int:
        return self.megabytes * 1024 * 1024


@dataclass(frozen=True)
class Condition:
    """`needed` must be filled in when every field of `when` has its value."""

    when: tuple[tuple[str, str | bool | int], ...]
    needed: tuple[str, ...]

    def holds(self, answers: Mapping[str, object]) -> bool:
        """Tell whether it applies; a field without an answer fulfils no condition."""
        return all(
            type(answers.get(key)) is type(wanted) and answers.get(key) == wanted
            for key, wanted in self.when
        )


@dataclass(frozen=True)
class RowsRule:
    """What one row holds. `source` is the expression that gives fixed rows, one per code."""

    columns: tuple["Field", ...]
    conditions: tuple[Condition, ...] = ()
    source: str | None = None
    key: str | None = None
    imports: bool = False

    def column(self, key: str) -> "Field | None":
        return next((column for column in self.columns if column.key == key), None)

    @property
    def is_table(self) -> bool:
        """Fixed or imported rows are many and short: one line each."""
        return self.source is not None or self.imports


@dataclass(frozen=True)
class Field:
    """One question. `path` has no row numbers: `people`, `people.name`."""

    path: str
    key: str
    kind: Kind
    label: Words
    hint: Words | None = None
    required: bool = False
    must_tick: bool = False
    widget: str | None = None
    text: TextRule = TextRule()
    number: NumberRule = NumberRule()
    file: FileRule | None = None
    choices: tuple[Choice, ...] = ()
    source: str | None = None
    fewest: int = 0
    most: int | None = None
    rows: RowsRule | None = None
    parts: tuple[str, ...] = ()

    @property
    def is_total(self) -> bool:
        """Totals are computed and shown, never asked."""
        return bool(self.parts)

    @property
    def adds_up(self) -> bool:
        return self.kind in (Kind.DECIMAL, Kind.INTEGER)

    @property
    def columns(self) -> tuple["Field", ...]:
        return self.rows.columns if self.rows else ()

    def options(self, options: Options) -> Sequence[Choice]:
        """Give what may be chosen here.

        Raises:
            LookupError: the caller did not resolve this field's expression.

        """
        return self.choices if self.source is None else self._resolved(options)

    def fixed_rows(self, options: Options) -> Sequence[Choice]:
        """Give one choice per fixed row, in order; empty where rows are added freely.

        Raises:
            LookupError: the caller did not resolve this field's expression.

        """
        return self._resolved(options) if self.rows and self.rows.source else ()

    def _resolved(self, options: Options) -> Sequence[Choice]:
        if self.path not in options:
            raise LookupError(f"no options for {self.path}; evaluate Form.option_sources() first")
        return options[self.path]


class OptionSource(NamedTuple):
    """An expression of the package that gives the choices, or the fixed rows, of a field."""

    path: str
    expression: str


class Shown(NamedTuple):
    """Something of the selection shown above the form."""

    label: Words
    expression: str


@dataclass(frozen=True, eq=False)
class Form:
    """A checked form; `load_form` makes it. Fields stand in the order in which they are asked."""

    id: str
    schema: Mapping[str, Any] = attribute(repr=False)
    ui: Mapping[str, Any] = attribute(repr=False)
    label: Words | None = None
    hint: Words | None = None
    fields: tuple[Field, ...] = ()
    conditions: tuple[Condition, ...] = ()
    shows: tuple[Shown, ...] = ()
    results: tuple[str, ...] = ()

    def field(self, path: str) -> Field | None:
        """Find a field by its path, with or without row numbers."""
        keys = [part for part in path.split(".") if not part.isdecimal()]
        found = (
            next((field for field in self.fields if field.key == keys[0]), None) if keys else None
        )
        if found is None or len(keys) == 1:
            return found
        return found.rows.column(keys[1]) if found.rows and keys[2:] == [] else None

    def walk(self) -> Iterator[Field]:
        """Every field, columns of rows after their rows."""
        for field in self.fields:
            yield field
            yield from field.columns

    def option_sources(self) -> list[OptionSource]:
        """List what the caller has to evaluate before it shows or validates the form."""
        found = []
        for field in self.walk():
            expression = field.rows.source if field.rows else field.source
            if expression is not None:
                found.append(OptionSource(field.path, expression))
        return found

    @property
    def takes_files(self) -> bool:
        return any(
            field.file is not None or (field.rows is not None and field.rows.imports)
            for field in self.walk()
        )


def is_blank(value: object) -> bool:
    """Tell that nothing was given: no text, no choice, no row that holds anything."""
    return value is None or value is False or value in ("", [], {})


def is_blank_row(row: Mapping[str, object], *, key: str | None = None) -> bool:
    """Tell whether a row says nothing beyond the code that a fixed row has from the start."""
    return all(is_blank(value) for name, value in row.items() if name != key)
