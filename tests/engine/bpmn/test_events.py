"""Timers, messages, errors; what must not run; and time that is ours."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.bpmn.definition import BadPackage, parse_definition
from engine.bpmn.execution import LostElements, MessageNotAwaited
from engine.bpmn.scripting import StepFailed
from engine.bpmn.time import spiff_time
from tests.support.bpmn import bpmn
from tests.support.facts import MORNING, PlainFacts
from tests.support.runs import Run, definition

TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


def waiting(timer: str) -> Run:
    made = definition(
        main=f"""
        start begin
        timer pause {timer}
        user after
        end done
        begin -> pause -> after -> done
        """
    )
    return Run(made, facts=PlainFacts(plan={"later": MORNING + HOUR}))


@pytest.mark.parametrize(
    "timer",
    ["date plan.later", "date now() + hours(1)", "duration 'PT1H'", "duration minutes(60)",
     "date '2026-09-07T10:00:00+08:00'"],
)  # fmt: skip
def test_a_timer_fires_exactly_at_its_instant(timer: str) -> None:
    run = waiting(timer)
    assert [(t.element_id, t.due_at) for t in run.load().timers()] == [("pause", MORNING + HOUR)]

    assert run.wait(HOUR - TICK).open() == []
    assert run.wait(TICK).open() == ["after"]
    assert run.load().timers() == []


def test_a_timer_whose_instant_has_passed_fires_at_once() -> None:
    assert waiting("date plan.later - hours(9)").open() == ["after"]


def test_a_timer_can_be_moved() -> None:
    run = waiting("date plan.later")
    timer = run.load().timers()[0].id

    run.change(lambda execution: execution.move_timer(timer, MORNING + 2 * HOUR))

    assert run.wait(HOUR).open() == []
    assert run.wait(HOUR).open() == ["after"]


@pytest.mark.parametrize(
    "timer", ["date 7", "date 'tomorrow'", "date unknown", "duration 'soon'", "duration PT1H"]
)
def test_a_timer_that_gives_no_time_is_told(timer: str) -> None:
    with pytest.raises(StepFailed):
        waiting(timer)


BOUNDARY = definition(
    main="""
    start begin
    sub run {
        start run_begin
        call step other
        end run_end
        run_begin -> step -> run_end
    }
    on stopped run message:stop
    on failed run error:boom
    user archive
    user repair
    end done
    end ended
    end mended
    begin -> run -> done
    stopped -> archive -> ended
    failed -> repair -> mended
    """,
    other="""
    start opens
    user work | result=outcome
    xor decided
    end closes
    end breaks error:boom
    opens -> work -> decided
    decided -> breaks if outcome == 'break'
    decided -> closes
    """,
)


def test_a_message_interrupts_everything_inside() -> None:
    run = Run(BOUNDARY)

    run.send("stop")

    assert run.open() == ["archive"]
    assert run.do("archive").finished
    assert run.passed[-1] == "ended"


def test_a_message_that_nobody_awaits_is_told() -> None:
    run = Run(BOUNDARY).send("stop")

    with pytest.raises(MessageNotAwaited):
        run.send("stop")
    with pytest.raises(MessageNotAwaited):
        run.send("unknown")


def test_an_error_inside_a_called_process_is_caught_around_it() -> None:
    assert Run(BOUNDARY).do("work", outcome="break").open() == ["repair"]


def test_without_an_event_the_normal_way_is_taken() -> None:
    run = Run(BOUNDARY).do("work", outcome="fine")

    assert run.finished
    assert run.load().active() == []


def test_a_boundary_timer_takes_the_task_away() -> None:
    run = Run(
        definition(
            main="""
            start begin
            user work
            on late work duration hours(1)
            user give_up
            end done
            end ended
            begin -> work -> done
            late -> give_up -> ended
            """
        )
    )

    assert run.wait(HOUR).open() == ["give_up"]


def test_a_process_with_a_message_start_runs_as_a_root() -> None:
    made = definition(
        beside="""
        start begin message:withdrawal
        user record
        end done
        begin -> record -> done
        """
    )

    assert dict(made.messages) == {"withdrawal": "beside"}
    assert Run(made, "beside").open() == ["record"]


def test_an_event_sub_process_is_refused() -> None:
    text = bpmn(
        "main",
        """
        start begin
        sub handler {
            start begins message:stop
            end ends
            begins -> ends
        }
        end done
        begin -> done
        """,
    ).replace(
        '<bpmn:subProcess id="handler"', '<bpmn:subProcess triggeredByEvent="true" id="handler"'
    )

    with pytest.raises(BadPackage) as refused:
        parse_definition("test", {"main.bpmn": text})

    assert (refused.value.file, refused.value.element) == ("main.bpmn", "handler")


def test_state_on_elements_that_are_gone_says_which() -> None:
    run = Run(BOUNDARY)
    run.definition = definition(
        main="""
        start begin
        sub run {
            start run_begin
            call step other
            end run_end
            run_begin -> step -> run_end
        }
        end done
        begin -> run -> done
        """,
        other="""
        start opens
        user different
        end closes
        opens -> different -> closes
        """,
    )

    with pytest.raises(LostElements) as lost:
        run.load()

    assert {"work", "stopped", "failed"} <= set(lost.value.lost)


def test_a_condition_that_fails_names_itself() -> None:
    run = Run(BOUNDARY)

    with pytest.raises(StepFailed, match="'outcome' is not"):
        run.do("work")

    assert run.open() == ["work"]


def test_spiffworkflow_sees_only_our_time() -> None:
    from SpiffWorkflow import task  # noqa: PLC0415 - only this test looks inside
    from SpiffWorkflow.bpmn.specs.event_definitions import timer  # noqa: PLC0415

    past = datetime(1999, 12, 31, 23, 59, tzinfo=UTC)
    with spiff_time(past):
        with spiff_time(MORNING):
            assert timer.datetime.now(UTC) == MORNING
        assert timer.datetime.now(UTC) == past
        assert task.time.time() == past.timestamp()
    with pytest.raises(LookupError):
        timer.datetime.now(UTC)
