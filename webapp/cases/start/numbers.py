"""The numbers of the plan: one table a group, defaults and hints beside each field."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import preparation
from engine.preparation import Number, NumberProblem
from webapp import context
from webapp.cases.shown import titled
from webapp.cases.start.shown import Preparing, changed_draft, page, seen_draft


def start_numbers(draft_id: UUID) -> Response:
    with seen_draft(draft_id) as at:
        typed = at.part("numbers", preparation.typed_defaults(at.package))
        wrong = at.ready().number_problems if "numbers" in at.draft.data else ()
        return _page(at, typed, wrong)


def start_numbers_keep(draft_id: UUID) -> Response:
    """Whatever was typed is kept; going on needs every number to be right."""
    action = request.form.get("_action", "submit")
    with changed_draft(draft_id) as at:
        names = [number.path for number in preparation.numbers_of(at.package)]
        typed = {name: request.form.get(name, "").strip()[:200] for name in names}
        if action == "defaults":
            typed = preparation.typed_defaults(at.package)
        at.keep(numbers=typed)
        problems = at.ready().number_problems
        if action == "submit" and not problems:
            return redirect(url_for("cases.start_plan", draft_id=draft_id), 303)
        if action != "submit":
            flash(gettext("Your draft is saved."), "success")
            return redirect(url_for("cases.start_numbers", draft_id=draft_id), 303)
        return _page(at, typed, problems, status=422)


def _page(
    at: Preparing,
    typed: Mapping[str, str],
    problems: Sequence[NumberProblem],
    *,
    status: int = 200,
) -> Response:
    numbers = preparation.numbers_of(at.package)
    groups: dict[str, list[Number]] = {}
    for number in numbers:
        groups.setdefault(titled(number.group), []).append(number)
    titles = {number.path: titled(number.title) for number in numbers}
    errors = {problem.path: problem_words(problem, titles) for problem in problems}
    return page(
        "numbers", at, "numbers", status=status, groups=groups, typed=typed, errors=errors,
        default_words=lambda n: number_words(n, n.default_text),
        summary=[
            {"text": f"{titles[path]}: {text}", "href": f"#{html_id(path)}"}
            for path, text in errors.items()
        ],
        html_id=html_id,
    )  # fmt: skip


def html_id(path: str) -> str:
    return "n-" + path.replace(".", "-")


def problem_words(problem: NumberProblem, titles: Mapping[str, str]) -> str:
    """What is wrong with a number, and what it may be.

    Args:
        titles: the numbers' names by path.
    """
    limit = problem.limit
    comma = ", " if context.language() == "en" else "、"
    others = comma.join(titles[path] for path in problem.others)
    words = {
        "missing": gettext("Fill this in."),
        "not_whole": gettext("Write a whole number."),
        "too_small": gettext("It must be at least %(limit)s.", limit=limit),
        "too_large": gettext("It must be at most %(limit)s.", limit=limit),
        "unknown": gettext("Choose one of the list."),
        "sum": gettext(
            "Together with %(others)s it must make %(limit)s; it makes %(actual)s.",
            others=others,
            limit=limit,
            actual=problem.actual,
        ),
    }
    return str(words[problem.code])


def number_words(number: Number, text: str) -> str:
    """A value as it is read: yes or no, the words of a choice, or the number."""
    if number.kind == "tick":
        return str(gettext("yes") if text else gettext("no"))
    language = context.language()
    return next((c.label(language) for c in number.choices if c.code == text), text) or "–"
