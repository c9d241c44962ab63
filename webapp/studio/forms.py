"""Forms by step: their fields, one field, both files as text, and the form as people see it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.db import transaction
from engine.forms import Choice, Form, InvalidAnswers, InvalidForm, collect, validate
from engine.studio import drafts, form_sheets, steps
from engine.studio.field_words import KINDS
from engine.studio.form_sheets import FieldSheet, FormSheet, RawFormSheet
from webapp import context
from webapp.errors import N_
from webapp.forms import apply_row_action, form_page
from webapp.studio.shown import (
    Drafting,
    Filled,
    html_id,
    keep_sheet,
    page,
    seen_draft,
    sent_version,
    show_sheet,
    summary_of,
)

FIELD_NAMES = {
    "key": N_("Short name"), "zh": N_("Chinese"), "en": N_("English"),
    "hint_zh": N_("Hint in Chinese"), "hint_en": N_("Hint in English"), "kind": N_("Kind"),
    "required": N_("Required"), "choices": N_("Choices"), "from": N_("Choices come from"),
    "minimum": N_("Lowest"), "maximum": N_("Highest"), "step": N_("In steps of"),
    "longest": N_("Longest text"), "fewest": N_("Fewest"), "most": N_("Most"),
    "accept": N_("Kinds of files"), "megabytes": N_("Largest file in MB"),
    "import": N_("Rows can be brought in from a spreadsheet"),
    "schema": N_("Questions and rules"), "ui": N_("Order and layout"),
}  # fmt: skip


def field_names() -> dict[str, str]:
    return {name: gettext(text) for name, text in FIELD_NAMES.items()}


def forms(draft_id: UUID) -> str:
    with seen_draft(draft_id) as at:
        listed = steps.diagrams(at.files, main=at.draft.key)
        ids = form_sheets.form_ids(at.files)
        titles = {form_id: _title(at, form_id) for form_id in ids}
        asked: dict[str, list[Any]] = {}
        missing = []
        for each in listed:
            for step in each.steps:
                form_id = step.properties.get("form", step.id)
                if step.kind != "userTask" or step.properties.get("kind") == "ballot":
                    continue
                if form_id in titles:
                    asked.setdefault(form_id, []).append(step)
                else:
                    missing.append(step)
        groups = [
            (
                each,
                [
                    s
                    for s in each.steps
                    if s.properties.get("form", s.id) in titles and s.kind == "userTask"
                ],
            )
            for each in listed
        ]
        others = [form_id for form_id in ids if form_id not in asked]
        return page(
            "forms",
            at,
            "studio.forms",
            groups=groups,
            titles=titles,
            missing=missing,
            others=others,
        )


def _title(at: Drafting, form_id: str) -> str:
    try:
        schema = json.loads(at.files[form_sheets.schema_file(form_id)])
    except ValueError:
        return form_id
    english = schema.get("x-i18n", {}).get("en", {}).get("title")
    return str((english if context.language() == "en" else "") or schema.get("title") or form_id)


def add_form(draft_id: UUID) -> Response:
    """A form for a step that has none."""
    element_id = request.form.get("step", "")
    with seen_draft(draft_id) as at:
        element = steps.find(at.files, element_id).element
        version = at.draft.version
    form_id = element.properties.get("form", element.id)
    change(
        draft_id, f"form:{form_id}", version,
        lambda files: form_sheets.added(
            files, form_id, element.name or form_id, element.name_en or form_id
        ),
    )  # fmt: skip
    return redirect(url_for("studio.form", draft_id=draft_id, form_id=form_id), 303)


def change(draft_id: UUID, what: str, version: int, how: Any) -> None:
    """Change the files by something that is not typed."""
    with transaction(context.sessions()) as session:
        drafts.change(
            session, context.me(), draft_id=draft_id, version=version, what=what, how=how,
            now=context.now(),
        )  # fmt: skip


def form(draft_id: UUID, form_id: str) -> str:
    return show_sheet(draft_id, FormSheet(form_id), lambda at, filled: _form(at, filled, form_id))


def form_keep(draft_id: UUID, form_id: str) -> Response:
    """Save the title, or move or remove a field."""
    action, _, path = request.form.get("_action", "").partition(":")
    if action in ("up", "down"):
        by = -1 if action == "up" else 1
        change(
            draft_id,
            f"form:{form_id}",
            sent_version(),
            lambda f: form_sheets.moved(f, form_id, path, by),
        )
        return redirect(f"{request.path}#{html_id(path)}", 303)
    if action == "remove":
        change(
            draft_id,
            f"form:{form_id}",
            sent_version(),
            lambda f: form_sheets.without(f, form_id, path),
        )
        flash(gettext("The field is removed. Under “More” it can be brought back."), "success")
        return redirect(request.path, 303)
    return keep_sheet(draft_id, FormSheet(form_id), lambda at, filled: _form(at, filled, form_id))


def _form(at: Drafting, filled: Filled, form_id: str) -> str:
    listed = form_sheets.fields_of(at.files, form_id)
    faults: Sequence[Any] = ()
    try:
        form_sheets.load(at.files, form_id)
    except InvalidForm as bad:
        faults = bad.faults
    return page(
        "form", at, "studio.forms", filled=filled, form_id=form_id, fields=listed, kinds=KINDS,
        title=_title(at, form_id), names=field_names(), html_id=html_id, faults=faults,
        summary=summary_of(filled, field_names(), html_id), word=_word,
    )  # fmt: skip


def _word(node: Mapping[str, Any]) -> str:
    english = node.get("x-i18n", {}).get("en", {}).get("title")
    return str((english if context.language() == "en" else "") or node.get("title", ""))


def field(draft_id: UUID, form_id: str, path: str) -> str:
    return show_sheet(draft_id, _field_sheet(form_id, path), _field_page(form_id, path))


def field_keep(draft_id: UUID, form_id: str, path: str) -> Response:
    return keep_sheet(
        draft_id, _field_sheet(form_id, path), _field_page(form_id, path),
        after=lambda: url_for("studio.form", draft_id=draft_id, form_id=form_id),
    )  # fmt: skip


def _field_sheet(form_id: str, path: str) -> FieldSheet:
    """`new` and `people.new` are fields to be; a field of that name has a page of its own."""
    rows, _, key = path.rpartition(".")
    if key == "+":
        return FieldSheet(form_id, f"{rows}." if rows else "")
    return FieldSheet(form_id, path)


def _field_page(form_id: str, path: str) -> Any:
    sheet = _field_sheet(form_id, path)

    def _draw(at: Drafting, filled: Filled) -> str:
        words = field_names()
        kinds = [
            (code, context.worded(w))
            for code, w in KINDS.items()
            if code != "rows" or not sheet.rows
        ]
        return page(
            "field", at, "studio.forms", filled=filled, form_id=form_id, sheet=sheet, kinds=kinds,
            title=_title(at, form_id), names=words, html_id=html_id, limits=form_sheets.asked_for,
            summary=summary_of(filled, words, html_id), all_kinds=KINDS,
        )  # fmt: skip

    return _draw


def raw_form(draft_id: UUID, form_id: str) -> str:
    return show_sheet(draft_id, RawFormSheet(form_id), _raw_page(form_id))


def raw_form_keep(draft_id: UUID, form_id: str) -> Response:
    return keep_sheet(draft_id, RawFormSheet(form_id), _raw_page(form_id))


def _raw_page(form_id: str) -> Any:
    def _draw(at: Drafting, filled: Filled) -> str:
        return page(
            "raw_form", at, "studio.forms", filled=filled, form_id=form_id,
            title=_title(at, form_id), names=field_names(), html_id=html_id,
            summary=summary_of(filled, field_names(), html_id),
        )  # fmt: skip

    return _draw


def preview(draft_id: UUID, form_id: str) -> str | Response:
    """The form as people see it; handing it in shows what they would be told."""
    with seen_draft(draft_id) as at:
        try:
            loaded = form_sheets.load(at.files, form_id)
        except InvalidForm:
            return redirect(url_for("studio.form", draft_id=draft_id, form_id=form_id), 303)
        return _preview(at, loaded)


def preview_try(draft_id: UUID, form_id: str) -> Any:
    """Nothing is kept: the answers are held against the rules and come back with the errors."""
    with seen_draft(draft_id) as at:
        loaded = form_sheets.load(at.files, form_id)
        options = _options(loaded)
        answers = collect(loaded, request.form, {}, zone=_zone())
        action = request.form.get("_action", "submit")
        if action.startswith(("add:", "remove:")):
            return _preview(at, loaded, apply_row_action(loaded, answers, action))
        try:
            validate(loaded, answers, options)
        except InvalidAnswers as error:
            return _preview(at, loaded, answers, error.problems), 422
        return _preview(at, loaded, answers, accepted=True)


def _preview(
    at: Drafting, loaded: Form, answers: Any = None, problems: Any = (), *, accepted: bool = False
) -> str:
    drawn = form_page(
        loaded, answers or {}, _options(loaded), lang=context.language(), problems=problems,
        zone=_zone(),
    )  # fmt: skip
    return page(
        "preview", at, "studio.forms", form=drawn, form_id=loaded.id, accepted=accepted,
        title=_title(at, loaded.id),
    )  # fmt: skip


def _options(loaded: Form) -> dict[str, list[Choice]]:
    """Two examples wherever the choices come from the selection."""
    examples = [Choice("K01", "K01 张三（示例）", "K01 Zhang San (example)"),
                Choice("K02", "K02 李四（示例）", "K02 Li Si (example)")]  # fmt: skip
    return {source.path: examples for source in loaded.option_sources()}


def _zone() -> ZoneInfo:
    return ZoneInfo(context.settings().time_zone)
