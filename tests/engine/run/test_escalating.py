"""Chasing: others are told, may do it too, or get it handed over; never what is secret."""

from datetime import timedelta

import pytest

from engine.db import Sessions
from engine.model import Recusal, Reminder, Seat
from tests.support.clock import FakeClock
from tests.support.drawings import Node, collective, package, process, single
from tests.support.worlds import World, begin

DAY = timedelta(days=1)
MEMBERS = {
    "office": ["selection_office"],
    "chief": ["leading_group"],
    "deputy": ["leading_group:timekeeper"],
    "ma": ["judge"],
    "li": ["judge"],
    "hu": ["examiner"],
    "wu": ["examiner:timekeeper"],
}


def start(sessions: Sessions, clock: FakeClock, *steps: Node) -> World:
    return begin(sessions, clock, package(process("tiny", *steps, single("after"))), MEMBERS)


def late(world: World, days: int) -> None:
    world.clock.advance(days * DAY)
    world.sweep()


def told(world: World) -> list[str]:
    """Who was told something, by name."""
    names = {person: name for name, person in world.people.items()}
    return sorted(names[each.person_id] for each in world.all(Reminder))


def mark(escalate: str, seats: str = "members('judge')", **more: str) -> Node:
    return collective("mark", seats, due="now() + days(2)", escalate=escalate, **more)


def open_seats(world: World, element: str) -> list[tuple[str, str, str]]:
    """Who holds what is open: (person, role, function)."""
    names = {person: name for name, person in world.people.items()}
    return [
        (names.get(seat.person_id, ""), seat.role, seat.function)
        for seat in world.seats(element)
        if seat.state == "open"
    ]


def test_notify_tells_others_and_changes_no_seat(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, mark("P1D notify:selection_office; +P1D*2 notify:timekeeper"))
    world.submit("mark", "ma")

    late(world, 1)
    assert told(world) == ["office"]
    late(world, 2)
    late(world, 1)

    assert told(world) == sorted(["office", *["deputy", "wu"] * 2])
    assert open_seats(world, "mark") == [("li", "", "")]
    assert [(e.facts["verb"], e.facts["people"]) for e in world.history("escalated")] == [
        ("notify", 1), ("notify", 2), ("notify", 2),
    ]  # fmt: skip


def test_add_gives_each_of_them_a_seat_beside_the_others(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, mark("+P1D add:examiner"))
    world.submit("mark", "ma")

    late(world, 3)

    assert open_seats(world, "mark") == [("li", "", ""), ("hu", "", ""), ("wu", "", "")]
    assert told(world) == ["hu", "wu"]
    for who in ("li", "hu", "wu"):
        world.submit("mark", who)
    assert world.opened() == ["after"]


def test_add_lets_others_do_a_single_task_and_the_first_has_done_it(
    sessions: Sessions, clock: FakeClock
) -> None:
    step = single("write", due="now() + days(2)", escalate="+P1D add:leading_group+timekeeper")
    world = start(sessions, clock, step)

    late(world, 3)
    assert open_seats(world, "write") == [
        ("", "selection_office", ""), ("", "leading_group", "timekeeper"),
    ]  # fmt: skip
    assert told(world) == ["deputy"]
    added = world.seats("write")[1]
    world.submit_seat(added, "deputy")

    assert world.opened() == ["after"]
    assert [seat.state for seat in world.seats("write")] == ["closed", "handed_in"]


def test_reassign_takes_the_open_seats_as_far_as_there_are_people(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, mark("+P1D reassign:leading_group+timekeeper"))
    world.draft("mark", "ma", {"n": 1})

    late(world, 3)

    assert open_seats(world, "mark") == [
        ("", "leading_group", "timekeeper"), ("li", "", ""),
    ]  # fmt: skip
    assert [seat.draft for seat in world.seats("mark")] == [None, None]
    assert told(world) == ["deputy"]
    world.submit("mark", "deputy")
    world.submit("mark", "li")
    assert world.opened() == ["after"]


def test_reassign_hands_each_subject_over(sessions: Sessions, clock: FakeClock) -> None:
    step = mark("+P1D reassign:leading_group", seats="per(['a', 'b', 'c'], 'judge')")
    world = start(sessions, clock, step)
    world.submit("mark", "ma", about="a")
    world.take(world.seat("mark", about="b"), "ma")

    late(world, 3)

    assert open_seats(world, "mark") == [("", "leading_group", ""), ("", "leading_group", "")]
    world.submit("mark", "chief", about="b")
    world.submit("mark", "chief", about="c")
    assert world.opened() == ["after"]


def test_where_nobody_holds_the_role_nothing_moves_and_the_record_says_so(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, mark("+P1D reassign:supervisor"))

    late(world, 3)

    assert open_seats(world, "mark") == [("ma", "", ""), ("li", "", "")]
    assert [e.facts["people"] for e in world.history("escalated")] == [0]
    assert told(world) == []


@pytest.mark.parametrize("verb", ["add", "reassign"])
@pytest.mark.parametrize("secret", [{"kind": "sealed"}, {"compare": "yes"}])
def test_secret_work_never_goes_to_others_whatever_the_diagram_says(
    sessions: Sessions, clock: FakeClock, verb: str, secret: dict[str, str]
) -> None:
    world = start(sessions, clock, mark(f"+P1D {verb}:leading_group", **secret))
    before = [(seat.id, seat.person_id) for seat in world.seats("mark")]

    late(world, 3)

    assert [(seat.id, seat.person_id) for seat in world.seats("mark")] == before
    assert [e.facts["people"] for e in world.history("escalated")] == [0]


def test_what_is_done_is_not_chased(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, mark("+P1D reassign:leading_group"))
    world.submit("mark", "ma")
    world.submit("mark", "li")

    late(world, 3)

    assert (told(world), world.history("escalated")) == ([], [])
    assert [t.state for t in world.timers(kind="escalation")] == ["cancelled"]


def test_every_missed_line_is_done_in_order_of_time(sessions: Sessions, clock: FakeClock) -> None:
    world = start(
        sessions, clock,
        mark("+P2D reassign:leading_group; +P1D notify:selection_office; P1D notify:supervisor"),
    )  # fmt: skip

    late(world, 9)

    assert [e.facts["who"] for e in world.history("escalated")] == [
        "supervisor", "selection_office", "leading_group",
    ]  # fmt: skip


def test_who_has_a_seat_already_gets_no_second(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, mark("+P1D add:judge; +P2D reassign:judge"))

    late(world, 9)

    assert open_seats(world, "mark") == [("ma", "", ""), ("li", "", "")]
    assert len(world.all(Seat)) == 2


@pytest.mark.parametrize("verb", ["notify", "add", "reassign"])
def test_who_is_kept_out_is_neither_told_nor_given_a_seat(
    sessions: Sessions, clock: FakeClock, verb: str
) -> None:
    world = start(sessions, clock, mark(f"+P1D {verb}:examiner"))
    with sessions.begin() as session:
        session.add(
            Recusal(
                case_id=world.case_id, person_id=world.people["hu"], subject="", vote=True,
                deliberation=True, reason="近亲属", source="ordered",
                by_id=world.people["office"], at=clock.now(),
            )
        )  # fmt: skip

    late(world, 3)

    assert told(world) == ["wu"]
    assert ("hu", "", "") not in open_seats(world, "mark")
    assert [e.facts["people"] for e in world.history("escalated")] == [1]
