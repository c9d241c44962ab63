"""Many threads on one file of SQLite, as in the default installation: nobody is turned away."""

from collections.abc import Sequence
from uuid import UUID

from engine.db import Sessions
from engine.model import Seat
from engine.run import submitting
from tests.support.clock import FakeClock
from tests.support.drawings import collective, package, process, single
from tests.support.races import errors, together
from tests.support.worlds import OFFICE, begin

THREADS = 8
EACH = 6


def test_eight_writers_on_one_file_all_succeed_and_the_task_closes_once(
    file_sessions: Sessions, clock: FakeClock
) -> None:
    judges = {f"judge {n}": ["judge"] for n in range(THREADS * EACH)}
    drawn = package(
        process("tiny", collective("vote", "members('judge')", result="voted"), single("after"))
    )
    world = begin(file_sessions, clock, drawn, {**OFFICE, **judges})
    seats = [(seat.id, seat.person_id) for seat in world.seats("vote") if seat.person_id]

    def hand_in(share: Sequence[tuple[UUID, UUID]]) -> None:
        for seat, person in share:
            submitting.submit(file_sessions, clock, seat_id=seat, actor_id=person, answers={})
            world.sweep()

    ended = together(*(lambda n=n: hand_in(seats[n::THREADS]) for n in range(THREADS)))

    assert errors(ended) == []
    assert [one.error for one in ended] == [None] * THREADS
    assert world.result("vote")["handed_in"] == THREADS * EACH
    assert world.opened() == ["after"]
    assert len(world.history("task_done")) == 1


def test_eight_writers_of_the_same_single_task_leave_one_answer(
    file_sessions: Sessions, clock: FakeClock
) -> None:
    world = begin(file_sessions, clock, package(process("tiny", single("work"), single("after"))))
    seat = world.seat("work")

    ended = together(
        *(lambda n=n: world.submit_seat(seat, "office", {"n": n}) for n in range(THREADS))
    )

    assert errors(ended) == ["AlreadyHandedIn"] * (THREADS - 1)
    winner = next(n for n, one in enumerate(ended) if one.error is None)
    assert [s.answers for s in world.all(Seat) if s.state == "handed_in"] == [{"n": winner}]
    assert world.opened() == ["after"]
