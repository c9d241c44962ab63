"""Behind the seams `engine.ballots` and `engine.seals`; nothing else reads these tables."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base


class BallotBox(Base):
    """One ballot box of one meeting: its contests and rules, locked before the first ballot."""

    __tablename__ = "ballot_box"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    rules: Mapped[dict[str, Any]] = mapped_column(comment="title, contests, base")
    attendance_id: Mapped[UUID] = mapped_column(ForeignKey("attendance.id"))
    state: Mapped[str] = mapped_column(String(10), default="locked")
    locked_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    counted_at: Mapped[datetime | None]
    digest: Mapped[str] = mapped_column(String(64), default="", comment="over all envelopes")

    __table_args__ = (
        CheckConstraint("state IN ('locked', 'open', 'closed', 'counted', 'void')", name="state"),
    )


class BallotEnvelope(Base):
    """A voter's envelope, one each, without a time; emptied at the count."""

    __tablename__ = "ballot_envelope"
    box_id: Mapped[UUID] = mapped_column(ForeignKey("ballot_box.id"), primary_key=True)
    voter_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    group: Mapped[str] = mapped_column(String(40), default="")
    envelope: Mapped[bytes | None] = mapped_column(LargeBinary)


class BallotLine(Base):
    """An opened ballot without its voter; written once, sorted by content, at the count."""

    __tablename__ = "ballot_line"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    box_id: Mapped[UUID] = mapped_column(ForeignKey("ballot_box.id"))
    group: Mapped[str] = mapped_column(String(40), default="")
    validity: Mapped[str] = mapped_column(String(8))
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (
        CheckConstraint("validity IN ('valid', 'blank', 'invalid')", name="validity"),
        Index(None, "box_id"),
    )


class SealedItem(Base):
    """Writing under seal: shown to nobody before its opening."""

    __tablename__ = "sealed_item"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"))
    seat_id: Mapped[UUID] = mapped_column(ForeignKey("seat.id"), unique=True)
    subject: Mapped[str] = mapped_column(String(40), default="")
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "task_id"),)
