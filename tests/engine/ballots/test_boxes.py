from typing import Any
from uuid import uuid4

import pytest

from engine import ballots
from engine.db import Sessions, reading, transaction
from tests.engine.ballots.meeting import RECOMMEND, Meeting, approve, hold_meeting
from tests.support.clock import FakeClock
from tests.support.selections import add_case, add_meeting


@pytest.mark.parametrize(
    ("contests", "contest"),
    [
        ([], ""),
        ([RECOMMEND, RECOMMEND], ""),
        ([RECOMMEND, approve("P1", "K01")], ""),
        ([RECOMMEND | {"code": ""}], ""),
        ([RECOMMEND | {"mark": "like"}], "first"),
        ([RECOMMEND | {"colour": "red"}], "first"),
        ([RECOMMEND | {"options": []}], "first"),
        ([RECOMMEND | {"options": "K01"}], "first"),
        ([RECOMMEND | {"options": ["K01", "K01"]}], "first"),
        ([RECOMMEND | {"options": ["K01", 2]}], "first"),
        ([RECOMMEND | {"most": 0}], "first"),
        ([RECOMMEND | {"most": "2"}], "first"),
        ([RECOMMEND | {"seats": -1}], "first"),
    ],
)
def test_rules_that_cannot_be_used_lock_nothing(
    sessions: Sessions, clock: FakeClock, contests: list[dict[str, Any]], contest: str
) -> None:
    with pytest.raises(ballots.BallotRulesWrong) as error:
        hold_meeting(sessions, clock, present={"": 1}, contests=contests)

    assert error.value.contest == contest


def test_a_box_belongs_to_a_meeting_of_its_own_selection_with_somebody_present(
    sessions: Sessions, clock: FakeClock
) -> None:
    with transaction(sessions) as session:
        here = add_case(session, now=clock.now()).id
        elsewhere = add_case(session, now=clock.now()).id
        other, _ = add_meeting(session, case_id=elsewhere, now=clock.now(), present={"": 1})
        empty, _ = add_meeting(session, case_id=here, now=clock.now(), present={"": 0}, absent=1)
        attendances = [other.id, empty.id, uuid4()]

    for attendance_id in attendances:
        with pytest.raises(ballots.BallotRulesWrong), transaction(sessions) as session:
            ballots.lock_box(
                session,
                case_id=here,
                title="",
                contests=[RECOMMEND],
                base="valid",
                attendance_id=attendance_id,
                now=clock.now(),
            )


def test_shares_are_taken_of_a_known_base(sessions: Sessions, clock: FakeClock) -> None:
    with (
        pytest.raises(ballots.BallotRulesWrong, match="everybody"),
        transaction(sessions) as session,
    ):
        ballots.lock_box(
            session,
            case_id=uuid4(),
            title="",
            contests=[RECOMMEND],
            base="everybody",
            attendance_id=uuid4(),
            now=clock.now(),
        )


def test_before_the_count_two_numbers_are_all_there_is(meeting: Meeting) -> None:
    assert meeting.progress() == ballots.Progress(issued=4, returned=0)

    meeting.cast(0, {"first": ["K01"]})
    meeting.cast(3, {"first": []})

    assert meeting.progress() == ballots.Progress(issued=4, returned=2)


def test_steps_are_done_in_order_and_may_be_repeated(meeting: Meeting) -> None:
    def step(name: str, **facts: Any) -> None:
        with transaction(meeting.sessions) as session:
            getattr(ballots, name)(session, box_id=meeting.box_id, **facts)

    now = {"now": meeting.clock.now()}
    step("open_box", **now)  # open already
    with pytest.raises(ballots.WrongBoxState, match="it must be closed"):
        meeting.count()
    step("close_box", **now)
    step("close_box", **now)
    with pytest.raises(ballots.WrongBoxState, match="it must be locked"):
        step("open_box", **now)
    meeting.count()
    step("close_box", **now)
    with pytest.raises(ballots.WrongBoxState, match="the ballot box is counted"):
        step("void_box")


def test_an_annulled_ballot_is_never_opened(meeting: Meeting) -> None:
    meeting.cast(0, {"first": ["K01"]})
    for _ in range(2):
        with transaction(meeting.sessions) as session:
            ballots.void_box(session, box_id=meeting.box_id)

    with pytest.raises(ballots.BallotClosed):
        meeting.cast(1, {"first": ["K01"]})
    with pytest.raises(ballots.WrongBoxState):
        meeting.close()
    with pytest.raises(ballots.WrongBoxState):
        meeting.count()


def test_a_box_that_does_not_exist_is_not_found(sessions: Sessions, clock: FakeClock) -> None:
    nowhere, now = uuid4(), clock.now()

    with reading(sessions) as session:
        with pytest.raises(ballots.BoxNotFound):
            ballots.progress(session, box_id=nowhere)
        with pytest.raises(ballots.BoxNotFound):
            ballots.open_box(session, box_id=nowhere, now=now)
        with pytest.raises(ballots.BoxNotFound):
            ballots.cast(
                session,
                box_id=nowhere,
                voter_id=nowhere,
                envelope=ballots.encode_choice({}),
                now=now,
            )


@pytest.mark.parametrize(
    "more",
    [
        {"fewest": 3},
        {"fewest": "2"},
        {"shares": [{"options": ["K01"], "fewest": 2}]},
        {"shares": [{"options": ["K01"]}]},
        {"at_least": 1},
    ],
)
def test_a_paper_that_asks_for_what_cannot_be_is_not_locked(
    sessions: Sessions, clock: FakeClock, more: dict[str, Any]
) -> None:
    with pytest.raises(ballots.BallotRulesWrong):
        hold_meeting(sessions, clock, present={"": 2}, contests=[RECOMMEND | more])
