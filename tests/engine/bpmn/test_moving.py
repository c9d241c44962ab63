"""A token is taken from where it waits and put somewhere else; nothing of before is left behind."""

from datetime import timedelta

import pytest

from engine.bpmn import Execution
from engine.bpmn.moving import NotWaiting
from tests.support.runs import Run, definition

ROW = definition(
    main="""
    start begin
    user one | result=first
    user two | result=second
    on late two duration hours(1)
    call three called | with.given=first | returns=deep
    timer nap duration hours(2)
    user four
    end done
    end over
    begin -> one -> two -> three -> nap -> four -> done
    late -> over
    """,
    called="""
    start opens
    user deep_one | result=given
    sub box {
        start box_begin
        user deep_two | result=deep
        end box_end
        box_begin -> deep_two -> box_end
    }
    end closes
    opens -> deep_one -> box -> closes
    """,
)


def move(run: Run, source: str, target: str, call: str = "") -> Run:
    return run.change(lambda e: e.move(step(e, source), target, call=call))


def leave(run: Run, source: str, **writes: object) -> Run:
    return run.change(lambda e: e.leave(step(e, source), writes))


def step(execution: Execution, element: str) -> str:
    return next(each.id for each in execution.places() if each.element.id == element)


def test_forward_past_an_element_and_back_again() -> None:
    run = Run(ROW).do("one", first=1)
    assert run.open() == ["two"]

    move(run, "two", "four")
    assert (run.open(), run.shown.timers()) == (["four"], [])
    move(run, "four", "two")

    assert (run.open(), len(run.shown.timers())) == (["two"], 1)
    run.wait(timedelta(hours=1))
    assert (run.finished, run.open()) == (True, [])


def test_the_same_element_begins_anew_under_another_step() -> None:
    run = Run(ROW)
    before = run.shown.user_tasks()[0].id

    move(run, "one", "one")

    assert run.open() == ["one"]
    assert run.shown.user_tasks()[0].id != before


def test_out_of_a_called_process_and_into_the_middle_of_one() -> None:
    run = Run(ROW).do("one", first=7).do("two")
    assert run.open() == ["deep_one"]

    move(run, "three", "two")
    assert run.open() == ["two"]
    move(run, "two", "box", call="three")
    assert run.open() == ["deep_two"]
    assert run.seen("deep_two") == {"given": 7}

    run.do("deep_two", deep="kept").wait(timedelta(hours=2))
    assert run.open() == ["four"]
    assert run.seen("four")["deep"] == "kept"


def test_inside_a_called_process_the_caller_keeps_its_place() -> None:
    run = Run(ROW).do("one", first=7).do("two")

    move(run, "deep_one", "box")
    assert (run.open(), run.shown.active()) == (["deep_two"], ["box", "deep_two", "three"])


def test_a_waiting_call_is_entered_elsewhere() -> None:
    run = Run(ROW).do("one", first=7).do("two")

    move(run, "three", "box", call="three")

    assert run.open() == ["deep_two"]


def test_each_kind_of_place_can_be_left_with_what_stands_in_its_place() -> None:
    run = leave(Run(ROW), "one", first=5)
    assert (run.open(), run.seen("two")) == (["two"], {"first": 5})
    leave(run, "two", second=6)
    assert run.open() == ["deep_one"]
    leave(run, "three", deep=8)
    assert (run.shown.active(), len(run.shown.timers())) == (["nap"], 1)
    leave(run, "nap")

    assert (run.open(), run.shown.timers()) == (["four"], [])
    assert run.seen("four") == {"first": 5, "second": 6, "deep": 8}
    leave(run, "four")
    assert run.finished


def test_a_place_inside_a_sub_process_is_left_through_it() -> None:
    run = Run(ROW).do("one", first=7).do("two").do("deep_one", given=1)
    assert run.open() == ["deep_two"]

    leave(run, "box", deep=3)

    assert run.shown.active() == ["nap"]


def test_where_the_process_does_not_stand_nothing_is_moved() -> None:
    run = Run(ROW)
    gone = run.shown.user_tasks()[0].id
    run.do("one", first=1)

    for act in (lambda e: e.move(gone, "four"), lambda e: e.leave("no step", {})):
        with pytest.raises(NotWaiting):
            run.change(act)
    assert run.open() == ["two"]


def test_a_gateway_that_failed_is_a_place_too() -> None:
    made = definition(
        main="""
        start begin
        user one
        xor which
        user two
        end done
        end other
        begin -> one -> which
        which -> two if parameters.missing == 1
        which -> other
        two -> done
        """
    )
    run = Run(made)
    execution = run.load()
    execution.complete(step(execution, "one"), {})
    with pytest.raises(Exception, match="missing"):
        execution.run()
    run.saved = execution.save()

    move(run, "which", "two")

    assert run.open() == ["two"]
    run.do("two")
    assert run.finished


def test_one_branch_moves_and_the_join_waits_for_both() -> None:
    made = definition(
        main="""
        start begin
        and fork
        user left_one
        user left_two
        user right
        and join
        user after
        end done
        begin -> fork
        fork -> left_one -> left_two -> join
        fork -> right -> join
        join -> after -> done
        """
    )
    run = Run(made)
    move(run, "left_one", "left_two")
    assert run.open() == ["left_two", "right"]

    move(run.do("left_two"), "right", "right")
    assert run.open() == ["right"]
    run.do("right")
    assert run.open() == ["after"]
