"""The three-way join: what each branch wrote is kept, whoever arrives first."""

from itertools import permutations

import pytest

from engine.bpmn.joins import WriteConflict
from tests.support.runs import Run, definition

THREE = definition(
    main="""
    start begin
    and split
    user first | result=first
    user second | result=second
    user third | result=third
    and join
    user after
    end done
    begin -> split
    split -> first -> join
    split -> second -> join
    split -> third -> join
    join -> after -> done
    """
)
ROUNDS = definition(
    main="""
    start begin
    xor again
    and split
    user left | result=left
    user right | result=right
    and join
    user look | result=enough
    xor decided
    end done
    begin -> again -> split
    split -> left -> join
    split -> right -> join
    join -> look -> decided
    decided -> again if not enough
    decided -> done
    """
)


@pytest.mark.parametrize("order", list(permutations(["first", "second", "third"])))
def test_every_branch_keeps_what_it_wrote(order: tuple[str, ...]) -> None:
    run = Run(THREE, given=["K01"])

    for task in order:
        run.do(task, **{task: [task]})

    assert run.seen("after") == {
        "given": ["K01"], "first": ["first"], "second": ["second"], "third": ["third"],
    }  # fmt: skip


@pytest.mark.parametrize("order", list(permutations(["first", "second", "third"])))
def test_a_list_made_shorter_in_one_branch_stays_shorter(order: tuple[str, ...]) -> None:
    run = Run(THREE, given=["K01", "K02", "K03"])

    for task in order:
        run.do(task, **({"given": ["K02"]} if task == "second" else {}))

    assert run.seen("after") == {"given": ["K02"]}


@pytest.mark.parametrize("order", list(permutations(["first", "second"])))
def test_two_branches_that_write_differently_are_refused(order: tuple[str, ...]) -> None:
    run = Run(THREE).do("third")
    run.do(order[0], shared=order[0])

    with pytest.raises(WriteConflict) as refused:
        run.do(order[1], shared=order[1])

    assert refused.value.variable == "shared"
    assert {refused.value.first, refused.value.second} == {"first", "second"}
    assert run.open() == [order[1]]


def test_two_branches_may_write_the_same() -> None:
    run = Run(THREE).do("first", shared=[1]).do("second", shared=[1]).do("third")

    assert run.seen("after") == {"shared": [1]}


@pytest.mark.parametrize("orders", list(permutations([("left", "right"), ("right", "left")])))
def test_branches_that_run_again_are_waited_for_again(orders: tuple[tuple[str, str], ...]) -> None:
    run = Run(ROUNDS)

    for number, (early, late) in enumerate(orders, start=1):
        run.do(early, **{early: number})
        assert run.open() == [late]
        run.do(late, **{late: number})
        assert run.seen("look") | {"enough": 0} == {"left": number, "right": number, "enough": 0}
        run.do("look", enough=0)

    assert run.open() == ["left", "right"]


def test_the_hidden_join_at_the_end_keeps_both_branches() -> None:
    run = Run(
        definition(
            main="""
            start begin
            and split
            user left | result=left
            user right | result=right
            end here
            end there
            begin -> split
            split -> left -> here
            split -> right -> there
            """
        ),
        given=["K01", "K02"],
    )

    run.do("right", given=["K02"]).do("left", left=1)

    assert run.finished
    assert run.result == {"given": ["K02"], "left": 1}
