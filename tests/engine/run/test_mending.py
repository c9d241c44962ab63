"""Problems: what may heal is tried again by itself, what cannot waits; a skip needs a reason."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from engine import problems
from engine.db import Sessions, transaction
from engine.model import Instance, OperationRun, Outgoing, Problem, Timer
from engine.permissions import NotAllowed
from engine.run.mending import ProblemNotFound
from engine.run.replacing import NoReplacement, WrongReplacement
from engine.run.skipping import CannotSkip, skip_problem
from engine.run.steering import ReasonNeeded
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.drawings import (
    Node,
    choice,
    collective,
    end,
    on_time,
    package,
    process,
    service,
    single,
    split,
    wait,
)
from tests.support.worlds import TWO_JUDGES, World, begin

pytestmark = pytest.mark.usefixtures("obey")


def start(sessions: Sessions, clock: FakeClock, *steps: Node, **parameters: object) -> World:
    drawn = package(process("tiny", single("first"), *steps, single("after")))
    world = begin(sessions, clock, drawn, TWO_JUDGES, candidates=["K01", "K02"], **parameters)
    world.submit("first", "office")
    return world


@on_both
def test_what_may_heal_is_tried_again_after_1_5_30_and_120_minutes_and_then_waits(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, service("work", "obey"), obey="lose the disk")
    begun, tries = clock.now(), []

    for _ in range(5):
        problem = world.one(Problem)
        assert (problem.state, problem.code, problem.at) == ("open", "storage_failed", begun)
        tries.append(problem.next_try_at and (problem.next_try_at - problem.last_at))
        if problem.next_try_at is not None:
            clock.move_to(problem.next_try_at - timedelta(seconds=1))
            world.sweep()
            assert world.one(Problem).attempts == problem.attempts  # not before its time
            clock.move_to(problem.next_try_at)
            world.sweep()

    assert tries == [*(timedelta(minutes=n) for n in (1, 5, 30, 120)), None]
    assert world.one(Problem).attempts == 5


def test_what_heals_is_gone_without_anybody(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, service("work", "obey"), obey="lose the disk")
    world.give(obey="well")
    clock.advance(timedelta(minutes=1))

    world.sweep()

    assert (world.problems(), world.opened()) == ([], ["after"])
    assert world.one(Problem).state == "retried"
    assert world.instance().has_problems is False


@pytest.mark.parametrize("fault", ["refuse", "break"])
def test_what_cannot_heal_is_never_tried_by_itself(
    sessions: Sessions, clock: FakeClock, fault: str
) -> None:
    world = start(sessions, clock, service("work", "obey"), obey=fault)
    clock.advance(timedelta(days=3))
    world.sweep()

    assert [(p.attempts, p.next_try_at) for p in world.all(Problem)] == [(1, None)]


def test_a_stopped_selection_tries_nothing(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, service("work", "obey"), obey="lose the disk")
    with transaction(sessions) as session:
        session.merge(world.case()).state = "paused"
    clock.advance(timedelta(minutes=2))
    world.sweep()

    assert world.one(Problem).attempts == 1


def test_what_works_again_by_another_way_or_is_given_up_by_the_process_is_no_problem_any_more(
    sessions: Sessions, clock: FakeClock
) -> None:
    edge = on_time("late", end("over"), duration="days(1)")
    step = Node("vote", "userTask", {"role": "judge", "seats": "times(members('judge'), 1)"},
                "<bpmn:multiInstanceLoopCharacteristics />", edges=[edge])  # fmt: skip
    world = start(sessions, clock, step)
    assert [element for element, _ in world.problems()] == ["vote"]

    clock.advance(timedelta(days=1))
    world.sweep()

    assert (world.problems(), world.one(Problem).state) == ([], "gone")


def test_a_closing_that_fails_as_a_whole_backs_off_and_holds_up_no_other(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(process("tiny", collective("vote", "members('judge')"), single("after")))
    broken = begin(sessions, clock, drawn, TWO_JUDGES)
    healthy = begin(sessions, clock, drawn, TWO_JUDGES)
    with transaction(sessions) as session:
        good = session.scalar(select(Instance.frontier).where(Instance.id == broken.case_id))
        session.execute(
            update(Instance).where(Instance.id == broken.case_id).values(frontier="no state")
        )
    for world in (broken, healthy):
        for name in ("ma", "li"):
            world.submit("vote", name)

    assert (broken.problems(), healthy.opened()) == ([("vote", "internal_fault")], ["after"])
    clock.advance(timedelta(hours=1))
    broken.sweep()
    assert [p.attempts for p in broken.all(Problem)] == [1]
    with transaction(sessions) as session:
        session.execute(update(Instance).where(Instance.id == broken.case_id).values(frontier=good))
    broken.retry()
    assert (broken.problems(), broken.opened()) == ([], ["after"])


def test_what_an_operation_asked_for_is_kept_until_it_happens(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, service("work", "obey"), obey="repeat")
    assert world.problems() == [("work", "never_reached")]

    world.retry()
    assert [p.attempts for p in world.all(Problem)] == [2]
    with transaction(sessions) as session:
        problem = session.merge(world.one(Problem))
        problem.facts = {"effect": {"kind": "repeat", "name": "work", "reason": "again"}}
    world.give(obey="well")
    world.retry()

    assert world.problems() == []
    assert [entry.element_id for entry in world.history("repeated")] == ["work"]


def test_only_one_problem_is_open_about_the_same_thing(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    for attempt in (1, 2, 3):
        with transaction(sessions) as session:
            problems.report(
                session, case_id=world.case_id, kind="message", step="m1", code="delivery_failed",
                message="refused", now=clock.now(), attempts=attempt,
            )  # fmt: skip
    assert world.one(Problem).attempts == 3

    with transaction(sessions) as session:
        problems.resolve(session, kind="message", step="m1", now=clock.now())
    assert world.problems() == []


# skipping


def test_a_step_whose_result_nobody_reads_is_skipped_with_a_reason_alone(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, service("work", "obey", result="told"), obey="break")

    with pytest.raises(ReasonNeeded):
        world.skip(reason=" ")
    with pytest.raises(NotAllowed):
        world.skip("ma")
    world.skip()

    assert (world.problems(), world.opened()) == ([], ["after"])
    assert world.one(Problem).remark == "no other way"
    assert world.history("skipped")[0].facts["reason"] == "no other way"
    assert world.one(OperationRun).operation == "entered_by_hand"
    with pytest.raises(ProblemNotFound), transaction(sessions) as session:
        skip_problem(
            session, problem_id=world.one(Problem).id, reason="x", values={},
            actor_id=world.people["office"], now=clock.now(),
        )  # fmt: skip


CUT = service(
    "cut_it", "cut", result="shortlist", with_scores="parameters.missing", with_places="2"
)
READS = single("look", due="now() + days(len(shortlist.advanced))")


def test_a_result_that_is_read_must_be_entered_in_its_shape(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, CUT, READS)
    assert world.problems() == [("cut_it", "expression_failed")]

    with pytest.raises(WrongReplacement) as caught:
        world.skip(advanced=["K01", "K77"])
    assert caught.value.keys == ("advanced",)
    world.skip(advanced=["K02"])

    task = world.task("look")
    assert task.context["shortlist"] == {"advanced": ["K02"], "tie": None, "warnings": []}
    assert task.due_at == clock.now() + timedelta(days=1)


def test_a_result_that_cannot_be_entered_is_not_skipped(
    sessions: Sessions, clock: FakeClock
) -> None:
    read = single("look", due="now() + days(told.said)")
    world = start(sessions, clock, service("work", "obey", result="told"), read, obey="break")

    with pytest.raises(NoReplacement) as caught:
        world.skip()

    assert caught.value.keys == "said"
    assert (world.problems(), world.opened()) == ([("work", "internal_fault")], [])


def test_a_process_that_stands_still_has_nothing_to_put_in_its_place(
    sessions: Sessions, clock: FakeClock
) -> None:
    which = choice("which", ("parameters.missing == 1", [end("short")]), ("", []))
    world = start(sessions, clock, which)

    with pytest.raises(CannotSkip):
        world.skip()


def test_a_task_whose_operation_fails_is_closed_with_what_was_handed_in(
    sessions: Sessions, clock: FakeClock
) -> None:
    check = single("check", operation="obey", result="checked", returns="note")
    world = start(sessions, clock, check, obey="break")
    world.submit("check", "office", {"note": "kept"})

    world.skip()

    assert world.opened() == ["after"]
    assert world.task("after").context["checked"] == {"note": "kept"}


def test_a_timer_is_given_up_and_a_message_is_noted_as_said_by_hand(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(
        sessions, clock, split("both", [wait("nap", duration="days(1)")], [single("beside")])
    )
    with transaction(sessions) as session:
        mail = Outgoing(
            id=uuid4(), case_id=world.case_id, address="a@example.org", dedupe_key="k",
            subject="", body="", state="dead", next_try_at=clock.now(), posted_at=clock.now(),
        )  # fmt: skip
        session.add(mail)
        for kind, step in (("timer", str(world.one(Timer).id)), ("message", str(mail.id))):
            problems.report(
                session, case_id=world.case_id, kind=kind, step=step, code="delivery_failed",
                message="x", now=clock.now(), next_try_at=clock.now(),
            )  # fmt: skip

    for problem in world.all(Problem):
        with transaction(sessions) as session:
            skip_problem(
                session, problem_id=problem.id, reason="told by telephone", values={},
                actor_id=world.people["office"], now=clock.now(),
            )  # fmt: skip
    clock.advance(timedelta(days=2))

    assert world.sweep() == 0
    assert [timer.state for timer in world.timers()] == ["dead"]
    assert [mail.state for mail in world.all(Outgoing)] == ["dead"]
    assert world.problems() == []
    assert len(world.history("skipped")) == 2
