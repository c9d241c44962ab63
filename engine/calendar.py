"""Working days and local times: which days the offices work, and what a date means in a zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Protocol

from holidays import country_holidays

WORK_BEGINS = time(9, 0)
WORK_ENDS = time(17, 30)
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9]")
_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]([01]?[0-9]|2[0-3]):([0-5][0-9])")
_MOST_DAYS = 4000


class Calendar(Protocol):
    """Knows the working days of the place a selection is held in."""

    def is_working_day(self, day: date) -> bool: ...

    def is_settled(self, year: int) -> bool:
        """Tell whether the days of that year, with its make-up days, are certain."""
        ...


class ChinaCalendar:
    """China's statutory holidays, days off in lieu and working weekends (package `holidays`).

    The State Council announces each year's make-up days in the autumn before. Until then only the
    statutory holidays are known, so a date in such a year may still move by some days.
    """

    def __init__(self) -> None:
        self._days = country_holidays("CN")

    def is_working_day(self, day: date) -> bool:
        return self._days.is_working_day(day)

    def is_settled(self, year: int) -> bool:
        """Tell whether make-up days of the year are known; every year since 2007 has some."""
        self._days.is_working_day(date(year, 1, 1))  # the package fills a year when it is asked
        return any(day.year == year for day in self._days.weekend_workdays)

    def special_days(self, year: int) -> list["SpecialDay"]:
        """Days that are not what their weekday says, in order."""
        days = _named("zh_CN")
        english = _named("en_US")
        first = date(year, 1, 1)
        days.is_working_day(first)
        english.is_working_day(first)  # the package fills a year when it is asked
        off = [
            SpecialDay(day, working=False, name=str(name), name_en=str(english.get(day, "")))
            for day, name in days.items()
            if day.year == year
        ]
        worked = [
            SpecialDay(day, working=True, name="调休上班", name_en="worked in lieu")
            for day in days.weekend_workdays
            if day.year == year
        ]
        return sorted([*off, *worked], key=lambda special: special.day)


@dataclass(frozen=True)
class SpecialDay:
    """A day off in the week, or a weekend day that is worked, with its name."""

    day: date
    working: bool
    name: str
    name_en: str


def _named(language: str) -> Any:
    return country_holidays("CN", language=language)


def local_instant(day: date, at: time, zone: tzinfo) -> datetime:
    """The instant at which clocks of a zone show this day and time.

    Where they show it twice (summer time ends) it is the later one; where they never show it
    (summer time begins) it is as much later as the clocks jump: nobody is given less time than
    the date promises.
    """
    first = datetime.combine(day, at, zone).astimezone(UTC)
    second = datetime.combine(day, at.replace(fold=1), zone).astimezone(UTC)
    return max(first, second).astimezone(zone)


def read_time(text: str) -> time:
    """A time of day such as "12:00".

    Raises:
        ValueError: not such a time.
    """
    if not _TIME.fullmatch(text):
        raise ValueError(f'{text!r} is no time of day; write for example "12:00"')
    return time.fromisoformat(text.rjust(5, "0"))


def read_local(text: str, zone: tzinfo) -> datetime:
    """A local date with its time, such as "2027-03-05 12:00", or an instant with its offset.

    Raises:
        ValueError: no such date, or the time is missing.
    """
    found = _LOCAL.fullmatch(text)
    if found:
        at = time(int(found[2]), int(found[3]))
        return local_instant(date.fromisoformat(found[1]), at, zone)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f'{text!r} is no date; write for example "2027-03-05 12:00"') from error
    if instant.tzinfo is None:
        raise ValueError(f'{text!r} lacks a time; write for example "{text[:10]} 12:00"')
    return instant.astimezone(zone)


def on_day(base: datetime, n: int, at: time, *, zone: tzinfo) -> datetime:
    """A time on the n-th day after the local day of an instant (0: that day, -1: the day before).

    Source: issue "Time and scale", point 1: "12:00 on day N".
    """
    return local_instant(_local(base, zone).date() + _days(n), at, zone)


def on_workday(base: datetime, n: int, at: time, *, zone: tzinfo, calendar: Calendar) -> datetime:
    """A time on the n-th working day after the local day of an instant.

    That day itself never counts, at whatever hour it is; 0 is that day, or the next working day
    if it is off. With a negative n it is counted back.
    """
    day = _local(base, zone).date()
    if n == 0:
        while not calendar.is_working_day(day):
            day += timedelta(days=1)
        return local_instant(day, at, zone)
    return local_instant(_stepped(day, n, calendar), at, zone)


def shift_days(instant: datetime, n: int, *, zone: tzinfo) -> datetime:
    """The same local time n days later (earlier, if negative), whatever the clocks do between."""
    local = _local(instant, zone)
    return local_instant(local.date() + _days(n), local.time(), zone)


def shift_workdays(instant: datetime, n: int, *, zone: tzinfo, calendar: Calendar) -> datetime:
    """The same local time on the n-th working day after (before, if negative); 0: unchanged."""
    local = _local(instant, zone)
    if n == 0:
        return local
    return local_instant(_stepped(local.date(), n, calendar), local.time(), zone)


def workdays_between(
    earlier: datetime, later: datetime, *, zone: tzinfo, calendar: Calendar
) -> int:
    """How many working days one local day lies after another; negative if it lies before.

    The days after the first, up to and with the second, are counted.
    """
    first, last = _local(earlier, zone).date(), _local(later, zone).date()
    if last < first:
        return -workdays_between(later, earlier, zone=zone, calendar=calendar)
    span = min((last - first).days, _MOST_DAYS)
    return sum(calendar.is_working_day(first + timedelta(days=n)) for n in range(1, span + 1))


def _stepped(day: date, n: int, calendar: Calendar) -> date:
    step = timedelta(days=1 if n > 0 else -1)
    left = abs(_days(n).days)
    while left:
        day += step
        left -= calendar.is_working_day(day)
    return day


def _days(n: int) -> timedelta:
    if isinstance(n, bool) or not isinstance(n, int) or abs(n) > _MOST_DAYS:
        raise ValueError(f"{n!r} is no number of days; write a whole number")
    return timedelta(days=n)


def _local(instant: datetime, zone: tzinfo) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"naive datetime {instant!r}: pass an aware instant")
    return instant.astimezone(zone)


def workdays_after(instant: datetime, n: int, *, zone: tzinfo, calendar: Calendar) -> datetime:
    """Give the end (17:30 local) of the n-th whole working day after an instant.

    A day counts if the instant is not later than its beginning at 09:00: a public notice of five
    working days that starts on Tuesday at 09:00 ends on Monday at 17:30, and one that starts at
    10:00 ends a day later, so that nobody is given less than was promised.

    Args:
        instant: aware; the zone is its own business, only the local day matters.
        n: working days, at least 1.
        zone: the local time zone of the selection.
        calendar: knows the working days.

    Returns:
        An aware instant in `zone`.

    Raises:
        ValueError: n below 1, or a naive instant.

    """
    if n < 1:
        raise ValueError(f"{n} working days: at least one is needed")
    local = _local(instant, zone)
    begun = local.time() > WORK_BEGINS
    before = local.date() if begun else local.date() - timedelta(days=1)
    return local_instant(_stepped(before, n, calendar), WORK_ENDS, zone)
