"""One seat: read what is to be known, fill in the form, hand it in, keep the receipt."""

from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import definitions, inbox, seals, seats
from engine.db import reading, transaction
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.forms import Answers, Form, InvalidAnswers, collect
from engine.permissions import SamePerson
from engine.run import submitting
from engine.run.context import CasePaused
from engine.run.submitting import Found, Receipt
from engine.run.viewing import SeatView, reach, view_seat
from webapp import context
from webapp.errors import Said, said
from webapp.forms import apply_row_action
from webapp.inbox import ballot
from webapp.inbox.files import store_uploads
from webapp.inbox.page import (
    Typed,
    differing,
    draft_of,
    form_of_page,
    known_of,
    read_answers,
    typed_back,
    worked_of,
)
from webapp.inbox.sheets import read_sheet


def show(seat_id: UUID) -> str | Response:
    with reading(context.sessions()) as session:
        view = view_seat(session, context.me(), seat_id=seat_id, now=context.now())
        return page(view, Typed())


def page(view: SeatView, typed: Typed) -> str:
    """The page of a seat in whatever state it is."""
    if view.task.kind == "ballot" and view.state == "open":
        return ballot.paper(view)
    if view.state == "handed_in":
        proof = seals.proof_of(view.session, seat_id=view.seat.id)
        answers = read_answers(view, view.seat.answers)
        return render_template("inbox/handed_in.html", view=view, answers=answers, proof=proof)
    if view.state != "open":
        answers = read_answers(view, typed.answers or draft_of(view))
        return render_template("inbox/closed.html", view=view, answers=answers)
    return render_template(
        "inbox/seat.html", view=view, form=form_of_page(view, typed),
        shown=view.shown(context.language()), known=known_of(view), worked=worked_of(view),
        refused=typed.refused, on_behalf=typed.on_behalf, differing=differing(view),
    )  # fmt: skip


# This person cannot hand the seat in now; anything else can be corrected on the page.
GONE = (
    seats.SeatTaken,
    seats.AlreadyHandedIn,
    seats.TaskClosed,
    CasePaused,
    SamePerson,
)


def act(seat_id: UUID) -> Response:
    """Every button of a task's form comes here; `_action` says which one."""
    with reading(context.sessions()) as session:
        found = reach(session, context.me(), seat_id=seat_id)
        if found.task.kind == "ballot":
            raise seats.TaskClosed("a ballot is cast from its own page, after a check")
        package = definitions.pinned(session, found.task.package_hash)
    form = package.form_of(package.element(found.task.element_id))
    typed = _typed(found, form)
    action = request.form.get("_action", "submit")
    try:
        return _do(found, action, form, typed)
    except InvalidAnswers as error:
        return _again(seat_id, replace(typed, problems=error.problems), status=422)
    except seats.SeatNotFound:
        raise
    except GONE as error:
        return _refused(found, package, form, typed, said(error))
    except EngineError as error:
        words = said(error)
        return _again(seat_id, replace(typed, refused=words), status=words.status)


def _typed(found: Found, form: Form | None) -> Typed:
    if form is None:
        return Typed(on_behalf=request.form.get("_on_behalf", "").strip())
    uploads, wrong = store_uploads(found.seat.id, form)
    answers = collect(form, request.form, uploads, zone=ZoneInfo(found.case.time_zone))
    return Typed(answers, wrong, on_behalf=request.form.get("_on_behalf", "").strip())


def _do(found: Found, action: str, form: Form | None, typed: Typed) -> Response:
    seat_id = found.seat.id
    verb, _, path = action.partition(":")
    if form is not None and verb in ("add", "remove"):
        changed = apply_row_action(form, typed.answers or {}, action)
        return _again(seat_id, replace(typed, answers=changed))
    if verb == "import":
        return _import(seat_id, path, typed)
    if typed.problems:  # of uploads, found before anything else
        raise InvalidAnswers(typed.problems)
    if verb == "draft":
        return _keep_draft(seat_id, typed.answers or {})
    return _submit(found, typed)


def _submit(found: Found, typed: Typed) -> Response:
    receipt = submitting.submit(
        context.sessions(), context.clock(), seat_id=found.seat.id,
        actor_id=context.me().person_id, answers=typed.answers or {}, recorded_for=typed.on_behalf,
        of_many=found.task.kind != "single",
    )  # fmt: skip
    if found.task.kind == "single":
        return redirect(url_for("inbox.receipt", seat_id=receipt.seat_id), 303)
    return redirect(_next(receipt), 303)


def _keep_draft(seat_id: UUID, answers: Answers) -> Response:
    with transaction(context.sessions()) as session:
        submitting.save_draft(
            session, seat_id=seat_id, actor_id=context.me().person_id, answers=answers,
            now=context.now(),
        )  # fmt: skip
    flash(gettext("Your draft is saved. It is not handed in yet."), "success")
    return redirect(url_for("inbox.show", seat_id=seat_id), 303)


def _next(receipt: Receipt) -> str:
    """Go on with the next open seat of the same task, or to the receipt."""
    with reading(context.sessions()) as session:
        following = inbox.next_own(session, context.me(), task_id=receipt.task_id)
    if following is None:
        return url_for("inbox.receipt", seat_id=receipt.seat_id)
    flash(gettext("Handed in. This is the next one."), "success")
    return url_for("inbox.show", seat_id=following)


def _again(seat_id: UUID, typed: Typed, *, status: int = 200) -> Response:
    with reading(context.sessions()) as session:
        view = view_seat(session, context.me(), seat_id=seat_id, now=context.now())
        return make_response(page(view, typed), status)


def _import(seat_id: UUID, path: str, typed: Typed) -> Response:
    with reading(context.sessions()) as session:
        view = view_seat(session, context.me(), seat_id=seat_id, now=context.now())
        read = read_sheet(view, path, typed)
        taken = path in read.imports and read.imports[path].is_complete
        return make_response(page(view, read), 200 if taken else 422)


def _refused(
    found: Found, package: PackageVersion, form: Form | None, typed: Typed, words: Said
) -> Response:
    """Say why it was not accepted, and give back what was typed."""
    html = render_template(
        "inbox/refused.html", said=words, answers=typed_back(form, typed.answers or {}),
        title=package.element_name(found.task.element_id), found=found,
    )  # fmt: skip
    return make_response(html, words.status)


def take(seat_id: UUID) -> Response:
    who = context.me()
    with transaction(context.sessions()) as session:
        reach(session, who, seat_id=seat_id)
        submitting.take(session, seat_id=seat_id, actor_id=who.person_id, now=context.now())
    return redirect(url_for("inbox.show", seat_id=seat_id), 303)


def put_back(seat_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        submitting.put_back(
            session, seat_id=seat_id, actor_id=context.me().person_id, now=context.now()
        )
    flash(
        gettext("Put back. Your colleagues can take it now; your draft stays with it."), "success"
    )
    return redirect(url_for("inbox.todo"), 303)


def receipt(seat_id: UUID) -> str | Response:
    with reading(context.sessions()) as session:
        view = view_seat(session, context.me(), seat_id=seat_id, now=context.now())
        if view.state != "handed_in":
            return redirect(url_for("inbox.show", seat_id=seat_id), 303)
        if view.task.kind == "ballot":
            return ballot.receipt(view)
        proof = seals.proof_of(session, seat_id=seat_id)
        return render_template("inbox/receipt.html", view=view, proof=proof)


def turn(seat_id: UUID) -> Response:
    """The polled part of a waiting page: who is on, and a link once it is this seat's turn."""
    with reading(context.sessions()) as session:
        view = view_seat(session, context.me(), seat_id=seat_id, now=context.now())
        answer = make_response(render_template("inbox/turn.html", view=view))
    answer.add_etag()
    answer.make_conditional(request)
    return answer
