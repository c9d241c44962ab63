"""A stop holds everything until the body has decided."""

from datetime import timedelta

import pytest

from engine.db import Sessions
from engine.run.context import CasePaused
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.drawings import (
    choice,
    collective,
    package,
    process,
    service,
    single,
    split,
    wait,
)
from tests.support.worlds import TWO_JUDGES, World, begin


def stopped(sessions: Sessions, clock: FakeClock) -> World:
    """A selection with a task of every sort and timers, stopped by the supervisor."""
    drawn = package(
        process(
            "tiny",
            split(
                "all",
                [single("alone")],
                [collective("vote", "members('judge')", closes="now() + hours(5)")],
                [collective("apply", role="candidate", public="yes")],
                [collective("score", "per(['K01', 'K02'], 'judge')", in_order="yes")],
                [wait("later", duration="hours(3)")],
            ),
            single("after"),
        ),
        process(
            "stop",
            service("pause", "pause_selection", with_reason="'stop_ordered'"),
            single("decide", role="leading_group", recorders="supervisor", result="decided",
                   returns="step"),
            choice(
                "how",
                ("decided.get('step')", [service("back", "resume_selection",
                                                 with_repeat="decided.step")]),
                ("", [service("on", "resume_selection")]),
            ),
            message="stop_ordered", starters="supervisor",
        ),
        process("other", single("beside"), message="something", starters="public"),
    )  # fmt: skip
    world = begin(sessions, clock, drawn, {**TWO_JUDGES, "shen": ["supervisor"]})
    world.receive("something")
    world.receive("stop_ordered", "shen")
    return world


@on_both
def test_nothing_moves_but_the_process_that_decides(sessions: Sessions, clock: FakeClock) -> None:
    world = stopped(sessions, clock)
    assert (world.case().state, world.case().paused_by) == ("paused", world.instance("stop").id)
    open_before = world.opened()

    for refused in (
        lambda: world.submit("alone", "office"),
        lambda: world.submit("beside", "office"),
        lambda: world.submit("vote", "ma"),
        lambda: world.draft("vote", "ma", {}),
        lambda: world.take(world.seat("score"), "ma"),
        lambda: world.call_next("score", "K02"),
        lambda: world.close("vote"),
        lambda: world.extend("vote", clock.now() + timedelta(days=1)),
        lambda: world.repeat("vote"),
        lambda: world.apply("apply", "new"),
    ):
        with pytest.raises(CasePaused):
            refused()
    clock.advance(timedelta(days=1))
    assert world.sweep() == 0

    assert world.opened() == open_before
    assert {t.state for t in world.timers()} == {"pending"}
    world.submit("decide", "shen")
    assert (world.case().state, world.case().paused_by) == ("running", None)
    assert world.sweep() == 1  # the timer event; the vote has the five hours that were left
    assert [s.state for s in world.seats("vote")] == ["open", "open"]
    clock.advance(timedelta(hours=5))
    assert world.sweep() == 1
    assert [s.state for s in world.seats("vote")] == ["closed", "closed"]
    (moved,) = world.history("extended")
    assert (moved.element_id, moved.facts["reason"]) == ("vote", "stop_ordered")


def test_a_decision_may_send_it_back_to_a_step(sessions: Sessions, clock: FakeClock) -> None:
    world = stopped(sessions, clock)

    world.submit("decide", "shen", {"step": "alone"})

    assert (world.case().state, world.problems()) == ("running", [])
    assert "alone" in world.opened()


def test_a_decision_for_a_step_that_never_ran_is_kept_and_the_selection_goes_on(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = stopped(sessions, clock)

    world.submit("decide", "shen", {"step": "after"})

    assert (world.case().state, world.problems()) == ("running", [("back", "never_reached")])
    assert world.seats("decide")[0].answers == {"step": "after"}
    world.submit("alone", "office")


def test_a_task_that_is_complete_when_it_stops_closes_when_it_goes_on(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = stopped(sessions, clock)
    with sessions.begin() as session:
        for seat in world.seats("vote"):
            seat.state, seat.submitted_at = "handed_in", clock.now()
            session.merge(seat)
    world.sweep()
    assert "vote" in world.opened()

    world.submit("decide", "shen")
    world.sweep()

    assert "vote" not in world.opened()


def test_two_stops_are_decided_one_after_the_other(sessions: Sessions, clock: FakeClock) -> None:
    world = stopped(sessions, clock)
    world.receive("stop_ordered", "shen")
    first, second = world.in_order("stop")
    assert world.case().paused_by == first.id

    with pytest.raises(CasePaused):
        world.submit_in(second, "shen")
    world.submit_in(first, "shen")
    assert (world.case().state, world.case().paused_by) == ("paused", second.id)
    with pytest.raises(CasePaused):
        world.submit("alone", "office")
    world.submit_in(second, "shen")

    assert (world.case().state, world.case().paused_by) == ("running", None)
    world.submit("alone", "office")
