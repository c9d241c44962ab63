"""Two at once, at every point where one can interrupt the other: nothing lost, nothing doubled."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from engine.db import Sessions, transaction
from engine.model import Problem, Timer, UserTask
from engine.run import confirming
from engine.run.changing import Change, places_of
from engine.run.confirming import ChangedMeanwhile
from engine.run.context import CasePaused, locked
from engine.run.mending import ProblemNotFound
from engine.run.sweeping import sweep
from engine.seats import AlreadyHandedIn, SeatTaken, TaskClosed
from tests.support.clock import FakeClock
from tests.support.databases import on_threads
from tests.support.drawings import Node, collective, package, process, service, single
from tests.support.interleavings import Ended, interleavings
from tests.support.races import errors, together
from tests.support.worlds import World, begin

WITHDRAWAL = process(
    "withdrawal",
    service("void", "set_status", with_codes="['K01']", with_status="'withdrawn'",
            with_reason="'asked'"),
    message="withdrawn", starters="selection_office",
)  # fmt: skip
MEMBERS = {
    "office": ["selection_office"], "ma": ["judge"], "li": ["judge"], "hu": ["examiner"],
    "wu": ["examiner"],
}  # fmt: skip
REFUSED = (AlreadyHandedIn, TaskClosed, SeatTaken)


def start(sessions: Sessions, clock: FakeClock, *steps: Node, **parameters: Any) -> World:
    drawn = package(process("tiny", *steps, single("after")), WITHDRAWAL)
    return begin(sessions, clock, drawn, MEMBERS, candidates=("K01", "K02"), **parameters)


def vote(**properties: str) -> Node:
    return collective("vote", "members('judge')", result="voted", returns="n", **properties)


def check_all(
    sessions: Sessions,
    prepare: Callable[[], tuple[World, Mapping[str, Callable[[], Any]]]],
    check: Callable[[World, Ended], str],
) -> set[str]:
    """Check every interleaving; gives the outcomes that came about."""
    outcomes = set()
    for world, ended in interleavings(sessions, prepare):
        try:
            outcomes.add(check(world, ended))
        except AssertionError as error:
            raise AssertionError(f"{ended}: {error}") from error
    return outcomes


def of_one(ended: Ended, winner: str, loser: str) -> str:
    assert ended.error(winner) is None
    assert isinstance(ended.error(loser), REFUSED)
    return winner


@on_threads
def test_two_clients_complete_one_task(sessions: Sessions, clock: FakeClock) -> None:
    def prepare() -> tuple[World, Mapping[str, Callable[[], Any]]]:
        world = start(
            sessions, clock, single("mark", role="examiner", returns="n", result="marked")
        )
        seat = world.seat("mark")
        return world, {
            "hu": partial(world.submit_seat, seat, "hu", {"n": 1}),
            "wu": partial(world.submit_seat, seat, "wu", {"n": 2}),
        }

    def check(world: World, ended: Ended) -> str:
        assert len(ended.errors()) == 1
        winner = "wu" if ended.error("hu") else "hu"
        of_one(ended, winner, "hu" if winner == "wu" else "wu")
        assert world.result("mark") == {"n": {"hu": 1, "wu": 2}[winner]}
        assert (world.opened(), len(world.all(UserTask, element_id="after"))) == (["after"], 1)
        assert [e.element_id for e in world.history("task_done")] == ["mark"]
        return winner

    assert check_all(sessions, prepare, check) == {"hu", "wu"}


@on_threads
def test_two_last_seats(sessions: Sessions, clock: FakeClock) -> None:
    def prepare() -> tuple[World, Mapping[str, Callable[[], Any]]]:
        world = start(sessions, clock, vote())
        return world, {who: partial(world.submit, "vote", who, {"n": 1}) for who in ("ma", "li")}

    def check(world: World, ended: Ended) -> str:
        assert ended.errors() == []
        assert world.opened() == ["after"]
        assert world.result("vote")["handed_in"] == 2
        assert [e.element_id for e in world.history("task_done")] == ["vote"]
        return "both"

    assert check_all(sessions, prepare, check) == {"both"}


def counted(world: World, ended: Ended, name: str) -> str:
    """A submission is counted or refused, never acknowledged and lost."""
    handed = [seat.state for seat in world.seats("vote")].count("handed_in")
    assert world.result("vote")["handed_in"] == handed
    assert len(world.result("vote")["entries"]) == handed
    assert world.opened() == ["after"]
    assert [e.element_id for e in world.history("task_done")] == ["vote"]
    if ended.error(name) is None:
        assert handed == 1
        return "counted"
    assert isinstance(ended.error(name), REFUSED)
    assert handed == 0
    return "refused"


@on_threads
def test_a_submission_against_a_close(sessions: Sessions, clock: FakeClock) -> None:
    def prepare() -> tuple[World, Mapping[str, Callable[[], Any]]]:
        world = start(sessions, clock, vote())
        return world, {
            "judge": partial(world.submit, "vote", "ma", {"n": 1}),
            "office": partial(world.close, "vote"),
        }

    def check(world: World, ended: Ended) -> str:
        assert ended.error("office") is None
        return counted(world, ended, "judge")

    assert check_all(sessions, prepare, check) == {"counted", "refused"}


@on_threads
def test_a_timer_against_a_submission(sessions: Sessions, clock: FakeClock) -> None:
    late = FakeClock(clock.now() + timedelta(hours=1))

    def prepare() -> tuple[World, Mapping[str, Callable[[], Any]]]:
        world = start(sessions, clock, vote(closes="now() + hours(1)"))
        return world, {
            "judge": partial(world.submit, "vote", "ma", {"n": 1}),
            "worker": partial(sweep, sessions, late),
        }

    def check(world: World, ended: Ended) -> str:
        assert ended.error("worker") is None
        assert [timer.state for timer in world.timers()] == ["done"]
        return counted(world, ended, "judge")

    assert check_all(sessions, prepare, check) == {"counted", "refused"}


@on_threads
def test_a_last_submission_against_its_closing_time(sessions: Sessions, clock: FakeClock) -> None:
    late = FakeClock(clock.now() + timedelta(hours=1))

    def prepare() -> tuple[World, Mapping[str, Callable[[], Any]]]:
        world = start(sessions, clock, vote(closes="now() + hours(1)"))
        world.submit("vote", "li", {"n": 2})
        return world, {
            "judge": partial(world.submit, "vote", "ma", {"n": 1}),
            "worker": partial(sweep, sessions, late),
        }

    def check(world: World, ended: Ended) -> str:
        assert ended.error("worker") is None
        last = ended.error("judge")
        assert last is None or isinstance(last, REFUSED)
        assert world.result("vote")["handed_in"] == (2 if last is None else 1)
        assert [e.element_id for e in world.history("task_done")] == ["vote"]
        assert world.opened() == ["after"]
        assert {timer.state for timer in world.timers()} <= {"done", "cancelled"}
        return "refused" if last else "counted"

    assert check_all(sessions, prepare, check) == {"counted", "refused"}


@on_threads
def test_a_withdrawal_against_a_submission(sessions: Sessions, clock: FakeClock) -> None:
    seats = "times(members('judge'), ['K01', 'K02'])"

    def prepare() -> tuple[World, Mapping[str, Callable[[], Any]]]:
        world = start(sessions, clock, collective("score", seats, result="s", returns="n"))
        seat = world.seat("score", "ma", "K01")
        return world, {
            "judge": partial(world.submit_seat, seat, "ma", {"n": 1}),
            "office": partial(world.receive, "withdrawn", "office"),
        }

    def check(world: World, ended: Ended) -> str:
        assert (ended.error("office"), world.problems()) == (None, [])
        states = {(s.person_id, s.subject): s.state for s in world.seats("score")}
        mine = states[world.people["ma"], "K01"]
        assert states[world.people["li"], "K01"] == "void"
        assert mine == ("void" if ended.error("judge") else "handed_in")
        for judge in ("ma", "li"):
            world.submit("score", judge, {"n": 2}, about="K02")
        assert world.opened() == ["after"]
        return mine

    assert check_all(sessions, prepare, check) == {"void", "handed_in"}


def change(world: World, asked: Change) -> str:
    """The office looks, and confirms what it has seen."""
    office = world.people["office"]
    shown = confirming.preview(
        world.sessions, case_id=world.case_id, change=asked, actor_id=office, now=world.now
    )
    return confirming.confirm(
        world.sessions, world.clock, case_id=world.case_id, change=asked, reason="storm",
        shown=(shown.version, shown.digest), actor_id=office,
    )  # fmt: skip


@on_threads
def test_a_pause_against_a_submission(sessions: Sessions, clock: FakeClock) -> None:
    def prepare() -> tuple[World, Mapping[str, Callable[[], Any]]]:
        world = start(sessions, clock, single("work", role="examiner"))
        return world, {
            "officer": partial(world.submit, "work", "hu"),
            "pause": partial(change, world, Change("pause")),
        }

    def check(world: World, ended: Ended) -> str:
        paused, submitted = ended.error("pause"), ended.error("officer")
        assert world.opened() == (["after"] if submitted is None else ["work"])
        if paused is None:
            assert world.case().state == "paused"
            assert submitted is None or isinstance(submitted, CasePaused)
            return "refused" if submitted else "before the pause"
        # What was shown is not what would happen: the office looks again.
        assert isinstance(paused, ChangedMeanwhile)
        assert (submitted, world.case().state) == (None, "running")
        return "looks again"

    outcomes = check_all(sessions, prepare, check)
    assert outcomes == {"refused", "before the pause", "looks again"}


@on_threads
def test_a_pause_against_the_last_seat(sessions: Sessions, clock: FakeClock) -> None:
    def prepare() -> tuple[World, Mapping[str, Callable[[], Any]]]:
        world = start(sessions, clock, vote())
        world.submit("vote", "li", {"n": 2})
        return world, {
            "judge": partial(world.submit, "vote", "ma", {"n": 1}),
            "pause": partial(change, world, Change("pause")),
        }

    def check(world: World, ended: Ended) -> str:
        refused, again = ended.error("judge"), ended.error("pause")
        assert refused is None or isinstance(refused, CasePaused)
        assert again is None or isinstance(again, ChangedMeanwhile)
        if world.case().state == "paused":
            change(world, Change("resume"))
            world.sweep()
        if refused is not None:
            assert world.opened() == ["vote"]
            world.submit("vote", "ma", {"n": 1})
        assert world.opened() == ["after"]
        assert world.result("vote")["handed_in"] == 2
        return "refused" if refused else "counted"

    assert check_all(sessions, prepare, check) == {"counted", "refused"}


@on_threads
def test_two_workers_and_one_timer(sessions: Sessions, clock: FakeClock) -> None:
    late = FakeClock(clock.now() + timedelta(hours=1))

    def prepare() -> tuple[World, Mapping[str, Callable[[], Any]]]:
        world = start(sessions, clock, vote(closes="now() + hours(1)"), single("then"))
        return world, {name: partial(sweep, sessions, late) for name in ("one", "two")}

    def check(world: World, ended: Ended) -> str:
        assert ended.errors() == []
        fired = [int(str(one.result)) for one in ended.by_name.values()]
        assert sum(fired) == 1
        assert [timer.state for timer in world.timers()] == ["done"]
        assert [e.element_id for e in world.history("task_done")] == ["vote"]
        assert world.opened() == ["then"]
        return next(name for name, one in ended.by_name.items() if one.result == 1)

    assert check_all(sessions, prepare, check) == {"one", "two"}


@on_threads
def test_a_move_against_a_submission(sessions: Sessions, clock: FakeClock) -> None:
    def prepare() -> tuple[World, Mapping[str, Callable[[], Any]]]:
        world = start(sessions, clock, single("work", role="examiner"), single("later"))
        with transaction(sessions) as session:
            ctx = locked(session, case_id=world.case_id, now=clock.now())
            place = places_of(ctx, ctx.instance(world.case_id))[0]
        asked = Change("move", world.case_id, place.id, "after")
        return world, {
            "officer": partial(world.submit, "work", "hu"),
            "move": partial(change, world, asked),
        }

    def check(world: World, ended: Ended) -> str:
        moved, submitted = ended.error("move"), ended.error("officer")
        assert (moved is None) != (submitted is None)
        assert world.opened() == (["after"] if moved is None else ["later"])
        assert len(world.all(UserTask, state="open")) == 1
        return "moved" if moved is None else "submitted"

    assert check_all(sessions, prepare, check) == {"moved", "submitted"}


@pytest.mark.usefixtures("obey")
@on_threads
def test_a_problem_tried_by_the_office_and_by_the_worker(
    sessions: Sessions, clock: FakeClock
) -> None:
    soon = FakeClock(clock.now() + timedelta(minutes=1))

    def prepare() -> tuple[World, Mapping[str, Callable[[], Any]]]:
        work = service("work", "obey", result="told")
        world = start(sessions, clock, single("first"), work, obey="lose the disk")
        world.submit("first", "office")
        world.give(obey="well")
        return world, {"office": world.retry, "worker": partial(sweep, sessions, soon)}

    def check(world: World, ended: Ended) -> str:
        assert ended.error("worker") is None
        late = ended.error("office")
        # The test's own look for the open problem may come too late as well.
        assert late is None or isinstance(late, (ProblemNotFound, AssertionError))
        assert [problem.state for problem in world.all(Problem)] == ["retried"]
        assert [e.element_id for e in world.history("passed")].count("work") == 1
        assert world.opened() == ["after"]
        return "worker" if late else "office"

    assert check_all(sessions, prepare, check) == {"office", "worker"}


@on_threads
def test_four_people_with_sixteen_seats_each_of_one_task(
    sessions: Sessions, clock: FakeClock
) -> None:
    codes = [f"K{n:02}" for n in range(1, 17)]
    judges = [f"judge {n}" for n in range(4)]
    seats = f"times(members('judge'), {codes})"
    drawn = package(
        process("tiny", collective("score", seats, result="s", returns="n"), single("after"))
    )
    members = {"office": ["selection_office"], **{name: ["judge"] for name in judges}}
    world = begin(sessions, clock, drawn, members, candidates=codes)
    mine = {
        name: [s for s in world.seats("score") if s.person_id == world.people[name]]
        for name in judges
    }

    def score_all(name: str) -> None:
        for number, seat in enumerate(mine[name]):
            world.submit_seat(seat, name, {"n": number})

    ended = together(*(partial(score_all, name) for name in judges))

    assert errors(ended) == []
    assert {len(each) for each in mine.values()} == {16}
    assert world.opened() == ["after"]
    assert world.result("score")["handed_in"] == 64
    assert [e.element_id for e in world.history("task_done")] == ["score"]
    assert world.all(Timer) == []
