"""Working days: which days the offices work, and the end of the n-th working day."""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Protocol

from holidays import country_holidays

WORK_BEGINS = time(9, 0)
WORK_ENDS = time(17, 30)


class Calendar(Protocol):
    """Knows the working days of the place a selection is held in."""

    def is_working_day(self, day: date) -> bool: ...

    def is_settled(self, year: int) -> bool:
        """Tell whether the official notice of that year, with its make-up days, is known."""
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
    if instant.tzinfo is None:
        raise ValueError(f"naive datetime {instant!r}: pass an aware instant")
    local = instant.astimezone(zone)
    day = local.date() if local.time() <= WORK_BEGINS else local.date() + timedelta(days=1)
    left = n
    while True:
        left -= calendar.is_working_day(day)
        if left == 0:
            return datetime.combine(day, WORK_ENDS, zone)
        day += timedelta(days=1)
