from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting

import pytest

from engine import ballots
from engine.db import Sessions, reading, transaction
from tests.engine.ballots.meeting import Meeting, hold_meeting
from tests.support.clock import FakeClock
from tests.support.databases import count_sql, on_both, on_postgres

FOR_K01 = ballots.encode_choice({"first": ["K01"]})
FOR_K02 = ballots.encode_choice({"first": ["K02"]})


@on_both
def test_the_same_envelope_again_gives_the_same_receipt(meeting: Meeting) -> None:
    first = meeting.cast_envelope(0, FOR_K01)

    assert meeting.cast_envelope(0, FOR_K01) == first
    assert meeting.progress().returned == 1


@on_both
def test_another_envelope_is_refused_with_the_first_receipt(meeting: Meeting) -> None:
    first = meeting.cast_envelope(0, FOR_K01)

    with pytest.raises(ballots.AlreadyVoted) as refusal:
        meeting.cast_envelope(0, FOR_K02)

    assert refusal.value.receipt == first
    meeting.close()
    assert meeting.count()["contests"]["first"]["votes"]["K02"] == {"recommend": 0}


def test_who_is_absent_or_unknown_cannot_vote(meeting: Meeting) -> None:
    absent = len(meeting.people) - 1

    with pytest.raises(ballots.NotEntitled):
        meeting.cast_envelope(absent, FOR_K01)

    meeting.people.append(meeting.box_id)  # the id of nobody
    with pytest.raises(ballots.NotEntitled):
        meeting.cast_envelope(-1, FOR_K01)
    assert meeting.progress().returned == 0


def test_a_closed_box_takes_nothing_new_but_repeats_a_receipt(meeting: Meeting) -> None:
    receipt = meeting.cast_envelope(0, FOR_K01)
    meeting.close()

    assert meeting.cast_envelope(0, FOR_K01) == receipt  # the answer was lost, not the ballot
    with pytest.raises(ballots.BallotClosed) as late:
        meeting.cast_envelope(1, FOR_K01)
    with pytest.raises(ballots.BallotClosed):
        meeting.cast_envelope(0, FOR_K02)
    assert late.value.state == "closed"
    assert meeting.progress().returned == 1


@pytest.mark.parametrize("size", [0, ballots.ENVELOPE_BYTES - 1, ballots.ENVELOPE_BYTES + 1])
def test_envelopes_of_another_size_are_refused(meeting: Meeting, size: int) -> None:
    with pytest.raises(ballots.EnvelopeUnusable):
        meeting.cast_envelope(0, b" " * size)


def test_nonsense_is_accepted_and_judged_at_the_count(meeting: Meeting) -> None:
    meeting.cast_envelope(0, b"x" * ballots.ENVELOPE_BYTES)
    meeting.close()

    assert meeting.count()["contests"]["first"]["numbers"]["invalid"] == 1


def test_one_voter_can_ask_for_oneself_whether_the_ballot_is_in(meeting: Meeting) -> None:
    meeting.cast_envelope(0, FOR_K01)
    meeting.close()
    meeting.count()

    with reading(meeting.sessions) as session:
        voted = [
            ballots.has_voted(session, box_id=meeting.box_id, voter_id=person)
            for person in meeting.people
        ]
    assert voted == [True, False, False, False, False]


def test_a_receipt_tells_nothing_and_two_voters_have_different_ones(meeting: Meeting) -> None:
    receipts = {meeting.cast_envelope(voter, FOR_K01).digest for voter in range(3)}

    assert len(receipts) == 3
    assert all(len(digest) == 64 for digest in receipts)


def test_the_cost_of_a_cast_does_not_depend_on_the_number_of_voters(
    sessions: Sessions, clock: FakeClock
) -> None:
    counts = []
    for size in (3, 30):
        meeting = hold_meeting(sessions, clock, present={"": size})
        for voter in range(1, size):
            meeting.cast_envelope(voter, FOR_K01)
        with count_sql(sessions) as statements:
            meeting.cast_envelope(0, FOR_K01)
        counts.append(len([text for text in statements if not text.startswith("BEGIN")]))

    assert counts == [3, 3]


@on_postgres
def test_of_two_devices_at_once_one_wins(meeting: Meeting) -> None:
    with ThreadPoolExecutor() as threads:
        with transaction(meeting.sessions) as session:
            first = ballots.cast(
                session,
                box_id=meeting.box_id,
                voter_id=meeting.people[0],
                envelope=FOR_K01,
                now=meeting.clock.now(),
            )
            other_device = threads.submit(meeting.cast_envelope, 0, FOR_K02)
            same_device = threads.submit(meeting.cast_envelope, 0, FOR_K01)
            other_voter = threads.submit(meeting.cast_envelope, 1, FOR_K01)
            other_voter.result(timeout=10)  # does not wait for anybody
            with pytest.raises(StillWaiting):
                other_device.result(timeout=0.3)
        with pytest.raises(ballots.AlreadyVoted) as refusal:
            other_device.result(timeout=10)

    assert refusal.value.receipt == first == same_device.result()


@on_postgres
def test_closing_waits_for_who_is_casting_and_turns_away_who_comes_after(meeting: Meeting) -> None:
    with ThreadPoolExecutor() as threads:
        with transaction(meeting.sessions) as session:
            ballots.cast(
                session,
                box_id=meeting.box_id,
                voter_id=meeting.people[0],
                envelope=FOR_K01,
                now=meeting.clock.now(),
            )
            closing = threads.submit(meeting.close)
            with pytest.raises(StillWaiting):
                closing.result(timeout=0.3)
            late = threads.submit(meeting.cast_envelope, 1, FOR_K01)
        closing.result(timeout=10)
        in_time = 0 if isinstance(late.exception(timeout=10), ballots.BallotClosed) else 1

    assert meeting.count()["returned"] == 1 + in_time


@on_postgres
def test_a_hall_casts_at_once_and_every_acknowledged_ballot_is_counted(
    sessions: Sessions, clock: FakeClock
) -> None:
    meeting = hold_meeting(sessions, clock, present={"": 40})

    with ThreadPoolExecutor(8) as threads:
        casting = [
            threads.submit(meeting.cast_envelope, voter % 40, FOR_K01) for voter in range(80)
        ]
        closing = threads.submit(meeting.close)
        acknowledged = {done.result().digest for done in casting if not done.exception()}
        closing.result()

    assert meeting.count()["returned"] == len(acknowledged)
