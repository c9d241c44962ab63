"""The selection office's page, and what can be done from it: each a small form, asked once."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import overview
from engine.db import transaction
from engine.errors import EngineError
from engine.overview import Progress, Seen
from engine.overview.office import Waiting
from engine.run import assisting, steering
from engine.run.closing import close_by_hand, close_if_complete
from engine.run.context import Context
from engine.run.resuming import REASON as STOPPED
from engine.tasks import TaskNotFound
from webapp import context
from webapp.cases import problems
from webapp.cases.shown import page, seen_case
from webapp.errors import said


def desk(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        return page(
            "desk", seen, "cases.desk", desk=overview.desk(seen), steps=_repeatable(seen),
            actions_work=seen.state == "running", problem_words=problems.words,
            kind_words=problems.kind_words, reason_words=reason_words,
        )  # fmt: skip


def reason_words(reason: str) -> str:
    """A reason in words: the office's own, or why the system did it."""
    return str(gettext("The selection was stopped.")) if reason == STOPPED else reason


def _repeatable(seen: Seen) -> list[tuple[str, str]]:
    """Stages that have run or are running: those can be repeated."""
    if seen.state != "running":
        return []
    return [
        (step.element_id, context.worded(step.name))
        for step in Progress(seen).stages()
        if step.state in ("done", "current", "late")
    ]


def _task(seen: Seen, task_id: UUID) -> Waiting:
    found = overview.waiting_task(seen, task_id)
    if found is None:
        raise TaskNotFound(task_id)
    return found


def remind(case_id: UUID, task_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        done = assisting.remind_now(
            session, task_id=task_id, actor_id=context.me().person_id, now=context.now()
        )
    number = done.people
    words = ngettext("%(num)d person is reminded.", "%(num)d people are reminded.", number)
    if done.unreachable:
        words += " " + ngettext(
            "Of %(num)d neither a telephone number nor an e-mail address is known: call.",
            "Of %(num)d neither a telephone number nor an e-mail address is known: call them.",
            done.unreachable,
        )
    if not number:
        words = gettext("Nobody is missing.")
    flash(words, "success" if number and not done.unreachable else "info")
    return _back(case_id)


def ask_close(case_id: UUID, task_id: UUID) -> str:
    with seen_case(case_id) as seen:
        return page("close", seen, "cases.desk", task=_task(seen, task_id), reason="")


def close(case_id: UUID, task_id: UUID) -> Response:
    reason = request.form.get("reason", "").strip()

    def act(session: Session) -> Context:
        if not reason:
            raise steering.ReasonNeeded
        return close_by_hand(
            session, task_id=task_id, actor_id=context.me().person_id, reason=reason,
            now=context.now(),
        )  # fmt: skip

    refused = _carry_out(act)
    if refused is not None:
        return _again("close", case_id, refused, task_id=task_id, reason=reason)
    flash(gettext("Closed. What was handed in by now counts."), "success")
    return _back(case_id)


def ask_extend(case_id: UUID, task_id: UUID) -> str:
    with seen_case(case_id) as seen:
        task = _task(seen, task_id)
        until = task.by.astimezone(seen.zone).strftime("%Y-%m-%dT%H:%M") if task.by else ""
        return page("extend", seen, "cases.desk", task=task, until=until, reason="")


def extend(case_id: UUID, task_id: UUID) -> Response:
    reason, typed = request.form.get("reason", "").strip(), request.form.get("until", "").strip()
    with seen_case(case_id) as seen:
        zone = seen.zone
    try:
        until = datetime.fromisoformat(typed).replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        until = None
    if until is None or until <= context.now():
        words = gettext("Give a day and a time that lie ahead."), gettext("Correct the new time.")
        return _again(
            "extend", case_id, words, task_id=task_id, reason=reason, until=typed, field="until"
        )

    def act(session: Session) -> None:
        steering.set_deadline(
            session, task_id=task_id, until=until, reason=reason,
            actor_id=context.me().person_id, now=context.now(),
        )  # fmt: skip

    refused = _carry_out(act)
    if refused is not None:
        return _again("extend", case_id, refused, task_id=task_id, reason=reason, until=typed)
    flash(gettext("The new time is set; the old one and the reason are kept."), "success")
    return _back(case_id)


def ask_slips(case_id: UUID, task_id: UUID) -> str:
    with seen_case(case_id) as seen:
        return page("ask_slips", seen, "cases.desk", task=_task(seen, task_id))


def slips(case_id: UUID, task_id: UUID) -> Response:
    """Shown in the answer itself: the codes are stored nowhere and shown only this once."""
    with transaction(context.sessions()) as session:
        made = assisting.give_out_slips(
            session, task_id=task_id, actor_id=context.me().person_id,
            secret_key=context.settings().secret_key, now=context.now(),
        )  # fmt: skip
    with seen_case(case_id) as seen:
        html = page(
            "slips", seen, "cases.desk", slips=made, address=context.settings().public_url,
            called=seen.package.element_name(made.element_id),
        )  # fmt: skip
    return make_response(html)


def send_again(case_id: UUID, message_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        assisting.send_again(
            session, message_id=message_id, actor_id=context.me().person_id, now=context.now()
        )
    flash(gettext("The message is sent again."), "success")
    listed = request.form.get("list")
    if listed is None:
        return _back(case_id)
    only = "failed" if listed == "failed" else None
    return redirect(url_for("cases.listed", case_id=case_id, only=only), 303)


def ask_repeat(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        overview.desk(seen)
        return page(
            "repeat", seen, "cases.desk", steps=_repeatable(seen), reason="",
            element=request.args.get("element", ""),
        )  # fmt: skip


def repeat(case_id: UUID) -> Response:
    reason, element = request.form.get("reason", "").strip(), request.form.get("element", "")
    with seen_case(case_id) as seen:
        known = dict(_repeatable(seen))
    if element not in known:
        words = gettext("Choose the stage to repeat."), gettext("Choose one of the list.")
        return _again("repeat", case_id, words, reason=reason, element=element, field="element")
    refused = _carry_out(
        lambda session: steering.repeat_step(
            session, case_id=case_id, element_id=element, reason=reason,
            actor_id=context.me().person_id, now=context.now(),
        )
    )  # fmt: skip
    if refused is not None:
        return _again("repeat", case_id, refused, reason=reason, element=element)
    flash(gettext("The stage begins again. What was handed in before is kept."), "success")
    return _back(case_id)


def _carry_out(act: Callable[[Session], Context | None]) -> tuple[str, str] | None:
    """One use case, then closing what it completed; gives the words of a refusal."""
    try:
        with transaction(context.sessions()) as session:
            ctx = act(session)
    except EngineError as error:
        words = said(error)
        if words.status in (403, 404):
            raise
        return words.what, words.remedy
    if ctx is not None and ctx.touched:
        close_if_complete(context.sessions(), context.clock(), ctx.touched)
    return None


def _again(
    template: str,
    case_id: UUID,
    refused: tuple[str, str],
    *,
    task_id: UUID | None = None,
    field: str = "reason",
    **typed: Any,
) -> Response:
    """The same page with what was typed, and what is wrong with it."""
    with seen_case(case_id) as seen:
        more: Mapping[str, Any] = {"task": _task(seen, task_id)} if task_id else {}
        if template == "repeat":
            more = {"steps": _repeatable(seen)}
        html = page(template, seen, "cases.desk", refused=refused, field=field, **typed, **more)
    return make_response(html, 422)


def _back(case_id: UUID) -> Response:
    return redirect(url_for("cases.desk", case_id=case_id), 303)
