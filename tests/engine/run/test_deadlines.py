"""When a task opens, is due and closes: what its properties say, in the selection's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine import almanac
from engine.db import Sessions, transaction
from engine.definitions import PackageVersion
from engine.model import Problem, Publication, UserTask
from engine.plan import lines_counted
from tests.support.clock import FakeClock
from tests.support.drawings import package, process, single, wait
from tests.support.worlds import World, begin

PLAN = """
- {key: announcement, zh: 公告, en: announcement, day: 0, time: "08:30"}
- {key: notice_end, zh: 期满, en: notice ends, after: announcement, working_days: 5}
"""
DATES = {
    "announcement": datetime(2026, 3, 5, 0, 30, tzinfo=UTC),
    "notice_end": datetime(2026, 3, 12, 9, 30, tzinfo=UTC),
}


def tiny(due: str, **more: str) -> PackageVersion:
    return package(process("tiny", single("write", due=due, **more), single("after")), plan=PLAN)


def due_of(world: World) -> str:
    due = world.task("write").due_at
    assert due is not None
    return f"{due.astimezone(ZoneInfo(world.case().time_zone)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("due", "instant"),  # it opens on Monday 2 March 2026 at 08:30
    [
        ("plan.announcement", "2026-03-05 08:30"),
        ('date("2026-03-05 12:00")', "2026-03-05 12:00"),
        ('date("2026-03-05T12:00+00:00")', "2026-03-05 20:00"),
        ("now() + days(3)", "2026-03-05 08:30"),
        ("now() + hours(26)", "2026-03-03 10:30"),
        ("workdays(2)", "2026-03-03 17:30"),
        ("workdays(2, plan.announcement)", "2026-03-06 17:30"),
        ('on_day(0, "12:00")', "2026-03-02 12:00"),
        ('on_day(3, "12:00")', "2026-03-05 12:00"),
        ('on_day(-1, "9:00", plan.announcement)', "2026-03-04 09:00"),
        ('on_day(3, "12:00", plan.announcement)', "2026-03-08 12:00"),
        ('on_workday(3, "12:00", plan.announcement)', "2026-03-10 12:00"),
        ('on_workday(0, "12:00", date("2026-03-07 08:00"))', "2026-03-09 12:00"),
        ('on_workday(-1, "12:00", date("2026-03-09 08:00"))', "2026-03-06 12:00"),
        ('on_day(1, "00:00")', "2026-03-03 00:00"),  # midnight ends this day
        ('min(plan.announcement, on_day(2, "12:00"))', "2026-03-04 12:00"),
    ],
)
def test_a_deadline_is_bound_to_what_its_owner_writes(
    sessions: Sessions, clock: FakeClock, due: str, instant: str
) -> None:
    world = begin(sessions, clock, tiny(due), plan=DATES)

    assert (due_of(world), world.problems()) == (instant, [])


@pytest.mark.parametrize(
    ("due", "why"),
    [
        ('on_day(3, "25:00")', '"12:00"'),
        ('date("2026-03-05")', 'lacks a time; write for example "2026-03-05 12:00"'),
        ('date("soon")', "is no date"),
        ('on_day(9999999, "12:00")', "no number of days"),
        ('done("after")', "has not been done yet"),
        ('opened("after")', "has not opened yet"),
        ('published("news")', "has not been published yet"),
    ],
)
def test_a_deadline_that_cannot_be_worked_out_is_a_problem_that_says_why(
    sessions: Sessions, clock: FakeClock, due: str, why: str
) -> None:
    world = begin(sessions, clock, tiny(due), plan=DATES)

    assert why in world.one(Problem).message


def test_a_deadline_follows_what_has_happened_in_the_selection(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process(
            "tiny",
            single("first"),
            wait("nap", until='done("first") + hours(2)'),
            single("second", due='done("first") + days(1)', closes='opened("first") + days(9)',
                   opens='done("nap")'),
        ),
        plan=PLAN,
    )  # fmt: skip
    world = begin(sessions, clock, drawn, plan=DATES)
    opened = clock.now()
    clock.advance(timedelta(days=2))
    done = clock.now()

    world.submit("first", "office")
    assert [t.due_at for t in world.timers()] == [done + timedelta(hours=2)]
    clock.advance(timedelta(hours=5))
    world.sweep()

    second = world.task("second")
    assert (second.due_at, second.closes_at, second.opens_at) == (
        done + timedelta(days=1), opened + timedelta(days=9), done + timedelta(hours=5),
    )  # fmt: skip


def test_a_deadline_counts_from_a_publication(sessions: Sessions, clock: FakeClock) -> None:
    drawn = package(
        process("tiny", single("first"), single("write", due='on_day(5, "17:30", published("n"))')),
        plan=PLAN,
    )
    world = begin(sessions, clock, drawn, plan=DATES)
    for days in (0, 1):
        with transaction(sessions) as session:
            session.add(
                Publication(
                    case_id=world.case_id, element_id="x", text_id="n", content={}, digest="",
                    published_at=clock.now() + timedelta(days=days),
                )
            )  # fmt: skip

    world.submit("first", "office")

    assert due_of(world) == "2026-03-08 17:30"  # five days after the last one


@pytest.mark.parametrize(
    ("due", "instant"),  # Europe/Berlin
    [
        ('date("2026-03-29 02:30")', "2026-03-29T01:30+00:00"),  # never shown: 03:30 summer time
        ('date("2026-10-25 02:30")', "2026-10-25T01:30+00:00"),  # shown twice: the later one
        ('on_day(1, "12:00", date("2026-03-28 12:00"))', "2026-03-29T10:00+00:00"),
        ('on_day(1, "12:00", date("2026-10-24 12:00"))', "2026-10-25T11:00+00:00"),
        ('on_day(0, "12:00", date("2026-03-28 12:00")) + days(1)', "2026-03-29T11:00+00:00"),
    ],
)
def test_days_keep_their_time_of_day_when_the_clocks_change(
    sessions: Sessions, clock: FakeClock, due: str, instant: str
) -> None:
    world = begin(sessions, clock, tiny(due), plan=DATES, time_zone="Europe/Berlin")

    assert world.task("write").due_at == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-03-02T08:59", "2026-03-02 17:30"),  # before work begins: that day counts
        ("2026-03-02T09:00", "2026-03-02 17:30"),
        ("2026-03-02T09:01", "2026-03-03 17:30"),
        ("2026-03-02T23:59", "2026-03-03 17:30"),
        ("2026-12-31T10:00", "2027-01-04 17:30"),  # 1 to 3 January are days off
    ],
)
def test_working_days_count_from_the_beginning_of_work(
    sessions: Sessions, opened: str, due: str
) -> None:
    at = datetime.fromisoformat(opened).replace(tzinfo=ZoneInfo("Asia/Shanghai"))

    world = begin(sessions, FakeClock(at), tiny("workdays(1)"), plan=DATES)

    assert due_of(world) == due


def test_the_year_in_which_working_days_were_counted_is_kept(
    sessions: Sessions, clock: FakeClock
) -> None:
    for due, year in (("workdays(300)", 2027), ("workdays(2)", 2026), ("now() + days(9)", None)):
        world = begin(sessions, clock, tiny(due), plan=DATES)
        assert world.one(UserTask).workday_year == year


def test_lines_counted_in_working_days_are_told_from_lines_a_person_set(
    sessions: Sessions, clock: FakeClock
) -> None:
    ruled = begin(sessions, clock, tiny("now() + days(1)"), plan=DATES)
    typed = begin(
        sessions, clock, tiny("now() + days(1)"),
        plan={**DATES, "notice_end": DATES["notice_end"] + timedelta(minutes=30)},
    )  # fmt: skip

    with transaction(sessions) as session:
        # Thursday 08:30 is before work begins, so that five working days end on Wednesday
        almanac.seed(session, [2026])
        assert lines_counted(session, case_id=typed.case_id) == {}
        assert lines_counted(session, case_id=ruled.case_id) == {}
    exact = {**DATES, "notice_end": datetime(2026, 3, 11, 9, 30, tzinfo=UTC)}
    world = begin(sessions, clock, tiny("now() + days(1)"), plan=exact)
    with transaction(sessions) as session:
        assert lines_counted(session, case_id=world.case_id) == {"notice_end": 2026}


def test_the_start_hour_of_the_numbers_is_the_morning(sessions: Sessions, clock: FakeClock) -> None:
    drawn = tiny('on_day(3, "12:00")', reminders="default +P1D")

    early = begin(sessions, clock, drawn, plan=DATES, start_hour="07:45")

    assert [f"{t.due_at.astimezone(ZoneInfo('Asia/Shanghai')):%d %H:%M}" for t in early.timers()
            ] == ["02 12:00", "04 12:00", "05 07:45", "06 12:00"]  # fmt: skip
