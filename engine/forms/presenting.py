"""Puts answers into words for reading."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import NamedTuple

from engine.forms.checks import StoredFile
from engine.forms.model import Answers, Choice, Field, Form, Kind, Lang, Options, is_blank
from engine.forms.reading import LOCAL
from engine.forms.wording import NO, YES

_NO_FILES: Mapping[str, StoredFile] = MappingProxyType({})


class Table(NamedTuple):
    """Rows of answers; every row has a text for each heading."""

    headings: list[str]
    rows: list[list[str]]


class Presented(NamedTuple):
    """One answer as it is read; '' where nothing was given."""

    label: str
    value: str | Table


def present(
    form: Form,
    answers: Answers,
    lang: Lang,
    options: Options,
    *,
    files: Mapping[str, StoredFile] = _NO_FILES,
    zone: tzinfo = LOCAL,
) -> list[Presented]:
    """Show the answers of a form in its order, totals included.

    Codes that are offered no more, and files that are not in `files`, are shown as they are stored.
    """
    reader = _Reader(lang, options, files, zone)
    return [
        Presented(field.label.in_(lang), reader.table(field, answers))
        if field.rows
        else Presented(field.label.in_(lang), reader.text(field, answers.get(field.key)))
        for field in form.fields
    ]


class _Reader(NamedTuple):
    """What turns values into words."""

    lang: Lang
    options: Options
    files: Mapping[str, StoredFile]
    zone: tzinfo

    def table(self, field: Field, answers: Answers) -> Table:
        rows = answers.get(field.key) or []
        names = {choice.code: choice.label(self.lang) for choice in self._fixed(field)}
        key = field.rows.key if field.rows else None
        return Table(
            [column.label.in_(self.lang) for column in field.columns],
            [
                [
                    names[row[key]]
                    if column.key == key and row.get(key) in names
                    else self.text(column, row.get(column.key))
                    for column in field.columns
                ]
                for row in rows
            ],
        )

    def _fixed(self, field: Field) -> list[Choice]:
        return list(self.options.get(field.path, ())) if field.rows and field.rows.source else []

    def text(self, field: Field, value: object) -> str:
        if isinstance(value, list):
            each = [self.text(field, item) for item in value]
            return ("、" if self.lang == "zh" else ", ").join(each)
        if isinstance(value, bool):
            return (YES if value else NO).in_(self.lang)
        text = "" if is_blank(value) else str(value)
        match field.kind:
            case Kind.CHOICE | Kind.SEVERAL:
                return self._word(field, text)
            case Kind.FILE | Kind.FILES:
                return self.files[text].name if text in self.files else text
            case Kind.INSTANT:
                return local_instant(text, self.zone)
        return text

    def _word(self, field: Field, code: str) -> str:
        offered = field.choices or self.options.get(field.path, ())
        return next((each.label(self.lang) for each in offered if each.code == code), code)


def local_instant(value: str, zone: tzinfo) -> str:
    """Show a stored instant as local time to the minute; other text stays as it is."""
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return value
    if instant.tzinfo is None:
        return value
    return instant.astimezone(zone).isoformat(" ", "minutes")[:16]
