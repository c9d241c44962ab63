"""Correct one's own application while one can apply: the form as it was handed in, again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from engine import bulletin
from engine.db import reading, transaction
from engine.errors import EngineError
from engine.forms import Field, InvalidAnswers
from engine.run import correcting, receiving
from engine.run.context import CasePaused
from engine.run.correcting import OwnApplication
from engine.seats import TaskClosed
from webapp import context
from webapp.bulletin import forms
from webapp.bulletin.forms import Typed
from webapp.errors import said
from webapp.forms import apply_row_action

TOO_LATE = (TaskClosed, CasePaused, bulletin.NothingPublished)
"""The announcement may end with the applications."""


def show(case_id: UUID) -> Response:
    if not current_user.is_authenticated:
        return redirect(url_for("account.slip", next=request.path), 303)
    try:
        own = _own(case_id)
    except TOO_LATE as error:
        return _too_late(case_id, error)
    return _page(case_id, own, Typed(dict(own.answers)))


def _own(case_id: UUID) -> OwnApplication:
    with reading(context.sessions()) as session:
        return correcting.own_application(session, context.me(), case_id=case_id, now=context.now())


def _too_late(case_id: UUID, error: EngineError) -> Response:
    flash(said(error).what, "info")
    return redirect(url_for("bulletin.mine", case_id=case_id), 303)


def act(case_id: UUID) -> Response:
    """Every button of the form, as on the page of a first application."""
    forms.count_sent()
    try:
        own = _own(case_id)
        typed = forms.read_posted(own.asked, set(_files(own.asked.form.fields, own.answers)))
        return _answer(case_id, own, typed)
    except TOO_LATE as error:
        return _too_late(case_id, error)


def _files(fields: Iterable[Field], answers: Mapping[str, Any]) -> Iterator[str]:
    """Ids of the files that were handed in before."""
    for field in fields:
        value = answers.get(field.key)
        if field.file is not None and value:
            yield from value if isinstance(value, list) else [value]
        elif field.rows is not None and isinstance(value, list):
            for row in value:
                yield from _files(field.columns, row)


def _answer(case_id: UUID, own: OwnApplication, typed: Typed) -> Response:
    action = request.form.get("_action", "check")
    if action.startswith(("add:", "remove:")):
        answers = apply_row_action(own.asked.form, typed.answers, action)
        return _page(case_id, own, Typed(answers, typed.problems))
    if action == "back" or typed.problems:
        return _page(case_id, own, typed, status=422 if typed.problems else 200)
    try:
        with reading(context.sessions()) as session:
            receiving.check_application(session, own.asked, typed.answers)
        return _submit(case_id, typed) if action == "submit" else _check(case_id, own, typed)
    except InvalidAnswers as error:
        return _page(case_id, own, Typed(typed.answers, error.problems), status=422)


def _page(case_id: UUID, own: OwnApplication, typed: Typed, *, status: int = 200) -> Response:
    html = render_template(
        "bulletin/apply.html", front=_front(case_id), form=forms.page_of(own.asked, typed),
        refused=None, own=True, address=url_for("bulletin.send_correction", case_id=case_id),
    )  # fmt: skip
    return make_response(html, status)


def _check(case_id: UUID, own: OwnApplication, typed: Typed) -> Response:
    return make_response(
        render_template(
            "bulletin/check.html", front=_front(case_id), own=True,
            answers=forms.read_back(own.asked, typed.answers),
            carried=forms.carried(own.asked.form, typed.answers),
            address=url_for("bulletin.send_correction", case_id=case_id),
        )
    )  # fmt: skip


def _front(case_id: UUID) -> bulletin.Front:
    with reading(context.sessions()) as session:
        return bulletin.front_of(session, case_id=case_id, now=context.now())


def _submit(case_id: UUID, typed: Typed) -> Response:
    forms.count_sent("handed_in")
    with transaction(context.sessions()) as session:
        correcting.correct(
            session, context.me(), case_id=case_id, answers=typed.answers,
            file_ids=forms.own_file_ids(), now=context.now(),
        )  # fmt: skip
    forms.forget_files()
    flash(gettext("Your corrected application has been received."), "success")
    return redirect(url_for("bulletin.mine", case_id=case_id), 303)
