"""Results with their working, and how many were left after each step."""

from uuid import UUID

from flask import request

from engine import overview
from engine.inbox import read_mark
from webapp import context
from webapp.cases.shown import page, seen_case
from webapp.cases.tables import shown
from webapp.working import sentences


def results(case_id: UUID) -> str:
    after = read_mark(request.args.get("after", ""))
    with seen_case(case_id) as seen:
        found = overview.results(seen, after=after)
        stages = [] if after else overview.funnel(seen)
        return page(
            "results", seen, "cases.results", found=found,
            lines=[(run, shown(run, seen.naming)) for run in found.items],
            stages=[{"text": context.worded(s.name), "count": s.count} for s in stages],
        )  # fmt: skip


def result(case_id: UUID, run_id: UUID) -> str:
    with seen_case(case_id) as seen:
        run = overview.result(seen, run_id)
        return page(
            "result", seen, "cases.results", run=run, shown=shown(run, seen.naming),
            working=sentences(run.result, seen.naming),
        )  # fmt: skip
