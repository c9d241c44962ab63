"""Change the course: choose where, read what would happen, confirm exactly that."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.db import reading
from engine.errors import EngineError
from engine.overview import Progress, Seen
from engine.overview import course as courses
from engine.run import confirming
from engine.run.changing import Change, place_of, places_of, require_unread, ways_from
from engine.run.context import Context
from engine.run.replacing import Replacement, replacement_of
from engine.run.soundness import LEAVABLE, Target, Unsound
from webapp import context
from webapp.cases import entering
from webapp.cases.shown import page, seen_case
from webapp.errors import N_, said

KINDS: Mapping[str, str] = {
    "move": N_("Move the selection to another step"),
    "leave": N_("Leave out a step"),
    "repeat": N_("Repeat a stage"),
    "end": N_("End a side matter"),
    "cancel": N_("Cancel the selection"),
    "pause": N_("Pause the selection"),
    "resume": N_("Let the selection go on"),
}
WHY: Mapping[str, str] = {
    "into_branch": N_(
        "It runs beside others that would never begin, so what follows would wait for ever."
    ),
    "past_join": N_("Something else runs beside it and would be left behind."),
    "lacks": N_("It needs results of steps that have not run: %(steps)s."),
    "elsewhere": N_("It is not a step of this part of the procedure."),
    "no_step": N_("The procedure only decides there which way to go. Move the selection instead."),
    "not_beside": N_("It belongs to the selection itself and cannot be ended alone."),
    "decides_stop": N_("It decides on the stop. Only its own decision ends it."),
    "ended": N_("The selection is over."),
    "not_paused": N_("The selection is not paused."),
    "stopped_by_body": N_("It was stopped by order. Only the body in charge lets it go on."),
}  # fmt: skip
TIMERS: Mapping[str, str] = {
    "close": N_("Closing time"),
    "reminder": N_("Reminder"),
    "event": N_("Waiting time of the procedure"),
}


def course(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        running = courses.running(seen)
        ctx = Context(seen.session, seen.case, seen.now, seen.who.person_id)
        parts = [(each, _standing(seen, ctx, each)) for each in running]
        return page(
            "course", seen, "cases.desk", parts=parts, proposals=courses.proposals(seen),
            stages=_stages(seen), kind_words=_kinds(),
        )  # fmt: skip


def _standing(seen: Seen, ctx: Context, part: courses.Running) -> list[dict[str, Any]]:
    return [
        {
            "step": place.id,
            "name": seen.package.element_name(place.element.id),
            "may_leave": place.element.kind in LEAVABLE,
        }
        for place in places_of(ctx, part.instance)
    ]


def _stages(seen: Seen) -> list[tuple[str, str]]:
    return [
        (step.element_id, context.worded(step.name))
        for step in Progress(seen).stages()
        if step.state in ("done", "current", "late")
    ]


def choose(case_id: UUID) -> Response:
    """Where to move to: what is sound can be chosen, beside the rest stands why not."""
    asked = _asked(request.args, "move")
    with seen_case(case_id) as seen:
        courses.require_office(seen)
        ctx = Context(seen.session, seen.case, seen.now, seen.who.person_id)
        try:
            _, place = place_of(ctx, asked)
            ways = ways_from(ctx, asked)
        except EngineError as error:
            return _away(case_id, error)
        shown = [
            {
                "id": way.element.id,
                "name": _named(seen, way.element.id),
                "hint": _hint(seen, way),
                "why": _why(seen, way.why_not, way.because) if way.why_not else "",
            }
            for way in ways
            if way.element.name
        ]
        return make_response(
            page(
                "choose", seen, "cases.desk", asked=asked,
                place=seen.package.element_name(place.element.id),
                open=[each for each in shown if not each["why"]],
                barred=[each for each in shown if each["why"]],
            )
        )  # fmt: skip


def _hint(seen: Seen, way: Target) -> str:
    if way.call:
        return str(gettext("inside: %(name)s", name=_named(seen, way.call)))
    return str(gettext("end of this part")) if way.element.kind == "endEvent" else ""


def review(case_id: UUID) -> Response:
    """What the change would do; for a step whose result is read, first the result is asked."""
    kind = request.args.get("kind", "")
    if kind not in KINDS:
        return redirect(url_for("cases.course", case_id=case_id), 303)
    return _review(case_id, _asked(request.args, kind))


def _review(
    case_id: UUID, asked: Change, *, reason: str = "", error: EngineError | None = None
) -> Response:
    needed = _needed(case_id, asked)
    if needed is not None and needed.needed and needed.possible and not asked.values:
        with seen_case(case_id) as seen:
            courses.require_office(seen)
            html = page(
                "enter", seen, "cases.desk", asked=asked, fields=entering.asked(needed, {}),
                choices=entering.choices(seen),
            )  # fmt: skip
        return make_response(html)
    try:
        shown = confirming.preview(
            context.sessions(), case_id=case_id, change=asked, actor_id=context.me().person_id,
            now=context.now(),
        )  # fmt: skip
    except EngineError as barred:
        if said(barred).status in (403, 404):
            raise
        return _away(case_id, barred)
    with seen_case(case_id) as seen:
        html = page(
            "review", seen, "cases.desk", asked=asked, shown=shown, would=shown.summary,
            title=gettext(KINDS[asked.kind]), names=_Names(seen), timers=_timers(),
            instant=datetime.fromisoformat,
            second=[seen.package.word(role) for role in shown.second], reason=reason,
            place=_place_name(seen, asked), values=_hidden(asked),
            refused=(said(error).what, said(error).remedy) if error else None, decides=False,
        )  # fmt: skip
    return make_response(html, 422 if error else 200)


def confirm(case_id: UUID) -> Response:
    kind = request.form.get("kind", "")
    if kind not in KINDS:
        return redirect(url_for("cases.course", case_id=case_id), 303)
    asked, reason = _asked(request.form, kind), request.form.get("reason", "").strip()
    try:
        state = confirming.confirm(
            context.sessions(), context.clock(), case_id=case_id, change=asked, reason=reason,
            shown=_shown(), actor_id=context.me().person_id,
        )  # fmt: skip
    except EngineError as error:
        if said(error).status in (403, 404):
            raise
        return _review(case_id, asked, reason=reason, error=error)
    done = gettext("It is done; the reason is part of the record.")
    proposed = gettext("It is proposed. Another person has been told and decides.")
    flash(done if state == "done" else proposed, "success")
    return redirect(url_for("cases.desk", case_id=case_id), 303)


def ask_decide(case_id: UUID, change_id: UUID) -> Response:
    """What the office has proposed, for the second person."""
    try:
        with reading(context.sessions()) as session:
            row = confirming.proposed(
                session, change_id=change_id, actor_id=context.me().person_id, now=context.now()
            )
        if row.case_id != case_id:
            raise confirming.ChangeNotFound(change_id)
        return _decide_page(case_id, change_id, confirming.change_of(row), row.reason)
    except EngineError:
        flash(gettext("There is nothing for you to decide there any more."), "info")
        return redirect(url_for("cases.show", case_id=case_id), 303)


def decide(case_id: UUID, change_id: UUID) -> Response:
    accept = request.form.get("answer") == "yes"
    try:
        confirming.decide(
            context.sessions(), context.clock(), change_id=change_id, accept=accept,
            shown=_shown(), actor_id=context.me().person_id,
        )  # fmt: skip
    except confirming.ChangedMeanwhile:
        flash(gettext("Something has happened since. Read what would happen now."), "info")
        return redirect(url_for("cases.ask_decide", case_id=case_id, change_id=change_id), 303)
    flash(gettext("It is done.") if accept else gettext("It is refused."), "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)


def _decide_page(case_id: UUID, change_id: UUID, asked: Change, reason: str) -> Response:
    shown = confirming.preview(
        context.sessions(), case_id=case_id, change=asked, actor_id=context.me().person_id,
        now=context.now(),
    )  # fmt: skip
    with seen_case(case_id) as seen:
        return make_response(
            page(
                "review", seen, "cases.show", asked=asked, shown=shown, would=shown.summary,
                title=gettext(KINDS[asked.kind]), names=_Names(seen), timers=_timers(),
            instant=datetime.fromisoformat, second=[],
                reason=reason, place=_place_name(seen, asked), values=[], refused=None,
                decides=True, change_id=change_id,
            )
        )  # fmt: skip


class _Names:
    """Names of elements, processes and candidates, for a summary."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def __call__(self, element_id: str) -> str:
        return _named(self._seen, element_id) if element_id else gettext("The procedure")

    def item(self, code: str) -> str:
        return context.worded(self._seen.naming.name(code))

    def process(self, process_id: str) -> str:
        return context.titled(courses.process_name(self._seen, process_id))


def _named(seen: Seen, element_id: str) -> str:
    return context.titled(seen.package.element_name(element_id))


def _place_name(seen: Seen, asked: Change) -> str:
    if asked.kind == "repeat":
        return _named(seen, asked.element_id)
    if asked.kind not in ("move", "leave"):
        return ""
    ctx = Context(seen.session, seen.case, seen.now, seen.who.person_id)
    left = _named(seen, place_of(ctx, asked)[1].element.id)
    return f"{left} → {_named(seen, asked.element_id)}" if asked.kind == "move" else left


def _needed(case_id: UUID, asked: Change) -> Replacement | None:
    """What must be entered to leave a step out; None where the change itself says so."""
    if asked.kind != "leave":
        return None
    with seen_case(case_id) as seen:
        courses.require_office(seen)
        ctx = Context(seen.session, seen.case, seen.now, seen.who.person_id)
        try:
            element = place_of(ctx, asked)[1].element
            if element.kind in ("callActivity", "subProcess"):
                require_unread(seen.package, element.id)
                return None
        except EngineError:
            return None  # the preview says why
        return replacement_of(seen.package, element)


def _asked(given: Any, kind: str) -> Change:
    """The change that an address or a form names; values are read as they were asked for."""
    values: dict[str, Any] = {}
    for name in given:
        key, found = name.removeprefix("value").removeprefix("-"), name.startswith("value")
        if not found:
            continue
        key, _, code = key.partition("-")
        if code:
            values.setdefault(key, {})[code] = given[name]
        else:
            listed = given.getlist(name)
            values[key] = listed if key in entering.LISTS else listed[0]
    return Change(
        kind,
        given.get("instance", type=UUID),
        given.get("step", ""),
        given.get("element", ""),
        values,
    )


def _hidden(asked: Change) -> list[tuple[str, str]]:
    """The values once more, as fields of the form that confirms."""
    made = []
    for key, value in asked.values.items():
        name = f"value-{key}" if key else "value"
        if isinstance(value, dict):
            made += [(f"{name}-{code}", text) for code, text in value.items()]
        else:
            made += [(name, each) for each in (value if isinstance(value, list) else [value])]
    return made


def _shown() -> tuple[int, str]:
    return request.form.get("version", -1, type=int), request.form.get("digest", "")


def _why(seen: Seen, why: str, because: Sequence[Any]) -> str:
    steps = ", ".join(_named(seen, element.id) for element in because)
    return str(gettext(WHY[why]) % {"steps": steps})


def _away(case_id: UUID, error: EngineError) -> Response:
    """It cannot be done: say why, where it was chosen."""
    words = said(error)
    if isinstance(error, Unsound):
        with seen_case(case_id) as seen:
            why = _why(seen, error.why, error.because)
        flash(f"{words.what}: {why}", "info")
    else:
        flash(f"{words.what}. {words.remedy}", "info")
    return redirect(url_for("cases.course", case_id=case_id), 303)


def _kinds() -> dict[str, str]:
    return {key: gettext(text) for key, text in KINDS.items()}


def _timers() -> dict[str, str]:
    return {key: gettext(text) for key, text in TIMERS.items()}
