"""Seats as rows: opened, taken, handed in, void. A submission touches its own row only."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import exists, func, insert, literal_column, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.model import Candidate, Person, Seat, UserTask
from engine.seats.places import Place


class SeatNotFound(EngineError):
    """No such seat, or none that this person may see: the two answers must look alike."""

    code = "seat_not_found"

    def __init__(self, seat_id: UUID) -> None:
        super().__init__(f"there is nothing to hand in under {seat_id}, or not for you")
        self.seat_id = seat_id


class SeatTaken(EngineError):
    """Somebody else has taken it, or handed it in, first."""

    code = "seat_taken"

    def __init__(self, seat_id: UUID) -> None:
        super().__init__("somebody else has taken this; choose another item from the list")
        self.seat_id = seat_id


class AlreadyHandedIn(EngineError):
    """It was handed in before, e.g. by a double click; nothing is changed."""

    code = "already_handed_in"

    def __init__(self, seat_id: UUID, at: datetime | None) -> None:
        super().__init__("this was handed in before; nothing was changed")
        self.seat_id, self.at = seat_id, at


class TaskClosed(EngineError):
    """The task is closed, or not open yet; nothing is changed."""

    code = "task_closed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"nothing can be handed in: {reason}")
        self.reason = reason


def open_seats(session: Session, *, task: UserTask, places: Sequence[Place]) -> None:
    """Write all seats of a task in one statement; they are frozen from now on."""
    rows = [
        {
            "id": uuid4(),
            "task_id": task.id,
            "case_id": task.case_id,
            "position": position,
            "person_id": place.person_id,
            "role": place.role,
            "function": place.function,
            "subject": place.subject,
            "group": place.group,
            "state": "void" if place.void_reason else "open",
            "void_reason": place.void_reason,
        }
        for position, place in enumerate(places, start=1)
    ]
    if rows:
        session.execute(insert(Seat), rows)


def any_about(session: Session, task_ids: Sequence[UUID], subject: str) -> bool:
    """Whether a seat of these tasks is about this subject, handed in or not."""
    asked = exists().where(Seat.task_id.in_(task_ids), Seat.subject == subject)
    return bool(session.scalar(select(asked)))


class OneSeatEach(EngineError):
    """The stand-in hands in another one of the same work: those must be different people."""

    code = "one_seat_each"

    def __init__(self, seat_id: UUID) -> None:
        super().__init__("you hand in another one of the same work; somebody else must do this")
        self.seat_id = seat_id


def require_another_hand(session: Session, *, seat: Seat, person_id: UUID) -> None:
    """Raise if whoever stands in has, or handed in, another seat of the same work.

    Locks the person as `require_no_other` does.

    Raises:
        OneSeatEach: they do; two seats of one work are two people.
    """
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
    twin = exists().where(
        Seat.task_id == seat.task_id,
        Seat.subject == seat.subject,
        Seat.id != seat.id,
        Seat.state != "void",
        (Seat.person_id == person_id) | (Seat.submitted_by == person_id),
    )
    if session.scalar(select(twin)):
        raise OneSeatEach(seat.id)


def at_least(session: Session, task_id: UUID, number: int) -> bool:
    """Whether a task has so many seats; reads no more of them than that."""
    found = select(Seat.id).where(Seat.task_id == task_id).limit(number).subquery()
    return session.scalar(select(func.count()).select_from(found)) == number


def require_no_other(session: Session, *, seat: Seat, person_id: UUID) -> None:
    """Raise if this person holds another seat of the same work; each must be another person.

    Locks the person, so that one who takes two seats at once gets only the first.

    Raises:
        SeatTaken: they do, or handed one in for somebody who is away.
    """
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
    stood_in = Seat.absence_id.is_not(None) & (Seat.submitted_by == person_id)
    twin = exists().where(
        Seat.task_id == seat.task_id,
        Seat.subject == seat.subject,
        (Seat.person_id == person_id) | stood_in,
        Seat.id != seat.id,
    )
    if session.scalar(select(twin)):
        raise SeatTaken(seat.id)


def claim(session: Session, *, seat: Seat, person_id: UUID, now: datetime) -> None:
    """Take a seat that belongs to a role; compare-and-set, so only one of two wins.

    Raises:
        SeatTaken: somebody was faster, or this person holds another seat of the same work.
    """
    require_no_other(session, seat=seat, person_id=person_id)
    won = _changed(
        session,
        update(Seat)
        .where(Seat.id == seat.id, Seat.person_id.is_(None), Seat.state == "open")
        .values(person_id=person_id, claimed_at=now),
    )
    if not won:
        raise SeatTaken(seat.id)


def release(session: Session, *, seat_id: UUID, person_id: UUID) -> None:
    """Put back a seat taken from a role's queue; its draft stays.

    Raises:
        SeatNotFound: this person does not hold it, or it was never in a queue.
    """
    put_back = _changed(
        session,
        update(Seat)
        .where(
            Seat.id == seat_id,
            Seat.person_id == person_id,
            Seat.claimed_at.is_not(None),
            Seat.state == "open",
        )
        .values(person_id=None, claimed_at=None),
    )
    if not put_back:
        raise SeatNotFound(seat_id)


def save_draft(session: Session, *, seat_id: UUID, draft: Mapping[str, Any], now: datetime) -> None:
    """Keep what was typed, where the seat is still open."""
    kept = _changed(
        session,
        update(Seat)
        .where(Seat.id == seat_id, Seat.state == "open")
        .values(draft=dict(draft), draft_at=now),
    )
    if not kept:
        raise TaskClosed("it was closed in the meantime")


def hand_in(
    session: Session,
    *,
    seat_id: UUID,
    answers: Mapping[str, Any] | None,
    person_id: UUID,
    submitted_by: UUID,
    recorded_for: str,
    now: datetime,
    absence_id: UUID | None = None,
) -> None:
    """Set one open seat to handed in, compare-and-set: counted or refused, never lost.

    Args:
        answers: None for ballots and sealed writing, which lie elsewhere.
        absence_id: where `submitted_by` stands in for `person_id`.

    Raises:
        AlreadyHandedIn, TaskClosed: the seat is not open any more; nothing is changed.
        SeatTaken: somebody else took it from the queue meanwhile; nothing is changed.
    """
    taken = _changed(
        session,
        update(Seat)
        .where(
            Seat.id == seat_id,
            Seat.state == "open",
            (Seat.person_id.is_(None)) | (Seat.person_id == person_id),
        )
        .values(
            state="handed_in",
            answers=dict(answers) if answers is not None else None,
            draft=None,
            person_id=person_id,
            submitted_at=now,
            submitted_by=submitted_by,
            recorded_for=recorded_for,
            absence_id=absence_id,
        ),
    )
    if not taken:
        row = session.execute(select(Seat.state, Seat.submitted_at).where(Seat.id == seat_id)).one()
        if row.state == "handed_in":
            raise AlreadyHandedIn(seat_id, row.submitted_at)
        if row.state == "open":
            raise SeatTaken(seat_id)
        raise TaskClosed("it was closed in the meantime")


def take_back(session: Session, *, seat_id: UUID, reason: str) -> None:
    """Void what was handed in; the answers are gone.

    Raises:
        TaskClosed: the seat is not handed in; nothing is changed.
    """
    values = {"state": "void", "void_reason": reason, "answers": None, "submitted_at": None}
    done = update(Seat).where(Seat.id == seat_id, Seat.state == "handed_in").values(**values)
    if not _changed(session, done):
        raise TaskClosed("it was closed in the meantime")


def close_open(session: Session, *, task_ids: Sequence[UUID], wipe: bool) -> None:
    """Close what was not handed in; whoever comes second sees it.

    Args:
        wipe: forget the drafts too; those of sealed writing never came under seal.
    """
    values = {"state": "closed", "draft": None} if wipe else {"state": "closed"}
    session.execute(
        update(Seat).where(Seat.task_id.in_(task_ids), Seat.state == "open").values(**values)
    )


def void_of(session: Session, *, case_id: UUID, subjects: Sequence[str], reason: str) -> list[UUID]:
    """Void the open seats about and of these candidates; returns the tasks they belonged to."""
    people = select(Candidate.person_id).where(
        Candidate.case_id == case_id, Candidate.code.in_(subjects)
    )
    waiting = select(UserTask.id).where(
        UserTask.case_id == case_id, UserTask.state == literal_column("'open'")
    )
    # A candidate holds seats only as a candidate: nobody may stand and act in the same selection.
    concerned = (Seat.subject.in_(subjects)) | (Seat.person_id.in_(people))
    asked = Seat.task_id.in_(waiting), Seat.state == literal_column("'open'"), concerned
    tasks = list(session.scalars(select(Seat.task_id).where(*asked).distinct()))
    session.execute(update(Seat).where(*asked).values(state="void", void_reason=reason, draft=None))
    return tasks


def keep_out(
    session: Session, *, seats: Sequence[Seat], reason: str
) -> tuple[list[Seat], list[Seat]]:
    """Take open seats from somebody who may not hand them in; compare-and-set, row by row.

    What was taken from a queue goes back into it, without the draft; the others become void.

    Returns:
        What became void, and what went back: handed in meanwhile is neither.
    """
    void: list[Seat] = []
    back: list[Seat] = []
    for seat in seats:
        claimed = seat.claimed_at is not None
        values: dict[str, Any] = {"draft": None, "draft_at": None}
        values |= (
            {"person_id": None, "claimed_at": None}
            if claimed
            else {"state": "void", "void_reason": reason}
        )
        asked = Seat.id == seat.id, Seat.state == "open", Seat.person_id == seat.person_id
        if _changed(session, update(Seat).where(*asked).values(**values)):
            (back if claimed else void).append(seat)
    return void, back


def give_to(session: Session, *, seat_id: UUID, holder_id: UUID | None, person_id: UUID) -> None:
    """Give an open seat to another person, compare-and-set; the draft is forgotten.

    Raises:
        SeatTaken: somebody handed it in, or took it, meanwhile; nothing is changed.
    """
    holds = Seat.person_id.is_(None) if holder_id is None else Seat.person_id == holder_id
    given = _changed(
        session,
        update(Seat)
        .where(Seat.id == seat_id, Seat.state == "open", holds)
        .values(person_id=person_id, draft=None, draft_at=None),
    )
    if not given:
        raise SeatTaken(seat_id)


def root_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 over all submissions in seat order; the closing entry of the record carries it."""
    text = json.dumps(list(rows), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _changed(session: Session, statement: Any) -> bool:
    """Whether one row was changed; what the session holds of it is changed with it."""
    done = session.execute(statement, execution_options={"synchronize_session": "evaluate"})
    assert isinstance(done, CursorResult)  # noqa: S101 - an UPDATE gives one; told to mypy
    return done.rowcount == 1
