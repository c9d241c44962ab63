"""Handing open work over: by the office with a reason, or by whoever holds it."""

from datetime import timedelta
from typing import Any

import pytest

from engine import overview
from engine.db import Sessions, reading, transaction
from engine.model import CaseMember, Notice, Seat, UserTask
from engine.permissions import NotAllowed
from engine.run.handing import open_seat
from engine.run.reassigning import CannotTakeOver, MayNotDelegate, NotReassignable
from engine.run.steering import ReasonNeeded
from engine.seats import SeatNotFound, TaskClosed
from tests.support.clock import FakeClock
from tests.support.drawings import collective, package, process, single
from tests.support.worlds import World, begin

MEMBERS = {
    "office": ["selection_office"],
    "ma": ["judge"],
    "li": ["judge"],
    "wu": ["judge"],
    "hu": ["examiner"],
    "shen": ["supervisor"],
}


def start(sessions: Sessions, clock: FakeClock, **properties: Any) -> World:
    task = {"seats": 'times(members("judge"), ["K01", "K02"])', "kind": "scores", **properties}
    drawn = package(process("tiny", single("first"), collective("score", **task), single("after")))
    world = begin(sessions, clock, drawn, MEMBERS, candidates=("K01", "K02"))
    with transaction(sessions) as session:  # joins only when the scores are on their way
        wu = session.query(CaseMember).filter_by(person_id=world.people["wu"]).one()
        wu.to_at = world.now
    world.submit("first", "office")
    with transaction(sessions) as session:
        session.query(CaseMember).filter_by(person_id=world.people["wu"]).one().to_at = None
    return world


def held(world: World, who: str) -> dict[str, str]:
    key = world.people[who]
    return {s.subject: s.state for s in world.seats("score") if s.person_id == key}


def offered(world: World, seat: Seat, who: str = "office") -> list[str]:
    with reading(world.sessions) as session:
        found = open_seat(session, world.identity(who), seat_id=seat.id, now=world.now, office=True)
        return [person.name for person in found.people]


def test_the_office_gives_a_seat_to_another_of_the_role_and_both_are_told(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    seat = world.seat("score", "ma", about="K01")
    world.draft_seat(seat, "ma", {"mark": "1"})

    assert world.reassign(seat, "wu") == 1

    assert (held(world, "ma"), held(world, "wu")) == ({"K02": "open"}, {"K01": "open"})
    assert world.one(Seat, id=seat.id).draft is None
    assert {n.person_id for n in world.all(Notice)} == {world.people["ma"], world.people["wu"]}
    with pytest.raises(SeatNotFound):
        world.submit_seat(seat, "ma")
    world.submit_seat(world.one(Seat, id=seat.id), "wu", {"mark": "3"})


def test_all_of_an_absent_judge_go_to_another_at_once(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock)
    world.recuse("wu", "K02")
    assert world.reassign(world.seat("score", "ma", about="K01"), "wu", everything=True) == 1
    assert held(world, "ma") == {"K02": "open"}


def test_only_who_could_have_it_is_offered(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock)
    seat = world.seat("score", "ma", about="K01")
    assert offered(world, seat) == ["wu"]  # li scores K01 already, hu has another role
    for unfit in ("li", "hu", "K01", "ma"):
        with pytest.raises(CannotTakeOver):
            world.reassign(seat, unfit)
    absence = world.leave("wu", "office", days=1)
    assert offered(world, seat) == []
    world.come_back(absence, "wu")
    world.recuse("wu", "K01", deliberation=False)
    assert offered(world, seat) == []


def test_a_reserve_may_be_called_in(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock)
    with transaction(sessions) as session:
        wu = session.query(CaseMember).filter_by(person_id=world.people["wu"]).one()
        wu.function, wu.to_at, wu.reason = "reserve", world.now, "reserve"

    world.reassign(world.seat("score", "ma", about="K01"), "wu")
    world.submit_seat(world.seat("score", "wu", about="K01"), "wu", {"mark": "2"})
    assert held(world, "wu") == {"K01": "handed_in"}


def test_only_the_office_and_only_with_a_reason(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock)
    seat = world.seat("score", "ma", about="K01")
    for outsider in ("li", "shen"):
        with pytest.raises(NotAllowed):
            world.reassign(seat, "wu", by=outsider)
    with pytest.raises(SeatNotFound):
        world.reassign(seat, "wu", by="K01")
    with pytest.raises(ReasonNeeded):
        world.reassign(seat, "wu", reason=" ")
    world.submit_seat(seat, "ma", {"mark": "1"})
    with pytest.raises(TaskClosed):
        world.reassign(seat, "wu")


@pytest.mark.parametrize("kind", ["ballot", "sealed"])
def test_ballots_and_sealed_writing_stay_with_the_person(
    sessions: Sessions, clock: FakeClock, kind: str
) -> None:
    world = start(sessions, clock)
    seat = world.seat("score", "ma", about="K01")
    with transaction(sessions) as session:
        session.get_one(UserTask, seat.task_id).kind = kind
    with pytest.raises(NotReassignable):
        world.reassign(seat, "wu")
    with reading(sessions) as session, pytest.raises(SeatNotFound):
        open_seat(session, world.identity("office"), seat_id=seat.id, now=world.now, office=True)


def test_what_a_candidate_is_asked_stays_with_the_candidate(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, seats="each(['K01'])", kind="open")
    with pytest.raises(NotReassignable):
        world.reassign(world.seats("score")[0], "wu")


def test_a_holder_hands_over_where_the_procedure_lets_them(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, delegate="yes")
    seat = world.seat("score", "ma", about="K01")
    with pytest.raises(SeatNotFound):
        world.delegate(seat, "li", "wu")
    with pytest.raises(CannotTakeOver):
        world.delegate(seat, "ma", "hu")
    world.delegate(seat, "ma", "wu")
    clock.advance(timedelta(hours=1))
    world.delegate(world.one(Seat, id=seat.id), "wu", "ma", reason="it is yours")

    assert held(world, "ma")["K01"] == "open"
    with reading(sessions) as session:
        seen = overview.view_case(
            session, world.identity("office"), case_id=world.case_id, now=world.now
        )
        chain = [e for e in overview.history(seen)[0] if e.action == "delegated"]
    assert [(e.about, e.to) for e in chain] == [
        ("wu", "ma"), ("ma", "wu"),
    ]  # fmt: skip


def test_a_holder_does_not_where_it_does_not(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock)
    with pytest.raises(MayNotDelegate):
        world.delegate(world.seat("score", "ma", about="K01"), "ma", "wu")
