"""The plan of a selection in its rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.model import PlanDate
from engine.plan.dates import Dates, PlanProblem, order_problems


class PlanRefused(EngineError):
    """The dates of a plan cannot be used. Correct the lines named."""

    code = "plan_refused"

    def __init__(self, problems: Sequence[PlanProblem]) -> None:
        lines = ", ".join(f"{problem.key} ({problem.code})" for problem in problems)
        super().__init__(f"the plan cannot be used: {lines}")
        self.problems = tuple(problems)


def change_dates(
    session: Session, *, case_id: UUID, dates: Dates, counted: Mapping[str, int]
) -> None:
    """Write new dates of lines of a running selection's plan; the others stay.

    Args:
        session: of the caller's transaction.
        case_id: the selection.
        dates: the lines that change, with their new date.
        counted: those of them that were counted in working days, with the year.

    Raises:
        PlanRefused: the plan would be out of order; nothing is changed.

    """
    rows = session.scalars(
        select(PlanDate).where(PlanDate.case_id == case_id).order_by(PlanDate.position)
    ).all()
    problems = order_problems({row.key: dates.get(row.key, row.at) for row in rows})
    if problems:
        raise PlanRefused(problems)
    for row in rows:
        if row.key in dates:
            row.at, row.workday_year = dates[row.key], counted.get(row.key)


def lines_counted(session: Session, *, case_id: UUID) -> dict[str, int]:
    """Lines of a selection's plan that were counted in working days, with the last year."""
    rows = session.execute(
        select(PlanDate.key, PlanDate.workday_year).where(
            PlanDate.case_id == case_id, PlanDate.workday_year.is_not(None)
        )
    )
    return {key: year for key, year in rows if year is not None}


def set_plan(
    session: Session, *, case_id: UUID, dates: Dates, counted: Mapping[str, int] | None = None
) -> None:
    """Write the plan of a selection, in the order given; an earlier plan is replaced.

    Args:
        session: of the caller's transaction.
        case_id: the selection.
        dates: every line with its date.
        counted: those that were counted in working days, with the last year of it.

    Raises:
        PlanRefused: a date lies before the one above it; nothing is changed.

    """
    problems = order_problems(dates)
    if problems:
        raise PlanRefused(problems)
    session.execute(delete(PlanDate).where(PlanDate.case_id == case_id))
    session.add_all(
        PlanDate(
            case_id=case_id, key=key, position=position, at=at,
            workday_year=(counted or {}).get(key),
        )
        for position, (key, at) in enumerate(dates.items(), start=1)
    )  # fmt: skip


def plan_of(session: Session, *, case_id: UUID) -> dict[str, datetime]:
    """Give the plan of a selection: UTC instants by key, in the order of the plan."""
    rows = session.execute(
        select(PlanDate.key, PlanDate.at)
        .where(PlanDate.case_id == case_id)
        .order_by(PlanDate.position)
    )
    return {key: at.astimezone(UTC) for key, at in rows}
