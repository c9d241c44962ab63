"""The parts of a seat's page: the form, answers to be read, what is known about the subject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from engine.forms import Answers, Form, Presented, Problem, StoredFile, place, present
from engine.run.filing import files_in
from engine.run.viewing import SeatView
from engine.spreadsheets import ImportPreview
from webapp import context
from webapp.errors import Said
from webapp.forms import FormPage, form_lang, form_page
from webapp.working import sentences


@dataclass(frozen=True)
class Typed:
    """What is shown again when a page was not accepted, and why it was not."""

    answers: Answers | None = None
    problems: Sequence[Problem] = ()
    imports: Mapping[str, ImportPreview] = field(default_factory=dict)
    refused: Said | None = None
    on_behalf: str = ""


@dataclass(frozen=True)
class Readable:
    """Answers to be read, under the title of the task they were handed in at."""

    title: str
    items: Sequence[Presented]
    links: Mapping[str, str]
    """name of a file → where it is downloaded"""


def form_of_page(view: SeatView, typed: Typed) -> FormPage | None:
    """The form with what was typed, else with the draft."""
    form = view.form
    if form is None:
        return None
    answers = typed.answers if typed.answers is not None else draft_of(view)
    return form_page(
        form, answers, view.choices, lang=context.language(), problems=typed.problems,
        files=files_in(view.session, form, answers), imports=typed.imports,
        template_urls={
            each.path: url_for("inbox.empty_sheet", seat_id=view.seat.id, path=each.path)
            for each in form.fields
            if each.rows is not None and each.rows.imports
        },
        zone=view.zone,
    )  # fmt: skip


def draft_of(view: SeatView) -> Answers:
    """The draft, for whoever holds the seat; a recorder does not read another person's draft."""
    if view.manner == "record" and view.seat.person_id is not None:
        return {}
    return dict(view.seat.draft or {})


def read_answers(view: SeatView, answers: Mapping[str, Any] | None) -> Readable | None:
    """Answers of this seat's own form in words; None where there are none to show."""
    form = view.form
    if form is None or not answers:
        return None
    files = files_in(view.session, form, answers)
    items = present(
        form, dict(answers), context.language(), view.choices, files=files, zone=view.zone
    )
    return Readable(context.worded(view.title), items, _links(files))


def known_of(view: SeatView) -> list[Readable]:
    """What others handed in about the same subject, in words."""
    made = []
    for known in view.known:
        files = files_in(view.session, known.form, known.answers)
        items = present(
            known.form, dict(known.answers), context.language(), known.choices, files=files,
            zone=view.zone,
        )  # fmt: skip
        made.append(Readable(context.worded(known.title), items, _links(files)))
    return made


def worked_of(view: SeatView) -> list[tuple[str, list[str]]]:
    """Results with their working, a sentence for each line."""
    return [
        (context.worded(worked.title), sentences(worked.result, view.naming))
        for worked in view.worked
    ]


def differing(view: SeatView) -> list[str]:
    """Where two entries of the round before did not agree, in words; never what stood there."""
    form, lang = view.form, form_lang(context.language())
    return [place(form, path, lang, view.choices) for path in view.differs] if form else []


def typed_back(form: Form | None, answers: Answers) -> list[Presented]:
    """What was typed, in words, without asking the selection for anything."""
    return present(form, answers, context.language(), {}) if form else []


def _links(files: Mapping[str, StoredFile]) -> dict[str, str]:
    return {
        file.name: url_for("inbox.download", file_id=file_id) for file_id, file in files.items()
    }
