from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import ChinaCalendar, workdays_after

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = ChinaCalendar()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 3, 2), True),  # an ordinary Monday
        (date(2026, 3, 7), False),  # an ordinary Saturday
        (date(2026, 2, 17), False),  # Spring Festival
        (date(2026, 2, 20), False),  # a day off in lieu
        (date(2026, 2, 14), True),  # a Saturday worked in its place
        (date(2026, 10, 10), True),
    ],
)
def test_working_days_follow_the_official_notice(day: date, *, working: bool) -> None:
    assert CHINA.is_working_day(day) is working


def test_a_year_is_settled_once_its_make_up_days_are_known() -> None:
    assert CHINA.is_settled(2026)
    assert not CHINA.is_settled(2060)


@pytest.mark.parametrize(
    ("instant", "n", "end"),
    [
        ("2026-03-08T17:30", 1, "2026-03-09T17:30"),  # from a Sunday
        ("2026-03-24T09:00", 5, "2026-03-30T17:30"),  # the day itself counts from its beginning
        ("2026-03-24T09:01", 5, "2026-03-31T17:30"),  # a day that has begun does not
        ("2026-03-06T17:30", 1, "2026-03-09T17:30"),
        ("2026-02-13T10:00", 1, "2026-02-14T17:30"),  # a working Saturday
        ("2026-02-14T10:00", 1, "2026-02-24T17:30"),  # over the Spring Festival
    ],
)
def test_working_days_are_whole_days(instant: str, n: int, end: str) -> None:
    assert workdays_after(local(instant), n, zone=SHANGHAI, calendar=CHINA) == local(end)


def test_the_day_is_the_local_one() -> None:
    late_on_sunday_in_utc = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)  # Monday 04:00 in Shanghai

    end = workdays_after(late_on_sunday_in_utc, 1, zone=SHANGHAI, calendar=CHINA)

    assert end == local("2026-03-09T17:30")


def test_no_days_and_naive_instants_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        workdays_after(local("2026-03-02T09:00"), 0, zone=SHANGHAI, calendar=CHINA)
    with pytest.raises(ValueError, match="naive"):
        workdays_after(datetime(2026, 3, 2), 1, zone=SHANGHAI, calendar=CHINA)  # noqa: DTZ001 - the point


@given(minutes=st.integers(0, 2 * 365 * 24 * 60), n=st.integers(1, 20), more=st.integers(1, 10))
def test_one_period_after_another_is_as_long_as_both(minutes: int, n: int, more: int) -> None:
    start = local("2025-01-01T00:00") + timedelta(minutes=minutes)

    first = workdays_after(start, n, zone=SHANGHAI, calendar=CHINA)

    assert first > start
    assert workdays_after(first, more, zone=SHANGHAI, calendar=CHINA) == workdays_after(
        start, n + more, zone=SHANGHAI, calendar=CHINA
    )
