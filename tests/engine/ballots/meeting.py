"""A meeting in a few words: who is present, what is on the paper, who casts what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine import ballots
from engine.db import Sessions, reading, transaction
from tests.support.clock import FakeClock
from tests.support.selections import add_case, add_meeting

RECOMMEND = {
    "code": "first",
    "mark": "recommend",
    "options": ["K01", "K02", "K03"],
    "most": 2,
    "seats": 2,
}


def approve(code: str, *options: str) -> dict[str, Any]:
    return {"code": code, "mark": "approve", "options": [*options], "most": 1, "seats": 1}


@dataclass(frozen=True)
class Meeting:
    """A ballot box and the people of its meeting, absent ones last."""

    sessions: Sessions
    clock: FakeClock
    box_id: UUID
    people: list[UUID]

    def cast(self, voter: int, choices: Mapping[str, Any]) -> ballots.Receipt:
        return self.cast_envelope(voter, ballots.encode_choice(choices))

    def cast_envelope(self, voter: int, envelope: bytes) -> ballots.Receipt:
        with transaction(self.sessions) as session:
            return ballots.cast(
                session,
                box_id=self.box_id,
                voter_id=self.people[voter],
                envelope=envelope,
                now=self.clock.now(),
            )

    def close(self) -> None:
        with transaction(self.sessions) as session:
            ballots.close_box(session, box_id=self.box_id, now=self.clock.now())

    def count(self, paper: Sequence[ballots.Paper] | None = None) -> dict[str, Any]:
        with transaction(self.sessions) as session:
            return ballots.count(session, box_id=self.box_id, paper=paper, now=self.clock.now())

    def progress(self) -> ballots.Progress:
        with reading(self.sessions) as session:
            return ballots.progress(session, box_id=self.box_id)


def hold_meeting(
    sessions: Sessions,
    clock: FakeClock,
    *,
    present: dict[str, int],
    absent: int = 0,
    contests: Sequence[Mapping[str, Any]] = (RECOMMEND,),
) -> Meeting:
    """Take attendance, lock a box and open it."""
    with transaction(sessions) as session:
        case = add_case(session, now=clock.now())
        attendance, people = add_meeting(
            session, case_id=case.id, now=clock.now(), present=present, absent=absent
        )
        box_id = ballots.lock_box(
            session,
            case_id=case.id,
            title="第一次推荐",
            contests=contests,
            base="valid",
            attendance_id=attendance.id,
            now=clock.now(),
        )
        ballots.open_box(session, box_id=box_id, now=clock.now())
        return Meeting(sessions, clock, box_id, [person.id for person in people])


def votes(result: Mapping[str, Any], contest: str = "first") -> dict[str, dict[str, int]]:
    """Take the marks per option out of a count."""
    marks: dict[str, dict[str, int]] = result["contests"][contest]["votes"]
    return marks
