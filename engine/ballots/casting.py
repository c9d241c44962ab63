"""Casting: one envelope per person present, counted or refused, never acknowledged and lost."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.ballots.boxes import BoxNotFound
from engine.ballots.envelopes import ENVELOPE_BYTES, EnvelopeUnusable, Receipt, receipt_of
from engine.errors import EngineError
from engine.model import Attendee, BallotBox, BallotEnvelope
from engine.rows import insert_if_absent


class BallotClosed(EngineError):
    """The ballot is not open: not yet, or no longer. Nothing is recorded."""

    code = "ballot_closed"

    def __init__(self, state: str) -> None:
        super().__init__(f"nobody can vote now: the ballot box is {state}")
        self.state = state


class NotEntitled(EngineError):
    """Somebody who is not among those present wants to vote. The attendance list decides."""

    code = "not_entitled"

    def __init__(self, box_id: UUID) -> None:
        super().__init__("only who is present in this meeting may vote")
        self.box_id = box_id


class AlreadyVoted(EngineError):
    """This person has voted before; the first envelope counts. Carries its receipt."""

    code = "already_voted"

    def __init__(self, receipt: Receipt) -> None:
        super().__init__("this person has voted; the first ballot counts")
        self.receipt = receipt


# Asked ten thousand times within minutes: built once.
_BOX = (
    select(BallotBox.state, BallotBox.attendance_id)
    .where(BallotBox.id == bindparam("box_id"))
    .with_for_update(read=True, key_share=True)
)
_GROUP = select(Attendee.group).where(
    Attendee.attendance_id == bindparam("attendance_id"),
    Attendee.person_id == bindparam("voter_id"),
    Attendee.state == "present",
)


def cast(
    session: Session,
    *,
    box_id: UUID,
    voter_id: UUID,
    envelope: bytes,
    now: datetime,  # noqa: ARG001 - every service takes it; here it must leave no trace
) -> Receipt:
    """Put one person's envelope into the box.

    The same bytes again give the same receipt, even after the closing, so that a lost answer can
    be asked for again. Validity is judged at the count. Neither the instant nor the order of
    casting is stored, and nothing of the envelope is logged or kept in the session.

    Raises:
        EnvelopeUnusable: not `ENVELOPE_BYTES` long.
        BoxNotFound: no such box.
        BallotClosed: not open; nothing is recorded.
        NotEntitled: not present in the meeting.
        AlreadyVoted: another envelope of this person was first.

    """
    if len(envelope) != ENVELOPE_BYTES:
        raise EnvelopeUnusable("size")
    state, attendance_id = _share(session, box_id)
    group = _group_of_present(session, attendance_id, voter_id)
    if group is None:
        raise NotEntitled(box_id)
    receipt = receipt_of(box_id, voter_id, envelope)
    values: dict[str, Any] = {"box_id": box_id, "voter_id": voter_id, "group": group}
    if state == "open" and insert_if_absent(
        session, BallotEnvelope, values | {"envelope": envelope}
    ):
        return receipt
    first = _receipt_before(session, box_id, voter_id)
    if first == receipt:
        return receipt
    if state != "open" or first is None:
        raise BallotClosed(state)
    raise AlreadyVoted(first)


def has_voted(session: Session, *, box_id: UUID, voter_id: UUID) -> bool:
    """Tell one voter, and nobody else, whether their own envelope is in the box."""
    own = select(BallotEnvelope.box_id).where(
        BallotEnvelope.box_id == box_id, BallotEnvelope.voter_id == voter_id
    )
    return session.scalar(select(own.exists())) or False


def _share(session: Session, box_id: UUID) -> tuple[str, UUID]:
    """Keep the box from closing until this cast commits; many may cast at once."""
    row = session.execute(_BOX, {"box_id": box_id}).one_or_none()
    if row is None:
        raise BoxNotFound(box_id)
    return row.state, row.attendance_id


def _group_of_present(session: Session, attendance_id: UUID, voter_id: UUID) -> str | None:
    return session.scalar(_GROUP, {"attendance_id": attendance_id, "voter_id": voter_id})


def _receipt_before(session: Session, box_id: UUID, voter_id: UUID) -> Receipt | None:
    envelope = session.scalar(
        select(BallotEnvelope.envelope).where(
            BallotEnvelope.box_id == box_id, BallotEnvelope.voter_id == voter_id
        )
    )
    return None if envelope is None else receipt_of(box_id, voter_id, envelope)
