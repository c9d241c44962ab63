"""Hand one's own work over to a colleague, where the procedure lets people do so."""

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.db import reading, transaction
from engine.errors import EngineError
from engine.run import reassigning
from engine.run.handing import open_seat
from webapp import context
from webapp.account.absences import key_of
from webapp.errors import Said, said


def ask_delegate(seat_id: UUID) -> str:
    return _form(seat_id, "", "", None)


def delegate(seat_id: UUID) -> Response:
    person, reason = request.form.get("person", ""), request.form.get("reason", "").strip()[:400]
    try:
        with transaction(context.sessions()) as session:
            reassigning.delegate(
                session, seat_id=seat_id, to_person_id=key_of(person), reason=reason,
                actor_id=context.me().person_id, now=context.now(),
            )  # fmt: skip
    except EngineError as error:
        words = said(error)
        if words.status in (403, 404):
            raise
        return make_response(_form(seat_id, person, reason, words), words.status)
    flash(gettext("Handed over; your colleague is told."), "success")
    return redirect(url_for("inbox.todo"), 303)


def _form(seat_id: UUID, person: str, reason: str, refused: Said | None) -> str:
    with reading(context.sessions()) as session:
        found = open_seat(session, context.me(), seat_id=seat_id, now=context.now(), office=False)
        return render_template(
            "inbox/delegate.html", found=found, person=person, reason=reason, refused=refused
        )
