"""What the form templates read: plain facts and words, nothing to decide."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ChoiceView:
    """One choice with its word."""

    code: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class FileView:
    """A file that was uploaded before; `name` is '' where it is not known any more."""

    id: str
    name: str


@dataclass(frozen=True)
class FieldView:
    """One field. `widget` chooses the macro; `place` names the field together with its row."""

    path: str
    widget: str
    label: str
    place: str
    hint: str = ""
    error: str = ""
    value: str = ""
    optional: bool = False
    type: str = "text"
    inputmode: str = ""
    width: str = ""
    choices: tuple[ChoiceView, ...] = ()
    files: tuple[FileView, ...] = ()
    accept: str = ""
    megabytes: int = 0
    rows: "RowsView | None" = None

    @property
    def id(self) -> str:
        return html_id(self.path)


@dataclass(frozen=True)
class RowView:
    """One row; a fixed one carries its code in a hidden field."""

    path: str
    name: str
    fields: tuple[FieldView, ...]
    key_name: str = ""
    key_value: str = ""
    error: str = ""

    @property
    def id(self) -> str:
        return html_id(self.path)


@dataclass(frozen=True)
class RowsView:
    """The rows of a field; `columns` are their headings."""

    columns: tuple[FieldView, ...]
    rows: tuple[RowView, ...]
    fixed: bool
    table: bool
    full: bool
    import_field: str = ""
    template_url: str = ""
    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    more_problems: int = 0
    imported: int = 0


@dataclass(frozen=True)
class FormPage:
    """Everything `forms/form.html` draws."""

    id: str
    title: str
    hint: str
    fields: tuple[FieldView, ...]
    multipart: bool
    summary: tuple[Mapping[str, str], ...] = ()


def html_id(path: str) -> str:
    """Give the id of the element a path is shown in."""
    return path.replace(".", "-")
