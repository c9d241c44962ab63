"""The dates of a plan: proposed, held against its order and the calendar, moved, counted anew."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise

from engine.calendar import (
    Calendar,
    local_instant,
    shift_days,
    shift_workdays,
    workdays_after,
    workdays_between,
)
from engine.plan.lines import PlanLine, working_days_of

Dates = Mapping[str, datetime]


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
            dates[line.key] = local_instant(day, line.at, zone)
        else:
            start, days = dates[str(line.after)], working_days_of(line, parameters)
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
    problems += order_problems(present)
    for key, at in present.items():
        day = at.astimezone(zone).date()
        if not calendar.is_working_day(day):
            problems.append(PlanProblem("day_off", key, at))
        if not calendar.is_settled(day.year):
            problems.append(PlanProblem("provisional", key, at))
    position = {key: index for index, key in enumerate(keys)}
    return sorted(problems, key=lambda problem: position.get(problem.key, len(keys)))


def counted_year(
    line: PlanLine, dates: Dates, days: int, *, zone: tzinfo, calendar: Calendar
) -> int | None:
    """The year up to which a line was counted in working days; None where a person set it.

    Args:
        line: of the plan.
        dates: of the plan it belongs to.
        days: how many working days it counts.
        zone: the local time zone of the selection.
        calendar: knows the working days.
    """
    start, at = dates.get(str(line.after)), dates.get(line.key)
    if start is None or at is None:
        return None
    ruled = workdays_after(start, days, zone=zone, calendar=calendar)
    return at.astimezone(zone).year if ruled == at else None


def counted_years(
    lines: Sequence[PlanLine],
    dates: Dates,
    *,
    parameters: Mapping[str, object],
    zone: tzinfo,
    calendar: Calendar,
) -> dict[str, int]:
    """`counted_year` of every line that counts by its rule."""
    made = {}
    for line in lines:
        if line.after is not None:
            days = working_days_of(line, parameters)
            year = counted_year(line, dates, days, zone=zone, calendar=calendar)
            if year is not None:
                made[line.key] = year
    return made


def recounted(
    lines: Sequence[PlanLine],
    dates: Dates,
    *,
    counted: Collection[str],
    parameters: Mapping[str, object],
    zone: tzinfo,
    calendar: Calendar,
) -> dict[str, datetime]:
    """The dates with those lines counted anew that count by their rule; the others as they are."""
    made = dict(dates)
    for line in lines:
        if line.key in counted and line.after in made:
            days = working_days_of(line, parameters)
            start = made[str(line.after)]
            made[line.key] = workdays_after(start, days, zone=zone, calendar=calendar)
    return made


def propose_later(
    lines: Sequence[PlanLine],
    dates: Dates,
    changed: Dates,
    *,
    counted: Collection[str],
    in_workdays: bool,
    parameters: Mapping[str, object],
    zone: tzinfo,
    calendar: Calendar,
) -> dict[str, datetime]:
    """Move everything behind the changed lines by as much as these.

    A line that counts by its rule is counted from the new date before it. The others move by the
    same number of working days, or of days, and keep their time of day; none comes before the one
    above it, and what was on different days stays on different days.

    Args:
        lines: in the order of the plan.
        dates: as they stand.
        changed: the lines that were given a new date, with it.
        counted: keys of the lines that were counted in working days and not set by a person.
        in_workdays: move by working days; else by days of the calendar.
        parameters: the numbers of the selection.
        zone: its local time zone.
        calendar: knows the working days.

    """
    made: dict[str, datetime] = {}
    moved = 0
    above: tuple[datetime, datetime] | None = None
    for line in (line for line in lines if line.key in dates):
        was = dates[line.key]
        new = changed.get(line.key, was)
        if new != was:
            made[line.key] = new
            moved = _moved(was, new, in_workdays=in_workdays, zone=zone, calendar=calendar)
        elif line.key in counted and made.get(str(line.after), was) != dates.get(str(line.after)):
            days = working_days_of(line, parameters)
            start = made[str(line.after)]
            made[line.key] = workdays_after(start, days, zone=zone, calendar=calendar)
        elif moved == 0:
            made[line.key] = was
        elif in_workdays:
            made[line.key] = _behind(was, moved, above, zone=zone, calendar=calendar)
        else:
            made[line.key] = shift_days(was, moved, zone=zone)
        above = was, made[line.key]
    return made


def _moved(
    was: datetime, new: datetime, *, in_workdays: bool, zone: tzinfo, calendar: Calendar
) -> int:
    if in_workdays:
        return workdays_between(was, new, zone=zone, calendar=calendar)
    return (new.astimezone(zone).date() - was.astimezone(zone).date()).days


def _behind(
    was: datetime,
    moved: int,
    above: tuple[datetime, datetime] | None,
    *,
    zone: tzinfo,
    calendar: Calendar,
) -> datetime:
    """Moved by working days, and as far behind the line above that both keep their order.

    Two lines of a weekend lie no working day apart: without this both would fall on one day.
    """
    new = shift_workdays(was, moved, zone=zone, calendar=calendar)
    if above is None:
        return new
    line_was, line_is = (each.astimezone(zone) for each in above)
    apart = was.astimezone(zone).date() > line_was.date()
    while new < line_is or (apart and new.astimezone(zone).date() <= line_is.date()):
        new = shift_workdays(new, 1, zone=zone, calendar=calendar)
    return new


def order_problems(dates: Dates) -> list[PlanProblem]:
    """Lines that lie before the one above them."""
    return [
        PlanProblem("out_of_order", key, at, other=before)
        for (before, earlier), (key, at) in pairwise(dates.items())
        if at < earlier
    ]
