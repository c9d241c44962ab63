"""Moving dates of the plan of a running selection: typed, proposed, looked over, confirmed.

Everything before the confirmation only reads, so it is asked with GET: what was typed stands in
the address and nothing is kept.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.db import transaction
from engine.overview import Seen
from engine.run import replanning
from engine.run.closing import close_if_complete
from engine.run.context import CasePaused
from engine.run.replanning import LineShown, PlanMoveRefused, Refusal
from engine.run.steering import ReasonNeeded
from webapp import context
from webapp.cases.shown import page, seen_case
from webapp.errors import said
from webapp.moves import move_rows

FORMAT = "%Y-%m-%dT%H:%M"
WORKDAYS, DAYS = "workdays", "days"


def ask_move_plan(case_id: UUID) -> Response:
    """The dates as fields; with `_action` the later ones proposed, or everything looked over."""
    action = request.args.get("_action", "")
    with seen_case(case_id) as seen:
        lines = _lines(seen)
        typed = _typed(request.args, lines, seen.zone) if action else {}
        dates, wrong = _read(typed, lines, seen.zone)
        if wrong:
            return _fields(seen, lines, typed, wrong, status=422)
        if action == "propose":
            proposed = replanning.propose(
                seen.session, case_id=case_id, dates=dates, actor_id=seen.who.person_id,
                in_workdays=request.args.get("by") != DAYS, now=seen.now,
            )  # fmt: skip
            return _fields(seen, lines, _shown(proposed, seen.zone), {})
        if action == "check":
            return _check(seen, dates, reason="", publish=False)
        return _fields(seen, lines, typed, {})


def move_plan(case_id: UUID) -> Response:
    """Confirmed: one transaction; a refusal shows what would move, and why it does not."""
    reason = request.form.get("reason", "").strip()
    publish = request.form.get("publish") == "yes"
    with seen_case(case_id) as seen:
        lines = _lines(seen)
        dates, _ = _read(_typed(request.form, lines, seen.zone), lines, seen.zone)
    try:
        with transaction(context.sessions()) as session:
            ctx = replanning.move_plan(
                session, case_id=case_id, dates=dates, reason=reason, publish=publish,
                actor_id=context.me().person_id, now=context.now(),
            )  # fmt: skip
    except (ReasonNeeded, PlanMoveRefused, CasePaused) as error:
        words = said(error)
        with seen_case(case_id) as seen:
            return _check(
                seen, dates, reason=reason, publish=publish,
                refused=(words.what, words.remedy),
                field="reason" if isinstance(error, ReasonNeeded) else "dates",
            )  # fmt: skip
    close_if_complete(context.sessions(), context.clock(), ctx.touched)
    flash(
        gettext("The plan is changed. Whoever has something to hand in by another date is told."),
        "success",
    )
    return redirect(url_for("cases.plan", case_id=case_id), 303)


def _lines(seen: Seen) -> list[LineShown]:
    return replanning.lines_of(
        seen.session, case_id=seen.case.id, actor_id=seen.who.person_id, now=seen.now
    )


def _typed(given: Mapping[str, str], lines: list[LineShown], zone: ZoneInfo) -> dict[str, str]:
    """What stands in the fields; a line without a field keeps its date."""
    kept = _shown({line.key: line.at for line in lines}, zone)
    return {
        line.key: given.get(f"plan.{line.key}", kept[line.key]).strip()[:30]
        for line in lines
        if not line.fixed
    }


def _shown(dates: Mapping[str, datetime], zone: ZoneInfo) -> dict[str, str]:
    return {key: f"{at.astimezone(zone):{FORMAT}}" for key, at in dates.items()}


def _read(
    typed: Mapping[str, str], lines: list[LineShown], zone: ZoneInfo
) -> tuple[dict[str, datetime], dict[str, str]]:
    """The new dates, and what is wrong with those that cannot be read."""
    before = {line.key: line.at for line in lines}
    dates, wrong = {}, {}
    for key, text in typed.items():
        if text == f"{before[key].astimezone(zone):{FORMAT}}":
            continue  # not touched: its seconds stay, if it has any
        try:
            dates[key] = datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
        except ValueError:
            wrong[key] = gettext("Give a day and a time.")
    return dates, wrong


def _fields(
    seen: Seen,
    lines: list[LineShown],
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
    *,
    status: int = 200,
) -> Response:
    kept = _shown({line.key: line.at for line in lines}, seen.zone)
    html = page(
        "move_plan", seen, "cases.plan", lines=lines, wrong=wrong, by=request.args.get("by"),
        typed={**kept, **typed}, kept=kept,
        proposed=request.args.get("_action") == "propose" and not wrong,
    )  # fmt: skip
    return make_response(html, status)


def _check(
    seen: Seen,
    dates: Mapping[str, datetime],
    *,
    reason: str,
    publish: bool,
    refused: tuple[str, str] | None = None,
    field: str = "",
) -> Response:
    shown = replanning.preview(
        seen.session, case_id=seen.case.id, dates=dates, actor_id=seen.who.person_id, now=seen.now
    )
    more: dict[str, Any] = {
        "rows": move_rows(shown.everything),
        "dates": _shown(dates, seen.zone),
        "problems": [(refusal_words(each), f"plan-{each.key}") for each in shown.refusals],
    }
    html = page(
        "move_plan_check", seen, "cases.plan", shown=shown, reason=reason, publish=publish,
        refused=refused, field=field, **more,
    )  # fmt: skip
    return make_response(html, 422 if refused else 200)


def refusal_words(refusal: Refusal) -> str:
    """Why a date cannot be used, for the page."""
    name = context.titled(refusal.name)
    other = context.titled(refusal.other) if refusal.other else ""
    words = {
        "past": gettext("“%(name)s” lies in the past and stays.", name=name),
        "used": gettext("“%(name)s” is over: what it was for has been done.", name=name),
        "into_past": gettext("“%(name)s” cannot be moved into the past.", name=name),
        "out_of_order": gettext(
            "“%(name)s” would lie before “%(other)s”, which comes first.", name=name, other=other
        ),
        "closes_at_once": gettext(
            "“%(name)s” would close at once, and those who still have to hand in could not.",
            name=name,
        ),
    }
    return str(words[refusal.code])
