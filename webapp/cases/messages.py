"""What may come at any time: a withdrawal, a report, a stop, a change of rules. Each has a form."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, flash, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine import options, overview
from engine.bpmn import Element
from engine.db import transaction
from engine.definitions import Words
from engine.facts import CaseFacts
from engine.forms import Answers, Form, InvalidAnswers, Problem, collect
from engine.overview import Seen
from engine.run import starting
from engine.run.closing import close_if_complete
from engine.run.filing import files_in
from engine.run.starting import UnknownMessage
from webapp import context
from webapp.cases.shown import page, seen_case, titled
from webapp.cases.uploads import store_uploads
from webapp.forms import apply_row_action, form_page


def ask_begin(case_id: UUID, message: str) -> str:
    with seen_case(case_id) as seen:
        return _page(seen, message, {})


def begin(case_id: UUID, message: str) -> AnyResponse:
    action = request.form.get("_action", "submit")
    with seen_case(case_id) as seen:
        form = _form(seen, _start(seen, message))
        zone = seen.zone
    uploads, wrong = store_uploads(form, case_id)
    answers = collect(form, request.form, uploads, zone=zone) if form else {}
    if form and action.startswith(("add:", "remove:")):
        return _again(case_id, message, apply_row_action(form, answers, action), (), 200)
    if wrong:
        return _again(case_id, message, answers, wrong, 422)
    try:
        with transaction(context.sessions()) as session:
            ctx = starting.receive(
                session, case_id=case_id, message=message, answers=answers,
                actor_id=context.me().person_id, now=context.now(),
            )  # fmt: skip
    except InvalidAnswers as error:
        return _again(case_id, message, answers, error.problems, 422)
    close_if_complete(context.sessions(), context.clock(), ctx.touched)
    flash(gettext("Received. The next step is with those in charge."), "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _start(seen: Seen, message: str) -> Element:
    """The start event of a message this person may send."""
    if message not in {each.message for each in overview.beginnings(seen)}:
        raise UnknownMessage(message)
    definition = seen.package.definition
    return definition.start_of(definition.messages[message])


def _form(seen: Seen, begun: Element) -> Form | None:
    return seen.package.form_of(begun)


def _page(seen: Seen, message: str, answers: Answers, problems: Sequence[Problem] = ()) -> str:
    begun = _start(seen, message)
    form = _form(seen, begun)
    drawn = None
    if form is not None:
        choices = options.options_of(
            seen.session, form, case=seen.case, package=seen.package, variables={},
            facts=CaseFacts(seen.session, seen.case, seen.now),
        )  # fmt: skip
        drawn = form_page(
            form, answers, choices, lang=context.language(), problems=problems,
            files=files_in(seen.session, form, answers), zone=seen.zone,
        )  # fmt: skip
    tab = "cases.desk" if seen.is_office else "cases.show"
    called = titled(Words(begun.name, begun.name_en))
    return page("begin", seen, tab, called=called, form=drawn)


def _again(
    case_id: UUID, message: str, answers: Answers, problems: Sequence[Problem], status: int
) -> Response:
    with seen_case(case_id) as seen:
        return make_response(_page(seen, message, answers, problems), status)
