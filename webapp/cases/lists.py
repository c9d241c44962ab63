"""What belongs to a selection: publications, people, the plan, what happened."""

from uuid import UUID

from flask import request
from flask_babel import gettext

from engine import overview
from engine.inbox import read_mark
from engine.overview import Progress
from webapp import context
from webapp.cases.shown import page, seen_case
from webapp.errors import N_

ACTIONS = {
    "started": N_("Selection started"),
    "ended": N_("Selection ended"),
    "task_done": N_("Handed in, done"),
    "extended": N_("Deadline extended"),
    "brought_forward": N_("Deadline brought forward"),
    "escalated": N_("Chased"),
    "plan_moved": N_("Plan changed"),
    "recounted": N_("Counted anew after the calendar was confirmed"),
    "repeated": N_("Step repeated"),
    "retried": N_("Problem tried again"),
    "skipped": N_("Problem skipped"),
    "moved": N_("Selection moved to another step"),
    "left_out": N_("Step left out"),
    "ended_beside": N_("Side matter ended by the office"),
    "cancelled": N_("Selection cancelled"),
    "paused": N_("Selection paused by the office"),
    "resumed": N_("Selection goes on"),
    "change_proposed": N_("Change proposed"),
    "change_refused": N_("Change refused"),
    "received": N_("Received"),
    "corrected": N_("Application corrected"),
    "taken_back": N_("Application taken back"),
    "passed": N_("Gone through"),
    "reminded": N_("Reminded"),
    "slips_given": N_("Slips given out"),
    "called": N_("Called to the stage"),
    "clock_started": N_("Clock started"),
    "clock_stopped": N_("Clock stopped"),
    "absence_entered": N_("Absence entered"),
    "absence_ended": N_("Absence ended"),
    "recused": N_("Steps aside"),
    "recusal_withdrawn": N_("Need not step aside any more"),
    "no_conflict": N_("Found to be no conflict"),
    "kept_out": N_("Nothing asked of them: they step aside"),
    "reassigned": N_("Handed over by the office"),
    "delegated": N_("Handed over to a colleague"),
}


def publications(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        listed = overview.publications(seen, after=read_mark(request.args.get("after", "")))
        return page("publications", seen, "cases.publications", listed=listed)


def publication(case_id: UUID, publication_id: UUID) -> str:
    with seen_case(case_id) as seen:
        row = overview.publication(seen, publication_id)
        words = row.content[context.language()]
        return page("publication", seen, "cases.publications", row=row, words=words)


def people(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        after = request.args.get("after", "")
        applied, following = overview.candidates(seen, after=after)
        return page(
            "people", seen, "cases.people", members=overview.members(seen),
            rosters=overview.rosters(seen), applied=applied, following=following,
        )  # fmt: skip


def roster(case_id: UUID, key: str) -> str:
    with seen_case(case_id) as seen:
        place = overview.read_place(request.args.get("after", ""))
        members, following = overview.roster(seen, key, after=place)
        return page(
            "roster", seen, "cases.people", members=members, following=following, key=key,
            called=seen.package.word(key),
        )  # fmt: skip


def plan(case_id: UUID) -> str:
    with seen_case(case_id) as seen:
        return page(
            "plan", seen, "cases.plan", rows=overview.plan(seen, Progress(seen)),
            may_move=seen.is_staff and seen.is_office and seen.state == "running",
        )  # fmt: skip


def history(case_id: UUID) -> str:
    everything = request.args.get("all") == "1"
    with seen_case(case_id) as seen:
        entries, following = overview.history(
            seen, before=request.args.get("before", type=int), everything=everything
        )
        return page(
            "history", seen, "cases.history", entries=entries, following=following,
            everything=everything, action_words=_action_words(),
            who_word=lambda key: context.worded(overview.named_who(seen, key)),
        )  # fmt: skip


def _action_words() -> dict[str, str]:
    return {code: gettext(text) for code, text in ACTIONS.items()}
