"""The roll call: tick who is present, group by group; slips for those without an account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import rollcall
from engine.db import reading, transaction
from engine.errors import EngineError
from engine.forms import Answers, InvalidAnswers, Problem, word_problem
from engine.rollcall import Roll
from engine.run import slips as slip_service
from engine.run import submitting
from webapp import context
from webapp.error_words import N_
from webapp.errors import Said, said

ON_PAPER, LEFT_EARLY, EXCLUDED = "on_paper", "left_early", "excluded"
BLANK_ROWS = 2
MOST_ROWS = 60
WORDS = {
    "not_entitled": N_("%(name)s is not on the list of the entitled."),
    "present_and_excluded": N_(
        "%(name)s is ticked as present and left out of the entitled: correct one of the two."
    ),
}


@dataclass(frozen=True)
class Special:
    """A person about whom more is to be said than present or absent."""

    person: str = ""
    kind: str = ""
    note: str = ""


@dataclass(frozen=True)
class Typed:
    """What the page shows: who is ticked, what is said besides, what was wrong."""

    ticked: frozenset[str]
    specials: Sequence[Special]
    problems: Sequence[str] = ()
    refused: Said | None = None
    status: int = 200
    extra: int = field(default=BLANK_ROWS)


def show(seat_id: UUID) -> Response:
    with reading(context.sessions()) as session:
        roll = _read(session, seat_id)
        return _page(roll, _of(roll.answers))


def _read(session: Any, seat_id: UUID) -> Roll:
    return rollcall.roll_of(session, context.me(), seat_id=seat_id, now=context.now())


def act(seat_id: UUID) -> Response:
    """Every button of the page: tick a group, more rows, save, hand in."""
    action = request.form.get("_action", "draft")
    with reading(context.sessions()) as session:
        roll = _read(session, seat_id)
    typed = _posted()
    verb, _, code = action.partition(":")
    if verb in ("all", "none"):
        return _page(roll, _tick(roll, typed, code, ticked=verb == "all"))
    if verb == "more":
        return _page(roll, Typed(typed.ticked, typed.specials, extra=BLANK_ROWS + 3))
    answers = _answers(roll, typed)
    try:
        if verb == "submit":
            return _submit(roll, answers)
        return _keep(roll, answers)
    except InvalidAnswers as error:
        words = [_word(roll, answers, problem) for problem in error.problems]
        return _page(roll, Typed(typed.ticked, typed.specials, words, status=422))
    except EngineError as error:
        refused = said(error)
        return _page(
            roll, Typed(typed.ticked, typed.specials, refused=refused, status=refused.status)
        )


def _submit(roll: Roll, answers: Answers) -> Response:
    receipt = submitting.submit(
        context.sessions(), context.clock(), seat_id=roll.seat.id,
        actor_id=context.me().person_id, answers=answers,
    )  # fmt: skip
    flash(gettext("Attendance is taken: %(present)s present.", present=len(answers["present"])),
          "success")  # fmt: skip
    return redirect(url_for("inbox.receipt", seat_id=receipt.seat_id), 303)


def _keep(roll: Roll, answers: Answers) -> Response:
    with transaction(context.sessions()) as session:
        submitting.save_draft(
            session, seat_id=roll.seat.id, actor_id=context.me().person_id, answers=answers,
            now=context.now(),
        )  # fmt: skip
    flash(gettext("The ticks are saved. Attendance is not handed in yet."), "success")
    return redirect(url_for("meeting.roll", seat_id=roll.seat.id), 303)


def _page(roll: Roll, typed: Typed) -> Response:
    people = [(str(p.id), p.name, p.unit) for group in roll.groups for p in group.people]
    html = render_template(
        "meeting/roll.html", roll=roll, typed=typed, people=people, kinds=_kinds(roll),
        rows=[*typed.specials, *[Special()] * typed.extra],
    )  # fmt: skip
    return make_response(html, typed.status)


def _kinds(roll: Roll) -> list[tuple[str, str]]:
    """What may be said about a person, as far as the form asks for it."""
    lang = context.language()
    plain = [
        (key, found.label.in_(lang))
        for key in (ON_PAPER, LEFT_EARLY)
        if (found := roll.form.field(key))
    ]
    reason = roll.form.field(f"{EXCLUDED}.reason")
    if reason is None:
        return plain
    return plain + [
        (
            f"{EXCLUDED}:{choice.code}",
            gettext("Left out of the entitled: %(reason)s", reason=choice.label(lang)),
        )
        for choice in reason.choices
    ]


def _of(answers: Mapping[str, Any]) -> Typed:
    specials = [
        Special(str(person), key)
        for key in (ON_PAPER, LEFT_EARLY)
        for person in answers.get(key) or ()
    ]
    for row in answers.get(EXCLUDED) or ():
        kind = f"{EXCLUDED}:{row.get('reason', '')}"
        specials.append(Special(str(row.get("person", "")), kind, str(row.get("note") or "")))
    return Typed(frozenset(map(str, answers.get("present") or ())), specials)


def _posted() -> Typed:
    people, kinds = request.form.getlist("person"), request.form.getlist("kind")
    notes = request.form.getlist("note")
    rows = list(zip(people, kinds, notes, strict=False))[:MOST_ROWS]
    return Typed(
        frozenset(request.form.getlist("present")),
        [Special(person, kind, note.strip()) for person, kind, note in rows if person or kind],
    )


def _tick(roll: Roll, typed: Typed, code: str, *, ticked: bool) -> Typed:
    group = next((each for each in roll.groups if each.code == code), None)
    people = {str(p.id) for p in group.people if not p.steps_aside} if group else set()
    made = typed.ticked | people if ticked else typed.ticked - people
    return Typed(frozenset(made), typed.specials)


def _answers(roll: Roll, typed: Typed) -> Answers:
    order = [str(person.id) for group in roll.groups for person in group.people]
    made: Answers = {"present": [key for key in order if key in typed.ticked]}
    made["present"] += sorted(typed.ticked - set(order))
    for each in typed.specials:
        kind, _, reason = each.kind.partition(":")
        if kind in (ON_PAPER, LEFT_EARLY) and roll.form.field(kind):
            made.setdefault(kind, []).append(each.person)
        elif kind == EXCLUDED:
            row = {"person": each.person, "reason": reason}
            made.setdefault(EXCLUDED, []).append(
                {**row, **({"note": each.note} if each.note else {})}
            )
    if roll.form.field("counted_at"):
        local = context.now().astimezone(ZoneInfo(roll.case.time_zone))
        made["counted_at"] = f"{local:%H:%M}"
    return made


def _word(roll: Roll, answers: Answers, problem: Problem) -> str:
    if problem.code not in WORDS:
        return word_problem(problem, roll.form, context.language(), roll.choices)
    key, _, index = problem.path.partition(".")
    listed = answers.get(key) or []
    person = listed[int(index)] if index.isdecimal() and int(index) < len(listed) else ""
    names = {str(p.id): p.name for group in roll.groups for p in group.people}
    name = names.get(str(person), gettext("Somebody"))
    return str(gettext(WORDS[problem.code]) % {"name": name})


def slips(seat_id: UUID) -> Response:
    """Print slips. They are in this one answer and nowhere else, so it is no redirect."""
    group = request.form.get("group")
    with transaction(context.sessions()) as session:
        sheet = slip_service.issue_for_meeting(
            session, context.me(), seat_id=seat_id, group=None if group == "*" else group,
            secret_key=context.settings().secret_key, now=context.now(),
        )  # fmt: skip
        roll = _read(session, seat_id)
        html = render_template(
            "meeting/slips.html", sheet=sheet, roll=roll,
            address=context.settings().public_url.rstrip("/") + url_for("account.slip"),
        )  # fmt: skip
    return make_response(html)
