"""What the office does about a running selection: repeat a step, put a deadline off, remind."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.bpmn.reset import NeverReached
from engine.db import Sessions
from engine.model import Person, Reminder, UserTask
from engine.permissions import NotAllowed
from engine.run.steering import NotAhead, ReasonNeeded, TooLittleNotice
from engine.seats import TaskClosed
from tests.support.clock import FakeClock
from tests.support.drawings import (
    Node,
    call,
    collective,
    package,
    process,
    single,
    split,
    wait,
)
from tests.support.worlds import TWO_JUDGES, World, begin

MEMBERS = {**TWO_JUDGES, "hu": ["examiner"], "wu": ["examiner"]}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def start(sessions: Sessions, clock: FakeClock, *steps: Node) -> World:
    drawn = package(
        process("tiny", *steps, single("after")),
        process("step_a", single("a_one", result="one", returns="n"), single("a_two")),
        process("step_b", single("b_one", result="one", returns="n")),
    )
    return begin(sessions, clock, drawn, MEMBERS)


def ladder(sessions: Sessions, clock: FakeClock) -> World:
    """Two steps side by side, then one task."""
    return start(
        sessions,
        clock,
        split(
            "rung",
            [call("a", "step_a", returns="one", result="from_a")],
            [call("b", "step_b", returns="one", result="from_b")],
        ),
    )


@pytest.mark.parametrize("order", ["ab", "ba"])
@pytest.mark.parametrize("repeated", ["a", "b"])
def test_a_step_is_repeated_after_its_rung_has_joined(
    sessions: Sessions, clock: FakeClock, order: str, repeated: str
) -> None:
    world = ladder(sessions, clock)
    for step in order:
        world.submit(f"{step}_one", "office", {"n": f"{step} 1"})
        if step == "a":
            world.submit("a_two", "office")
    assert world.opened() == ["after"]

    world.repeat(repeated)

    assert (world.opened(), world.problems()) == ([f"{repeated}_one"], [])
    assert [t.state for t in world.all(UserTask, element_id="after")] == ["cancelled"]
    world.submit(f"{repeated}_one", "office", {"n": "again"})
    if repeated == "a":
        world.submit("a_two", "office")
    results = {"from_a": {"one": {"n": "a 1"}}, "from_b": {"one": {"n": "b 1"}}}
    results[f"from_{repeated}"] = {"one": {"n": "again"}}
    assert world.opened() == ["after"]
    assert world.task("after").context == {"posts": [], **results}


@pytest.mark.parametrize("repeated", ["a", "b"])
def test_a_step_is_repeated_while_the_one_beside_it_runs(
    sessions: Sessions, clock: FakeClock, repeated: str
) -> None:
    world = ladder(sessions, clock)
    world.submit("a_one", "office", {"n": "a 1"})
    world.submit("b_one", "office", {"n": "b 1"})
    assert world.opened() == ["a_two"]

    world.repeat(repeated)

    assert world.opened() == (["a_one"] if repeated == "a" else ["a_two", "b_one"])
    if repeated == "a":
        world.submit("a_one", "office", {"n": "a 1"})
    else:
        world.submit("b_one", "office", {"n": "b 1"})
    world.submit("a_two", "office")
    assert world.opened() == ["after"]


def test_what_was_handed_in_before_a_repetition_is_kept(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = ladder(sessions, clock)
    world.submit("b_one", "office", {"n": "first"})
    world.repeat("b")
    world.submit("b_one", "office", {"n": "second"})

    rounds = sorted(world.all(UserTask, element_id="b_one"), key=lambda task: task.round)
    assert [(t.round, t.state, t.result) for t in rounds] == [
        (1, "done", {"n": "first"}), (2, "done", {"n": "second"}),
    ]  # fmt: skip
    assert [e.facts for e in world.history("repeated")] == [{"reason": "a fault was found"}]


def test_only_the_office_repeats_with_a_reason_what_has_run(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = ladder(sessions, clock)

    with pytest.raises(NotAllowed):
        world.repeat("a", "ma")
    with pytest.raises(ReasonNeeded):
        world.repeat("a", reason=" ")
    with pytest.raises(NeverReached):
        world.repeat("after")


def test_a_step_with_a_timer_in_it_is_repeated(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, single("first"), wait("nap", duration="days(1)"))
    world.submit("first", "office")
    clock.advance(timedelta(hours=5))

    world.repeat("nap")

    assert [(t.state, t.due_at) for t in world.timers()] == [
        ("cancelled", clock.now() + timedelta(hours=19)),
        ("pending", clock.now() + timedelta(days=1)),
    ]
    clock.advance(timedelta(days=1))
    assert world.sweep() == 1
    assert world.opened() == ["after"]


def vote(**properties: str) -> Node:
    return collective("vote", "members('judge')", **properties)


def test_an_extension_moves_the_closing_and_its_reminders(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, vote(closes="now() + hours(4)", reminders="PT2H PT1H"))
    closes = clock.now() + 4 * HOUR
    clock.advance(2 * HOUR)
    assert world.sweep() == 1

    world.extend("vote", closes + 2 * HOUR)

    assert [(t.kind, t.due_at) for t in world.timers(state="pending")] == [
        ("reminder", closes), ("reminder", closes + HOUR), ("close", closes + 2 * HOUR),
    ]  # fmt: skip
    clock.move_to(closes)
    world.submit("vote", "ma")
    clock.move_to(closes + 2 * HOUR)
    assert world.sweep() == 3
    assert [s.state for s in world.seats("vote")] == ["handed_in", "closed"]
    assert [e.facts["reason"] for e in world.history("extended")] == ["ill"]


def test_an_extension_moves_a_due_instant_that_closes_nothing(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, single("write", due="now() + hours(4)", reminders="PT1H"))

    world.extend("write", clock.now() + 9 * HOUR)

    assert world.task("write").due_at == clock.now() + 9 * HOUR
    assert [t.due_at for t in world.timers()] == [clock.now() + 8 * HOUR]


def test_a_deadline_is_set_by_the_office_with_a_reason_while_the_task_is_open(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, vote(closes="now() + hours(4)"))
    closes = clock.now() + 4 * HOUR

    for instant in (closes, clock.now(), clock.now() - HOUR):
        with pytest.raises(NotAhead):
            world.extend("vote", instant)
    with pytest.raises(NotAllowed):
        world.extend("vote", closes + HOUR, who="ma")
    with pytest.raises(ReasonNeeded):
        world.extend("vote", closes + HOUR, reason="")
    task = world.task("vote")
    assert (task.closes_at, task.set_at) == (closes, None)
    world.close("vote")
    with pytest.raises(TaskClosed):
        world.extend_task(task.id, closes + HOUR)


def test_a_deadline_is_brought_forward_with_a_days_notice_and_people_are_told(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, vote(closes="now() + days(9)", reminders="P1D"))
    begun, was = clock.now(), clock.now() + 9 * DAY
    world.submit("vote", "ma")

    with pytest.raises(TooLittleNotice):
        world.extend("vote", begun + DAY - timedelta(minutes=1))
    world.extend("vote", begun + DAY, reason="the hall is free earlier")

    task = world.task("vote")
    assert (task.closes_at, task.set_from, task.set_at) == (begun + DAY, was, begun)
    assert (task.set_by, task.set_reason) == (world.people["office"], "the hall is free earlier")
    assert reminded(world) == ["li"]
    assert [e.facts["from"] for e in world.history("brought_forward")] == [was.isoformat()]
    assert [t.kind for t in world.timers(state="pending")] == ["close"]  # a day before is now


def test_a_deadline_set_twice_keeps_what_the_procedure_said(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, single("write", due="now() + days(2)"))
    was = clock.now() + 2 * DAY

    world.extend("write", was + DAY)
    world.extend("write", was + 2 * DAY)

    assert (world.task("write").due_at, world.task("write").set_from) == (was + 2 * DAY, was)


def reminded(world: World) -> list[str]:
    with world.sessions() as session:
        asked = select(Person.name).join(Reminder, Reminder.person_id == Person.id)
        return sorted(session.scalars(asked.where(Reminder.case_id == world.case_id)))


def test_reminders_go_once_to_those_who_are_missing(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, vote(closes="now() + hours(4)", reminders="PT2H PT1H"))
    world.submit("vote", "ma")

    clock.advance(2 * HOUR)
    assert (world.sweep(), world.sweep()) == (1, 0)
    assert reminded(world) == ["li"]
    with sessions.begin() as session:  # a second worker that had read it before
        session.merge(world.timers(state="done")[0]).state = "pending"
    assert world.sweep() == 1
    assert reminded(world) == ["li"]
    clock.advance(HOUR)
    world.sweep()

    assert reminded(world) == ["li", "li"]


def test_who_has_done_a_share_of_a_queue_is_not_reminded_of_the_rest(
    sessions: Sessions, clock: FakeClock
) -> None:
    step = collective(
        "mark", "persons(2, 'examiner')", role="examiner", due="now() + hours(4)",
        reminders="PT1H",
    )  # fmt: skip
    world = start(sessions, clock, step)
    world.submit("mark", "hu")

    clock.advance(3 * HOUR)
    world.sweep()

    assert reminded(world) == ["wu"]


def test_a_task_that_is_done_reminds_nobody(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, single("write", due="now() + hours(4)", reminders="PT1H +PT1H"))
    world.submit("write", "office")

    clock.advance(9 * HOUR)

    assert world.sweep() == 0
    assert [t.state for t in world.timers()] == ["cancelled", "cancelled"]
    assert reminded(world) == []


def test_a_reminder_after_the_due_instant_comes_while_the_task_is_open(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, single("write", due="now() + hours(4)", reminders="+PT1H"))

    clock.advance(5 * HOUR)
    world.sweep()

    assert reminded(world) == ["office"]
