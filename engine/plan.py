"""The plan table: a date for each stage, proposed from the announcement day and then set."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.calendar import Calendar, workdays_after
from engine.errors import EngineError
from engine.model import PlanDate

Dates = Mapping[str, datetime]

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_PARAMETER = re.compile(r"parameters\.([a-z][a-z0-9_]*)")
_BY_DAY = {"key", "zh", "en", "day", "time"}
_BY_WORKDAYS = {"key", "zh", "en", "after", "working_days"}


@dataclass(frozen=True)
class PlanLine:
    """One line of `plan.yaml`: either a day and a time, or working days after another line.

    `day` counts calendar days from the announcement (0). `working_days` is a number or the name
    of the parameter that holds it.
    """

    key: str
    zh: str
    en: str
    day: int | None = None
    at: time | None = None
    after: str | None = None
    working_days: int | str | None = None


@dataclass(frozen=True)
class PlanProblem:
    """Something to look at in a plan; `refuses` says whether the plan can be used all the same.

    Codes: `missing`, `unknown`, `out_of_order` (`other` is the line it must not precede), `day_off`
    (not a working day), `provisional` (working days of that year are not announced yet).
    """

    code: str
    key: str
    at: datetime | None = None
    other: str = ""

    @property
    def refuses(self) -> bool:
        return self.code in ("missing", "unknown", "out_of_order")


class UnreadablePlan(EngineError):
    """`plan.yaml` does not say what a plan says. Correct the file."""

    code = "unreadable_plan"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"plan.yaml, {place}: {reason}")
        self.place, self.reason = place, reason


class PlanRefused(EngineError):
    """The dates of a plan cannot be used. Correct the lines named."""

    code = "plan_refused"

    def __init__(self, problems: Sequence[PlanProblem]) -> None:
        lines = ", ".join(f"{problem.key} ({problem.code})" for problem in problems)
        super().__init__(f"the plan cannot be used: {lines}")
        self.problems = tuple(problems)


def load_plan(yaml_text: str) -> tuple[PlanLine, ...]:
    """Read `plan.yaml`.

    Raises:
        UnreadablePlan: naming the line and what is wrong with it.

    Source: docs/properties.md, "Files".

    """
    try:
        rows = yaml.safe_load(yaml_text)
    except yaml.YAMLError as error:
        raise UnreadablePlan("the file", f"not YAML: {error}") from error
    if not isinstance(rows, list) or not rows:
        raise UnreadablePlan("the file", "it must be a list with at least one line")
    lines: dict[str, PlanLine] = {}
    for number, row in enumerate(rows, start=1):
        line = _line(row, place=f"line {number}")
        if line.key in lines:
            raise UnreadablePlan(line.key, "the key stands there twice")
        if line.after is not None and line.after not in lines:
            raise UnreadablePlan(line.key, f"it comes after {line.after!r}, which is not above it")
        lines[line.key] = line
    return tuple(lines.values())


def propose_dates(
    lines: Sequence[PlanLine],
    *,
    announced_on: date,
    parameters: Mapping[str, object],
    zone: tzinfo,
    calendar: Calendar,
) -> dict[str, datetime]:
    """Propose an instant (in `zone`) for each line, keys in the order of the plan.

    Raises:
        UnreadablePlan: a line counts by a parameter that is not a number of days, 1 or more.

    """
    dates: dict[str, datetime] = {}
    for line in lines:
        if line.day is not None and line.at is not None:
            day = announced_on + timedelta(days=line.day)
            dates[line.key] = datetime.combine(day, line.at, zone)
        else:
            start, days = dates[str(line.after)], _working_days(line, parameters)
            dates[line.key] = workdays_after(start, days, zone=zone, calendar=calendar)
    return dates


def check_dates(
    lines: Sequence[PlanLine], dates: Dates, *, zone: tzinfo, calendar: Calendar
) -> list[PlanProblem]:
    """Hold dates against the plan, in its order; none of the problems is an exception.

    A line must not lie before the one above it (the same instant is allowed). A day off is only
    a warning: selections often work on weekends.
    """
    keys = [line.key for line in lines]
    problems = [PlanProblem("unknown", key, at) for key, at in dates.items() if key not in keys]
    problems += [PlanProblem("missing", key) for key in keys if key not in dates]
    present = {key: dates[key] for key in keys if key in dates}
    problems += _order_problems(present)
    for key, at in present.items():
        day = at.astimezone(zone).date()
        if not calendar.is_working_day(day):
            problems.append(PlanProblem("day_off", key, at))
        if not calendar.is_settled(day.year):
            problems.append(PlanProblem("provisional", key, at))
    position = {key: index for index, key in enumerate(keys)}
    return sorted(problems, key=lambda problem: position.get(problem.key, len(keys)))


def set_plan(session: Session, *, case_id: UUID, dates: Dates) -> None:
    """Write the plan of a selection, in the order given; an earlier plan is replaced.

    Raises:
        PlanRefused: a date lies before the one above it; nothing is changed.

    """
    problems = _order_problems(dates)
    if problems:
        raise PlanRefused(problems)
    session.execute(delete(PlanDate).where(PlanDate.case_id == case_id))
    session.add_all(
        PlanDate(case_id=case_id, key=key, position=position, at=at)
        for position, (key, at) in enumerate(dates.items(), start=1)
    )


def plan_of(session: Session, *, case_id: UUID) -> dict[str, datetime]:
    """Give the plan of a selection: UTC instants by key, in the order of the plan."""
    rows = session.execute(
        select(PlanDate.key, PlanDate.at)
        .where(PlanDate.case_id == case_id)
        .order_by(PlanDate.position)
    )
    return {key: at.astimezone(UTC) for key, at in rows}


def _order_problems(dates: Dates) -> list[PlanProblem]:
    return [
        PlanProblem("out_of_order", key, at, other=before)
        for (before, earlier), (key, at) in pairwise(dates.items())
        if at < earlier
    ]


def _line(row: Any, *, place: str) -> PlanLine:
    if not isinstance(row, dict):
        raise UnreadablePlan(place, "it must be a mapping")
    key = row.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise UnreadablePlan(place, "`key` must be lower_snake_case")
    if set(row) not in (_BY_DAY, _BY_WORKDAYS):
        raise UnreadablePlan(
            key, "a line has `key, zh, en` and either `day, time` or `after, working_days`"
        )
    for language in ("zh", "en"):
        if not isinstance(row[language], str) or not row[language].strip():
            raise UnreadablePlan(key, f"`{language}` must be words")
    words = {"key": key, "zh": row["zh"], "en": row["en"]}
    if "after" in row:
        return PlanLine(**words, after=str(row["after"]), working_days=_days_or_name(key, row))
    if type(row["day"]) is not int:
        raise UnreadablePlan(key, "`day` must be a whole number of days from the announcement")
    if not isinstance(row["time"], str) or not _TIME.fullmatch(row["time"]):
        raise UnreadablePlan(key, '`time` must be text such as "08:30" (in quotation marks)')
    return PlanLine(**words, day=row["day"], at=time.fromisoformat(row["time"]))


def _days_or_name(key: str, row: Mapping[str, Any]) -> int | str:
    days = row["working_days"]
    if type(days) is int and days >= 1:
        return days
    named = _PARAMETER.fullmatch(days) if isinstance(days, str) else None
    if named is None:
        raise UnreadablePlan(key, "`working_days` must be 1 or more, or `parameters.<name>`")
    return named[1]


def _working_days(line: PlanLine, parameters: Mapping[str, object]) -> int:
    if isinstance(line.working_days, int):
        return line.working_days
    days = parameters.get(str(line.working_days))
    if type(days) is not int or days < 1:
        reason = f"the parameter {line.working_days!r} must be 1 or more working days, not {days!r}"
        raise UnreadablePlan(line.key, reason)
    return days
