"""The dates: proposed from the day of the announcement, then changed line by line."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import preparation
from engine.definitions import Words
from engine.plan import PlanLine, PlanProblem, propose_dates
from webapp import context
from webapp.cases.shown import titled
from webapp.cases.start.shown import Preparing, changed_draft, page, seen_draft


def start_plan(draft_id: UUID) -> Response:
    with seen_draft(draft_id) as at:
        return _page(at, at.part("announced_on", ""), _typed(at), touched="plan" in at.draft.data)


def _typed(at: Preparing) -> dict[str, str]:
    """The dates as the fields of the page show them: local, without a zone."""
    made = {}
    for key, text in at.part("plan", {}).items():
        try:
            made[key] = datetime.fromisoformat(text).astimezone(at.zone).strftime("%Y-%m-%dT%H:%M")
        except ValueError:
            made[key] = text
    return made


def start_plan_keep(draft_id: UUID) -> Response:
    """Propose, keep, or go on; whatever was typed is kept."""
    action = request.form.get("_action", "submit")
    announced = request.form.get("announced_on", "").strip()[:20]
    with changed_draft(draft_id) as at:
        at.keep(announced_on=announced)
        if action == "propose":
            return _propose(at, announced)
        typed = {
            line.key: request.form.get(f"plan.{line.key}", "").strip()[:30]
            for line in preparation.plan_lines(at.package)
        }
        at.keep(plan={key: _instant(at, text) for key, text in typed.items()})
        ready = at.ready()
        if action == "submit" and "plan" not in ready.refuses:
            return redirect(url_for("cases.start_people", draft_id=draft_id), 303)
        if action != "submit":
            flash(gettext("Your draft is saved."), "success")
            return redirect(url_for("cases.start_plan", draft_id=draft_id), 303)
        return _page(at, announced, typed, touched=True, status=422)


def _instant(at: Preparing, text: str) -> str:
    """A local time with its zone; what cannot be read stays as typed."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=at.zone).isoformat()
    except ValueError:
        return text


def _propose(at: Preparing, announced: str) -> Response:
    try:
        day = date.fromisoformat(announced)
    except ValueError:
        words = gettext("Give the day of the announcement.")
        return _page(at, announced, _typed(at), touched=False, day_error=words, status=422)
    ready = at.ready()
    if ready.number_problems:
        words = gettext("Correct the numbers of the plan first; some dates depend on them.")
        return _page(at, announced, _typed(at), touched=False, day_error=words, status=422)
    dates = propose_dates(
        preparation.plan_lines(at.package), announced_on=day, parameters=ready.parameters,
        zone=at.zone, calendar=at.calendar,
    )  # fmt: skip
    at.keep(plan={key: instant.isoformat() for key, instant in dates.items()})
    flash(gettext("The dates are proposed. Change what does not fit, then go on."), "success")
    return redirect(url_for("cases.start_plan", draft_id=at.id), 303)


def _page(
    at: Preparing,
    announced: str,
    typed: Mapping[str, str],
    *,
    touched: bool,
    day_error: str = "",
    status: int = 200,
) -> Response:
    lines = preparation.plan_lines(at.package)
    names = {line.key: line_name(line) for line in lines}
    problems = at.ready().plan_problems if touched else ()
    errors = {p.key: plan_words(p, names) for p in reversed(list(problems)) if p.refuses}
    return page(
        "plan", at, "plan", status=status, lines=lines, names=names, typed=typed,
        announced=announced, day_error=day_error, errors=errors,
        warnings=_warnings(problems, names, {line.key for line in lines if line.after}),
        provisional=any(problem.code == "provisional" for problem in problems),
        today=context.now().astimezone(at.zone).date(),
        past={key for key, at_ in preparation.dates_of(at.draft).items() if at_ < context.now()},
    )  # fmt: skip


def _warnings(
    problems: Sequence[PlanProblem], names: Mapping[str, str], counted: Collection[str]
) -> dict[str, list[str]]:
    """Of single lines; what was counted in working days may move with a year not confirmed yet."""
    made: dict[str, list[str]] = {}
    for problem in problems:
        if not problem.refuses and (problem.code != "provisional" or problem.key in counted):
            made.setdefault(problem.key, []).append(plan_words(problem, names))
    return made


def line_name(line: PlanLine) -> str:
    return titled(Words(line.zh, line.en))


def plan_words(problem: PlanProblem, names: Mapping[str, str]) -> str:
    """What is to be looked at in a line of the plan."""
    words = {
        "missing": gettext("Give a day and a time."),
        "unknown": gettext("The procedure has no such line."),
        "out_of_order": gettext(
            "It lies before “%(name)s”, which comes first.",
            name=names.get(problem.other, problem.other),
        ),
        "day_off": gettext("not a working day"),
        "provisional": gettext("provisional"),
    }
    return str(words[problem.code])
