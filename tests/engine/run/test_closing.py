"""When a task of many closes, and what it gives."""

from datetime import timedelta
from typing import Any

import pytest

from engine.db import Sessions
from engine.model import HistoryEntry, SealedItem, UserTask
from engine.permissions import NotAllowed
from engine.run.closing import close_if_complete
from engine.seats import TaskClosed
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.drawings import Node, choice, collective, package, process, service, single
from tests.support.worlds import TWO_JUDGES, World, add_member, begin

FORM: dict[str, Any] = {
    "type": "object",
    "required": ["mark"],
    "properties": {
        "mark": {"type": "integer", "minimum": 0, "maximum": 10},
        "remark": {"type": "string", "maxLength": 200},
    },
}
PRIVATE = "nobody may read this"
JUDGES = {**TWO_JUDGES, "sun": ["judge"]}


def start(
    sessions: Sessions, clock: FakeClock, *steps: Node, candidates: tuple[str, ...] = ()
) -> World:
    drawn = package(process("tiny", *steps, single("after")), forms={"mark": FORM})
    return begin(sessions, clock, drawn, JUDGES, candidates=candidates)


@pytest.mark.parametrize(("completes", "needed"), [("all", 3), ("2", 2), ("1", 1)])
def test_a_task_closes_with_the_seat_that_completes_it(
    sessions: Sessions, clock: FakeClock, completes: str, needed: int
) -> None:
    world = start(sessions, clock, collective("tell", "members('judge')", completes=completes))

    for n, judge in enumerate(("ma", "li", "sun")[:needed], start=1):
        assert world.opened() == ["tell"]
        world.submit("tell", judge)
        assert sum(s.state == "handed_in" for s in world.seats("tell")) == n

    assert world.opened() == ["after"]
    assert sum(s.state == "closed" for s in world.seats("tell")) == 3 - needed


def test_a_task_that_only_a_person_closes_stays_open_when_all_are_in(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, collective("tell", "members('judge')", completes="closing"))
    for judge in ("ma", "li", "sun"):
        world.submit("tell", judge)
    world.sweep()

    assert world.opened() == ["tell"]
    with pytest.raises(NotAllowed):
        world.close("tell", "ma")
    world.close("tell", reason="everybody has spoken")

    task = world.task("tell", state="done")
    assert (task.close_reason, task.closed_by) == ("everybody has spoken", world.people["office"])
    assert world.opened() == ["after"]


def test_closers_are_those_named(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, collective("tell", "members('judge')", closers="judge"))

    with pytest.raises(NotAllowed):
        world.close("tell")
    world.close("tell", "ma")
    assert world.opened() == ["after"]


def test_a_task_for_nobody_closes_at_once(sessions: Sessions, clock: FakeClock) -> None:
    world = start(
        sessions,
        clock,
        single("first"),
        collective("tell", "per([], 'judge')", result="told"),
    )

    world.submit("first", "office")

    assert world.opened() == ["after"]
    assert world.result("tell") == {
        "seats": 0, "handed_in": 0, "missing": [], "by_subject": {}, "entries": [],
    }  # fmt: skip


def test_a_task_for_everybody_who_comes_does_not_close_without_anybody(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, collective("apply", public="yes", closes="now() + days(1)"))
    world.sweep()

    assert world.opened() == ["apply"]


def test_after_a_crash_between_two_commits_the_sweep_closes_what_is_complete(
    sessions: Sessions, clock: FakeClock
) -> None:
    for completes in ("all", "2"):
        world = start(sessions, clock, collective("tell", "members('judge')", completes=completes))
        with sessions.begin() as session:
            for seat in world.seats("tell")[: 3 if completes == "all" else 2]:
                seat.state, seat.submitted_at = "handed_in", clock.now()
                session.merge(seat)

        world.sweep()

        assert world.opened() == ["after"]


def test_what_is_done_is_not_closed_again(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, collective("tell", "members('judge')"))
    for judge in ("ma", "li", "sun"):
        world.submit("tell", judge)
    done = world.task("tell", state="done")

    close_if_complete(sessions, clock, [done.id, done.id])
    world.sweep()

    assert [e.element_id for e in world.history("task_done")] == ["tell"]
    assert world.opened() == ["after"]


@pytest.mark.parametrize("kind", ["open", "sealed"])
def test_drafts_that_fit_count_when_time_is_over(
    sessions: Sessions, clock: FakeClock, kind: str
) -> None:
    step = collective(
        "tell", "members('judge')", form="mark", kind=kind, missing="draft", returns="mark",
        closes="now() + hours(1)",
    )  # fmt: skip
    world = start(sessions, clock, step)
    world.draft("tell", "ma", {"mark": 7})
    world.draft("tell", "li", {"remark": "no mark yet"})

    clock.advance(timedelta(hours=1))
    world.sweep()

    assert [s.state for s in world.seats("tell")] == ["handed_in", "closed", "closed"]
    assert world.seats("tell")[0].answers == ({"mark": 7} if kind == "open" else None)
    result = world.result("tell")
    assert (result["handed_in"], result["seats"]) == (1, 3)


def test_without_the_property_drafts_are_left_out(sessions: Sessions, clock: FakeClock) -> None:
    world = start(
        sessions, clock, collective("tell", "members('judge')", closes="now() + hours(1)")
    )
    world.draft("tell", "ma", {"mark": 7})

    clock.advance(timedelta(hours=1))
    world.sweep()

    assert [s.state for s in world.seats("tell")] == ["closed"] * 3


@pytest.mark.parametrize(("second", "places"), [(7, []), (8, ["mark"])])
def test_two_people_enter_apart_and_the_differences_are_named(
    sessions: Sessions, clock: FakeClock, second: int, places: list[str]
) -> None:
    world = start(
        sessions, clock, collective("enter", "persons(2, 'judge')", form="mark", compare="yes")
    )
    world.submit("enter", "ma", {"mark": 7})
    world.submit("enter", "li", {"mark": second})

    result = world.result("enter")
    assert (result["equal"], result["differences"]) == (not places, places)
    assert "7" not in str(result["differences"])


def test_one_of_two_entries_is_no_agreement(sessions: Sessions, clock: FakeClock) -> None:
    world = start(
        sessions, clock, collective("enter", "persons(2, 'judge')", form="mark", compare="yes")
    )
    world.submit("enter", "ma", {"mark": 7})
    world.close("enter")

    assert world.result("enter")["equal"] is False


def test_scores_reach_variables_by_the_named_fields_alone(
    sessions: Sessions, clock: FakeClock
) -> None:
    seats = "times(members('judge'), ['K01'])"
    step = collective("score", seats, kind="scores", form="mark", result="scores", returns="mark")
    world = start(sessions, clock, step)
    for judge in ("ma", "li", "sun"):
        world.submit("score", judge, {"mark": 7, "remark": PRIVATE}, about="K01")

    assert world.task("after").context["scores"]["by_subject"] == {"K01": [{"mark": 7}] * 3}
    assert PRIVATE not in said_of(world)


def test_sealed_writing_leaves_nothing_but_the_fact(sessions: Sessions, clock: FakeClock) -> None:
    step = collective(
        "write", "members('judge')", kind="sealed", form="mark", result="written",
        returns="remark",
    )  # fmt: skip
    world = start(sessions, clock, step)
    world.draft("write", "ma", {"mark": 3, "remark": PRIVATE})
    world.draft("write", "sun", {"mark": 4, "remark": PRIVATE})
    world.submit("write", "ma", {"mark": 3, "remark": PRIVATE})
    world.submit("write", "li", {"mark": 3, "remark": PRIVATE})
    world.close("write")

    task = world.task("write", state="done")
    assert world.result("write")["sealed"] == str(task.id)
    assert [(s.answers, s.draft) for s in world.seats("write")] == [(None, None)] * 3
    assert PRIVATE not in said_of(world)
    with sessions() as session:
        assert session.query(SealedItem).filter_by(task_id=task.id).count() == 2


def said_of(world: World) -> str:
    """Everything that tasks, the record and the state of the process say."""
    tasks = [f"{t.context} {t.result}" for t in world.all(UserTask)]
    record = [f"{e.facts}" for e in world.all(HistoryEntry)]
    return " ".join([*tasks, *record, world.instance().frontier])


@on_both
def test_a_withdrawal_voids_the_seats_and_the_task_closes_without_them(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process(
            "tiny",
            single("first"),
            collective("score", "times(members('judge'), ['K01', 'K02'])", returns="mark"),
            single("after"),
        ),
        process(
            "withdrawal",
            service(
                "void", "set_status", with_codes="[candidate]", with_status="'withdrawn'",
                with_reason="'asked'",
            ),
            message="withdrawal_received", starters="selection_office", form="withdrawal",
            returns="candidate",
        ),
        forms={"withdrawal": {"type": "object", "properties": {"candidate": {"type": "string"}}}},
    )  # fmt: skip
    world = begin(sessions, clock, drawn, TWO_JUDGES, candidates=("K01", "K02"))
    world.submit("first", "office")
    for judge in ("ma", "li"):
        world.submit("score", judge, {"mark": 1}, about="K01")
    world.submit("score", "ma", {"mark": 2}, about="K02")

    world.receive("withdrawal_received", "office", {"candidate": "K02"})

    assert world.problems() == []
    assert [(s.subject, s.state) for s in world.seats("score")] == [
        ("K01", "handed_in"), ("K01", "handed_in"), ("K02", "handed_in"), ("K02", "void"),
    ]  # fmt: skip
    assert world.opened() == ["after"]
    assert world.result("score")["seats"] == 3


def test_a_void_seat_says_why(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, collective("tell", "members('judge')"))
    with sessions.begin() as session:
        seat = world.seat("tell", "ma")
        seat.state, seat.void_reason = "void", "recused"
        session.merge(seat)

    with pytest.raises(TaskClosed, match="recused"):
        world.submit("tell", "ma")


def test_a_further_round_keeps_the_results_of_the_subjects_it_does_not_ask_about(
    sessions: Sessions, clock: FakeClock
) -> None:
    seats = "times(members('judge'), ['K01', 'K02'] if round('score') == 0 else ['K02'])"
    again = "round('score') == 1"
    first = collective("score", seats, result="scores", returns="mark")
    world = start(sessions, clock, first, choice("enough", (again, [single("decide")]), ("", [])))
    for judge in ("ma", "li", "sun"):
        for code in ("K01", "K02"):
            world.submit("score", judge, {"mark": 1}, about=code)
    assert world.opened() == ["decide"]

    world.repeat("score")
    assert [s.subject for s in world.seats("score")] == ["K02"] * 3
    for judge in ("ma", "li", "sun"):
        world.submit("score", judge, {"mark": 9}, about="K02")

    rounds = sorted(world.all(UserTask, element_id="score"), key=lambda task: task.round)
    assert [task.round for task in rounds] == [1, 2]
    assert rounds[0].result["by_subject"]["K02"] == [{"mark": 1}] * 3
    assert rounds[1].result["by_subject"] == {"K01": [{"mark": 1}] * 3, "K02": [{"mark": 9}] * 3}


def test_seats_are_frozen_when_the_task_opens(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, collective("tell", "members('judge')"))

    add_member(world, "new", "judge")

    assert len(world.seats("tell")) == 3
