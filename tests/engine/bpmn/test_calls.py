"""Named calls, and linked runs: only what is named crosses, both ways."""

from engine.bpmn import Definition
from tests.support.runs import Run, definition


def calling(call: str) -> Definition:
    return definition(
        main=f"""
        start begin
        call vote meeting | {call}
        user after
        end done
        begin -> vote -> after -> done
        """,
        meeting="""
        start opens
        user cast | result=tally
        end closes
        opens -> cast -> closes
        """,
    )


def test_only_what_is_handed_in_goes_in() -> None:
    run = Run(calling("with.electors=roll + 1"), roll=8, secret="no")

    assert run.seen("cast") == {"electors": 9}


def test_only_what_is_returned_comes_out() -> None:
    run = Run(calling("with.electors=roll | returns=tally"), roll=8)

    run.do("cast", tally={"yes": 5}, scratch="x", electors=0, roll="overwritten")

    assert run.seen("after") == {"roll": 8, "tally": {"yes": 5}}


def test_a_result_keeps_two_calls_apart() -> None:
    run = Run(calling("returns=tally missing | result=first_vote"))

    run.do("cast", tally=3, scratch="x")

    assert run.seen("after") == {"first_vote": {"tally": 3}}


def test_what_is_handed_in_is_a_copy() -> None:
    run = Run(calling("with.electors=roll | returns=tally"), roll=["A"])
    step = run.load().user_tasks()[0]

    step.variables["electors"].append("B")

    assert run.seen("cast") == {"electors": ["A"]}


def test_a_called_process_can_be_called_twice_one_after_the_other() -> None:
    run = Run(
        definition(
            main="""
            start begin
            call first meeting | returns=tally | result=one
            call second meeting | returns=tally | result=two
            end done
            begin -> first -> second -> done
            """,
            meeting="""
            start opens
            user cast | result=tally
            end closes
            opens -> cast -> closes
            """,
        )
    )

    run.do("cast", tally=1).do("cast", tally=2)

    assert run.result == {"one": {"tally": 1}, "two": {"tally": 2}}


LINKED = definition(
    main="""
    start begin
    calls visits unit | items=[1, 2] | item=person | returns=share | result=visits
    user after
    user gave_up
    on stopped visits message:stop
    end done
    end ended
    begin -> visits -> after -> done
    stopped -> gave_up -> ended
    """,
    unit="""
    start arrives
    user talk | result=share
    end leaves
    arrives -> talk -> leaves
    """,
)


def test_linked_runs_wait_outside_until_they_are_completed() -> None:
    run = Run(LINKED)
    assert (run.open(), run.outside()) == ([], ["visits"])

    run.do("visits", visits={"1": {"share": 3}})

    assert run.seen("after") == {"visits": {"1": {"share": 3}}}


def test_what_is_called_with_the_marker_runs_as_a_root_of_its_own() -> None:
    run = Run(LINKED, "unit", person="K01")

    run.do("talk", share=4)

    assert run.finished
    assert run.result == {"person": "K01", "share": 4}


def test_a_message_takes_linked_runs_away() -> None:
    run = Run(LINKED)
    step = run.load().outside_steps()[0].id

    run.send("stop")

    assert (run.open(), run.outside()) == (["gave_up"], [])
    assert not run.load().has_step(step)
