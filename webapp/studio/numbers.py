"""The first page of a draft: numbers, dates and optional stages as one table."""

from uuid import UUID

from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.definitions import Words
from engine.numbers import Number
from engine.studio.differences import line_words, value_words
from engine.studio.numbers_sheet import NumbersSheet
from webapp import context
from webapp.studio.shown import (
    Drafting,
    Filled,
    html_id,
    keep_sheet,
    page,
    seen_draft,
    show_sheet,
    summary_of,
)


def numbers(draft_id: UUID) -> str:
    with seen_draft(draft_id) as at:
        sheet = NumbersSheet(at.draft.key)
    return show_sheet(draft_id, sheet, _page)


def numbers_keep(draft_id: UUID) -> Response:
    with seen_draft(draft_id) as at:
        sheet = NumbersSheet(at.draft.key)
    return keep_sheet(draft_id, sheet, _page)


def _page(at: Drafting, filled: Filled) -> str:
    sheet = NumbersSheet(at.draft.key)
    listed, lines = sheet.numbers(at.files), sheet.lines(at.files)
    groups: dict[str, list[Number]] = {}
    for number in listed:
        groups.setdefault(context.titled(number.group), []).append(number)
    names = {f"number.{number.path}": context.titled(number.title) for number in listed}
    for line in lines:
        for part in ("day", "time", "working_days", "counted"):
            names[f"plan.{line.key}.{part}"] = context.titled(Words(line.zh, line.en))
    by_key = {line.key: line for line in lines}
    return page(
        "numbers", at, "studio.numbers", filled=filled, groups=groups, lines=lines, names=names,
        html_id=html_id, summary=summary_of(filled, names, html_id),
        counted=[n for n in listed if n.kind == "integer" and "." not in n.path],
        value_words=lambda number, text: context.worded(value_words(number, text)),
        after=lambda line: context.worded(Words(by_key[line.after].zh, by_key[line.after].en)),
        when=lambda line: context.worded(line_words(line, by_key)),
        sums=_sums(at, filled, sheet, names),
    )  # fmt: skip


def _sums(
    at: Drafting, filled: Filled, sheet: NumbersSheet, names: dict[str, str]
) -> list[dict[str, str]]:
    """Weights that do not make their total; the work is kept, but not submitted."""
    comma = ", " if context.language() == "en" else "、"
    return [
        {
            "href": "#" + html_id(f"number.{problem.path}"),
            "text": gettext(
                "%(names)s must make %(limit)s together; they make %(actual)s.",
                names=comma.join(names[f"number.{p}"] for p in (problem.path, *problem.others)),
                limit=problem.limit,
                actual=problem.actual,
            ),
        }
        for problem in sheet.problems(at.files, filled.values)
        if problem.code == "sum"
    ]
