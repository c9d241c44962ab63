"""Who may hand in what, and when."""

from datetime import timedelta

import pytest

from engine.db import Sessions
from engine.permissions import NotAllowed, SamePerson, may_read_answers, standing
from engine.run.context import CasePaused
from engine.seats import AlreadyHandedIn, SeatNotFound, SeatTaken, TaskClosed
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.drawings import Node, collective, package, process, single
from tests.support.worlds import TWO_JUDGES, World, begin

EXAMINERS = {
    "office": ["selection_office"],
    "hu": ["examiner"],
    "wu": ["examiner"],
    "guest": ["candidate"],
}
MINUTE = timedelta(minutes=1)


def start(sessions: Sessions, clock: FakeClock, *steps: Node, **members: list[str]) -> World:
    drawn = package(process("tiny", *steps, single("after")))
    return begin(sessions, clock, drawn, members or EXAMINERS)


@on_both
def test_a_seat_of_a_queue_is_taken_by_one_and_put_back(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, collective("mark", "per(['K01'], 'examiner')", role="examiner"))
    seat = world.seat("mark")

    world.take(seat, "hu")
    world.take(seat, "hu")  # a double click
    with pytest.raises(SeatTaken):
        world.take(seat, "wu")
    with pytest.raises(SeatTaken):
        world.submit("mark", "wu", about="K01")
    with pytest.raises(SeatNotFound):
        world.put_back(seat, "wu")
    world.draft("mark", "hu", {"note": "half"}, about="K01")
    world.put_back(seat, "hu")

    assert world.seat("mark").draft == {"note": "half"}
    world.submit("mark", "wu", about="K01")
    assert [(s.state, s.person_id) for s in world.seats("mark")] == [
        ("handed_in", world.people["wu"])
    ]


def test_an_outsider_cannot_tell_a_seat_from_none(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, collective("mark", "per(['K01'], 'examiner')", role="examiner"))
    seat = world.seat("mark")

    for state in ("open", "handed in"):
        with pytest.raises(SeatNotFound):
            world.take(seat, "guest")
        with pytest.raises(SeatNotFound):
            world.submit("mark", "guest", about="K01")
        if state == "open":
            world.submit("mark", "hu", about="K01")


def test_each_of_several_seats_needs_another_person(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, collective("mark", "persons(2, 'examiner')", role="examiner"))
    world.submit("mark", "hu")

    with pytest.raises(SeatTaken):
        world.submit("mark", "hu")
    with pytest.raises(SeatTaken):
        world.take(world.seats("mark")[1], "hu")

    world.submit("mark", "wu")
    assert world.opened() == ["after"]


def test_who_did_the_first_task_may_not_check_it(sessions: Sessions, clock: FakeClock) -> None:
    world = start(
        sessions,
        clock,
        single("enter", role="examiner"),
        single("check", role="examiner", not_by="enter"),
    )
    world.submit("enter", "hu")

    with pytest.raises(SamePerson):
        world.take(world.seat("check"), "hu")
    with pytest.raises(SamePerson):
        world.submit("check", "hu")

    world.submit("check", "wu")
    assert world.opened() == ["after"]


def test_not_by_asks_about_the_same_subject(sessions: Sessions, clock: FakeClock) -> None:
    seats = "per(['K01', 'K02'], 'examiner')"
    world = start(
        sessions,
        clock,
        collective("enter", seats, role="examiner"),
        collective("check", seats, role="examiner", not_by="enter"),
    )
    world.submit("enter", "hu", about="K01")
    world.submit("enter", "wu", about="K02")

    with pytest.raises(SamePerson):
        world.submit("check", "hu", about="K01")

    world.submit("check", "hu", about="K02")
    world.submit("check", "wu", about="K01")
    assert world.opened() == ["after"]


def test_a_recorder_hands_in_for_the_body(sessions: Sessions, clock: FakeClock) -> None:
    decide = single("decide", role="leading_group", recorders="selection_office", returns="outcome")
    world = start(sessions, clock, decide)

    with pytest.raises(NotAllowed):
        world.take(world.seat("decide"), "office")  # would decide in their own name
    world.submit("decide", "office", {"outcome": "agree"})

    seat = world.seat("decide")
    assert (seat.recorded_for, seat.submitted_by) == ("leading_group", world.people["office"])
    assert [e.recorded_for for e in world.history("task_done")] == ["leading_group"]


def test_a_named_body_stands_in_the_record(sessions: Sessions, clock: FakeClock) -> None:
    decide = single("decide", role="leading_group", recorders="selection_office")
    world = start(sessions, clock, decide)

    world.submit("decide", "office", recorded_for="市委常委会")

    assert world.seat("decide").recorded_for == "市委常委会"


def test_a_recorder_cannot_cast_a_ballot(sessions: Sessions, clock: FakeClock) -> None:
    world = start(
        sessions,
        clock,
        collective("tell", "members('examiner')", role="examiner", recorders="selection_office"),
    )

    world.submit("tell", "office", {"note": "by phone"})

    assert [s.recorded_for for s in world.seats("tell")] == ["examiner", ""]
    assert world.seats("tell")[0].person_id == world.people["hu"]


def test_readers_are_those_named_else_who_acts_records_and_oversees(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(
        sessions,
        clock,
        single("enter", role="examiner", recorders="leading_group"),
        office=["selection_office"], hu=["examiner"], shen=["supervisor"], lu=["leading_group"],
        guest=["candidate"],
    )  # fmt: skip
    named = single("other", role="examiner", readers="supervisor")
    enter = world.package.element("enter")
    other = package(process("other_one", named)).element("other")

    def readers(element: object) -> list[str]:
        with sessions() as session:
            return [
                name
                for name, person in world.people.items()
                if may_read_answers(
                    element,  # type: ignore[arg-type]  # an Element
                    standing(session, person_id=person, case_id=world.case_id, now=world.now),
                )
            ]

    assert readers(enter) == ["office", "hu", "shen", "lu"]
    assert readers(other) == ["shen"]


@pytest.mark.parametrize("kind", ["single", "many"])
def test_a_task_accepts_from_the_instant_it_opens_until_the_instant_it_closes(
    sessions: Sessions, clock: FakeClock, kind: str
) -> None:
    times = {"opens": "now() + hours(1)", "closes": "now() + hours(2)"}
    step = (
        single("mark", role="examiner", **times)
        if kind == "single"
        else collective("mark", "members('examiner')", role="examiner", **times)
    )
    world = start(sessions, clock, step)
    begun = clock.now()

    clock.move_to(begun + timedelta(hours=1) - timedelta(microseconds=1))
    with pytest.raises(TaskClosed, match="later"):
        world.submit("mark", "hu")
    with pytest.raises(TaskClosed, match="later"):
        world.draft("mark", "hu", {})
    clock.move_to(begun + timedelta(hours=1))
    world.submit("mark", "hu")

    if kind == "many":
        clock.move_to(begun + timedelta(hours=2))
        with pytest.raises(TaskClosed, match="passed"):  # before the sweep has come round
            world.submit("mark", "wu")
        assert world.sweep() == 1
        assert [s.state for s in world.seats("mark")] == ["handed_in", "closed"]
    assert world.opened() == ["after"]


def test_a_double_click_hands_in_once(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, collective("tell", "members('examiner')", role="examiner"))
    world.submit("tell", "hu", {"note": "first"})

    with pytest.raises(AlreadyHandedIn) as refusal:
        world.submit("tell", "hu", {"note": "second"})

    assert refusal.value.at == clock.now()
    assert world.seats("tell")[0].answers == {"note": "first"}


def test_subjects_come_in_order_and_only_the_current_one_is_scored(
    sessions: Sessions, clock: FakeClock
) -> None:
    seats = "times(members('judge'), ['K01', 'K02'])"
    world = start(
        sessions, clock, collective("score", seats, kind="scores", in_order="yes"), **TWO_JUDGES
    )

    with pytest.raises(TaskClosed, match="another"):
        world.submit("score", "ma", about="K02")
    world.submit("score", "ma", about="K01")
    with pytest.raises(NotAllowed):
        world.call_next("score", "K02", who="ma")
    with pytest.raises(TaskClosed, match="K07"):
        world.call_next("score", "K07")
    world.call_next("score", "K02")
    with pytest.raises(TaskClosed, match="another"):
        world.submit("score", "li", about="K01")
    world.submit("score", "li", about="K02")
    world.call_next("score", "K01")
    world.submit("score", "li", about="K01")
    world.call_next("score", "K02")
    world.submit("score", "ma", about="K02")

    assert world.opened() == ["after"]


def test_nothing_is_put_back_while_the_selection_is_stopped(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = begin(
        sessions,
        clock,
        package(
            process("tiny", single("mark", role="examiner")),
            process("stop", single("x"), message="stop_ordered", starters="public"),
        ),
        EXAMINERS,
    )
    seat = world.seat("mark")
    world.take(seat, "hu")
    with sessions.begin() as session:
        session.merge(world.case()).state = "paused"

    with pytest.raises(CasePaused):
        world.put_back(seat, "hu")
