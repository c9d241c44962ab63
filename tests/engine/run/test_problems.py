"""What fails behind a submission becomes a problem: nothing is lost, and it can be tried again."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm.exc import StaleDataError

from engine.bpmn.execution import LostElements
from engine.db import Sessions
from engine.errors import EngineError
from engine.model import Instance, Package, Problem
from engine.operations import BadParameters
from engine.permissions import NotAllowed
from engine.run.mending import ProblemNotFound, retry_problem
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.drawings import (
    Node,
    call,
    choice,
    collective,
    end,
    package,
    process,
    service,
    single,
    split,
    wait,
)
from tests.support.worlds import TWO_JUDGES, World, begin

CODES = {"refuse": "bad_parameters", "break": "internal_fault"}


def start(sessions: Sessions, clock: FakeClock, *steps: Node, **parameters: object) -> World:
    drawn = package(process("tiny", single("first"), *steps, single("after")))
    return begin(sessions, clock, drawn, TWO_JUDGES, **parameters)


@pytest.mark.usefixtures("obey")
@pytest.mark.parametrize("fault", ["refuse", "break"])
@on_both
def test_a_failing_operation_undoes_itself_and_nothing_else(
    sessions: Sessions, clock: FakeClock, fault: str
) -> None:
    world = start(sessions, clock, service("work", "obey", result="told"), obey=fault)

    world.submit("first", "office", {"note": "kept"})

    assert world.problems() == [("work", CODES[fault])]
    assert (world.opened(), world.instance().active) == ([], ["work"])
    assert world.seats("first")[0].answers == {"note": "kept"}
    assert world.case().title_en == ""

    world.retry()  # still the same fault
    assert world.problems() == [("work", CODES[fault])]
    assert [p.attempts for p in world.all(Problem)] == [2]
    world.give(obey="well")
    world.retry()
    assert (world.problems(), world.opened()) == ([], ["after"])
    assert world.task("after").context["told"] == {"said": "well"}


@pytest.mark.usefixtures("obey")
def test_an_operation_that_refuses_the_answers_of_a_single_task_undoes_the_submission(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, single("check", operation="obey"), obey="refuse")
    world.submit("first", "office")

    with pytest.raises(BadParameters):
        world.submit("check", "office", {"note": "wrong"})

    assert (world.opened(), world.problems()) == (["check"], [])
    assert world.seat("check").state == "open"


@pytest.mark.usefixtures("obey")
def test_a_fault_in_the_operation_of_a_single_task_keeps_what_was_handed_in(
    sessions: Sessions, clock: FakeClock
) -> None:
    check = single("check", operation="obey", result="checked", returns="note")
    world = start(sessions, clock, check, obey="break")
    world.submit("first", "office")

    world.submit("check", "office", {"note": "kept"})

    assert (world.opened(), world.problems()) == ([], [("check", "internal_fault")])
    assert world.seat("check").answers == {"note": "kept"}
    world.give(obey="well")
    world.retry()
    assert world.task("after").context["checked"] == {"said": "well", "note": "kept"}


@pytest.mark.usefixtures("obey")
@pytest.mark.parametrize("fault", ["refuse", "break"])
def test_a_task_of_many_stays_closed_while_its_operation_fails(
    sessions: Sessions, clock: FakeClock, fault: str
) -> None:
    vote = collective("vote", "members('judge')", operation="obey", result="voted")
    world = start(sessions, clock, vote, obey=fault)
    world.submit("first", "office")
    world.submit("vote", "ma", {"note": "one"})
    world.submit("vote", "li", {"note": "two"})

    assert world.problems() == [("vote", CODES[fault])]
    assert world.task("vote", state="closed").result == {}
    assert [seat.answers for seat in world.seats("vote")] == [{"note": "one"}, {"note": "two"}]
    world.sweep()
    assert world.problems() == [("vote", CODES[fault])]
    world.give(obey="well")
    world.retry()
    assert (world.problems(), world.opened()) == ([], ["after"])


@pytest.mark.usefixtures("obey")
def test_a_key_that_the_result_lacks_is_a_problem(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, service("work", "obey", result="told", pick="lacking"))

    world.submit("first", "office")

    assert world.problems() == [("work", "internal_fault")]
    assert world.seats("first")[0].state == "handed_in"


BROKEN = {
    "gateway": choice("which", ("parameters.missing == 1", [end("short")]), ("", [])),
    "no way out": choice("which", ("parameters.missing == 2", [end("short")])),
    "duration": wait("which", duration="days(parameters.missing)"),
    "instant": wait("which", until="parameters.when"),
    "called with": call("which", "called", with_x="parameters.missing"),
    "items": call("which", "called", items="range(parameters.missing)", item="x"),
    "seats": collective("which", "times(members('judge'), parameters.codes)"),
    "due": single("which", due="now() + days(parameters.missing)"),
    "ladder": single("which", due="now() + days(1)", reminders="tomorrow"),
    "unknown candidate": collective("which", "each(['K77'])"),
}
GIVEN = {"missing": 2, "codes": ["K01"], "when": "2026-03-02T00:00:00+00:00"}
NEVER_MENDED = ("ladder", "unknown candidate")


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("before", ["a task", "an operation", "another branch"])
@pytest.mark.usefixtures("obey")
def test_an_expression_that_fails_is_a_problem_and_can_be_tried_again(
    sessions: Sessions, clock: FakeClock, case: str, before: str
) -> None:
    steps = [BROKEN[case]]
    if before == "an operation":
        steps = [service("work", "obey"), *steps]
    if before == "another branch":
        steps = [split("both", steps, [single("beside")])]
    drawn = package(
        process("tiny", single("first"), *steps, single("after")),
        process("called", single("inside")),
    )
    world = begin(sessions, clock, drawn, TWO_JUDGES)

    world.submit("first", "office", {"note": "kept"})

    assert world.seats("first")[0].answers == {"note": "kept"}
    assert world.opened() == (["beside"] if before == "another branch" else [])
    assert [element for element, _ in world.problems()] == ["which"]
    world.retry()
    assert [element for element, _ in world.problems()] == ["which"]
    if case not in NEVER_MENDED:
        world.give(**GIVEN)
        world.retry()
        assert world.problems() == []
        clock.advance(timedelta(days=2))
        world.sweep()
        if before == "another branch":
            world.submit("beside", "office")
        begun = {"which", "inside", "after"} & {*world.opened(), *world.instance().active}
        assert begun or world.case().state == "ended"
    passed = [entry.element_id for entry in world.history("passed")]
    assert passed.count("first") == 1
    assert passed.count("work") == (before == "an operation")


def test_a_failing_branch_does_not_stop_the_other(sessions: Sessions, clock: FakeClock) -> None:
    world = start(
        sessions,
        clock,
        split("both", [BROKEN["gateway"]], [single("left"), single("right")]),
    )
    world.submit("first", "office")
    assert world.opened() == ["left"]

    world.submit("left", "office")
    assert world.opened() == ["right"]
    world.submit("right", "office")

    assert world.problems() == [("which", "step_failed")]
    world.give(missing=2)
    world.retry()
    assert world.opened() == ["after"]


def test_a_timer_behind_a_failure_fires_once(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, wait("nap", duration="days(1)"), BROKEN["gateway"])
    world.submit("first", "office")
    clock.advance(timedelta(days=1))

    assert world.sweep() == 1
    assert world.sweep() == 0

    assert [timer.state for timer in world.timers()] == ["done"]
    world.give(missing=2)
    world.retry()
    assert world.opened() == ["after"]
    assert [e.element_id for e in world.history("passed")].count("nap") == 1


def test_a_timer_that_was_given_up_does_not_block_what_is_handed_in(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(
        sessions, clock, split("both", [wait("nap", duration="days(9)")], [single("beside")])
    )
    world.submit("first", "office")
    with sessions.begin() as session:
        timer = session.merge(world.timers()[0])
        timer.state = "dead"

    world.submit("beside", "office")
    clock.advance(timedelta(days=9))

    assert world.sweep() == 0
    assert [timer.state for timer in world.timers()] == ["dead"]


def test_a_timer_that_cannot_work_is_given_up_at_once_and_tried_again_by_the_office(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, wait("nap", duration="days(1)"))
    world.submit("first", "office")
    good = world.instance().frontier
    break_state(sessions, "not a state")
    clock.advance(timedelta(days=1))

    assert [world.sweep(), world.sweep()] == [0, 0]

    assert [(t.attempts, t.state) for t in world.timers()] == [(1, "dead")]
    assert world.problems() == [("", "internal_fault")]
    world.retry()
    assert world.one(Problem).next_try_at == clock.now()
    assert world.sweep() == 0
    assert [(t.attempts, t.state) for t in world.timers()] == [(2, "dead")]
    assert [(p.attempts, p.state) for p in world.all(Problem)] == [(2, "open")]
    break_state(sessions, good)
    world.retry()
    assert world.sweep() == 1
    assert (world.problems(), world.opened()) == ([], ["after"])


def break_state(sessions: Sessions, text: str) -> None:
    with sessions.begin() as session:
        session.execute(update(Instance).values(frontier=text))


def test_a_problem_is_tried_again_by_the_office_once(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, BROKEN["gateway"])
    world.submit("first", "office")
    problem = world.one(Problem)

    with pytest.raises(NotAllowed):
        world.retry("ma")
    world.give(missing=2)
    world.retry()

    with pytest.raises(ProblemNotFound), sessions.begin() as session:
        retry_problem(
            session, problem_id=problem.id, actor_id=world.people["office"], now=clock.now()
        )
    assert [p.state for p in world.all(Problem, id=problem.id)] == ["retried"]


def test_a_state_that_does_not_fit_its_package_is_a_clear_error(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, single("removed"))
    world.submit("first", "office")
    changed = package(process("tiny", single("first"), single("after")))
    with sessions.begin() as session:
        session.add(
            Package(hash=changed.hash, key="tiny", files=changed.files, first_used_at=clock.now())
        )
        session.flush()
        session.execute(update(Instance).values(package_hash=changed.hash))

    with pytest.raises(LostElements) as refusal:
        world.submit("removed", "office")

    assert refusal.value.lost == ["removed"]
    assert isinstance(refusal.value, EngineError)
    assert (world.opened(), world.seat("removed").state) == (["removed"], "open")


def test_a_forgotten_lock_is_noticed(file_sessions: Sessions, clock: FakeClock) -> None:
    world = start(file_sessions, clock)
    late = file_sessions()
    read = late.get_one(Instance, world.case_id)
    late.expunge_all()
    late.rollback()
    world.submit("first", "office")

    read.frontier = "written without a lock"
    late.add(read)
    with pytest.raises(StaleDataError):
        late.commit()
    late.close()

    assert world.opened() == ["after"]
