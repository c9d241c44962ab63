"""The chaos in short, and that its checks find what they are there for."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from engine.db import Sessions
from engine.model import HistoryEntry, Instance, Seat, Timer, UserTask
from engine.outbox import MemoryTransport, post, send_due
from tests.support.clock import FakeClock
from tests.support.drawings import collective, package, process, single, wait
from tests.support.left_out import leave_out
from tests.support.postgres import find_programs
from tests.support.worlds import TWO_JUDGES, World, begin
from tools.bench.places import Place, open_place
from tools.chaos import checks
from tools.chaos.people import Attempt
from tools.chaos.run import Plan, run

SEED = 20261122


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "postgres" and find_programs() is None:
        leave_out("PostgreSQL")
    with open_place(request.param, tmp_path / "place") as made:
        yield made


@pytest.mark.postgres
@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_twelve_kills_and_a_lost_database_lose_nothing_on_postgresql(place: Place) -> None:
    outcome = run(place, Plan(seed=SEED, kills=12, stops=1, at_most=8))

    assert outcome.wrong == []
    assert (outcome.numbers["kills"], outcome.numbers["database stopped"]) == (12, 1)
    assert outcome.numbers["submissions acknowledged"] > 0
    assert outcome.numbers["timers fired"] > 0


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_six_kills_of_the_one_process_lose_nothing_on_sqlite(place: Place) -> None:
    outcome = run(place, Plan(seed=SEED, kills=6, stops=0, at_most=6))

    assert outcome.wrong == []
    assert outcome.numbers["kills"] == 6
    assert outcome.numbers["submissions acknowledged"] > 0
    assert outcome.numbers["timers fired"] > 0


# The checks: each is shown what it must find.


@pytest.fixture
def world(sessions: Sessions, clock: FakeClock) -> World:
    """Two judges vote, then a timer waits."""
    vote = collective("vote", "members('judge')", closes="now() + hours(1)")
    drawn = package(process("tiny", vote, wait("pause", duration="hours(1)"), single("after")))
    return begin(sessions, clock, drawn, TWO_JUDGES)


def attempt(world: World, who: str, seat: UUID, value: int = 7) -> Attempt:
    return Attempt(seat, world.people[who], value, ballot=False, outcome="acknowledged")


def test_a_submission_that_was_lost_or_changed_is_found(world: World) -> None:
    mas, lis = world.seat("vote", "ma"), world.seat("vote", "li")
    world.submit("vote", "ma", {"number": 7})
    with world.sessions() as session:
        assert checks.submissions(session, [attempt(world, "ma", mas.id)]) == []
        assert checks.submissions(session, [attempt(world, "ma", mas.id, value=8)])
        assert checks.submissions(session, [attempt(world, "li", lis.id)])
        assert checks.submissions(session, [attempt(world, "li", mas.id)])
        assert checks.submissions(session, [attempt(world, "ma", mas.id)] * 2)


def test_what_was_done_twice_is_found(world: World) -> None:
    for who in ("ma", "li"):
        world.submit("vote", who)
    (entry,) = world.history("task_done")
    with world.sessions() as session:
        assert checks.counted_once(session) == []
        session.add(
            HistoryEntry(
                case_id=entry.case_id, instance_id=entry.instance_id, at=entry.at,
                action="task_done", element_id="vote",
            )
        )  # fmt: skip
        session.flush()
        assert checks.counted_once(session)


def test_a_timer_that_has_not_fired_or_without_effect_is_found(world: World) -> None:
    for who in ("ma", "li"):
        world.submit("vote", who)
    later = world.now + timedelta(hours=2)
    with world.sessions() as session:
        assert checks.timers(session, after=world.now) == []
        assert checks.timers(session, after=later)
        session.execute(update(Timer).where(Timer.kind == "event").values(state="done"))
        assert checks.timers(session, after=world.now)


def test_an_instance_that_waits_for_nothing_is_found(world: World) -> None:
    with world.sessions() as session:
        assert checks.stuck(session) == []
        assert checks.ended(session)
        session.execute(update(Seat).values(state="closed"))
        session.execute(update(UserTask).values(state="cancelled"))
        session.execute(delete(Timer))
        assert len(checks.stuck(session)) == 1
        session.execute(update(Instance).values(state="completed"))
        assert checks.stuck(session) == []


def test_a_message_that_was_not_sent_is_found(world: World, clock: FakeClock) -> None:
    with world.sessions.begin() as session:
        post(
            session, dedupe_key="k", address="a@example.org", subject="s", body="b", now=clock.now()
        )
    with world.sessions() as session:
        assert checks.messages(session, [])
    send_due(world.sessions, MemoryTransport(), clock)
    with world.sessions() as session:
        assert checks.messages(session, []) == ["1 messages left under 0 different Message-IDs"]
