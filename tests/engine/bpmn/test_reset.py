"""A whole step runs again, and the preparation beside it is not disturbed."""

import pytest

from engine.bpmn.reset import NeverReached
from tests.support.runs import Run, definition

LADDER = definition(
    main="""
    start begin
    and split_1
    call step_1 first | returns=eligible
    sub prepare_1 {
        start prepare_1_begin
        user draw_up | result=electors
        end prepare_1_end
        prepare_1_begin -> draw_up -> prepare_1_end
    }
    and join_1
    and split_2
    call step_2 second | with.codes=eligible | returns=advanced
    user prepare_2 | result=panel
    and join_2
    user after
    end done
    begin -> split_1
    split_1 -> step_1 -> join_1
    split_1 -> prepare_1 -> join_1
    join_1 -> split_2
    split_2 -> step_2 -> join_2
    split_2 -> prepare_2 -> join_2
    join_2 -> after -> done
    """,
    first="""
    start opens
    user review | result=eligible
    end closes
    opens -> review -> closes
    """,
    second="""
    start starts
    user test | result=advanced
    end ends
    starts -> test -> ends
    """,
)


def test_before_the_join_only_the_step_runs_again() -> None:
    run = Run(LADDER).do("review", eligible=["K01"])

    run.reset("step_1")

    assert run.open() == ["draw_up", "review"]


def test_before_the_join_a_finished_preparation_stays_finished() -> None:
    run = Run(LADDER).do("draw_up", electors=9)

    run.reset("step_1").do("review", eligible=["K02"])

    assert run.open() == ["prepare_2", "test"]
    assert run.seen("prepare_2") == {"electors": 9, "eligible": ["K02"]}


@pytest.mark.parametrize("order", [("review", "draw_up"), ("draw_up", "review")])
def test_after_the_join_the_next_step_is_taken_back(order: tuple[str, str]) -> None:
    run = Run(LADDER)
    written = {"review": {"eligible": ["K01"]}, "draw_up": {"electors": 9}}
    for task in order:
        run.do(task, **written[task])
    assert run.open() == ["prepare_2", "test"]

    run.reset("step_1")
    assert run.open() == ["review"]
    run.do("review", eligible=["K02"])

    assert run.open() == ["prepare_2", "test"]
    assert run.seen("prepare_2") == {"electors": 9, "eligible": ["K02"]}
    assert run.seen("test") == {"codes": ["K02"]}


@pytest.mark.parametrize("order", [("test", "prepare_2"), ("prepare_2", "test")])
def test_a_step_of_a_later_rung_keeps_the_rungs_before_it(order: tuple[str, str]) -> None:
    run = Run(LADDER).do("review", eligible=["K01"]).do("draw_up", electors=9)
    written = {"test": {"advanced": ["K01"]}, "prepare_2": {"panel": 7}}
    for task in order:
        run.do(task, **written[task])
    assert run.open() == ["after"]

    run.reset("step_2").do("test", advanced=[])

    assert run.open() == ["after"]
    assert run.seen("after") == {
        "eligible": ["K01"], "electors": 9, "panel": 7, "advanced": [],
    }  # fmt: skip


def test_after_two_rungs_the_first_step_can_still_run_again() -> None:
    run = Run(LADDER).do("review", eligible=["K01"]).do("draw_up", electors=9)
    run.do("test", advanced=["K01"]).do("prepare_2", panel=7)

    run.reset("step_1").do("review", eligible=["K02"])

    assert run.open() == ["prepare_2", "test"]
    assert run.seen("test") == {"codes": ["K02"]}
    run.do("test", advanced=["K02"]).do("prepare_2", panel=8).do("after")
    assert run.finished
    assert run.result == {
        "eligible": ["K02"], "electors": 9, "advanced": ["K02"], "panel": 8,
    }  # fmt: skip


def test_a_step_can_be_reset_again_and_again() -> None:
    run = Run(LADDER).do("draw_up", electors=9)
    sizes = []
    for number in range(4):
        run.do("review", eligible=[number]).reset("step_1")
        sizes.append(len(run.saved))
    run.do("review", eligible=["K09"])

    assert run.seen("test") == {"codes": ["K09"]}
    assert max(sizes) - min(sizes) < 200


def test_what_has_not_run_cannot_run_again() -> None:
    run = Run(LADDER)

    with pytest.raises(NeverReached):
        run.reset("step_2")

    assert run.open() == ["draw_up", "review"]


def test_a_step_that_runs_can_begin_again() -> None:
    run = Run(LADDER).do("draw_up", electors=9)

    run.reset("step_1")

    assert run.open() == ["review"]


def test_a_longer_branch_beside_it_is_done_again_with_what_it_had_written() -> None:
    run = Run(
        definition(
            main="""
            start begin
            and split
            call step other | returns=outcome
            user draw_up | result=electors
            service count | result=total
            xor enough
            user confirm | result=confirmed
            user complain
            xor seen
            and join
            user after
            end done
            begin -> split
            split -> step -> join
            split -> draw_up -> count -> enough
            enough -> complain if total < 3
            enough -> confirm
            confirm -> seen
            complain -> seen
            seen -> join
            join -> after -> done
            """,
            other="""
            start opens
            user work | result=outcome
            end closes
            opens -> work -> closes
            """,
        )
    )
    run.do("draw_up", electors=[1, 2, 3]).do("work", outcome=1).do("count", total=3)
    run.do("confirm", confirmed=True)

    run.reset("step").do("work", outcome=2)

    assert run.open() == ["after"]
    assert run.seen("after") == {
        "electors": [1, 2, 3], "total": 3, "confirmed": True, "outcome": 2,
    }  # fmt: skip
