"""Turns the fields of an HTML form into answers by walking the form."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any, Protocol

from engine.forms.model import Answers, Field, Form, Kind
from engine.forms.reading import LOCAL, clean, read_text

ROW_MARK = "_row"
"""`people.3._row` says that row 3 was on the page, even where nothing in it was filled in."""


class PostedFields(Protocol):
    """What a web framework gives for the posted fields of a page, each with its values."""

    def getlist(self, key: str, /) -> list[str]: ...

    def __iter__(self) -> Iterator[str]: ...


Uploads = Mapping[str, str | Sequence[str]]
"""HTML name → id of the file just stored under that name, or ids where several were sent."""


def collect(
    form: Form, fields: PostedFields, files: Uploads | None = None, *, zone: tzinfo = LOCAL
) -> Answers:
    """Read what was posted; names are dotted, `people.0.name`, and only names of the form count.

    Blank fields are left out, blank rows are kept as `{}` so that positions fit the page, and what
    cannot be read stays as typed: `validate` drops the first and refuses the second. A file that
    was sent replaces the one kept in a hidden field of the same name.
    """
    return _Collector(fields, files or {}, zone).read(form.fields, "")


class _Collector:
    """Holds the posted fields while the form is walked."""

    def __init__(self, fields: PostedFields, files: Uploads, zone: tzinfo) -> None:
        self.fields, self.files, self.zone = fields, files, zone
        self.names = [*fields, *files]

    def read(self, fields: Sequence[Field], prefix: str) -> Answers:
        answers: Answers = {}
        for field in fields:
            value = None if field.is_total else self.value(field, prefix + field.key)
            if value is not None:
                answers[field.key] = value
        return answers

    def value(self, field: Field, name: str) -> Any:
        match field.kind:
            case Kind.ROWS:
                return [
                    self.read(field.columns, f"{name}.{index}.") for index in self.positions(name)
                ]
            case Kind.SEVERAL:
                return self.texts(name)
            case Kind.FILES:
                return list(dict.fromkeys([*self.texts(name), *self.uploaded(name)]))
            case Kind.FILE:
                return next(iter([*self.uploaded(name), *self.texts(name)]), None)
            case Kind.TICK if field.widget is None:  # a box that is not ticked is not sent
                return read_text(field, self.last(name)) or False
            case _:
                return read_text(field, self.last(name), zone=self.zone)

    def positions(self, name: str) -> list[int]:
        pattern = re.compile(rf"{re.escape(name)}\.([0-9]{{1,6}})\.")
        return sorted({int(found[1]) for each in self.names if (found := pattern.match(each))})

    def last(self, name: str) -> str:
        return (self.fields.getlist(name) or [""])[-1]

    def texts(self, name: str) -> list[str]:
        return list(dict.fromkeys(filter(None, map(clean, self.fields.getlist(name)))))

    def uploaded(self, name: str) -> list[str]:
        sent = self.files.get(name, ())
        return [sent] if isinstance(sent, str) else list(sent)
