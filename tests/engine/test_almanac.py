"""The installation's working days: seeded, compared with another source, changed, confirmed."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest

from engine import almanac
from engine.almanac import Almanac, AlreadyConfirmed, NoSuchDay, YearNotFound
from engine.calendar import workdays_after
from engine.db import Sessions, reading, transaction
from engine.model import CalendarDay, Person
from tests.support.clock import FakeClock

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def admin(sessions: Sessions) -> UUID:
    """The administrator, and a calendar that has some years."""
    with transaction(sessions) as session:
        person = Person(id=(key := uuid4()), name="管理员")
        session.add(person)
        almanac.seed(session, range(2024, 2029))
    return key


@pytest.mark.usefixtures("admin")
def test_every_day_of_three_years_is_as_another_source_has_it(sessions: Sessions) -> None:
    with reading(sessions) as session:
        ours = Almanac(session)
        day, differing = date(2024, 1, 1), []
        while day < date(2027, 1, 1):
            if ours.is_working_day(day) != chinese_calendar.is_workday(day):
                differing.append(day)
            day += timedelta(days=1)

    assert differing == []


@pytest.mark.usefixtures("admin")
def test_seeding_again_changes_nothing(sessions: Sessions) -> None:
    def rows() -> list[tuple[date, str, str]]:
        with reading(sessions) as session:
            days = session.query(CalendarDay).order_by(CalendarDay.day)
            return [(row.day, row.kind, row.source) for row in days]

    before = rows()
    with transaction(sessions) as session:
        almanac.seed(session, range(2024, 2029))

    assert rows() == before
    assert (date(2026, 2, 14), "working", "official") in before
    assert (date(2026, 10, 1), "off", "official") in before


def test_a_year_without_rows_is_counted_by_the_package_and_provisional(
    sessions: Sessions,
) -> None:
    with reading(sessions) as session:
        ours = Almanac(session)

        assert not ours.is_working_day(date(2026, 10, 1))
        assert not ours.is_settled(2026)


def test_a_year_is_certain_once_confirmed_and_only_once(
    sessions: Sessions, admin: UUID, clock: FakeClock
) -> None:
    with transaction(sessions) as session:
        assert almanac.unconfirmed(session, [2026, 2027, None]) == {2026, 2027}
        almanac.confirm(session, year=2026, actor_id=admin, now=clock.now())

        assert Almanac(session).is_settled(2026)
        assert almanac.unconfirmed(session, [2026, 2027, None]) == {2027}
        assert almanac.to_recount(session) == [2026]
        with pytest.raises(AlreadyConfirmed):
            almanac.confirm(session, year=2026, actor_id=admin, now=clock.now())
        with pytest.raises(YearNotFound):
            almanac.confirm(session, year=2040, actor_id=admin, now=clock.now())


def test_a_changed_day_takes_the_confirmation_back_and_is_kept_when_seeded_again(
    sessions: Sessions, admin: UUID, clock: FakeClock
) -> None:
    day = date(2027, 2, 11)  # an ordinary Thursday so far
    with transaction(sessions) as session:
        almanac.confirm(session, year=2027, actor_id=admin, now=clock.now())
        almanac.set_day(
            session, day=day, working=False, name="春节", actor_id=admin, now=clock.now()
        )

        ours = Almanac(session)
        assert (ours.is_working_day(day), ours.is_settled(2027)) == (False, False)
        almanac.seed(session, [2027])
        assert not Almanac(session).is_working_day(day)
        row = session.get_one(CalendarDay, day)
        assert (row.source, row.changed_by, row.changed_at) == (
            "administrator", admin, clock.now(),
        )  # fmt: skip


def test_an_official_day_off_that_is_worked_after_all_stays_worked(
    sessions: Sessions, admin: UUID, clock: FakeClock
) -> None:
    with transaction(sessions) as session:
        for working in (True, False, True):
            almanac.set_day(
                session, day=date(2027, 10, 4), working=working, name="", actor_id=admin,
                now=clock.now(),
            )  # fmt: skip
        almanac.seed(session, [2027])

        assert Almanac(session).is_working_day(date(2027, 10, 4))


@pytest.mark.parametrize(("day", "working"), [(date(2027, 3, 3), True), (date(2027, 3, 6), False)])
def test_what_is_so_already_is_not_set(
    sessions: Sessions, admin: UUID, clock: FakeClock, day: date, *, working: bool
) -> None:
    with transaction(sessions) as session, pytest.raises(NoSuchDay):
        almanac.set_day(session, day=day, working=working, name="", actor_id=admin, now=clock.now())


def test_a_day_of_a_year_that_is_not_there_is_refused(
    sessions: Sessions, admin: UUID, clock: FakeClock
) -> None:
    with transaction(sessions) as session:
        for year in (1999, 2101):
            with pytest.raises(YearNotFound):
                almanac.add_year(session, year=year)
        with pytest.raises(YearNotFound):
            almanac.set_day(
                session, day=date(2040, 1, 1), working=True, name="", actor_id=admin,
                now=clock.now(),
            )  # fmt: skip
        almanac.add_year(session, year=2040)
        assert [row.year for row in almanac.years(session)][-1] == 2040


@pytest.mark.usefixtures("admin")
def test_the_last_year_counted_in_is_known(sessions: Sessions) -> None:
    with reading(sessions) as session:
        ours = Almanac(session)
        start = datetime(2026, 12, 30, 10, tzinfo=SHANGHAI)

        assert ours.last_asked is None
        end = workdays_after(start, 3, zone=SHANGHAI, calendar=ours)

        assert ours.last_asked == 2027
        assert f"{end:%Y-%m-%d}" == "2027-01-05"  # 31 December, 4 and 5 January
        ours.forget_asked()
        assert ours.last_asked is None
