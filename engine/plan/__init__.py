"""The plan table: a date for each stage, proposed from the announcement day and then set."""

from engine.plan.dates import (
    Dates,
    PlanProblem,
    check_dates,
    counted_years,
    order_problems,
    propose_dates,
    propose_later,
    recounted,
)
from engine.plan.lines import PlanLine, UnreadablePlan, load_plan
from engine.plan.rows import PlanRefused, change_dates, lines_counted, plan_of, set_plan

__all__ = [
    "Dates",
    "PlanLine",
    "PlanProblem",
    "PlanRefused",
    "UnreadablePlan",
    "change_dates",
    "check_dates",
    "counted_years",
    "lines_counted",
    "load_plan",
    "order_problems",
    "plan_of",
    "propose_dates",
    "propose_later",
    "recounted",
    "set_plan",
]
