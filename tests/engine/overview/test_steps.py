"""Where a selection stands: done, current, late, not started, not needed; also when repeated."""

from datetime import timedelta

from engine.db import Sessions, reading
from engine.identity import Identity
from engine.overview import Progress, view_case
from tests.support.clock import FakeClock
from tests.support.drawings import call, package, process, single, split
from tests.support.worlds import OFFICE, World, begin


def start(sessions: Sessions, clock: FakeClock) -> World:
    drawn = package(
        process(
            "tiny",
            split("rung", [call("a", "step_a")], [call("b", "step_b")]),
            single("after", due="now() + hours(1)"),
        ),
        process("step_a", single("a_one"), single("a_two")),
        process("step_b", single("b_one")),
    )
    return begin(sessions, clock, drawn, OFFICE)


def states(world: World) -> dict[str, str]:
    """The state of every step of people, and of the calls."""
    who = Identity("account:x", world.people["office"], "office", "zh")
    with reading(world.sessions) as session:
        progress = Progress(view_case(session, who, case_id=world.case_id, now=world.now))
        keys = ("a", "a_one", "a_two", "b", "b_one", "after")
        elements = world.package.definition.elements
        return {key: progress.state_of(elements[key]) for key in keys}


def test_what_has_a_token_is_current_and_the_rest_waits(
    sessions: Sessions, clock: FakeClock
) -> None:
    assert states(start(sessions, clock)) == {
        "a": "current", "a_one": "current", "a_two": "waiting",
        "b": "current", "b_one": "current", "after": "waiting",
    }  # fmt: skip


def test_what_was_gone_through_is_done_and_what_is_past_due_is_late(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    for element in ("a_one", "a_two", "b_one"):
        world.submit(element, "office", {"n": "1"})
    clock.advance(timedelta(hours=2))

    assert states(world) == {
        "a": "done", "a_one": "done", "a_two": "done",
        "b": "done", "b_one": "done", "after": "late",
    }  # fmt: skip


def test_a_repeated_step_is_not_done_yet(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock)
    for element in ("a_one", "a_two", "b_one"):
        world.submit(element, "office", {"n": "1"})

    world.repeat("a")

    found = states(world)
    assert (found["a"], found["a_one"], found["a_two"]) == ("current", "current", "waiting")
    assert (found["b"], found["b_one"]) == ("done", "done")
    assert found["after"] == "waiting"
