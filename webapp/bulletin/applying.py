"""Apply: fill in, check, hand in, keep the code."""

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask import session as browser
from werkzeug.wrappers import Response

from engine import bulletin
from engine.db import reading
from engine.errors import EngineError
from engine.forms import InvalidAnswers
from engine.run import receiving
from engine.run.context import CasePaused
from engine.run.receiving import Asked
from engine.seats import TaskClosed
from webapp import context
from webapp.bulletin import forms
from webapp.bulletin.forms import Typed
from webapp.errors import Said, said
from webapp.forms import apply_row_action

_CODE = "application_code"


def show(case_id: UUID) -> Response:
    try:
        asked = _asked(case_id)
    except (TaskClosed, CasePaused):
        return _shut(case_id)
    return _page(case_id, asked, Typed())


def _asked(case_id: UUID) -> Asked:
    with reading(context.sessions()) as session:
        return receiving.application_form(session, case_id=case_id, now=context.now())


def _shut(case_id: UUID, status: int = 200) -> Response:
    """Say since when, or until when, one cannot apply, and what to do."""
    with reading(context.sessions()) as session:
        front = bulletin.front_of(session, case_id=case_id, now=context.now())
    return make_response(render_template("bulletin/shut.html", front=front), status)


def _page(
    case_id: UUID, asked: Asked, typed: Typed, *, refused: Said | None = None, status: int = 200
) -> Response:
    with reading(context.sessions()) as session:
        front = bulletin.front_of(session, case_id=case_id, now=context.now())
    html = render_template(
        "bulletin/apply.html", front=front, form=forms.page_of(asked, typed), refused=refused,
        address=url_for("bulletin.send_application", case_id=case_id),
    )  # fmt: skip
    return make_response(html, status)


def act(case_id: UUID) -> Response:
    """Every button of the form: rows, check, back, hand in; `_action` says which one."""
    forms.count_sent()
    try:
        asked = _asked(case_id)
    except (TaskClosed, CasePaused):
        return _shut(case_id, 409)
    return _answer(case_id, asked, forms.read_posted(asked))


def _answer(case_id: UUID, asked: Asked, typed: Typed) -> Response:
    action = request.form.get("_action", "check")
    if action.startswith(("add:", "remove:")):
        answers = apply_row_action(asked.form, typed.answers, action)
        return _page(case_id, asked, Typed(answers, typed.problems))
    if action == "back" or typed.problems:
        return _page(case_id, asked, typed, status=422 if typed.problems else 200)
    try:
        with reading(context.sessions()) as session:
            receiving.check_application(session, asked, typed.answers)
        if action != "submit":
            return _check(case_id, asked, typed)
        return _submit(case_id, asked, typed)
    except InvalidAnswers as error:
        return _page(case_id, asked, Typed(typed.answers, error.problems), status=422)


def _check(case_id: UUID, asked: Asked, typed: Typed) -> Response:
    with reading(context.sessions()) as session:
        front = bulletin.front_of(session, case_id=case_id, now=context.now())
    return make_response(
        render_template(
            "bulletin/check.html", front=front, answers=forms.read_back(asked, typed.answers),
            carried=forms.carried(asked.form, typed.answers),
            address=url_for("bulletin.send_application", case_id=case_id),
        )
    )  # fmt: skip


def _submit(case_id: UUID, asked: Asked, typed: Typed) -> Response:
    forms.count_sent("handed_in")
    assert asked.task_id is not None  # noqa: S101 - an application form is of a task
    try:
        registered = receiving.apply(
            context.sessions(), context.clock(), task_id=asked.task_id, answers=typed.answers,
            file_ids=forms.own_file_ids(), secret_key=context.settings().secret_key,
        )  # fmt: skip
    except InvalidAnswers:
        raise
    except (TaskClosed, CasePaused):
        return _shut(case_id, 409)
    except EngineError as error:
        words = said(error)
        return _page(case_id, asked, typed, refused=words, status=words.status)
    forms.forget_files()
    browser[_CODE] = [str(case_id), registered.code]
    return redirect(url_for("bulletin.applied", case_id=case_id), 303)


def applied(case_id: UUID) -> str | Response:
    """Show the code, once: the next person at this computer must not find it."""
    kept = browser.pop(_CODE, None)
    if not kept or kept[0] != str(case_id):
        return redirect(url_for("bulletin.selection", case_id=case_id), 303)
    with reading(context.sessions()) as session:
        front = bulletin.front_of(session, case_id=case_id, now=context.now())
    return render_template("bulletin/applied.html", front=front, code=kept[1])
