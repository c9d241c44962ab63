"""Random walks over random models: every state can be saved, every walk comes to an end."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn import Definition, parse_definition
from engine.bpmn.reset import NeverReached
from engine.checks import check_package
from tests.support.models import models
from tests.support.runs import Run, definition

_TURNS = 20
"""After so many turns every loop is left at its next end."""


def walk(made: Definition, random: Random, *, resets: bool = False) -> Run:
    """Complete whatever waits, in any order, until nothing waits; `Run` compares every state."""
    run = Run(made)
    for turn in range(2000):
        waiting = [*run.open(), *run.outside()]
        if not waiting:
            return run
        if resets and turn < _TURNS and random.random() < 0.1:
            steps = {"callActivity", "subProcess"}
            reached = [e for e in run.shown.active() if made.element(e).kind in steps]
            reached += [e for e in run.passed if made.element(e).kind in steps]
            if reached:
                with suppress(NeverReached):  # it lies in a step that is over and put away
                    run.reset(random.choice(reached))
                continue
        element = made.element(random.choice(waiting))
        value = random.randrange(2) if turn < _TURNS else 0
        run.do(element.id, **{element.properties["result"]: value})
    raise AssertionError(f"it does not come to an end: {run.open()}")


@given(files=models(), random=st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_any_order_of_answers_comes_to_the_end(files: dict[str, str], random: Random) -> None:
    made = parse_definition("test", files)

    run = walk(made, random)

    assert run.finished
    assert made.lost() == []


@given(files=models(), random=st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_a_step_may_be_repeated_at_any_time(files: dict[str, str], random: Random) -> None:
    assert walk(parse_definition("test", files), random, resets=True).finished


@given(files=models())
@settings(max_examples=30)
def test_the_check_has_nothing_against_what_comes_to_an_end(files: dict[str, str]) -> None:
    structure = {
        "join_waits", "runs_twice", "unreachable", "no_end", "element_lost", "engine_refuses",
        "variable_unknown", "variable_sometimes", "parallel_writes", "parallel_reads",
    }  # fmt: skip

    found = [f for f in check_package(files) if f.code in structure]

    assert found == []


def steps(calls: int, tasks: int) -> Definition:
    """So many steps one after the other, each with so many tasks."""
    called, asked = [f"step_{n}" for n in range(calls)], [f"task_{n}" for n in range(tasks)]
    return definition(
        main="\n".join([
            "start begin",
            "end done",
            *(f"call {name} work | result=r_{name[5:]} | returns=last" for name in called),
            " -> ".join(["begin", *called, "done"]),
        ]),
        work="\n".join([
            "start opens",
            "end closes",
            *(f"user {name} | result=last" for name in asked),
            " -> ".join(["opens", *asked, "closes"]),
        ]),
    )  # fmt: skip


STEPS = steps(10, 20)


def test_what_is_done_does_not_stay_in_the_state() -> None:
    run, sizes = Run(STEPS), []
    for _ in range(10):
        for number in range(20):
            run.do(f"task_{number}", last=number)
        sizes.append(len(run.saved))

    assert run.finished
    assert max(sizes) < 20_000
    assert sizes[8] - sizes[1] < 7 * 1_500


def test_eight_threads_share_one_definition() -> None:
    few = steps(3, 5)

    def one(seed: int) -> dict[str, Any]:
        random, run = Random(seed), Run(few, given=seed)  # noqa: S311 - a draw that can be repeated
        while not run.finished:
            run.do(run.open()[0], last=[seed, random.randrange(9)])
        return run.result

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(one, range(16)))

    assert [result["given"] for result in results] == list(range(16))
    for seed, result in enumerate(results):
        assert {result[f"r_{n}"]["last"][0] for n in range(3)} == {seed}


def test_parsing_twice_gives_definitions_that_understand_each_other() -> None:
    again = definition(
        main="start begin\nuser ask\nend done\nbegin -> ask -> done",
    )
    run = Run(definition(main="start begin\nuser ask\nend done\nbegin -> ask -> done"))

    run.definition = again

    assert run.do("ask").finished


@pytest.mark.parametrize("state", ["{}", "[]"])
def test_a_state_that_is_none_is_not_taken(state: str) -> None:
    run = Run(STEPS)
    run.saved = state

    with pytest.raises((KeyError, TypeError)):
        run.load()
