"""The list of selections, where one stands, its drawings, and what was handed in at a step."""

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, abort, jsonify, make_response, render_template, request
from flask_babel import gettext

from engine import overview
from engine.db import reading
from engine.forms import present
from engine.inbox import read_mark
from engine.overview import HandedIn, Progress, Seen
from engine.overview.course import to_decide
from engine.overview.steps import Step
from engine.run.filing import files_in
from webapp import context
from webapp.cases.shown import page, seen_case, titled
from webapp.errors import N_
from webapp.forms import form_lang
from webapp.i18n import moment

WHY_HIDDEN = {
    "ballot": N_("This is a secret ballot: what somebody voted is shown to nobody."),
    "not_yours": N_("What was handed in here is read only by those who are named for it."),
    "sealed": N_("What was handed in is sealed. It can be read once it has been opened."),
    "scores": N_("Scores are shown once all of them are in."),
    "compare": N_("Two people enter this apart. It is shown once both have handed in."),
}


def index() -> str:
    """The selections this person takes part in."""
    who, now = context.me(), context.now()
    with reading(context.sessions()) as session:
        mark = read_mark(request.args.get("after", ""))
        listed = overview.selections(session, who, now=now, after=mark)
        return render_template("cases/index.html", page=listed, may_start="office" in who.duties)


def show(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        progress = Progress(seen)
        main = seen.root.process_id
        processes = progress.processes() if seen.is_staff else []
        wanted = request.args.get("process", main)
        shown = next((p for p in processes if p.id == wanted), processes[0] if processes else None)
        return page(
            "show", seen, "cases.show", progress=progress, coming=progress.coming(),
            stages=[_line(seen, s) for s in progress.stages()], processes=processes, shown=shown,
            steps=[_line(seen, s) for s in progress.steps(shown.id)] if shown else [],
            main=main, to_decide=to_decide(seen),
        )  # fmt: skip


def _line(seen: Seen, step: Step) -> dict[str, object]:
    """A step in the words of the page."""
    acts = context.worded(step.role) if step.role else ""
    if not acts and step.kind in ("serviceTask", "businessRuleTask"):
        acts = gettext("worked out by the system")
    return {
        "text": titled(step.name),
        "state": step.state,
        "acts": acts,
        "time": _time(seen, step),
        "step": step,
    }


def _time(seen: Seen, step: Step) -> str:
    if step.state == "done" and step.at:
        return str(gettext("done %(moment)s", moment=moment(step.at)))
    if step.state in ("current", "late") and step.by:
        return str(gettext("by %(moment)s", moment=moment(step.by)))
    if step.state == "waiting" and step.planned and seen.state != "ended":
        return str(gettext("planned %(moment)s", moment=moment(step.planned)))
    return ""


def drawing(case_id: UUID, process_id: str) -> Response:
    """The BPMN file of the selection's own version, names in the reader's language."""
    with seen_case(case_id) as seen:
        _require_drawing(seen, process_id)
        xml = overview.file_in(seen.package, process_id, context.language())
    answer = make_response(xml)
    answer.mimetype = "application/xml"
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.add_etag()
    return make_response(answer.make_conditional(request))


def marks(case_id: UUID, process_id: str) -> Response:
    """Which elements are done, current and late."""
    with seen_case(case_id) as seen:
        _require_drawing(seen, process_id)
        return jsonify(Progress(seen).marks(process_id))


def _require_drawing(seen: Seen, process_id: str) -> None:
    """Candidates and the public see the main drawing alone."""
    known = seen.is_staff or process_id == seen.root.process_id
    if not known or process_id not in seen.package.definition.processes:
        abort(404)


def step(case_id: UUID, element_id: str) -> str:
    """What was handed in at a step of people."""
    with seen_case(case_id) as seen:
        found = overview.handed_in(
            seen,
            element_id,
            task_id=request.args.get("round", type=UUID),
            after=request.args.get("after", 0, type=int),
        )
        hidden = gettext(WHY_HIDDEN[found.hidden]) if found.hidden else ""
        return page(
            "step", seen, "cases.show", found=found, hidden=hidden,
            entries=[] if found.form is None else _entries(seen, found),
        )  # fmt: skip


def _entries(seen: Seen, found: HandedIn) -> list[dict[str, object]]:
    assert found.form is not None  # noqa: S101 - asked by the caller; told to mypy
    language = form_lang(context.language())
    zone = ZoneInfo(seen.case.time_zone)
    entries: list[dict[str, object]] = []
    for entry in found.entries:
        answers = dict(entry.answers)
        files = files_in(seen.session, found.form, answers)
        entries.append(
            {
                "entry": entry,
                "items": present(
                    found.form, answers, language, found.choices, files=files, zone=zone
                ),
                "files": [(key, file.name) for key, file in files.items()],
                "recorded_for": seen.package.word(entry.recorded_for)
                if entry.recorded_for
                else None,
            }
        )
    return entries
