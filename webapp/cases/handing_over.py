"""The office hands open work over to another person."""

from uuid import UUID

from flask import flash, make_response, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from engine.db import transaction
from engine.errors import EngineError
from engine.overview import Seen
from engine.run import reassigning
from engine.run.handing import Open, open_seat
from webapp import context
from webapp.account.absences import key_of
from webapp.cases.shown import page, seen_case
from webapp.errors import Said, said


def ask_reassign(case_id: UUID, seat_id: UUID) -> str:
    with seen_case(case_id) as seen:
        return _form(seen, seat_id, "", "", None, everything=False)


def reassign(case_id: UUID, seat_id: UUID) -> Response:
    person, reason = request.form.get("person", ""), request.form.get("reason", "").strip()[:400]
    everything = request.form.get("everything") == "yes"
    try:
        with transaction(context.sessions()) as session:
            number = reassigning.reassign(
                session, seat_id=seat_id, to_person_id=key_of(person), reason=reason,
                everything=everything, actor_id=context.me().person_id, now=context.now(),
            )  # fmt: skip
    except EngineError as error:
        words = said(error)
        if words.status in (403, 404):
            raise
        with seen_case(case_id) as seen:
            html = _form(seen, seat_id, person, reason, (error.code, words), everything=everything)
        return make_response(html, words.status)
    flash(
        ngettext(
            "Handed over: %(num)d task. Both people are told.",
            "Handed over: %(num)d tasks. Both people are told.",
            number,
        ),
        "success",
    )
    return redirect(url_for("cases.desk", case_id=case_id), 303)


def _form(
    seen: Seen,
    seat_id: UUID,
    person: str,
    reason: str,
    refused: tuple[str, Said] | None,
    *,
    everything: bool,
) -> str:
    seen.require(seen.is_staff and seen.is_office, "hand work over")
    found: Open = open_seat(seen.session, seen.who, seat_id=seat_id, now=seen.now, office=True)
    field = "reason" if refused and refused[0] == "reason_needed" else "person"
    return page(
        "reassign", seen, "cases.desk", found=found, person=person, reason=reason,
        refused=refused[1] if refused else None, field=field, everything=everything,
        subject=seen.naming.name(found.subject) if found.subject else None,
        none_left=gettext("Nobody else of this role could take it over."),
    )  # fmt: skip
