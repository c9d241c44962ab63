"""The course of a selection is changed: shown first, done exactly so, or refused with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from engine.bpmn.moving import NotWaiting
from engine.db import Sessions, transaction
from engine.definitions import PackageVersion
from engine.model import CaseChange, Instance, Notice, OperationRun, Outgoing, Problem
from engine.permissions import NotAllowed
from engine.run import confirming
from engine.run.changing import Change, places_of, ways_from
from engine.run.confirming import ChangedMeanwhile, ChangeNotFound, Preview
from engine.run.context import CasePaused, locked
from engine.run.previewing import TaskLine
from engine.run.replacing import NoReplacement
from engine.run.soundness import Target, Unsound
from engine.run.steering import ReasonNeeded
from tests.support.clock import FakeClock
from tests.support.databases import count_sql, on_both
from tests.support.drawings import (
    Node,
    box,
    call,
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
from tests.support.worlds import World, begin

PEOPLE = {
    "office": ["selection_office"], "wang": ["selection_office"], "ma": ["judge"],
    "li": ["judge"], "chen": ["supervisor"], "zhao": ["leading_group"],
}  # fmt: skip


def drawn_with(*processes: Any, confirms: str = "") -> PackageVersion:
    made = package(*processes)
    if not confirms:
        return made
    roles = made.files["roles.yaml"] + f"confirms_changes: [{confirms}]\n"
    return PackageVersion(made.key, made.hash + confirms[:1], {**made.files, "roles.yaml": roles})


ROW = (
    single("first", returns="note", result="told"),
    collective("vote", "members('judge')", closes="now() + days(3)", reminders="P1D"),
    call("deep", "inner", with_given="told"),
    wait("nap", duration="days(1)"),
    single("last", due="now() + days(9)"),
)
INNER = process("inner", single("inner_one"), single("inner_two", due="now() + days(len(given))"))


def row(sessions: Sessions, clock: FakeClock, *, confirms: str = "") -> World:
    made = drawn_with(process("tiny", *ROW), INNER, confirms=confirms)
    return begin(sessions, clock, made, PEOPLE)


@contextmanager
def context(world: World, who: str = "office") -> Iterator[Any]:
    with transaction(world.sessions) as session:
        yield locked(session, case_id=world.case_id, now=world.now, actor_id=world.people[who])


def at(world: World, kind: str, element: str, to: str = "", **values: Any) -> Change:
    """A change at the place of an element, whichever instance stands there."""
    running = world.all(Instance, state="running")
    with context(world) as ctx:
        for instance in running:
            for place in places_of(ctx, ctx.instance(instance.id)):
                if place.element.id == element:
                    return Change(kind, instance.id, place.id, to, values)
    raise AssertionError(f"nothing stands at {element}")


def look(world: World, change: Change, who: str = "office") -> Preview:
    return confirming.preview(
        world.sessions, case_id=world.case_id, change=change, actor_id=world.people[who],
        now=world.now,
    )  # fmt: skip


def do(
    world: World, change: Change, shown: Preview | None = None, who: str = "office",
    reason: str = "agreed by telephone",
) -> str:  # fmt: skip
    shown = shown or look(world, change, who)
    return confirming.confirm(
        world.sessions, world.clock, case_id=world.case_id, change=change, reason=reason,
        shown=(shown.version, shown.digest), actor_id=world.people[who],
    )  # fmt: skip


def everything(world: World) -> list[Any]:
    """Whatever of the selection the database holds, to see that nothing has changed."""
    models = (CaseChange, Instance, Notice, OperationRun, Outgoing, Problem)
    rows = [[(row.id, getattr(row, "version", None)) for row in world.all(m)] for m in models]
    timers = [(timer.id, timer.state, timer.due_at) for timer in world.timers()]
    return [world.opened(), world.case().state, timers, *rows]


# shown first


@on_both
def test_a_summary_says_what_closes_opens_goes_and_who_is_told_and_leaves_no_trace(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = row(sessions, clock)
    world.submit("first", "office", {"note": "x"})
    world.submit("vote", "ma")
    before = everything(world)

    shown = look(world, at(world, "move", "vote", "last"))

    summary = shown.summary
    assert (list(summary.closes), list(summary.opens)) == (
        [TaskLine("vote", "", handed_in=1, open=1)],
        [TaskLine("last", "", handed_in=0, open=1)],
    )
    assert [timer.kind for timer in summary.timers_gone] == ["close", "reminder"]
    assert [told.person for told in summary.told] == ["chen", "zhao"]
    assert everything(world) == before


def test_what_is_confirmed_is_done_exactly_as_shown(sessions: Sessions, clock: FakeClock) -> None:
    world = row(sessions, clock)
    world.submit("first", "office", {"note": "x"})
    world.submit("vote", "ma", {"note": "kept"})
    change = at(world, "move", "vote", "last")
    shown = look(world, change)

    assert do(world, change, shown) == "done"

    assert world.opened() == ["last"]
    assert [seat.state for seat in world.seats("vote")] == ["handed_in", "closed"]
    assert world.seats("vote")[0].answers == {"note": "kept"}
    kept = world.one(CaseChange)
    assert (kept.state, kept.summary, kept.reason) == (
        "done", shown.summary.plain(), "agreed by telephone",
    )  # fmt: skip
    assert world.history("moved")[0].facts == {"reason": "agreed by telephone", "left": "vote"}
    notices = world.all(Notice)
    assert {notice.person_id for notice in notices} == {world.people["chen"], world.people["zhao"]}


def test_what_has_happened_meanwhile_is_shown_before_anything_is_done(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = row(sessions, clock)
    world.submit("first", "office", {"note": "x"})
    change = at(world, "move", "vote", "last")
    shown = look(world, change)
    world.submit("vote", "ma")
    before = everything(world)

    with pytest.raises(ChangedMeanwhile):
        do(world, change, shown)

    assert everything(world) == before
    assert look(world, change).summary.closes[0].handed_in == 1


def test_the_clock_alone_changes_nothing_that_was_shown(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = row(sessions, clock)
    change = at(world, "move", "first", "first")
    shown = look(world, change)
    clock.advance(timedelta(minutes=5))

    assert do(world, change, shown) == "done"
    assert world.opened() == ["first"]


def test_a_place_that_the_process_has_left_is_gone(sessions: Sessions, clock: FakeClock) -> None:
    world = row(sessions, clock)
    change = at(world, "move", "first", "first")
    shown = look(world, change)
    world.submit("first", "office", {"note": "x"})

    with pytest.raises(NotWaiting):
        do(world, change, shown)


def test_a_summary_takes_the_same_statements_however_much_there_is(
    sessions: Sessions, clock: FakeClock
) -> None:
    totals = []
    for number in (2, 60):
        people = {**PEOPLE, **{f"judge {n}": ["judge"] for n in range(number)}}
        made = package(process("tiny", collective("vote", "members('judge')"), single("last")))
        world = begin(sessions, clock, made, people)
        change = at(world, "move", "vote", "last")
        with count_sql(sessions) as statements:
            look(world, change)
        totals.append(len(statements))

    assert totals[0] == totals[1]


# who may


@pytest.mark.parametrize("who", ["ma", "chen"])
def test_nobody_but_the_office_changes_the_course(
    sessions: Sessions, clock: FakeClock, who: str
) -> None:
    world = row(sessions, clock)
    change = at(world, "move", "first", "last")
    shown = look(world, change)

    with pytest.raises(NotAllowed):
        look(world, change, who)
    with pytest.raises(NotAllowed):
        do(world, change, shown, who)
    with pytest.raises(ReasonNeeded):
        do(world, change, shown, reason="  ")
    assert world.opened() == ["first"]


def test_a_second_person_confirms_where_the_procedure_asks_for_one(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = row(sessions, clock, confirms="supervisor")
    change = at(world, "move", "first", "first")
    before = world.instance().version

    assert do(world, change) == "proposed"

    proposal = world.one(CaseChange)
    assert (proposal.state, world.instance().version) == ("proposed", before)
    for nobody in ("office", "wang", "zhao", "ma"):
        with pytest.raises(ChangeNotFound):
            decide(world, proposal.id, nobody)
    decide(world, proposal.id, "chen")
    done = world.one(CaseChange)
    assert (done.state, done.proposed_by, done.decided_by) == (
        "done", world.people["office"], world.people["chen"],
    )  # fmt: skip
    assert world.instance().version > before
    with pytest.raises(ChangeNotFound):
        decide(world, proposal.id, "chen")


def test_a_second_person_may_refuse(sessions: Sessions, clock: FakeClock) -> None:
    world = row(sessions, clock, confirms="supervisor")
    do(world, Change("cancel"))

    decide(world, world.one(CaseChange).id, "chen", accept=False)

    assert (world.one(CaseChange).state, world.case().state) == ("refused", "running")
    assert [e.facts["kind"] for e in world.history("change_refused")] == ["cancel"]


def decide(world: World, change_id: UUID, who: str, *, accept: bool = True) -> None:
    with transaction(world.sessions) as session:
        row = confirming.proposed(
            session, change_id=change_id, actor_id=world.people[who], now=world.now
        )
        change = confirming.change_of(row)
    shown = look(world, change, who)
    confirming.decide(
        world.sessions, world.clock, change_id=change_id, accept=accept,
        shown=(shown.version, shown.digest), actor_id=world.people[who],
    )  # fmt: skip


# move


def ways(world: World, element: str) -> dict[str, Target]:
    change = at(world, "move", element)
    with context(world) as ctx:
        return {way.element.id: way for way in ways_from(ctx, change)}


def allowed(world: World, element: str) -> list[str]:
    return [key for key, way in ways(world, element).items() if not way.why_not]


def test_back_and_forth_and_into_a_called_process(sessions: Sessions, clock: FakeClock) -> None:
    world = row(sessions, clock)
    world.submit("first", "office", {"note": "x"})

    do(world, at(world, "move", "vote", "inner_two"))
    assert (world.opened(), world.instance().active) == (["inner_two"], ["deep", "inner_two"])
    assert world.task("inner_two").due_at == clock.now() + timedelta(days=1)
    do(world, at(world, "move", "inner_two", "inner_one"))
    assert world.opened() == ["inner_one"]
    do(world, at(world, "move", "deep", "vote"))
    assert world.opened() == ["vote"]
    assert [t.kind for t in world.timers(state="pending")] == ["reminder", "close"]
    do(world, at(world, "move", "vote", "nap"))
    assert (world.opened(), [t.kind for t in world.timers(state="pending")]) == ([], ["event"])
    clock.advance(timedelta(days=1))
    world.sweep()
    world.submit("last", "office")
    assert world.case().state == "ended"


def branches(sessions: Sessions, clock: FakeClock) -> World:
    fork = split("fork", [single("left"), single("left_two")], [single("right")])
    made = package(process("tiny", single("first"), fork, single("after"), single("later")))
    return begin(sessions, clock, made, PEOPLE)


def test_not_into_a_parallel_branch(sessions: Sessions, clock: FakeClock) -> None:
    world = branches(sessions, clock)

    found = ways(world, "first")

    assert {found[key].why_not for key in ("left", "left_two", "right")} == {"into_branch"}
    assert {found[key].why_not for key in ("first", "after", "later")} == {""}
    with pytest.raises(Unsound) as caught:
        look(world, at(world, "move", "first", "right"))
    assert caught.value.why == "into_branch"


def test_not_past_the_join_nor_into_a_sibling(sessions: Sessions, clock: FakeClock) -> None:
    world = branches(sessions, clock)
    world.submit("first", "office")

    found = ways(world, "left")

    assert (found["after"].why_not, found["first"].why_not) == ("past_join", "past_join")
    assert found["right"].why_not == "into_branch"
    assert found["left_two"].why_not == ""
    do(world, at(world, "move", "left", "left_two"))
    world.submit("left_two", "office")
    world.submit("right", "office")
    assert world.opened() == ["after"]


def test_not_where_something_is_read_that_was_never_written(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = row(sessions, clock)

    found = ways(world, "first")

    assert (found["inner_two"].why_not, found["vote"].why_not) == ("lacks", "lacks")
    assert [element.id for element in found["deep"].because] == ["first"]
    assert found["nap"].why_not == ""


def test_a_gateway_that_failed_is_a_place_to_move_from(
    sessions: Sessions, clock: FakeClock
) -> None:
    which = choice("which", ("parameters.missing == 1", [end("short")]), ("", []))
    world = begin(sessions, clock, package(process("tiny", single("first"), which, single("last"))))
    world.submit("first", "office")
    assert world.problems() == [("which", "step_failed")]

    do(world, at(world, "move", "which", "last"))

    assert (world.opened(), world.problems()) == (["last"], [])
    assert world.one(Problem).state == "gone"


# leave out, end, cancel, pause


def test_a_step_that_nobody_reads_is_left_out(sessions: Sessions, clock: FakeClock) -> None:
    world = row(sessions, clock)
    with pytest.raises(NoReplacement):
        look(world, at(world, "leave", "first"))
    world.submit("first", "office", {"note": "x"})

    do(world, at(world, "leave", "vote"))
    assert world.opened() == ["inner_one"]
    do(world, at(world, "leave", "deep"))
    assert world.instance().active == ["nap"]
    do(world, at(world, "leave", "nap"))
    assert (world.opened(), world.timers(state="pending")) == (["last"], [])
    do(world, at(world, "leave", "last"))
    assert world.case().state == "ended"


def test_linked_runs_are_left_out_with_all_their_tasks(
    sessions: Sessions, clock: FakeClock
) -> None:
    visits = call("visits", "visit", items="['K01', 'K02']", item="code")
    made = package(process("tiny", visits, single("last")), process("visit", single("go")))
    world = begin(sessions, clock, made, PEOPLE)
    shown = look(world, at(world, "leave", "visits"))
    assert [(line.element, line.item) for line in shown.summary.closes] == [
        ("go", "K01"), ("go", "K02"),
    ]  # fmt: skip

    do(world, at(world, "leave", "visits"), shown)

    assert world.opened() == ["last"]
    assert [i.state for i in world.all(Instance, process_id="visit")] == ["cancelled"] * 2


def test_what_runs_beside_is_ended_and_nothing_else(sessions: Sessions, clock: FakeClock) -> None:
    made = package(
        process("tiny", single("first")),
        process("asked", single("answer"), message="question", starters="selection_office"),
    )
    world = begin(sessions, clock, made, PEOPLE)
    world.receive("question", "office")
    side = world.instance("asked")

    with pytest.raises(Unsound):
        look(world, Change("end", world.case_id))
    do(world, Change("end", side.id))

    assert (world.instance("asked").state, world.opened()) == ("cancelled", ["first"])
    world.submit("first", "office")
    assert world.case().state == "ended"


@on_both
def test_the_whole_selection_is_cancelled_and_what_was_done_stands(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = row(sessions, clock)
    world.submit("first", "office", {"note": "x"})
    world.submit("vote", "ma")

    shown = look(world, Change("cancel"))
    assert (shown.summary.state_before, shown.summary.state_after) == ("running", "ended")
    do(world, Change("cancel"), shown)

    case = world.case()
    assert (case.state, case.cancel_reason, case.outcome) == ("ended", "agreed by telephone", "")
    assert (world.opened(), world.timers(state="pending")) == ([], [])
    assert world.seats("vote")[0].state == "handed_in"
    with pytest.raises(Unsound):
        look(world, Change("cancel"))


def test_a_pause_of_the_office_ends_by_the_office_and_gives_the_time_back(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = row(sessions, clock)
    world.submit("first", "office", {"note": "x"})
    closes = world.task("vote").closes_at
    with pytest.raises(Unsound):
        look(world, Change("resume"))

    do(world, Change("pause"))

    assert (world.case().state, world.case().paused_by) == ("paused", None)
    with pytest.raises(CasePaused):
        world.submit("vote", "ma")
    with pytest.raises(CasePaused):
        look(world, at(world, "move", "vote", "last"))
    clock.advance(timedelta(days=4))
    assert world.sweep() == 0
    do(world, Change("resume"))
    assert world.case().state == "running"
    assert world.task("vote").closes_at == closes + timedelta(days=4)


def test_a_stop_of_the_supervisor_is_not_lifted_by_the_office(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = row(sessions, clock)
    with transaction(sessions) as session:
        case = session.merge(world.case())
        case.state, case.paused_by = "paused", world.case_id

    with pytest.raises(Unsound) as caught:
        look(world, Change("resume"))

    assert caught.value.why == "stopped_by_body"


def test_a_stage_is_repeated_as_shown(sessions: Sessions, clock: FakeClock) -> None:
    made = package(process("tiny", box("stage", single("one"), single("two")), single("last")))
    world = begin(sessions, clock, made, PEOPLE)
    world.submit("one", "office")
    shown = look(world, Change("repeat", element_id="stage"))
    assert [line.element for line in (*shown.summary.closes, *shown.summary.opens)] == [
        "two", "one",
    ]  # fmt: skip

    do(world, Change("repeat", element_id="stage"), shown)

    assert world.opened() == ["one"]


def test_a_boundary_timer_goes_with_its_step(sessions: Sessions, clock: FakeClock) -> None:
    ask = Node("ask", "userTask", {"role": "selection_office"},
               edges=[on_time("late", end("over"), duration="days(1)")])  # fmt: skip
    made = package(process("tiny", single("first"), ask, single("last")))
    world = begin(sessions, clock, made, PEOPLE)
    world.submit("first", "office")

    do(world, at(world, "move", "ask", "last"))
    assert (world.opened(), world.timers(state="pending")) == (["last"], [])
    do(world, at(world, "move", "last", "ask"))
    assert [t.kind for t in world.timers(state="pending")] == ["event"]
    clock.advance(timedelta(days=1))
    world.sweep()
    assert world.case().state == "ended"


def test_an_operation_behind_the_move_runs_once_and_only_when_it_is_confirmed(
    sessions: Sessions, clock: FakeClock
) -> None:
    work = service("work", "keep", with_value="1", result="kept")
    made = package(process("tiny", single("first"), single("second"), work, single("last")))
    world = begin(sessions, clock, made, PEOPLE)
    shown = look(world, at(world, "move", "first", "work"))
    assert (list(shown.summary.results_new), world.all(OperationRun)) == (["work"], [])

    do(world, at(world, "move", "first", "work"), shown)

    assert len(world.all(OperationRun)) == 1
    assert world.opened() == ["last"]
