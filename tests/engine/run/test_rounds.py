"""The rounds of a worker: nothing is missed, and what only waits costs nothing."""

from datetime import timedelta

from engine import tasks
from engine.db import Sessions, reading
from engine.run.sweeping import LOOK_AT_ALL, LOOK_BACK, Sweeper
from tests.support.clock import FakeClock
from tests.support.databases import count_sql, on_both
from tests.support.drawings import collective, package, process, single
from tests.support.plans import overheard
from tests.support.worlds import TWO_JUDGES, World, begin


def voted(sessions: Sessions, clock: FakeClock) -> World:
    """Somebody waits for two judges; nothing is handed in."""
    drawn = package(process("tiny", collective("vote", "members('judge')"), single("count_it")))
    return begin(sessions, clock, drawn, TWO_JUDGES)


def crash_after_the_last(world: World) -> None:
    """All is handed in, and the process died before it closed the task."""
    with world.sessions.begin() as session:
        for seat in world.seats("vote"):
            seat.state, seat.submitted_at = "handed_in", world.now
            session.merge(seat)


@on_both
def test_the_next_round_closes_what_a_crash_has_left_open(
    sessions: Sessions, clock: FakeClock
) -> None:
    rounds, world = Sweeper(sessions, clock), voted(sessions, clock)
    rounds()
    crash_after_the_last(world)
    clock.advance(LOOK_BACK)

    rounds()

    assert world.opened() == ["count_it"]


@on_both
def test_a_crash_before_all_workers_stood_still_is_found_by_the_first_round(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = voted(sessions, clock)
    crash_after_the_last(world)
    clock.advance(timedelta(days=2))

    Sweeper(sessions, clock)()

    assert world.opened() == ["count_it"]


def test_what_is_older_than_the_last_minutes_is_looked_at_every_few_minutes(
    sessions: Sessions, clock: FakeClock
) -> None:
    rounds, world = Sweeper(sessions, clock), voted(sessions, clock)
    crash_after_the_last(world)
    clock.advance(LOOK_BACK + timedelta(seconds=1))
    rounds._all_at = clock.now()  # noqa: SLF001 - as if it had looked before it could see it

    rounds()
    assert world.opened() == ["vote"]

    clock.advance(LOOK_AT_ALL)
    rounds()
    assert world.opened() == ["count_it"]


def test_a_clock_that_went_back_makes_it_look_at_everything(
    sessions: Sessions, clock: FakeClock
) -> None:
    rounds, world = Sweeper(sessions, clock), voted(sessions, clock)
    crash_after_the_last(world)
    rounds._all_at = clock.now() + timedelta(hours=1)  # noqa: SLF001 - an hour later, before the jump

    rounds()

    assert world.opened() == ["count_it"]


def test_many_missed_at_once_are_all_closed_in_one_round(
    sessions: Sessions, clock: FakeClock
) -> None:
    worlds = [voted(sessions, clock) for _ in range(45)]
    for world in worlds:
        crash_after_the_last(world)

    Sweeper(sessions, clock)()

    assert [world.opened() for world in worlds] == [["count_it"]] * 45


@on_both
def test_a_round_asks_once_for_tasks_whatever_waits(sessions: Sessions, clock: FakeClock) -> None:
    for _ in range(3):
        voted(sessions, clock)
    rounds = Sweeper(sessions, clock)
    rounds()

    with count_sql(sessions) as statements:
        rounds()

    asked = [each for each in statements if each.startswith("SELECT")]
    assert len(asked) == 3, asked
    assert "user_task" not in asked[1]
    assert "FROM problem" in asked[2]


def test_what_was_handed_in_lately_is_found_by_its_index(
    sessions: Sessions, clock: FakeClock
) -> None:
    voted(sessions, clock)
    with overheard() as asked, reading(sessions) as session:
        assert tasks.all_complete(session, limit=20, since=clock.now()) == []
    ((statement, parameters),) = asked.items()

    with sessions.kw["bind"].connect() as connection:
        raw = connection.connection.dbapi_connection
        plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]

    assert plan[0] == "SEARCH seat USING COVERING INDEX ix_seat_handed_in (submitted_at>?)"
