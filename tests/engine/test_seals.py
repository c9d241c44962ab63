from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import update

from engine import seals
from engine.db import Sessions, reading, transaction
from engine.model import SealedItem, Seat
from tests.support.clock import FakeClock
from tests.support.databases import on_both, on_postgres
from tests.support.selections import add_case, add_people, add_task


@dataclass(frozen=True)
class Writing:
    """An open task in which three candidates write under seal."""

    sessions: Sessions
    clock: FakeClock
    task_id: UUID
    seats: dict[str, UUID]

    def seal(self, subject: str, text: str) -> str:
        with transaction(self.sessions) as session:
            return seals.seal(
                session,
                task_id=self.task_id,
                seat_id=self.seats[subject],
                subject=subject,
                payload=text.encode(),
                now=self.clock.now(),
            )

    def open_all(self) -> list[seals.Opened]:
        with transaction(self.sessions) as session:
            return seals.open_all(session, task_id=self.task_id, now=self.clock.now())


@pytest.fixture
def writing(sessions: Sessions, clock: FakeClock) -> Writing:
    with transaction(sessions) as session:
        case = add_case(session, now=clock.now())
        writers = dict(
            zip(("K01", "K02", "K03"), add_people(session, "甲", "乙", "丙"), strict=True)
        )
        task = add_task(session, case=case, kind="sealed", seats=writers)
        seats = session.query(Seat).filter_by(task_id=task.id)
        return Writing(sessions, clock, task.id, {seat.subject: seat.id for seat in seats})


def test_the_digest_is_the_proof_of_what_was_handed_in(writing: Writing) -> None:
    assert writing.seal("K01", "调研报告") == sha256("调研报告".encode()).hexdigest()


def test_writing_is_replaced_until_it_is_opened(writing: Writing) -> None:
    writing.seal("K02", "乙的报告")
    writing.seal("K01", "草稿")
    kept = writing.seal("K01", "定稿")

    opened = writing.open_all()

    assert [(item.subject, item.payload.decode()) for item in opened] == [
        ("K01", "定稿"),
        ("K02", "乙的报告"),
    ]
    assert opened[0].digest == kept


def test_nothing_is_accepted_after_the_opening(writing: Writing) -> None:
    writing.seal("K01", "定稿")
    opened = writing.open_all()

    for subject in ("K01", "K02"):
        with pytest.raises(seals.SealsOpened):
            writing.seal(subject, "迟了")

    assert writing.open_all() == opened


def test_numbers_are_all_there_is_to_see_before_the_opening(writing: Writing) -> None:
    writing.seal("K01", "报告")
    writing.seal("K03", "报告")

    with reading(writing.sessions) as session:
        assert seals.count(session, task_id=writing.task_id) == 2
        assert not seals.is_open(session, task_id=writing.task_id)
    opened = writing.open_all()
    with reading(writing.sessions) as session:
        assert seals.is_open(session, task_id=writing.task_id)
    assert "报告".encode() not in repr(opened).encode()


def test_altered_writing_is_found_and_nothing_is_opened(writing: Writing) -> None:
    writing.seal("K01", "报告")
    writing.seal("K02", "报告")
    with transaction(writing.sessions) as session:
        session.execute(
            update(SealedItem).where(SealedItem.subject == "K02").values(payload=b"altered")
        )

    with pytest.raises(seals.SealDamaged) as damage:
        writing.open_all()

    assert damage.value.subject == "K02"
    with reading(writing.sessions) as session:
        assert not seals.is_open(session, task_id=writing.task_id)


@on_both
def test_a_task_without_writing_opens_to_nothing(writing: Writing) -> None:
    assert writing.open_all() == []


@on_postgres
def test_an_opening_waits_for_writing_that_is_being_sealed(writing: Writing) -> None:
    writing.seal("K01", "甲")

    with ThreadPoolExecutor() as threads:
        with transaction(writing.sessions) as session:
            seals.seal(
                session,
                task_id=writing.task_id,
                seat_id=writing.seats["K02"],
                subject="K02",
                payload=b"just in time",
                now=writing.clock.now(),
            )
            writing.seal("K03", "two may seal at once")
            opening = threads.submit(writing.open_all)
            with pytest.raises(StillWaiting):
                opening.result(timeout=0.3)
        opened = opening.result(timeout=10)

    assert [item.subject for item in opened] == ["K01", "K02", "K03"]
