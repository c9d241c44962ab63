"""The console of a stage: who is on, the clock, who has not scored, call the next one."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import definitions, stage
from engine.db import reading, transaction
from engine.errors import EngineError
from engine.forms import Answers, Form, InvalidAnswers, Problem, collect
from engine.model import Case, Seat, UserTask
from engine.run import staging, submitting
from engine.stage import Stage, Turn
from webapp import context
from webapp.errors import Said, said
from webapp.forms import FormPage, form_page
from webapp.meeting.clocks import face_of
from webapp.meeting.live import polled, tag_of


@dataclass(frozen=True)
class Typed:
    """What was typed into the form of the times, and why it was not accepted."""

    answers: Answers = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    refused: Said | None = None
    status: int = 200


def show(instance_id: UUID) -> Response:
    return _page(instance_id, Typed())


def _page(instance_id: UUID, typed: Typed) -> Response:
    with reading(context.sessions()) as session:
        shown = _read(session, instance_id)
        times = _times_form(session, shown, typed)
    html = render_template(
        "meeting/stage.html", stage=shown, clocks=_faces(shown), times=times, tag=tag_of(shown),
        order_tag=tag_of(shown.turns), refused=typed.refused,
    )  # fmt: skip
    return make_response(html, typed.status)


def part(instance_id: UUID) -> Response:
    with reading(context.sessions()) as session:
        shown = _read(session, instance_id)
    return polled("meeting/stage_part.html", shown, stage=shown, clocks=_faces(shown))


def order_part(instance_id: UUID) -> Response:
    with reading(context.sessions()) as session:
        shown = _read(session, instance_id)
    return polled("meeting/order_part.html", shown.turns, stage=shown)


def _read(session: Session, instance_id: UUID) -> Stage:
    return stage.stage_of(session, context.me(), instance_id=instance_id, now=context.now())


def _faces(shown: Stage) -> list[Any]:
    return [face_of(timing, context.now()) for timing in shown.timings]


def confirm_next(instance_id: UUID) -> str | Response:
    """Said once more while somebody is missing; otherwise there is nothing to confirm."""
    with reading(context.sessions()) as session:
        shown = _read(session, instance_id)
    wanted = request.args.get("subject", "")
    chosen = next((turn for turn in shown.turns if turn.code == wanted), None)
    if shown.current is None or chosen is None or chosen.state != "waiting":
        return redirect(url_for("meeting.stage", instance_id=instance_id), 303)
    return render_template("meeting/next.html", stage=shown, chosen=chosen)


def call_next(instance_id: UUID) -> Response:
    subject = request.form.get("subject", "")
    try:
        with transaction(context.sessions()) as session:
            staging.call_next(
                session, context.me(), instance_id=instance_id,
                expected=request.form.get("expected", ""), subject=subject,
                anyway=request.form.get("anyway") == "yes", now=context.now(),
            )  # fmt: skip
    except staging.StillMissing:
        asked = url_for("meeting.confirm_next", instance_id=instance_id, subject=subject)
        return redirect(asked, 303)
    except staging.AnotherIsOn as error:
        flash(said(error).what, "info")
    return redirect(url_for("meeting.stage", instance_id=instance_id), 303)


def clock(instance_id: UUID) -> Response:
    """Start or stop one of the clocks; `_action` says which way."""
    try:
        with transaction(context.sessions()) as session:
            staging.set_clock(
                session, context.me(), instance_id=instance_id,
                subject=request.form.get("subject", ""), field=request.form.get("clock", ""),
                running=request.form.get("_action") == "start", now=context.now(),
            )  # fmt: skip
    except staging.AnotherIsOn as error:
        flash(said(error).what, "info")
    return redirect(url_for("meeting.stage", instance_id=instance_id), 303)


@dataclass(frozen=True)
class Times:
    """The timekeeper's form for the one who is on."""

    turn: Turn
    page: FormPage


def _times_form(session: Session, shown: Stage, typed: Typed) -> Times | None:
    if shown.seat_id is None or shown.current is None or not shown.may_run:
        return None
    form, zone = _form(session, shown)
    if form is None:
        return None
    answers = typed.answers or _measured(shown, form, zone)
    page = form_page(form, answers, {}, lang=context.language(), problems=typed.problems, zone=zone)
    return Times(shown.current, page)


def _form(session: Session, shown: Stage) -> tuple[Form | None, ZoneInfo]:
    task, case = session.get_one(UserTask, shown.task_id), session.get_one(Case, shown.case_id)
    package = definitions.pinned(session, task.package_hash)
    form = package.form_of(package.element(task.element_id))
    simple = form is not None and not form.option_sources() and not form.takes_files
    return (form if simple else None), ZoneInfo(case.time_zone)


def _measured(shown: Stage, form: Form, zone: ZoneInfo) -> Answers:
    """What the clocks have measured, ready to be handed in or corrected."""
    made: Answers = {}
    for timing in shown.timings:
        if timing.stopped_at is not None:
            made[timing.field] = int(timing.used(context.now()).total_seconds())
    begun = [timing.started_at for timing in shown.timings if timing.started_at is not None]
    if begun and form.field("started_at"):
        made["started_at"] = f"{min(begun).astimezone(zone):%H:%M}"
    return made


def hand_in_times(instance_id: UUID) -> Response:
    """Hand in the timekeeper's seat of the one who is on."""
    try:
        seat_id = UUID(request.form.get("seat", ""))
    except ValueError:
        return redirect(url_for("meeting.stage", instance_id=instance_id), 303)
    with reading(context.sessions()) as session:
        shown = _read(session, instance_id)
        form, zone = _form(session, shown)
        known = session.get(Seat, seat_id)
    if form is None or known is None or known.task_id != shown.task_id:
        return redirect(url_for("meeting.stage", instance_id=instance_id), 303)
    answers = collect(form, request.form, zone=zone)
    try:
        submitting.submit(
            context.sessions(), context.clock(), seat_id=seat_id,
            actor_id=context.me().person_id, answers=answers,
        )  # fmt: skip
    except InvalidAnswers as error:
        return _page(instance_id, Typed(answers, error.problems, status=422))
    except EngineError as error:
        words = said(error)
        return _page(instance_id, Typed(answers, refused=words, status=words.status))
    flash(gettext("The times are handed in."), "success")
    return redirect(url_for("meeting.stage", instance_id=instance_id), 303)
