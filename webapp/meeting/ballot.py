"""The console of a ballot: issued and returned, end voting, the report of the count."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import turnout
from engine.db import reading, transaction
from engine.errors import EngineError
from engine.run.closing import close_by_hand, close_if_complete
from engine.turnout import Turnout
from webapp import context
from webapp.error_words import N_
from webapp.errors import said
from webapp.meeting.live import polled, tag_of

NUMBERS = (
    ("entitled", N_("Entitled")),
    ("present", N_("Present")),
    ("issued", N_("Ballots issued")),
    ("returned", N_("Ballots returned")),
    ("invalid", N_("Invalid")),
    ("valid", N_("Valid")),
    ("blank", N_("Abstentions")),
)
BASES = {
    "entitled": N_("entitled"),
    "present": N_("present"),
    "issued": N_("ballots issued"),
    "returned": N_("ballots returned"),
    "valid": N_("valid ballots"),
}


def show(task_id: UUID) -> str:
    shown = _read(task_id)
    return render_template("meeting/ballot.html", ballot=shown, tag=tag_of(shown), **_words())


def part(task_id: UUID) -> Response:
    shown = _read(task_id)
    return polled("meeting/ballot_part.html", shown, ballot=shown, **_words())


def confirm_end(task_id: UUID) -> str | Response:
    shown = _read(task_id)
    if shown.state != "open" or not shown.may_end:
        return redirect(url_for("meeting.ballot", task_id=task_id), 303)
    return render_template("meeting/ballot_end.html", ballot=shown)


def end(task_id: UUID) -> Response:
    try:
        with transaction(context.sessions()) as session:
            turnout.turnout_of(session, context.me(), task_id=task_id, now=context.now())
            ctx = close_by_hand(
                session, task_id=task_id, actor_id=context.me().person_id,
                reason=request.form.get("reason", "").strip()[:400], now=context.now(),
            )  # fmt: skip
        close_if_complete(context.sessions(), context.clock(), ctx.touched)
        flash(gettext("Voting has ended."), "success")
    except EngineError as error:
        if said(error).status != 409:  # noqa: PLR2004 - a double click, or somebody was first
            raise
        flash(said(error).what, "info")
    return redirect(url_for("meeting.ballot", task_id=task_id), 303)


def _read(task_id: UUID) -> Turnout:
    with reading(context.sessions()) as session:
        return turnout.turnout_of(session, context.me(), task_id=task_id, now=context.now())


def _words() -> dict[str, object]:
    return {
        "number_names": [(key, gettext(text)) for key, text in NUMBERS],
        "base_names": {key: gettext(text) for key, text in BASES.items()},
    }
