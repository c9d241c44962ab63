"""A ballot as a task of many: the seat knows that somebody voted, and nothing else."""

from pathlib import Path
from uuid import UUID

import pytest

from engine import ballots
from engine.ballots import BallotClosed
from engine.db import Sessions
from engine.model import BallotBox, HistoryEntry, Instance, Seat, UserTask
from engine.run import recusing, submitting
from engine.run.closing import close_by_hand
from engine.seats import AlreadyHandedIn, SeatNotFound, TaskClosed
from tests.support.clock import FakeClock
from tests.support.databases import on_postgres
from tests.support.packages import Staged, stage, write_package
from tests.support.races import Running, door, errors, wait_for_lock

MEMBERS = {"office": ["selection_office"], "ma": ["voter"], "li": ["voter"], "scribe": ["scribe"]}
CODES = ["K01", "K02"]
CONTEST = {"code": "first_post", "mark": "recommend", "options": CODES, "most": 1, "seats": 1}
CHOICE = {"first_post": ["K02"]}


@pytest.fixture
def meeting(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> Staged:
    return stage(
        sessions, write_package(tmp_path), "ballot", now=clock.now(), members=MEMBERS,
        codes=CODES, ballot=[CONTEST],
    )  # fmt: skip


def vote(sessions: Sessions, clock: FakeClock, seat: UUID, person: UUID) -> None:
    submitting.submit(sessions, clock, seat_id=seat, actor_id=person, answers=CHOICE)


def test_nothing_of_a_ballot_stands_outside_its_box(
    sessions: Sessions, clock: FakeClock, meeting: Staged
) -> None:
    vote(sessions, clock, meeting.seats[0], meeting.people["ma"])
    with sessions.begin() as session:
        close_by_hand(
            session, task_id=meeting.task_id, actor_id=meeting.people["office"],
            reason="all have voted", now=clock.now(),
        )  # fmt: skip

    with sessions() as session:
        seats = session.query(Seat).filter_by(task_id=meeting.task_id).all()
        task = session.get_one(UserTask, meeting.task_id)
        said = [f"{e.facts}" for e in session.query(HistoryEntry)]
        frontier = session.get_one(Instance, meeting.case_id).frontier
    assert [(s.state, s.answers, s.draft) for s in seats] == [
        ("handed_in", None, None), ("closed", None, None),
    ]  # fmt: skip
    assert task.result == {"issued": 2, "returned": 1}
    assert "K02" not in " ".join([*said, f"{task.result}"])
    assert "K02" not in frontier.replace('"codes":["K01","K02"]', "")


def test_a_voter_votes_once_and_nobody_for_another(
    sessions: Sessions, clock: FakeClock, meeting: Staged
) -> None:
    vote(sessions, clock, meeting.seats[0], meeting.people["ma"])

    with pytest.raises(AlreadyHandedIn):
        vote(sessions, clock, meeting.seats[0], meeting.people["ma"])
    for other in ("li", "scribe", "office"):
        with pytest.raises(SeatNotFound):
            vote(sessions, clock, meeting.seats[0], meeting.people[other])
    with pytest.raises(TaskClosed, match="draft"), sessions.begin() as session:
        submitting.save_draft(
            session, seat_id=meeting.seats[1], actor_id=meeting.people["li"], answers=CHOICE,
            now=clock.now(),
        )  # fmt: skip


def test_a_refused_ballot_leaves_the_seat_open(
    sessions: Sessions, clock: FakeClock, meeting: Staged
) -> None:
    with sessions.begin() as session:
        session.query(BallotBox).one().state = "locked"

    with pytest.raises(BallotClosed):
        vote(sessions, clock, meeting.seats[0], meeting.people["ma"])

    with sessions.begin() as session:
        assert session.get_one(Seat, meeting.seats[0]).state == "open"
        session.query(BallotBox).one().state = "open"
    vote(sessions, clock, meeting.seats[0], meeting.people["ma"])


@on_postgres
@pytest.mark.parametrize("first", ["the voter", "the closing"])
def test_a_ballot_cast_while_the_box_closes_is_counted_or_refused(
    sessions: Sessions, clock: FakeClock, meeting: Staged, first: str
) -> None:
    def close() -> None:
        with sessions.begin() as session:
            close_by_hand(
                session, task_id=meeting.task_id, actor_id=meeting.people["office"],
                reason="enough", now=clock.now(),
            )  # fmt: skip

    acts = [lambda: vote(sessions, clock, meeting.seats[0], meeting.people["ma"]), close]
    if first == "the closing":
        acts.reverse()
    with door(sessions, "UPDATE seat", after=True) as held:
        leading = Running(acts[0])
        held.reached()
        following = Running(acts[1])
        wait_for_lock(sessions)
        held.open()
        leading.end()
        following.end()

    assert leading.error is None
    assert errors([following]) == ([] if first == "the voter" else ["TaskClosed"])
    with sessions() as session:
        returned = session.get_one(UserTask, meeting.task_id).result["returned"]
    assert returned == (1 if first == "the voter" else 0)


def keep_out(sessions: Sessions, clock: FakeClock, meeting: Staged, who: str) -> None:
    extent = recusing.Extent("K01", deliberation=False, vote=True, reason="a cousin")
    with sessions.begin() as session:
        recusing.order(
            session, case_id=meeting.case_id, person_id=meeting.people[who], extent=extent,
            actor_id=meeting.people["office"], now=clock.now(),
        )  # fmt: skip


def test_who_is_recused_while_the_vote_runs_gives_the_paper_back(
    sessions: Sessions, clock: FakeClock, meeting: Staged
) -> None:
    keep_out(sessions, clock, meeting, "ma")

    with pytest.raises(SeatNotFound):
        vote(sessions, clock, meeting.seats[0], meeting.people["ma"])
    vote(sessions, clock, meeting.seats[1], meeting.people["li"])
    with sessions() as session:
        assert [s.state for s in session.query(Seat).order_by(Seat.position)] == [
            "void", "handed_in",
        ]  # fmt: skip
        box = session.query(BallotBox).one()
        assert ballots.progress(session, box_id=box.id).issued == 1


def test_who_has_voted_before_stays_counted(
    sessions: Sessions, clock: FakeClock, meeting: Staged
) -> None:
    vote(sessions, clock, meeting.seats[0], meeting.people["ma"])
    keep_out(sessions, clock, meeting, "ma")

    with sessions() as session:
        box = session.query(BallotBox).one()
        progress = ballots.progress(session, box_id=box.id)
        assert (progress.issued, progress.returned) == (2, 1)


@on_postgres
@pytest.mark.parametrize("first", ["the voter", "the recusal"])
def test_a_vote_against_a_recusal_is_counted_or_refused(
    sessions: Sessions, clock: FakeClock, meeting: Staged, first: str
) -> None:
    with door(sessions, "UPDATE seat", after=True) as held:
        acts = [
            lambda: vote(sessions, clock, meeting.seats[0], meeting.people["ma"]),
            lambda: keep_out(sessions, clock, meeting, "ma"),
        ]
        if first == "the recusal":
            acts.reverse()
        leading = Running(acts[0])
        held.reached()
        following = Running(acts[1])
        wait_for_lock(sessions)
        held.open()
        leading.end()
        following.end()

    assert leading.error is None
    with sessions() as session:
        seat = session.get_one(Seat, meeting.seats[0])
        progress = ballots.progress(session, box_id=session.query(BallotBox).one().id)
    if first == "the voter":
        assert (following.error, seat.state) == (None, "handed_in")
        assert (progress.issued, progress.returned) == (2, 1)
    else:
        assert isinstance(following.error, TaskClosed | SeatNotFound)
        assert (seat.state, progress.issued, progress.returned) == ("void", 1, 0)
