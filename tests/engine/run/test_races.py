"""Two people, or a person and the worker, at the same instant: on PostgreSQL, and in a row too.

Where an order matters, a door holds one of them at a statement until the other waits for it.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from engine.db import Sessions
from engine.model import UserTask
from engine.run.sweeping import sweep
from engine.seats import AlreadyHandedIn, TaskClosed
from tests.support.clock import FakeClock
from tests.support.databases import on_both, on_postgres
from tests.support.drawings import Node, collective, package, process, service, single
from tests.support.races import Running, door, errors, together, wait_for_lock
from tests.support.worlds import TWO_JUDGES, World, begin

STOP = process(
    "stop", service("pause", "pause_selection"), single("decide", role="supervisor"),
    service("go_on", "resume_selection"), message="stop_ordered", starters="supervisor",
)  # fmt: skip
WITHDRAWAL = process(
    "withdrawal",
    service("void", "set_status", with_codes="['K01']", with_status="'withdrawn'",
            with_reason="'asked'"),
    message="withdrawn", starters="selection_office",
)  # fmt: skip
MEMBERS = {**TWO_JUDGES, "hu": ["examiner"], "wu": ["examiner"], "shen": ["supervisor"]}
ROUNDS = 5


def start(sessions: Sessions, clock: FakeClock, *steps: Node) -> World:
    drawn = package(process("tiny", *steps, single("after")), STOP, WITHDRAWAL)
    return begin(sessions, clock, drawn, MEMBERS, candidates=("K01", "K02"))


def vote(**properties: str) -> Node:
    return collective("vote", "members('judge')", result="voted", returns="n", **properties)


@on_both
def test_two_last_voters_close_the_task_once(sessions: Sessions, clock: FakeClock) -> None:
    for _ in range(ROUNDS):
        world = start(sessions, clock, vote())
        ended = at_once(sessions, *(partial(world.submit, "vote", judge) for judge in ("ma", "li")))

        assert errors(ended) == []
        assert world.opened() == ["after"]
        assert world.result("vote")["handed_in"] == 2
        assert [e.element_id for e in world.history("task_done")] == ["vote"]


def at_once(sessions: Sessions, *acts: Callable[[], Any]) -> list[Running]:
    """At the same instant on PostgreSQL; in a row on SQLite in memory, which is one connection."""
    if sessions.kw["bind"].dialect.name == "postgresql":
        return together(*acts)
    return [Running(act).end() for act in acts]


@on_postgres
def test_of_two_last_voters_neither_sees_the_other_and_yet_the_task_closes(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, vote())
    with door(sessions, "UPDATE seat", after=True) as held:
        first = Running(lambda: world.submit("vote", "ma"))
        held.reached()  # written, not committed
        world.submit("vote", "li")
        assert world.opened() == ["vote"]
        held.open()
        first.end()

    assert (first.error, world.opened()) == (None, ["after"])


@on_postgres
@pytest.mark.parametrize("first", ["the voter", "the closing"])
def test_a_submission_against_a_closing_is_counted_or_refused(
    sessions: Sessions, clock: FakeClock, first: str
) -> None:
    world = start(sessions, clock, vote())
    with door(sessions, "UPDATE seat", after=True) as held:
        acts = [lambda: world.submit("vote", "ma", {"n": 1}), lambda: world.close("vote")]
        if first == "the closing":
            acts.reverse()
        leading = Running(acts[0])
        held.reached()
        following = Running(acts[1])
        wait_for_lock(sessions)
        held.open()
        leading.end()
        following.end()

    assert leading.error is None
    result = world.result("vote")
    if first == "the voter":
        assert (following.error, result["entries"]) == (None, [{"n": 1}])
    else:
        assert isinstance(following.error, TaskClosed)
        assert (result["handed_in"], result["entries"]) == (0, [])
    assert [s.state == "handed_in" for s in world.seats("vote")].count(True) == result["handed_in"]
    assert world.opened() == ["after"]


@on_both
def test_of_two_clients_one_completes_a_single_task(sessions: Sessions, clock: FakeClock) -> None:
    for who in ("hu", "wu"):
        for _ in range(ROUNDS):
            world = start(sessions, clock, single("mark", role="examiner", returns="n"))
            seat = world.seat("mark")
            ended = at_once(
                sessions,
                partial(world.submit_seat, seat, "hu", {"n": 1}),
                partial(world.submit_seat, seat, who, {"n": 2}),
            )

            refused = [one.error for one in ended if one.error is not None]
            assert len(refused) == 1
            assert isinstance(refused[0], (AlreadyHandedIn, TaskClosed))
            assert world.opened() == ["after"]
            assert len(world.all(UserTask, element_id="after")) == 1


@on_both
@pytest.mark.parametrize("act", ["take", "submit"])
def test_of_two_people_one_gets_a_seat(sessions: Sessions, clock: FakeClock, act: str) -> None:
    for _ in range(ROUNDS):
        world = start(
            sessions, clock, collective("mark", "per(['K01'], 'examiner')", role="examiner")
        )
        seat = world.seat("mark")

        go = partial(world.take if act == "take" else world.submit_seat, seat)
        ended = at_once(sessions, partial(go, "hu"), partial(go, "wu"))

        assert len(errors(ended)) == 1
        assert set(errors(ended)) <= {"SeatTaken", "AlreadyHandedIn"}
        winner = "wu" if ended[0].error else "hu"
        assert world.seats("mark")[0].person_id == world.people[winner]


@on_postgres
def test_one_person_in_two_windows_gets_one_of_two_seats(
    sessions: Sessions, clock: FakeClock
) -> None:
    for _ in range(ROUNDS):
        world = start(
            sessions, clock, collective("mark", "persons(2, 'examiner')", role="examiner")
        )
        first, second = world.seats("mark")
        ended = together(
            partial(world.submit_seat, first, "hu"),
            partial(world.submit_seat, second, "hu"),
        )

        assert errors(ended) == ["SeatTaken"]
        assert world.opened() == ["mark"]


@on_postgres
@pytest.mark.parametrize("missing", ["nothing", "draft"])
@pytest.mark.parametrize("first", ["the voter", "the worker"])
def test_the_closing_time_against_a_submission(
    sessions: Sessions, clock: FakeClock, first: str, missing: str
) -> None:
    world = start(sessions, clock, vote(closes="now() + hours(1)", missing=missing))
    world.draft("vote", "ma", {"n": 1})
    late = FakeClock(clock.now() + timedelta(hours=1))
    with door(sessions, "UPDATE seat", after=True) as held:
        acts = [lambda: world.submit("vote", "ma", {"n": 2}), lambda: sweep(sessions, late)]
        if first == "the worker":
            acts.reverse()
        leading = Running(acts[0])
        held.reached()
        following = Running(acts[1])
        wait_for_lock(sessions)
        held.open()
        leading.end()
        following.end()

    assert [t.state for t in world.timers()] == ["done"]
    kept = [seat.answers for seat in world.seats("vote") if seat.state == "handed_in"]
    assert world.result("vote")["entries"] == kept
    if first == "the voter":
        assert kept == [{"n": 2}]
        assert following.error is None
    else:
        assert kept == ([{"n": 1}] if missing == "draft" else [])
        assert isinstance(following.error, (TaskClosed, AlreadyHandedIn))
    assert world.opened() == ["after"]


@on_postgres
@pytest.mark.parametrize("first", ["the stop", "the officer"])
def test_a_stop_against_a_single_task(sessions: Sessions, clock: FakeClock, first: str) -> None:
    world = start(sessions, clock, single("work"))
    with door(sessions, "UPDATE", after=True) as held:
        acts = [
            lambda: world.receive("stop_ordered", "shen"),
            lambda: world.submit("work", "office"),
        ]
        if first == "the officer":
            acts.reverse()
        leading = Running(acts[0])
        held.reached()
        following = Running(acts[1])
        wait_for_lock(sessions)
        held.open()
        leading.end()
        following.end()

    assert leading.error is None
    assert world.case().state == "paused"
    if first == "the stop":
        assert errors([following]) == ["CasePaused"]
        assert world.opened() == ["decide", "work"]
    else:
        assert following.error is None
        assert world.opened() == ["after", "decide"]


@on_postgres
def test_a_last_seat_against_a_stop_closes_when_it_goes_on(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, vote())
    world.submit("vote", "ma")
    with door(sessions, "UPDATE seat", after=True) as held:
        voter = Running(lambda: world.submit("vote", "li"))
        held.reached()
        world.receive("stop_ordered", "shen")
        held.open()
        voter.end()

    assert (voter.error, world.opened()) == (None, ["decide", "vote"])
    world.submit("decide", "shen")
    world.sweep()
    assert world.opened() == ["after"]
    assert world.result("vote")["handed_in"] == 2


@on_both
def test_two_workers_fire_a_timer_once(sessions: Sessions, clock: FakeClock) -> None:
    for _ in range(ROUNDS):
        world = start(
            sessions, clock, vote(closes="now() + hours(1)", reminders="PT30M"), single("then")
        )
        world.clock = FakeClock(clock.now() + timedelta(hours=1))
        ended = at_once(sessions, world.sweep, world.sweep)

        assert errors(ended) == []
        assert sum(int(str(one.result)) for one in ended) == 2
        # The reminder is left out: it was missed, and now the task closes.
        assert [t.state for t in world.timers()] == ["skipped", "done"]
        assert [e.element_id for e in world.history("task_done")] == ["vote"]
        assert world.opened() == ["then"]


@on_postgres
@pytest.mark.parametrize("first", ["the withdrawal", "the judge"])
def test_a_withdrawal_against_a_submission(
    sessions: Sessions, clock: FakeClock, first: str
) -> None:
    seats = "times(members('judge'), ['K01', 'K02'])"
    world = start(
        sessions, clock, single("first"), collective("score", seats, result="s", returns="n")
    )
    world.submit("first", "office")
    seat = world.seat("score", "ma", "K01")
    with door(sessions, "UPDATE seat", after=True) as held:
        acts = [
            lambda: world.receive("withdrawn", "office"),
            lambda: world.submit_seat(seat, "ma", {"n": 1}),
        ]
        if first == "the judge":
            acts.reverse()
        leading = Running(acts[0])
        held.reached()
        following = Running(acts[1])
        wait_for_lock(sessions)
        held.open()
        leading.end()
        following.end()

    assert (leading.error, world.problems()) == (None, [])
    states = {(s.person_id, s.subject): s.state for s in world.seats("score")}
    assert states[world.people["li"], "K01"] == "void"
    if first == "the judge":
        assert following.error is None
        assert states[world.people["ma"], "K01"] == "handed_in"
    else:
        assert isinstance(following.error, TaskClosed)
        assert states[world.people["ma"], "K01"] == "void"
    for judge in ("ma", "li"):
        world.submit("score", judge, about="K02")
    assert world.opened() == ["after"]


@on_postgres
def test_a_deadline_put_off_against_its_closing(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, vote(closes="now() + hours(1)"))
    task, later = world.task("vote"), clock.now() + timedelta(hours=9)
    late = FakeClock(clock.now() + timedelta(hours=1))
    with door(sessions, "UPDATE seat", after=True) as held:
        worker = Running(lambda: sweep(sessions, late))
        held.reached()
        office = Running(lambda: world.extend_task(task.id, later))
        wait_for_lock(sessions)
        held.open()
        worker.end()
        office.end()

    assert isinstance(office.error, TaskClosed)
    assert [t.state for t in world.timers()] == ["done"]
    assert world.opened() == ["after"]
