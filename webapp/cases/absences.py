"""Who of a selection is away, entered and ended by its office."""

from uuid import UUID

from flask import flash, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import overview
from engine.db import transaction
from engine.overview import Seen
from engine.run import away, leaving, recusing
from webapp import context
from webapp.account.absences import Refused, Typed, enter, key_of, span_of, typed
from webapp.cases.shown import page, seen_case


def absences(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        return page("absences", seen, "cases.desk", listed=overview.away(seen))


def ask_absence(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        local = seen.now.astimezone(seen.zone)
        given = Typed(
            person=request.args.get("person", ""), first=f"{local:%Y-%m-%dT%H:%M}"
        )  # fmt: skip
        return _form(seen, given, None)


def enter_absence(case_id: UUID) -> Response:
    given = typed()
    with seen_case(case_id) as seen:
        seen.require(seen.is_staff and seen.is_office, "enter an absence for somebody")
        span = span_of(
            given, person_id=key_of(given.person), case_id=case_id, role=given.scope,
            zone=seen.zone,
        )  # fmt: skip
    refused = enter(span, given.reason)
    if refused is not None:
        with seen_case(case_id) as seen:
            return make_response(_form(seen, given, refused), refused.said.status)
    flash(gettext("The absence is entered; both are told."), "success")
    return redirect(url_for("cases.absences", case_id=case_id), 303)


def end_absence(case_id: UUID, absence_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        leaving.end(
            session, absence_id=absence_id, actor_id=context.me().person_id, now=context.now()
        )
    flash(gettext("The absence has ended."), "success")
    return redirect(url_for("cases.absences", case_id=case_id), 303)


def _form(seen: Seen, given: Typed, refused: Refused | None) -> str:
    seen.require(seen.is_staff and seen.is_office, "enter an absence for somebody")
    people = recusing.people_taking_part(seen.session, case_id=seen.case.id, now=seen.now)
    roles = [key for key in seen.package.roles if key != "candidate"]
    return page(
        "absence", seen, "cases.desk", given=given, refused=refused, people=people,
        colleagues=people[: away.MOST],
        scopes=[
            ("", gettext("Everything in this selection")),
            *(
                (role, gettext("Only as %(role)s", role=context.worded(seen.package.word(role))))
                for role in roles
            ),
        ],
    )  # fmt: skip
