"""Results as facts and tables: what each operation gave, in the words of the reader."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.naming import Naming
from engine.overview import Run
from webapp.cases.tables import lists, meetings, scores
from webapp.cases.tables.parts import Reader, Shown, Table

__all__ = ["Shown", "Table", "shown"]


def shown(run: Run, naming: Naming) -> Shown:
    """A result ready for its page; an operation without a table of its own shows plain facts."""
    reader, made = Reader(naming), Shown()
    worded = _WORDED.get(run.operation, lists.other)
    worded(run.result, reader, made)
    return made


_WORDED: Mapping[str, Callable[[Mapping[str, Any], Reader, Shown], None]] = {
    "cut": scores.cut,
    "cut_pools": scores.pools,
    "gather_scores": scores.sheets,
    "count_choices": scores.choices,
    "gate": scores.gate,
    "grade_score": scores.grades,
    "panel_mean": scores.scores,
    "votes_to_points": scores.scores,
    "team_score": scores.scores,
    "scores_of": scores.plain_scores,
    "composite": scores.composite,
    "tally": meetings.tally,
    "tally_signed": meetings.tally,
    "take_attendance": meetings.attendance,
    "decide_contests": meetings.decision,
    "list_eligible": lists.eligible,
    "list_inspected": lists.inspected,
    "draw_lots": lists.lots,
    "store_roster": lists.people,
    "store_members": lists.people,
    "register_applicants": lists.applicants,
    "enter_candidates": lists.applicants,
    "set_status": lists.status,
    "keep": lists.kept,
    "apply_table": lists.table_applied,
    "record_rule_change": lists.rule,
}
