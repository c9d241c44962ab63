"""Reading: the file of a text, checked, with its expressions cut out."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from engine.errors import EngineError
from engine.texts.wording import LANGUAGES


class UnreadableText(EngineError):
    """A publication or message does not say what one says. Correct the file at the place named."""

    code = "unreadable_text"

    def __init__(self, text_id: str, place: str, reason: str) -> None:
        super().__init__(f"{text_id}.yaml, {place}: {reason}")
        self.text_id, self.place, self.reason = text_id, place, reason


@dataclass(frozen=True)
class Template:
    """Words in two languages, each cut into plain text (even places) and expressions (odd)."""

    zh: tuple[str, ...]
    en: tuple[str, ...]

    def parts(self, language: str) -> tuple[str, ...]:
        return self.zh if language == "zh" else self.en

    def expressions(self) -> tuple[str, ...]:
        return self.zh[1::2] + self.en[1::2]


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; with a condition it is left out where that is not so."""

    words: Template
    condition: str | None = None


@dataclass(frozen=True)
class Column:
    """A heading and the expression of a cell, in which `row` is the row."""

    title: Template
    value: str


@dataclass(frozen=True)
class Table:
    """One line for each item of the expression `rows`."""

    title: Template
    rows: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Text:
    """A publication or message as its file says it."""

    id: str
    title: Template
    paragraphs: tuple[Paragraph, ...]
    tables: tuple[Table, ...] = ()

    def expressions(self) -> tuple[str, ...]:
        """Give every expression of the text, for the check of a package."""
        found: list[str] = [*self.title.expressions()]
        for paragraph in self.paragraphs:
            found += [paragraph.condition] if paragraph.condition else []
            found += paragraph.words.expressions()
        for table in self.tables:
            found += [*table.title.expressions(), table.rows]
            for column in table.columns:
                found += [*column.title.expressions(), column.value]
        return tuple(found)


def load_text(text_id: str, yaml_text: str) -> Text:
    """Read a publication or message; expressions are parsed here, evaluated in `render`.

    Raises:
        UnreadableText: naming the place and what is wrong there.

    """
    reader = _Reader(text_id)
    try:
        raw = yaml.safe_load(yaml_text)
    except yaml.YAMLError as error:
        raise reader.fault("the file", f"not YAML: {error}") from error
    raw = reader.mapping(raw, "the file", {"title", "paragraphs"}, {"tables"})
    return Text(
        id=text_id,
        title=reader.template(raw["title"], "title"),
        paragraphs=tuple(
            reader.paragraph(each, f"paragraph {number}")
            for number, each in reader.items(raw["paragraphs"], "paragraphs")
        ),
        tables=tuple(
            reader.table(each, f"table {number}")
            for number, each in reader.items(raw.get("tables", []), "tables")
        ),
    )


class _Reader:
    """Reads the parts of one file and says where something is wrong."""

    def __init__(self, text_id: str) -> None:
        self._text_id = text_id

    def fault(self, place: str, reason: str) -> UnreadableText:
        return UnreadableText(self._text_id, place, reason)

    def mapping(
        self, raw: object, place: str, needed: set[str], allowed: set[str] | None = None
    ) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise self.fault(place, "it must be a mapping")
        wrong = needed - raw.keys() or raw.keys() - needed - (allowed or set())
        if wrong:
            what = "is missing" if needed - raw.keys() else "is not known here"
            raise self.fault(place, f"`{min(wrong, key=str)}` {what}")
        return raw

    def items(self, raw: object, place: str) -> Iterator[tuple[int, object]]:
        if not isinstance(raw, list):
            raise self.fault(place, "it must be a list")
        return enumerate(raw, start=1)

    def paragraph(self, raw: object, place: str) -> Paragraph:
        fields = self.mapping(raw, place, {"zh", "en"}, {"if"})
        condition = self.expression(fields["if"], place) if "if" in fields else None
        return Paragraph(self.template({k: fields[k] for k in LANGUAGES}, place), condition)

    def table(self, raw: object, place: str) -> Table:
        fields = self.mapping(raw, place, {"title", "rows", "columns"})
        columns = [
            self.column(each, f"{place}, column {number}")
            for number, each in self.items(fields["columns"], place)
        ]
        if not columns:
            raise self.fault(place, "a table needs columns")
        title = self.template(fields["title"], f"{place}, title")
        return Table(title, self.expression(fields["rows"], place), tuple(columns))

    def column(self, raw: object, place: str) -> Column:
        fields = self.mapping(raw, place, {"title", "value"})
        title = self.template(fields["title"], place)
        return Column(title, self.expression(fields["value"], place))

    def template(self, raw: object, place: str) -> Template:
        fields = self.mapping(raw, place, set(LANGUAGES))
        return Template(
            zh=self.cut(fields["zh"], f"{place}, zh"), en=self.cut(fields["en"], f"{place}, en")
        )

    def cut(self, words: object, place: str) -> tuple[str, ...]:
        if not isinstance(words, str) or not words.strip():
            raise self.fault(place, "it must be words (in quotation marks if in doubt)")
        parts: list[str] = []
        plain = 0
        while (start := words.find("{", plain)) >= 0:
            end = self.end_of(words, start, place)
            parts += [words[plain:start], words[start + 1 : end].strip()]
            plain = end + 1
        parts.append(words[plain:])
        if any("}" in part for part in parts[::2]):
            raise self.fault(place, "a } without its {")
        return tuple(parts)

    def end_of(self, words: str, start: int, place: str) -> int:
        """Find the } that ends an expression: the first at which it can be read as one."""
        end = words.find("}", start)
        while end >= 0:
            if _is_expression(words[start + 1 : end]):
                return end
            end = words.find("}", end + 1)
        raise self.fault(place, f"no expression can be read at {words[start : start + 30]!r}")

    def expression(self, raw: object, place: str) -> str:
        if not isinstance(raw, str) or not _is_expression(raw):
            raise self.fault(place, f"{raw!r} is not an expression")
        return raw.strip()


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
