"""Start a selection: choose the procedure, fill in its form, look it over, start."""

from collections.abc import Mapping
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import preparation
from engine.db import reading, transaction
from engine.definitions import Words
from engine.forms import Answers, Problem, collect, present
from engine.model import StartDraft
from engine.run.closing import close_if_complete
from engine.studio.releases import procedure_names
from webapp import context
from webapp.cases.start.numbers import number_words
from webapp.cases.start.plan import plan_words
from webapp.cases.start.shown import Preparing, changed_draft, package_of, page, seen_draft, zone
from webapp.cases.uploads import store_uploads
from webapp.errors import said
from webapp.forms import apply_row_action, form_page


def start_new() -> str:
    """Which procedure; and what this person is preparing already."""
    with reading(context.sessions()) as session:
        drafts = preparation.drafts_of(session, context.me())
        return _choose(_names(session), drafts)


def _choose(names: Mapping[str, Words], drafts: object, refused: str = "") -> str:
    return render_template(
        "cases/start/choose.html", drafts=drafts, refused=refused,
        procedures=list(names.items()), draft_title=_draft_title,
    )  # fmt: skip


def _names(session: Session) -> Mapping[str, Words]:
    settings = context.settings()
    return procedure_names(
        session, processes_dir=settings.processes_dir, forms_dir=settings.forms_dir
    )


def _draft_title(draft: StartDraft) -> str:
    details = draft.data.get("details", {})
    title = details.get("title_en") if context.language() == "en" else ""
    return str(title or details.get("title") or gettext("without a name yet"))


def start_draft() -> Response:
    key = request.form.get("procedure", "")
    with reading(context.sessions()) as session:
        drafts, names = preparation.drafts_of(session, context.me()), _names(session)
        if key not in names:
            return make_response(_choose(names, drafts, gettext("Choose a procedure")), 422)
    with transaction(context.sessions()) as session:
        who = context.me()
        draft = preparation.begin_draft(session, who, package_key=key, now=context.now())
        me = preparation.Chosen(
            name=who.name, role="selection_office", person_id=str(who.person_id)
        )
        preparation.keep(draft, {"members": [me.kept()]}, now=context.now())
        draft_id = draft.id
    return redirect(url_for("cases.start_form", draft_id=draft_id), 303)


def start_form(draft_id: UUID) -> Response:
    with seen_draft(draft_id) as at:
        answers = at.part("details", {})
        wrong = at.ready().form_problems if "details" in at.draft.data else ()
        return _form_page(at, answers, wrong)


def _form_page(
    at: Preparing, answers: Answers, problems: object = (), *, status: int = 200
) -> Response:
    form = preparation.start_form(at.package)
    drawn = None
    if form is not None:
        drawn = form_page(
            form, answers, {}, lang=context.language(), problems=list(problems),  # type: ignore[call-overload]  # a sequence of problems
            zone=at.zone,
        )  # fmt: skip
    return page("form", at, "form", status=status, form=drawn)


def start_form_keep(draft_id: UUID) -> Response:
    """Whatever was typed is kept; going on needs it to be right."""
    action = request.form.get("_action", "submit")
    with seen_draft(draft_id) as at:
        form = preparation.start_form(at.package)
    uploads, wrong = store_uploads(form, None)
    answers = collect(form, request.form, uploads, zone=zone()) if form else {}
    if form and action.startswith(("add:", "remove:")):
        answers = apply_row_action(form, answers, action)
    with changed_draft(draft_id) as at:
        at.keep(details=answers)
        problems: list[Problem] = [*wrong, *at.ready().form_problems]
        if action == "submit" and not problems:
            return redirect(url_for("cases.start_numbers", draft_id=draft_id), 303)
        if action == "draft":
            flash(gettext("Your draft is saved."), "success")
            return redirect(url_for("cases.start_form", draft_id=draft_id), 303)
        refused = action == "submit"
        return _form_page(at, answers, problems if refused else (), status=422 if refused else 200)


def start_summary(draft_id: UUID) -> Response:
    with seen_draft(draft_id) as at:
        return _summary(at)


def _summary(at: Preparing, *, status: int = 200) -> Response:
    ready, language = at.ready(), context.language()
    form = preparation.start_form(at.package)
    numbers = preparation.numbers_of(at.package)
    typed = at.part("numbers", {})
    return page(
        "summary", at, "", status=status,
        items=present(form, dict(ready.details), language, {}, zone=at.zone) if form else [],
        changed=[n for n in numbers if typed.get(n.path, n.default_text) != n.default_text],
        number_text=lambda n: number_words(n, typed.get(n.path, n.default_text)),
        lines=preparation.plan_lines(at.package), plan_words=plan_words,
        places=preparation.places_of(at.package),
    )  # fmt: skip


def start_now(draft_id: UUID) -> Response:
    try:
        with transaction(context.sessions()) as session:
            draft = preparation.find_draft(session, context.me(), draft_id=draft_id)
            case, ctx = preparation.start(
                session, context.me(), draft_id=draft_id,
                package=package_of(session, draft.package_key), zone=zone(),
                time_zone=context.settings().time_zone, now=context.now(),
            )  # fmt: skip
            case_id = case.id
    except preparation.NotReady as error:
        flash(f"{said(error).what} {said(error).remedy}", "info")
        with seen_draft(draft_id) as at:
            return _summary(at, status=422)
    close_if_complete(context.sessions(), context.clock(), ctx.touched)
    flash(gettext("The selection has started."), "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)


def start_discard(draft_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        preparation.discard(session, context.me(), draft_id=draft_id)
    flash(gettext("The draft is thrown away."), "success")
    return redirect(url_for("cases.start_new"), 303)
