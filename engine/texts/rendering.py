"""Rendering: the words of a text as they are published and kept."""

from collections.abc import Callable, Mapping
from datetime import tzinfo

from engine.errors import EngineError
from engine.model.base import Json
from engine.texts.reading import Table, Template, Text
from engine.texts.wording import LANGUAGES, word_value

Evaluate = Callable[[str, Mapping[str, object]], object]
"""Gives the value of an expression; the mapping adds names: `row` in a table, else none."""


class ValueWithoutWords(EngineError):
    """An expression in a text gives something no reader could read. Name a part of it instead."""

    code = "value_without_words"

    def __init__(self, *, text_id: str, expression: str, kind: str) -> None:
        super().__init__(f"{text_id}.yaml: {{{expression}}} gives a {kind}, which has no words")
        self.text_id, self.expression, self.kind = text_id, expression, kind


def render(text: Text, evaluate: Evaluate, *, zone: tzinfo) -> dict[str, Json]:
    """Word a text in both languages, as it is published and kept.

    Args:
        text: what `load_text` gave.
        evaluate: gives the value of an expression, with more names; its errors pass through.
        zone: instants are told in local time.

    Returns:
        {"zh": …, "en": …}, each {"title", "paragraphs": [text], "tables": [{"title",
        "columns": [text], "rows": [[text]]}]}: plain JSON, nothing but strings.

    Raises:
        ValueWithoutWords: an expression gives e.g. a dictionary, or a float.

    """
    writer = _Writer(text.id, evaluate, zone)
    paragraphs = [
        paragraph.words
        for paragraph in text.paragraphs
        if paragraph.condition is None or evaluate(paragraph.condition, {})
    ]
    return {
        language: {
            "title": writer.words(text.title, language),
            "paragraphs": [writer.words(words, language) for words in paragraphs],
            "tables": [writer.table(table, language) for table in text.tables],
        }
        for language in LANGUAGES
    }


class _Writer:
    """Words the parts of one text."""

    def __init__(self, text_id: str, evaluate: Evaluate, zone: tzinfo) -> None:
        self._text_id, self._evaluate, self._zone = text_id, evaluate, zone

    def words(self, template: Template, language: str) -> str:
        parts = template.parts(language)
        return "".join(
            self.value(part, language, {}) if position % 2 else part
            for position, part in enumerate(parts)
        )

    def value(self, expression: str, language: str, extra: Mapping[str, object]) -> str:
        value = self._evaluate(expression, extra)
        word = word_value(value, language, zone=self._zone)
        if word is None:
            kind = type(value).__name__
            raise ValueWithoutWords(text_id=self._text_id, expression=expression, kind=kind)
        return word

    def table(self, table: Table, language: str) -> dict[str, Json]:
        rows = self._evaluate(table.rows, {})
        if not isinstance(rows, list | tuple):
            kind = type(rows).__name__
            raise ValueWithoutWords(text_id=self._text_id, expression=table.rows, kind=kind)
        return {
            "title": self.words(table.title, language),
            "columns": [self.words(column.title, language) for column in table.columns],
            "rows": [
                [self.value(column.value, language, {"row": row}) for column in table.columns]
                for row in rows
            ],
        }
