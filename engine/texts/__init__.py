"""Publications and messages: texts in two languages with placeholders, worded once and kept.

Source: docs/properties.md, "Publications and messages".
"""

from engine.canonical import digest
from engine.texts.reading import (
    Column,
    Paragraph,
    Table,
    Template,
    Text,
    UnreadableText,
    load_text,
)
from engine.texts.rendering import Evaluate, ValueWithoutWords, render
from engine.texts.wording import LANGUAGES, word_value

__all__ = [
    "LANGUAGES",
    "Column",
    "Evaluate",
    "Paragraph",
    "Table",
    "Template",
    "Text",
    "UnreadableText",
    "ValueWithoutWords",
    "digest",
    "load_text",
    "render",
    "word_value",
]
