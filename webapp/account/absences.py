"""Being away: one's own page, and what the office's page shares with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.absences import Span
from engine.db import reading, transaction
from engine.definitions import Words
from engine.errors import EngineError
from engine.run import away, leaving
from webapp import context
from webapp.error_words import N_
from webapp.errors import Said, said, worded

BAD_TIMES = Said(
    422,
    N_("The times cannot be read"),
    N_("Give a day and a time for both the beginning and the end."),
)
FIELD_OF = {
    "absence_times": "to",
    "oneself_as_stand_in": "stand_in",
    "stand_in_unknown": "stand_in",
    "stand_in_not_allowed": "stand_in",
    "stand_in_away": "stand_in",
    "absence_loop": "stand_in",
    "away_already": "from",
    "stands_in_meanwhile": "from",
    "role_not_held": "scope",
}
"""What to correct, by the error."""

WHY = {
    "candidate": N_("This person stands in “%(selection)s” as a candidate."),
    "relative": N_("A candidate of “%(selection)s” has named this person as a relative."),
    "recused": N_("This person steps aside in “%(selection)s”."),
    "role": N_("In “%(selection)s” the two act in parts that nobody may combine."),
}


@dataclass(frozen=True)
class Typed:
    """What was typed into the form of an absence."""

    person: str = ""
    stand_in: str = ""
    first: str = ""
    last: str = ""
    scope: str = ""
    reason: str = ""


def typed() -> Typed:
    form = request.form
    return Typed(
        form.get("person", ""), form.get("stand_in", ""), form.get("from", "").strip(),
        form.get("to", "").strip(), form.get("scope", ""), form.get("reason", "").strip()[:400],
    )  # fmt: skip


def span_of(
    given: Typed, *, person_id: UUID, case_id: UUID | None, role: str, zone: ZoneInfo
) -> Span | None:
    """What was typed as an absence; None where the times cannot be read."""
    first, last = _instant(given.first, zone), _instant(given.last, zone)
    if first is None or last is None:
        return None
    return Span(person_id, key_of(given.stand_in), first, last, case_id, role)


def key_of(text: str) -> UUID:
    """The id in a choice; nobody's where there is none."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _instant(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None


def why_not(error: EngineError) -> Said:
    """The words for a refusal; who may not stand in is told in which selection, and why."""
    words = said(error)
    if isinstance(error, leaving.StandInNotAllowed):
        more = gettext(WHY[error.why]) % {"selection": error.selection}
        return Said(words.status, words.what, more)
    return words


@dataclass(frozen=True)
class Refused:
    """Why an absence cannot be, and what to correct."""

    said: Said
    field: str


def enter(span: Span | None, reason: str) -> Refused | None:
    """Write an absence down; gives why it cannot be."""
    if span is None:
        return Refused(worded(BAD_TIMES), "from")
    try:
        with transaction(context.sessions()) as session:
            leaving.enter(
                session, span=span, reason=reason, actor_id=context.me().person_id,
                now=context.now(),
            )  # fmt: skip
    except EngineError as error:
        words = why_not(error)
        if words.status in (403, 404):
            raise
        return Refused(words, FIELD_OF.get(error.code, "from"))
    return None


def absences() -> Response:
    return _page(Typed(first=f"{_local(context.now()):%Y-%m-%dT%H:%M}"), None)


def enter_mine() -> Response:
    given = typed()
    scope, _, role = given.scope.partition(":")
    case_id = key_of(scope) if scope else None
    span = span_of(
        given, person_id=context.me().person_id, case_id=case_id, role=role, zone=_zone()
    )
    refused = enter(span, given.reason)
    if refused is not None:
        return _page(given, refused)
    flash(gettext("Your absence is entered; whoever stands in for you is told."), "success")
    return redirect(url_for("account.absences"), 303)


def end_mine(absence_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        leaving.end(
            session, absence_id=absence_id, actor_id=context.me().person_id, now=context.now()
        )
    flash(gettext("It has ended. From now on only you see your tasks."), "success")
    return redirect(url_for("account.absences"), 303)


def _page(given: Typed, refused: Refused | None) -> Response:
    who, now = context.me(), context.now()
    with reading(context.sessions()) as session:
        works = away.works_of(session, who.person_id, now=now)
        listed = away.listed(session, who.person_id, now=now)
        html = render_template(
            "account/absences.html", given=given, refused=refused, scopes=_scopes(works),
            colleagues=away.colleagues(session, who.person_id, now=now),
            own=[each for each in listed if each.own],
            duties=[each for each in listed if not each.own],
        )  # fmt: skip
    return make_response(html, refused.said.status if refused else 200)


def _scopes(works: Sequence[away.Work]) -> list[tuple[str, str]]:
    """Where one may be away: everywhere, in a selection, in one role of it."""
    made = [("", gettext("In all selections"))]
    for work in works:
        title = context.worded(Words(work.case.title, work.case.title_en))
        made.append((str(work.case.id), title))
        if len(work.roles) > 1:
            made += [
                (
                    f"{work.case.id}:{role}",
                    gettext(
                        "%(selection)s, only as %(role)s",
                        selection=title,
                        role=context.worded(work.package.word(role)),
                    ),
                )
                for role in sorted(work.roles)
            ]
    return made


def _zone() -> ZoneInfo:
    return ZoneInfo(context.settings().time_zone)


def _local(instant: datetime) -> datetime:
    return instant.astimezone(_zone())
