"""Report a matter: a form for everybody, a name only by choice, a code to refer to it."""

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask import session as browser
from werkzeug.wrappers import Response

from engine import bulletin
from engine.db import reading, transaction
from engine.forms import InvalidAnswers
from engine.run import receiving
from engine.run.closing import close_if_complete
from engine.run.receiving import Asked
from webapp import context
from webapp.bulletin import forms
from webapp.bulletin.forms import Typed
from webapp.forms import apply_row_action

_CODE = "report_code"


def show(case_id: UUID) -> Response:
    return _page(case_id, _asked(case_id), Typed())


def _asked(case_id: UUID) -> Asked:
    with reading(context.sessions()) as session:
        return receiving.report_form(session, case_id=case_id, now=context.now())


def _page(case_id: UUID, asked: Asked, typed: Typed, status: int = 200) -> Response:
    with reading(context.sessions()) as session:
        front = bulletin.front_of(session, case_id=case_id, now=context.now())
    html = render_template("bulletin/report.html", front=front, form=forms.page_of(asked, typed))
    return make_response(html, status)


def act(case_id: UUID) -> Response:
    forms.count_sent()
    asked = _asked(case_id)
    action = request.form.get("_action", "submit")
    typed = forms.read_posted(asked)
    if action.startswith(("add:", "remove:")):
        answers = apply_row_action(asked.form, typed.answers, action)
        return _page(case_id, asked, Typed(answers, typed.problems))
    if typed.problems:
        return _page(case_id, asked, typed, 422)
    try:
        return _submit(case_id, typed)
    except InvalidAnswers as error:
        return _page(case_id, asked, Typed(typed.answers, error.problems), 422)


def _submit(case_id: UUID, typed: Typed) -> Response:
    forms.count_sent("handed_in")
    with transaction(context.sessions()) as session:
        ctx, code = receiving.report(
            session, case_id=case_id, answers=typed.answers, now=context.now()
        )
    close_if_complete(context.sessions(), context.clock(), ctx.touched)
    forms.forget_files()
    browser[_CODE] = [str(case_id), code]
    return redirect(url_for("bulletin.reported", case_id=case_id), 303)


def reported(case_id: UUID) -> str | Response:
    kept = browser.pop(_CODE, None)
    if not kept or kept[0] != str(case_id):
        return redirect(url_for("bulletin.selection", case_id=case_id), 303)
    with reading(context.sessions()) as session:
        front = bulletin.front_of(session, case_id=case_id, now=context.now())
    return render_template("bulletin/reported.html", front=front, code=kept[1])
