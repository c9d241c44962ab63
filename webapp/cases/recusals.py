"""Stepping aside: what was found, what is in force, and the small forms of both."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import flash, make_response, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import overview
from engine.db import transaction
from engine.errors import EngineError
from engine.inbox import read_mark
from engine.overview import Seen
from engine.recusals import WHOLE, RecusalNotFound
from engine.run import recusing
from engine.run.closing import close_if_complete
from engine.run.context import Context
from webapp import context
from webapp.account.absences import key_of
from webapp.cases.shown import page, seen_case
from webapp.errors import Said, said

_LONGEST = 400
_ALL = "*"
"""The whole selection: it must be chosen, so that a hurried click locks nobody out."""

_NOBODY = "-"
"""Nothing was chosen; no candidate has this code."""

FIELD_OF = {
    "reason_needed": "reason",
    "nothing_recused": "extent",
    "unknown_subject": "subject",
    "not_taking_part": "person",
}


@dataclass(frozen=True)
class Typed:
    """What was typed; `what` is `recuse` or `none` where a conflict is decided."""

    person: str = ""
    subject: str = ""
    deliberation: bool = True
    vote: bool = True
    reason: str = ""
    what: str = ""


@dataclass(frozen=True)
class Refused:
    """Why it was not accepted, and what to correct."""

    said: Said
    field: str


def recusals(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        after, past = (read_mark(request.args.get(key, "")) for key in ("after", "past"))
        return page(
            "recusals", seen, "cases.recusals",
            waiting=overview.possible(seen, state="open", after=after),
            decided=overview.possible(seen, state="decided", after=past),
            kept_out=overview.kept_out(seen), me=context.me().person_id,
        )  # fmt: skip


def ask_recuse(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        seen.require(seen.reads_record, "order somebody to step aside")
        return _form(seen, Typed(subject=request.args.get("subject", "")), None)


def recuse(case_id: UUID) -> Response:
    given = _typed()

    def act(session: Session) -> Context:
        return recusing.order(
            session, case_id=case_id, person_id=key_of(given.person), extent=_extent(given),
            actor_id=context.me().person_id, now=context.now(),
        )  # fmt: skip

    refused = _carry_out(act)
    if refused is not None:
        with seen_case(case_id) as seen:
            return make_response(_form(seen, given, refused), refused.said.status)
    flash(gettext("It holds from now on; the person is told."), "success")
    return redirect(url_for("cases.recusals", case_id=case_id), 303)


def _form(seen: Seen, given: Typed, refused: Refused | None) -> str:
    return page(
        "recuse", seen, "cases.recusals", given=given, refused=refused,
        people=recusing.people_taking_part(seen.session, case_id=seen.case.id, now=seen.now),
        subjects=_subjects(seen),
    )  # fmt: skip


def ask_step_aside(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        return _own_form(seen, Typed(subject=request.args.get("subject", "")), None)


def step_aside(case_id: UUID) -> Response:
    given = _typed()

    def act(session: Session) -> Context:
        return recusing.declare(
            session, case_id=case_id, extent=_extent(given),
            actor_id=context.me().person_id, now=context.now(),
        )  # fmt: skip

    refused = _carry_out(act)
    if refused is not None:
        with seen_case(case_id) as seen:
            return make_response(_own_form(seen, given, refused), refused.said.status)
    flash(gettext("You step aside from now on. The selection office sees it and why."), "success")
    return redirect(url_for("inbox.todo"), 303)


def _own_form(seen: Seen, given: Typed, refused: Refused | None) -> str:
    seen.require(bool(seen.roles or seen.rosters), "step aside")
    return page(
        "step_aside", seen, "", given=given, refused=refused, subjects=_subjects(seen)
    )  # fmt: skip


def ask_conflict(case_id: UUID, conflict_id: UUID) -> str:
    with seen_case(case_id) as seen:
        return _conflict_form(seen, conflict_id, Typed(), None)


def decide_conflict(case_id: UUID, conflict_id: UUID) -> Response:
    given = _typed()
    with seen_case(case_id) as seen:
        found = overview.possible_one(seen, conflict_id)

    def act(session: Session) -> Context:
        keep_out = given.what == "recuse"
        extent = recusing.Extent(found.code, given.deliberation, given.vote, given.reason)
        return recusing.decide(
            session, case_id=case_id, conflict_id=conflict_id,
            extent=extent if keep_out else None, reason=given.reason,
            actor_id=context.me().person_id, now=context.now(),
        )  # fmt: skip

    if given.what not in ("recuse", "none"):
        words = Said(422, gettext("Nothing is decided yet"), gettext("Choose one of the two."))
        refused: Refused | None = Refused(words, "what")
    else:
        refused = _carry_out(act)
    if refused is not None:
        with seen_case(case_id) as seen:
            html = _conflict_form(seen, conflict_id, given, refused)
        return make_response(html, refused.said.status)
    flash(gettext("Decided; the reason is kept."), "success")
    return redirect(url_for("cases.recusals", case_id=case_id), 303)


def _conflict_form(seen: Seen, conflict_id: UUID, given: Typed, refused: Refused | None) -> str:
    return page(
        "conflict", seen, "cases.recusals", found=overview.possible_one(seen, conflict_id),
        given=given, refused=refused,
    )  # fmt: skip


def ask_take_back(case_id: UUID, recusal_id: UUID) -> str:
    with seen_case(case_id) as seen:
        return _take_back_form(seen, recusal_id, "", None)


def take_back(case_id: UUID, recusal_id: UUID) -> Response:
    reason = request.form.get("reason", "").strip()[:_LONGEST]

    def act(session: Session) -> None:
        recusing.withdraw(
            session, case_id=case_id, recusal_id=recusal_id, reason=reason,
            actor_id=context.me().person_id, now=context.now(),
        )  # fmt: skip

    refused = _carry_out(act)
    if refused is not None:
        with seen_case(case_id) as seen:
            html = _take_back_form(seen, recusal_id, reason, refused)
        return make_response(html, refused.said.status)
    flash(gettext("The person takes part again from now on."), "success")
    return redirect(url_for("cases.recusals", case_id=case_id), 303)


def _take_back_form(seen: Seen, recusal_id: UUID, reason: str, refused: Refused | None) -> str:
    found = next((each for each in overview.kept_out(seen) if each.id == recusal_id), None)
    if found is None or found.withdrawn_at is not None:
        raise RecusalNotFound(recusal_id)
    return page(
        "take_back", seen, "cases.recusals", found=found, reason=reason, refused=refused
    )  # fmt: skip


def _carry_out(act: Callable[[Session], Context | None]) -> Refused | None:
    """One use case, then closing what it completed; gives why it was refused."""
    try:
        with transaction(context.sessions()) as session:
            ctx = act(session)
    except EngineError as error:
        words = said(error)
        if words.status in (403, 404):
            raise
        return Refused(words, FIELD_OF.get(error.code, "reason"))
    if ctx is not None and ctx.touched:
        close_if_complete(context.sessions(), context.clock(), ctx.touched)
    return None


def _typed() -> Typed:
    form = request.form
    kept_out_of = form.getlist("extent")
    return Typed(
        person=form.get("person", ""),
        subject=form.get("subject", ""),
        deliberation="deliberation" in kept_out_of,
        vote="vote" in kept_out_of,
        reason=form.get("reason", "").strip()[:_LONGEST],
        what=form.get("what", ""),
    )


def _extent(given: Typed) -> recusing.Extent:
    subject = WHOLE if given.subject == _ALL else given.subject or _NOBODY
    return recusing.Extent(subject, given.deliberation, given.vote, given.reason)


def _subjects(seen: Seen) -> list[tuple[str, str]]:
    """The whole selection, then those who stand in it, as this reader may call them."""
    made = [("", ""), (_ALL, gettext("The whole selection"))]
    return made + [
        (code, context.worded(seen.naming.name(code))) for code in seen.naming.candidates()
    ]
