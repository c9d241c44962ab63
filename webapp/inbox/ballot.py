"""The ballot: the paper, a page to check it, and the proof that one has voted.

Nothing of a ballot is kept before it lies in the box: no draft, no session, no log.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.ballots import AlreadyVoted
from engine.ballots.papers import Paper, own_receipt, paper_of
from engine.db import reading
from engine.run import submitting
from engine.run.viewing import SeatView, view_seat
from engine.seats import AlreadyHandedIn
from engine.selection import Contest
from webapp import context

Choices = dict[str, Any]


@dataclass(frozen=True)
class ContestView:
    """One part of the paper with the marks made so far."""

    contest: Contest
    title: str
    seats: int
    options: list[tuple[str, str, str]]
    """(code, name, mark), in the order of the paper"""
    error: str = ""

    @property
    def marked(self) -> int:
        return sum(bool(mark) for _, _, mark in self.options)


def paper(view: SeatView) -> str:
    return _paper(view, _paper_of(view), {}, {})


def vote(seat_id: UUID) -> Response:
    """Check the marks, show them once more, and cast: `_action` is check, back or cast."""
    action = request.form.get("_action", "check")
    with reading(context.sessions()) as session:
        view = view_seat(session, context.me(), seat_id=seat_id, now=context.now())
        if view.task.kind != "ballot" or view.state != "open":
            page = "inbox.receipt" if view.state == "handed_in" else "inbox.show"
            return redirect(url_for(page, seat_id=seat_id), 303)
        asked = _paper_of(view)
        choices = _read(asked)
        wrong = _wrong(asked, choices)
        if wrong or action == "back":
            return make_response(_paper(view, asked, choices, wrong), 422 if wrong else 200)
        if action != "cast":
            return make_response(_check(view, asked, choices))
    # A double click, or an answer that was lost: the first ballot lies in the box.
    with suppress(AlreadyHandedIn, AlreadyVoted):
        submitting.submit(
            context.sessions(), context.clock(), seat_id=seat_id,
            actor_id=context.me().person_id, answers=choices, of_many=True,
        )  # fmt: skip
    return redirect(url_for("inbox.receipt", seat_id=seat_id), 303)


def receipt(view: SeatView) -> str:
    """The proof that this person has voted; it never shows what."""
    assert view.task.box_id is not None  # noqa: S101 - set when a ballot task opens
    proof = own_receipt(view.session, box_id=view.task.box_id, voter_id=view.who.person_id)
    return render_template("inbox/voted.html", view=view, proof=proof)


def _paper_of(view: SeatView) -> Paper:
    assert view.task.box_id is not None  # noqa: S101 - set when a ballot task opens
    return paper_of(view.session, box_id=view.task.box_id)


def _read(asked: Paper) -> Choices:
    """The marks posted, by contest; names are those of `inbox/ballot.html`."""
    made: Choices = {}
    for number, contest in enumerate(asked.contests):
        if asked.rules.kind == "recommend":
            chosen = set(request.form.getlist(f"m{number}"))
            made[contest.code] = [option for option in contest.options if option in chosen]
        else:
            marks = {
                option: request.form.get(f"m{number}.{place}")
                for place, option in enumerate(contest.options)
            }
            made[contest.code] = {
                option: mark for option, mark in marks.items() if mark in asked.rules.marks
            }
    return made


def _wrong(asked: Paper, choices: Choices) -> dict[str, str]:
    """Contests with too many or too few marks: contest → what to do."""
    judged = asked.judge(choices)
    wrong = {}
    for contest in asked.contests:
        part = judged.parts[contest.code]
        if part.status == "invalid" and part.reason is not None:
            wrong[contest.code] = _remedy(part.reason)
    return wrong


def _remedy(reason: Mapping[str, Any]) -> str:
    """What to do about a part that would not count: too many marks, or too few."""
    fewest = reason.get("fewest", 0)
    words: str = gettext("Choose at least %(fewest)s, or nobody at all.", fewest=fewest)
    if reason["code"] == "too_many_marks":
        limit, over = reason["limit"], reason["marks"] - reason["limit"]
        words = gettext(
            "You may choose at most %(limit)s. Take back %(over)s.", limit=limit, over=over
        )
    if reason["code"] == "too_few_of_share":
        words = gettext("Of the names with a star choose at least %(fewest)s.", fewest=fewest)
    return words


def _paper(view: SeatView, asked: Paper, choices: Choices, wrong: Mapping[str, str]) -> str:
    return render_template(
        "inbox/ballot.html", view=view, paper=asked, title=_title(view, asked),
        contests=_contests(view, asked, choices, wrong),
    )  # fmt: skip


def _check(view: SeatView, asked: Paper, choices: Choices) -> str:
    return render_template(
        "inbox/ballot_check.html", view=view, paper=asked, title=_title(view, asked),
        contests=_contests(view, asked, choices, {}),
    )  # fmt: skip


def _title(view: SeatView, asked: Paper) -> str:
    return context.titled(view.naming.name(asked.title))


def _contests(
    view: SeatView, asked: Paper, choices: Choices, wrong: Mapping[str, str]
) -> list[ContestView]:
    return [
        ContestView(
            contest=contest,
            title=context.worded(view.naming.name(contest.code)),
            seats=asked.seats[contest.code],
            options=[
                (option, _name(view, contest, option), _mark(choices, contest, option))
                for option in contest.options
            ],
            error=wrong.get(contest.code, ""),
        )
        for contest in asked.contests
    ]


def _name(view: SeatView, contest: Contest, option: str) -> str:
    """A name; with a star where the paper asks for some of these names."""
    name = context.worded(view.naming.name(option))
    return f"{name} ★" if any(option in share.options for share in contest.shares) else name


def _mark(choices: Choices, contest: Contest, option: str) -> str:
    marks = choices.get(contest.code, {})
    if isinstance(marks, Mapping):
        return str(marks.get(option, ""))
    return "recommend" if option in marks else ""
