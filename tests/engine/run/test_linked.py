"""Runs beside the selection: several at once, started by message, ended from outside."""

import pytest

from engine.db import Sessions
from engine.model import Instance
from engine.permissions import NotAllowed
from engine.run.starting import UnknownMessage
from engine.seats import TaskClosed
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.drawings import (
    box,
    call,
    collective,
    on_message,
    package,
    process,
    service,
    single,
    split,
    wait,
)
from tests.support.worlds import TWO_JUDGES, World, begin

VISITS = call("visits", "visit", items="['a', 'b', 'c']", item="unit", result="visited")
STOP = process(
    "ending", single("decide"), service("send_end", "end_selection"), message="end_asked",
    starters="selection_office",
)  # fmt: skip


def selection(sessions: Sessions, clock: FakeClock, *more: tuple[str, str]) -> World:
    """A selection in a box that a message ends, with visits and timers inside."""
    run = box(
        "run",
        split(
            "both",
            [VISITS],
            [collective("vote", "members('judge')", closes="now() + days(2)", reminders="P1D")],
            [wait("later", duration="days(5)")],
        ),
        edges=[on_message("ended_early", "selection_ended", single("tell_everybody"))],
    )
    drawn = package(
        process("tiny", single("first"), run, single("after")),
        process("visit", single("look", returns="seen", result="looked"), single("report")),
        STOP,
        *more,
    )
    world = begin(sessions, clock, drawn, TWO_JUDGES)
    world.submit("first", "office")
    return world


def finish_visit(world: World, item: str, *, seen: str = "") -> None:
    visit = world.one(Instance, process_id="visit", item=item)
    for answers in ({"seen": seen}, {}):
        world.submit_in(visit, "office", answers)


@on_both
def test_the_parent_goes_on_when_the_last_of_several_runs_ends(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process(
            "tiny",
            call("visits", "visit", items="['a', 'b']", item="unit", returns="looked",
                 result="visited"),
            single("after"),
        ),
        process("visit", single("look", returns="seen", result="looked"), single("report")),
    )  # fmt: skip
    world = begin(sessions, clock, drawn)
    assert world.opened() == ["look", "look"]

    finish_visit(world, "b", seen="good")
    assert (world.opened(), world.instance().active) == (["look"], ["visits"])
    finish_visit(world, "a", seen="bad")

    assert world.opened() == ["after"]
    assert world.task("after").context["visited"] == {
        "a": {"looked": {"seen": "bad"}}, "b": {"looked": {"seen": "good"}},
    }  # fmt: skip


@on_both
def test_runs_that_end_at_once_let_the_parent_go_on(sessions: Sessions, clock: FakeClock) -> None:
    drawn = package(
        process(
            "tiny",
            single("first"),
            call("visits", "visit", items="['a', 'b']", item="unit", result="visited"),
            single("after"),
        ),
        process("visit"),
    )
    world = begin(sessions, clock, drawn)

    world.submit("first", "office")

    assert (world.opened(), world.problems()) == (["after"], [])
    assert [e.element_id for e in world.history("task_done")] == ["first"]
    assert len(world.seats("first")) == 1


def test_no_items_let_the_parent_go_on(sessions: Sessions, clock: FakeClock) -> None:
    drawn = package(
        process("tiny", call("visits", "visit", items="[]", item="unit"), single("after")),
        process("visit", single("look")),
    )

    assert begin(sessions, clock, drawn).opened() == ["after"]


@on_both
def test_a_message_ends_the_selection_with_everything_in_it(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = selection(sessions, clock)
    vote = world.seat("vote", "ma")
    world.receive("end_asked", "office")

    world.submit("decide", "office")

    assert (world.opened(), world.problems()) == (["tell_everybody"], [])
    assert {i.item: i.state for i in world.all(Instance, process_id="visit")} == {
        "a": "cancelled", "b": "cancelled", "c": "cancelled",
    }  # fmt: skip
    assert {t.kind: t.state for t in world.timers()} == {
        "reminder": "cancelled", "close": "cancelled", "event": "cancelled",
    }  # fmt: skip
    assert [s.state for s in world.seats("vote")] == ["closed", "closed"]
    with pytest.raises(TaskClosed):
        world.submit("vote", "ma")
    assert vote.state == "open"
    world.submit("tell_everybody", "office")
    assert (world.case().state, world.case().outcome) == ("ended", "ended_early_over")


def test_a_message_that_landed_before_is_a_problem_and_undoes_nothing(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = selection(sessions, clock)
    world.receive("end_asked", "office")
    world.receive("end_asked", "office")
    first, second = world.all(Instance, process_id="ending")
    world.submit_in(first, "office")

    world.submit_in(second, "office", {"note": "kept"})

    assert world.problems() == [("send_end", "message_not_awaited")]
    assert [i.state for i in world.all(Instance, process_id="ending")] == ["completed"] * 2
    assert {"note": "kept"} in [seat.answers for seat in world.seats("decide")]
    assert world.opened() == ["tell_everybody"]
    world.retry()  # nothing waits for it this time either
    assert world.problems() == [("send_end", "message_not_awaited")]
    world.skip()
    assert world.problems() == []
    world.submit("tell_everybody", "office")
    assert world.case().state == "ended"


def test_a_selection_ends_when_all_its_runs_have_ended(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process("tiny", single("first")),
        process("asked", single("answer"), message="question", starters="public"),
    )
    world = begin(sessions, clock, drawn)
    world.receive("question")

    world.submit("first", "office")
    assert (world.instance().state, world.case().state) == ("completed", "running")
    world.receive("question")
    for asked in world.all(Instance, process_id="asked"):
        assert world.case().state == "running"
        world.submit_in(asked, "office")

    assert (world.case().state, world.case().ended_at) == ("ended", clock.now())
    assert len(world.history("ended")) == 1
    with pytest.raises(UnknownMessage):
        world.receive("question")


def test_a_message_starts_its_process_once_for_each_and_only_by_its_starters(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = selection(sessions, clock)

    for who in ("ma", ""):
        with pytest.raises(NotAllowed):
            world.receive("end_asked", who)
    with pytest.raises(UnknownMessage):
        world.receive("no_such_message", "office")
    world.receive("end_asked", "office")
    world.receive("end_asked", "office")

    assert len(world.all(Instance, process_id="ending")) == 2


def test_a_run_that_ends_the_selection_at_its_start_finds_it_at_rest(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process(
            "tiny",
            single("first"),
            box(
                "run",
                call("visits", "visit", items="['a']", item="unit"),
                edges=[on_message("ended_early", "selection_ended", single("tell_everybody"))],
            ),
            single("after"),
        ),
        process("visit", service("send_end", "end_selection"), single("look")),
    )
    world = begin(sessions, clock, drawn)

    world.submit("first", "office")

    assert (world.opened(), world.problems()) == (["tell_everybody"], [])
    assert [i.state for i in world.all(Instance, process_id="visit")] == ["cancelled"]
    assert [e.element_id for e in world.history("task_done")] == ["first"]


def test_linked_runs_of_a_repeated_step_start_anew(sessions: Sessions, clock: FakeClock) -> None:
    world = selection(sessions, clock)
    finish_visit(world, "a")

    world.repeat("both")

    visits = world.all(Instance, process_id="visit")
    assert sorted((i.item, i.state) for i in visits) == [
        ("a", "completed"), ("a", "running"), ("b", "cancelled"), ("b", "running"),
        ("c", "cancelled"), ("c", "running"),
    ]  # fmt: skip


def test_linked_runs_are_repeated_alone_and_those_under_way_end(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = selection(sessions, clock)
    finish_visit(world, "a")
    vote = world.task("vote")

    world.repeat("visits")

    visits = world.all(Instance, process_id="visit")
    assert sorted((i.item, i.state) for i in visits) == [
        ("a", "completed"), ("a", "running"), ("b", "cancelled"), ("b", "running"),
        ("c", "cancelled"), ("c", "running"),
    ]  # fmt: skip
    assert world.task("vote").id == vote.id
    assert [t.state for t in world.timers()] == ["pending"] * 3


def test_linked_runs_that_are_repeated_themselves_start_anew(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process(
            "tiny",
            call("visits", "visit", items="['a']", item="unit", returns="looked", result="visited"),
            single("after"),
        ),
        process("visit", single("look", returns="seen", result="looked")),
    )
    world = begin(sessions, clock, drawn)
    world.submit("look", "office", {"seen": "too early"})

    world.repeat("visits")
    assert world.opened() == ["look"]
    world.submit("look", "office", {"seen": "well"})

    assert world.task("after").context["visited"] == {"a": {"looked": {"seen": "well"}}}
