"""Problems to deal with: the page of one selection, the page over all, skip with a reason."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import overview
from engine.db import reading, transaction
from engine.errors import EngineError
from engine.inbox import read_mark
from engine.model import Problem
from engine.overview import Seen
from engine.run import mending
from engine.run.closing import close_if_complete
from engine.run.replacing import Replacement, WrongReplacement
from engine.run.skipping import needed_for, skip_problem
from webapp import context
from webapp.cases import entering
from webapp.cases.shown import page, seen_case
from webapp.errors import N_, said, said_of

KINDS: Mapping[str, str] = {
    "step": "",
    "closing": N_("What was handed in could not be summed up"),
    "effect": N_("What was decided could not be carried out"),
    "timer": N_("A time that had come could not be acted on"),
    "message": N_("A message could not be sent"),
    "job": N_("Work in the background failed"),
}
STATES: Mapping[str, str] = {
    "retried": N_("tried again, it worked"),
    "skipped": N_("skipped"),
    "gone": N_("settled by itself"),
}


def words(code: str, facts: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong and what to do, in the language of this page."""
    found = said_of(code, facts)
    return {"what": found.what, "remedy": found.remedy}


def kind_words(kind: str) -> str:
    return gettext(KINDS[kind]) if KINDS.get(kind) else ""


def listing(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        after = read_mark(request.args.get("after", ""))
        return page(
            "problems", seen, "cases.desk", listed=overview.open_problems(seen, after=after),
            settled=overview.settled_problems(seen), problem_words=words, kind_words=kind_words,
            state_words={key: gettext(text) for key, text in STATES.items()},
        )  # fmt: skip


def everywhere() -> str:
    with reading(context.sessions()) as session:
        after = read_mark(request.args.get("after", ""))
        listed = overview.everywhere(session, context.me(), now=context.now(), after=after)
    return render_template(
        "cases/all_problems.html", listed=listed, problem_words=words, kind_words=kind_words
    )


def retry(case_id: UUID, problem_id: UUID) -> Response:
    try:
        with transaction(context.sessions()) as session:
            ctx = mending.retry_problem(
                session, problem_id=problem_id, actor_id=context.me().person_id, now=context.now()
            )
    except mending.ProblemNotFound:
        return _gone(case_id)
    except EngineError as error:
        if said(error).status in (403, 404):
            raise
        flash(f"{said(error).what}. {said(error).remedy}", "info")
        return _back(case_id)
    close_if_complete(context.sessions(), context.clock(), ctx.touched)
    flash(gettext("It was tried again. If it is still on this page, it failed again."), "success")
    return _back(case_id)


def ask_skip(case_id: UUID, problem_id: UUID) -> Response:
    with seen_case(case_id) as seen:
        found = overview.open_problem(seen, problem_id)
        if found is None:
            return _gone(case_id)
        return make_response(_skip_page(seen, found[0]))


def skip(case_id: UUID, problem_id: UUID) -> Response:
    with seen_case(case_id) as seen:
        found = overview.open_problem(seen, problem_id)
        if found is None:
            return _gone(case_id)
        typed = _typed(seen, found[0])
    reason = request.form.get("reason", "").strip()
    try:
        with transaction(context.sessions()) as session:
            ctx = skip_problem(
                session, problem_id=problem_id, reason=reason, values=typed,
                actor_id=context.me().person_id, now=context.now(),
            )  # fmt: skip
    except mending.ProblemNotFound:
        return _gone(case_id)
    except EngineError as error:
        if said(error).status in (403, 404):
            raise
        with seen_case(case_id) as seen:
            again = overview.open_problem(seen, problem_id)
            if again is None:
                return _gone(case_id)
            html = _skip_page(seen, again[0], typed=typed, reason=reason, error=error)
        return make_response(html, 422)
    close_if_complete(context.sessions(), context.clock(), ctx.touched)
    flash(gettext("It is skipped; the reason is part of the record."), "success")
    return _back(case_id)


def _needed(seen: Seen, problem: Problem) -> tuple[Replacement | None, EngineError | None]:
    try:
        return needed_for(seen.package, problem), None
    except EngineError as error:
        return None, error


def _typed(seen: Seen, problem: Problem) -> dict[str, Any]:
    needed, _ = _needed(seen, problem)
    return entering.collect(needed, request.form) if needed is not None else {}


def _skip_page(
    seen: Seen,
    problem: Problem,
    *,
    typed: Mapping[str, Any] | None = None,
    reason: str = "",
    error: EngineError | None = None,
) -> str:
    needed, barred = _needed(seen, problem)
    wrong = error.keys if isinstance(error, WrongReplacement) else ()
    impossible = barred is not None or (needed is not None and not needed.possible)
    fields = entering.asked(needed, typed or {}, wrong=wrong) if needed and not impossible else []
    first = next((each.name for each in fields if each.wrong), "reason")
    return page(
        "skip", seen, "cases.desk", problem=overview.open_problem(seen, problem.id)[1],  # type: ignore[index]  # it was just read
        problem_words=words, kind_words=kind_words, impossible=impossible, fields=fields,
        choices=entering.choices(seen) if fields else [], reason=reason, field=first,
        refused=(said(error).what, said(error).remedy) if error is not None else None,
    )  # fmt: skip


def _gone(case_id: UUID) -> Response:
    flash(gettext("This problem is dealt with already."), "info")
    return _back(case_id)


def _back(case_id: UUID) -> Response:
    return redirect(url_for("cases.problems", case_id=case_id), 303)
