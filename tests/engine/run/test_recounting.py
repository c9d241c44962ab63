"""A year is confirmed: what running selections counted in it is counted anew, shown before."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from engine import almanac
from engine.db import Sessions, reading, transaction
from engine.identity import Identity
from engine.model import CalendarYear, Person, PlanDate, Reminder
from engine.permissions import NotAllowed
from engine.run import recounting
from tests.support.clock import FakeClock
from tests.support.drawings import Node, collective, single, split, wait
from tests.support.planned import DATES, at, start
from tests.support.worlds import World

BRIDGE = date(2026, 3, 13)
"""an ordinary Friday; the administrator learns that it is off"""


@pytest.fixture
def admin(sessions: Sessions, clock: FakeClock) -> Identity:
    key = uuid4()
    with transaction(sessions) as session:
        session.add(Person(id=key, name="管理员"))
        almanac.seed(session, [2025, 2026, 2027])
        almanac.confirm(session, year=2026, actor_id=key, now=clock.now())
        session.flush()
        session.get_one(CalendarYear, 2026).recounted_at = clock.now()
    return Identity("t", key, "管理员", "zh", duties=frozenset({"administrator"}))


def counting(sessions: Sessions, clock: FakeClock, *more: Node) -> World:
    """Tasks and a timer that count working days up to Monday 16 March."""
    return start(
        sessions, clock,
        split(
            "all",
            [single("sign", due="workdays(2, plan.notice_start)", reminders="PT2H")],
            [collective("write", "members('judge')", closes="workdays(11)")],
            [wait("nap", until="workdays(3, plan.notice_start)"), single("later")],
            [single("fixed", due="plan.notice_start + days(4)")],
            *([more] if more else []),
        ),
    )  # fmt: skip


def change(sessions: Sessions, who: Identity, clock: FakeClock, day: date = BRIDGE) -> None:
    with transaction(sessions) as session:
        recounting.set_day(session, who, day=day, working=False, name="调休", now=clock.now())


def confirm(sessions: Sessions, who: Identity, clock: FakeClock, year: int = 2026) -> int:
    with transaction(sessions) as session:
        recounting.confirm(session, who, year=year, now=clock.now())
    return recounting.recount(sessions, clock)


def told(world: World) -> list[str]:
    """Who was told something, by name."""
    names = {person: name for name, person in world.people.items()}
    return sorted(names[each.person_id] for each in world.all(Reminder))


def times(world: World) -> dict[str, str]:
    made = {
        element: (task.due_at or task.closes_at)
        for element in ("sign", "write", "fixed")
        for task in [world.task(element)]
    }
    made["nap"] = world.timers(kind="event", state="pending")[0].due_at
    made["notice_end"] = world.one(PlanDate, key="notice_end").at
    return {key: f"{(each + timedelta(hours=8)):%d %H:%M}" for key, each in made.items() if each}


BEFORE = {
    "sign": "13 17:30", "write": "16 17:30", "fixed": "16 09:00", "nap": "16 17:30",
    "notice_end": "16 17:30",
}  # fmt: skip
AFTER = {
    "sign": "16 17:30", "write": "17 17:30", "fixed": "16 09:00", "nap": "17 17:30",
    "notice_end": "17 17:30",
}  # fmt: skip


def test_a_changed_day_moves_nothing_until_the_year_is_confirmed_again(
    sessions: Sessions, clock: FakeClock, admin: Identity
) -> None:
    world = counting(sessions, clock)

    change(sessions, admin, clock)

    assert times(world) == BEFORE
    assert recounting.recount(sessions, clock) == 0
    assert times(world) == BEFORE


def test_the_preview_shows_what_a_confirmation_then_does(
    sessions: Sessions, clock: FakeClock, admin: Identity
) -> None:
    world = counting(sessions, clock)
    change(sessions, admin, clock)

    with reading(sessions) as session:
        (found,), more = recounting.preview(session, admin, year=2026, now=clock.now())

    assert (more, found.title.zh) == (False, "副局长公开选拔")
    assert [(m.kind, m.name.zh, m.workdays) for m in found.moves] == [
        ("reminder", "sign", 1), ("due", "sign", 1), ("plan", "公示期满", 1),
        ("closes", "write", 1), ("timer", "nap", 1),
    ]  # fmt: skip
    assert times(world) == BEFORE

    assert confirm(sessions, admin, clock) == 1
    assert times(world) == AFTER
    assert sorted((t.kind, t.due_at) for t in world.timers(state="pending")) == [
        ("close", at("03-17 17:30")), ("event", at("03-17 17:30")), ("reminder", at("03-16 15:30")),
    ]  # fmt: skip
    (noted,) = world.history("recounted")
    assert [line["key"] for line in noted.facts["lines"]] == ["notice_end"]
    assert (noted.facts["year"], noted.facts["people"]) == (2026, 3)
    assert told(world) == ["li", "ma", "office"]


def test_counting_anew_twice_tells_and_moves_nothing_more(
    sessions: Sessions, clock: FakeClock, admin: Identity
) -> None:
    world = counting(sessions, clock)
    change(sessions, admin, clock)
    confirm(sessions, admin, clock)
    with sessions.begin() as session:  # a crash before it was noted that everything is counted
        session.get_one(CalendarYear, 2026).recounted_at = None

    assert recounting.recount(sessions, clock) == 0

    assert (len(told(world)), len(world.history("recounted"))) == (3, 1)
    with reading(sessions) as session:
        assert almanac.to_recount(session) == []


def test_what_the_office_has_set_and_what_people_typed_stays(
    sessions: Sessions, clock: FakeClock, admin: Identity
) -> None:
    world = start(
        sessions, clock, single("sign", due="workdays(2, plan.notice_start)"),
        dates={**DATES, "notice_end": at("03-16 17:00")},
    )  # fmt: skip
    world.extend("sign", at("03-14 12:00"))
    change(sessions, admin, clock)

    assert confirm(sessions, admin, clock) == 0

    assert world.task("sign").due_at == at("03-14 12:00")
    assert world.one(PlanDate, key="notice_end").at == at("03-16 17:00")
    assert world.history("recounted") == []


def test_a_closing_time_never_moves_into_the_past(
    sessions: Sessions, clock: FakeClock, admin: Identity
) -> None:
    step = collective("write", "members('judge')", closes="workdays(10)")
    world = start(sessions, clock, step, dates={})
    was = world.task("write").closes_at
    change(sessions, admin, clock, date(2026, 3, 3))
    with transaction(sessions) as session:  # Saturday 7 March is worked instead
        recounting.set_day(
            session, admin, day=date(2026, 3, 7), working=True, name="补班", now=clock.now()
        )
        recounting.set_day(
            session, admin, day=date(2026, 3, 8), working=True, name="补班", now=clock.now()
        )
    assert was == at("03-13 17:30")
    clock.move_to(at("03-13 08:00"))

    confirm(sessions, admin, clock)

    assert world.task("write").closes_at == was


def test_a_plan_that_would_be_out_of_order_becomes_a_problem_of_the_office(
    sessions: Sessions, clock: FakeClock, admin: Identity
) -> None:
    tight = {**DATES, "notice_end": at("03-16 17:30")}
    world = start(sessions, clock, single("sign", due="workdays(20)"), dates=tight)
    with sessions.begin() as session:
        session.add(PlanDate(case_id=world.case_id, key="zz", position=9, at=at("03-17 12:00")))
    change(sessions, admin, clock)

    confirm(sessions, admin, clock)

    assert [code for _, code in world.problems()] == ["calendar_not_recounted"]
    assert world.one(PlanDate, key="notice_end").at == at("03-16 17:30")
    assert world.task("sign").due_at == at("03-30 17:30")  # a day later than before


def test_only_years_up_to_the_last_one_counted_in_concern_a_selection(
    sessions: Sessions, clock: FakeClock, admin: Identity
) -> None:
    world = counting(sessions, clock)

    assert confirm(sessions, admin, clock, 2027) == 0
    with reading(sessions) as session:
        with pytest.raises(almanac.YearNotFound):
            recounting.preview(session, admin, year=2040, now=clock.now())
        assert recounting.preview(session, admin, year=2027, now=clock.now()) == ([], False)
    assert times(world) == BEFORE


def test_only_an_administrator_touches_the_calendar(
    sessions: Sessions, clock: FakeClock, admin: Identity
) -> None:
    outsider = Identity("t", admin.person_id, "x", "zh", duties=frozenset({"office", "owner"}))
    slip = Identity("t", admin.person_id, "x", "zh", duties=admin.duties, only_case=UUID(int=1))

    for who in (outsider, slip):
        with pytest.raises(NotAllowed):
            change(sessions, who, clock)
        with pytest.raises(NotAllowed):
            confirm(sessions, who, clock, 2027)
        with transaction(sessions) as session:
            with pytest.raises(NotAllowed):
                recounting.add_year(session, who, year=2030)
            with pytest.raises(NotAllowed):
                recounting.preview(session, who, year=2027, now=clock.now())


def test_selections_that_are_not_concerned_are_not_read(
    sessions: Sessions, clock: FakeClock, admin: Identity
) -> None:
    for _ in range(5):
        start(sessions, clock, single("sign", due="now() + days(2)"), dates={})
    change(sessions, admin, clock)
    with transaction(sessions) as session:
        recounting.confirm(session, admin, year=2026, now=clock.now())
    statements: list[str] = []
    engine = sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda *a: statements.append(a[2]))

    recounting.recount(sessions, clock)

    assert [s for s in statements if "FROM instance" in s or "JOIN instance" in s] == []
