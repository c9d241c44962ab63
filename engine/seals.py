"""The seam of sealed writing: kept closed, replaced while closed, opened for a task as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.keeping import Kept
from engine.model import Case, SealedItem, UserTask

TERM = 5 * 366
"""Days of a term of office: so long somebody may ask for the writing again."""


def _of_ended(before: datetime) -> ColumnElement[bool]:
    """Of a selection that ended before; never of a running one."""
    return exists().where(
        UserTask.id == SealedItem.task_id,
        Case.id == UserTask.case_id,
        Case.state == "ended",
        Case.ended_at < before,
    )


LIMITS = (Kept("sealed_writing", SealedItem, TERM, _of_ended),)


class SealsOpened(EngineError):
    """The sealed writing of this task has been opened; nothing can be added or replaced."""

    code = "seals_opened"

    def __init__(self, task_id: UUID) -> None:
        super().__init__("the sealed writing has been opened; nothing more is accepted")
        self.task_id = task_id


class SealDamaged(EngineError):
    """What lies under a seal is not what was sealed. Restore it from a backup, or repeat it."""

    code = "seal_damaged"

    def __init__(self, *, seat_id: UUID, subject: str, digest: str) -> None:
        super().__init__(f"the writing of {subject or seat_id} does not have the digest {digest}")
        self.seat_id, self.subject, self.digest = seat_id, subject, digest


@dataclass(frozen=True)
class Opened:
    """One piece of writing after its opening; the digest is the one given at the sealing."""

    subject: str
    seat_id: UUID
    payload: bytes = field(repr=False)
    digest: str


def seal(
    session: Session, *, task_id: UUID, seat_id: UUID, subject: str, payload: bytes, now: datetime
) -> str:
    """Put the writing of one seat under seal; what it handed in before is replaced.

    Whether the task still accepts anything is asked by `engine.seats`, before this.

    Returns:
        SHA-256 of the payload, hexadecimal: the author's proof of what was handed in.

    Raises:
        SealsOpened: somebody opened the seals first; nothing is changed.

    """
    _lock(session, task_id, alone=False)
    if is_open(session, task_id=task_id):
        raise SealsOpened(task_id)
    digest = sha256(payload).hexdigest()
    item = session.scalar(select(SealedItem).where(SealedItem.seat_id == seat_id).with_for_update())
    if item is None:
        item = SealedItem(task_id=task_id, seat_id=seat_id, subject=subject)
        session.add(item)
    item.payload, item.digest, item.sealed_at = payload, digest, now
    session.flush()  # a second sealing in the same transaction must find it
    session.expire(item)  # the payload does not stay in memory
    return digest


def open_all(session: Session, *, task_id: UUID, now: datetime) -> list[Opened]:
    """Open everything under seal of one task at once; a repeated opening gives the same again.

    Returns:
        In the order of subject and seat, which says nothing about when each was handed in.

    Raises:
        SealDamaged: a payload was altered; nothing is opened.

    """
    _lock(session, task_id, alone=True)
    items = session.scalars(
        select(SealedItem)
        .where(SealedItem.task_id == task_id)
        .order_by(SealedItem.subject, SealedItem.seat_id)
    ).all()
    for item in items:
        if sha256(item.payload).hexdigest() != item.digest:
            raise SealDamaged(seat_id=item.seat_id, subject=item.subject, digest=item.digest)
    for item in items:
        item.opened_at = item.opened_at or now
    return [Opened(item.subject, item.seat_id, item.payload, item.digest) for item in items]


def opened(session: Session, *, task_id: UUID, seat_ids: Sequence[UUID]) -> list[Opened]:
    """Read writing whose seal has been opened, of these seats; nothing of what is still closed."""
    items = session.scalars(
        select(SealedItem).where(
            SealedItem.task_id == task_id,
            SealedItem.seat_id.in_(seat_ids),
            SealedItem.opened_at.is_not(None),
        )
    )
    return [Opened(item.subject, item.seat_id, item.payload, item.digest) for item in items]


def count(session: Session, *, task_id: UUID) -> int:
    """Count what lies under seal, opened or not."""
    found = session.scalar(
        select(func.count()).select_from(SealedItem).where(SealedItem.task_id == task_id)
    )
    return found or 0


def is_open(session: Session, *, task_id: UUID) -> bool:
    """Tell whether the seals of a task have been opened; a task without any never is."""
    opened = select(SealedItem.id).where(
        SealedItem.task_id == task_id, SealedItem.opened_at.is_not(None)
    )
    return session.scalar(select(opened.exists())) or False


def _lock(session: Session, task_id: UUID, *, alone: bool) -> None:
    """Let many seal at once, but nobody while the seals are being opened."""
    session.execute(
        select(UserTask.id)
        .where(UserTask.id == task_id)
        .with_for_update(read=not alone, key_share=not alone)
    )


@dataclass(frozen=True)
class Sealed:
    """What an author is told: that the writing lies under seal, since when, and its digest."""

    at: datetime
    digest: str


def proof_of(session: Session, *, seat_id: UUID) -> Sealed | None:
    """Give the author's proof; None where nothing was sealed for this seat."""
    row = session.execute(
        select(SealedItem.sealed_at, SealedItem.digest).where(SealedItem.seat_id == seat_id)
    ).first()
    return Sealed(row.sealed_at, row.digest) if row else None
