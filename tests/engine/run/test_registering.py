"""Applying on the public page: a seat for everybody who comes, until it closes."""

from datetime import timedelta

import pytest

from engine import tasks
from engine.db import Sessions
from engine.model import Person
from engine.run.registering import AlreadyApplied
from engine.seats import TaskClosed
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.drawings import collective, package, process, single
from tests.support.worlds import World, begin

HOUR = timedelta(hours=1)


def start(sessions: Sessions, clock: FakeClock) -> World:
    apply = collective(
        "apply", role="candidate", public="yes", opens="now() + hours(1)",
        closes="now() + hours(9)", result="applied", returns="post",
    )  # fmt: skip
    return begin(sessions, clock, package(process("tiny", apply, single("after"))))


@on_both
def test_everybody_who_applies_gets_a_seat_of_their_own(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    clock.advance(HOUR)

    codes = {world.apply("apply", name, {"post": "p1"}) for name in ("甲", "乙", "丙")}

    assert len(codes) == 3
    assert [(s.position, s.state) for s in world.seats("apply")] == [
        (1, "handed_in"), (2, "handed_in"), (3, "handed_in"),
    ]  # fmt: skip
    world.sweep()
    assert world.opened() == ["apply"]
    clock.advance(8 * HOUR)
    world.sweep()
    assert world.task("after").context["applied"]["entries"] == [{"post": "p1"}] * 3


def test_a_person_applies_once(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock)
    clock.advance(HOUR)
    world.apply("apply", "甲")

    with pytest.raises(AlreadyApplied):
        world.apply("apply", "甲")

    with sessions() as session:
        assert session.query(Person).filter_by(name="甲").count() == 1


def test_nobody_applies_before_the_opening_or_from_the_closing_on(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    task = world.task("apply")

    with pytest.raises(TaskClosed, match="later"):
        world.apply("apply", "甲")
    clock.advance(9 * HOUR)
    with pytest.raises(TaskClosed, match="passed"):
        world.apply("apply", "甲")
    world.sweep()
    with pytest.raises(TaskClosed, match="closed"):
        world.apply_to(task.id, "甲")

    with sessions() as session:
        assert session.query(Person).filter_by(name="甲").count() == 0


def test_nobody_applies_at_a_task_that_is_not_public(sessions: Sessions, clock: FakeClock) -> None:
    world = begin(sessions, clock, package(process("tiny", single("first"))))

    with pytest.raises(tasks.TaskNotFound):
        world.apply("first", "甲")


def test_the_office_enters_an_application_on_paper(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock)
    clock.advance(HOUR)

    world.apply("apply", "甲", by="office")

    seat = world.seats("apply")[0]
    assert (seat.submitted_by, seat.recorded_for) == (world.people["office"], "candidate")
