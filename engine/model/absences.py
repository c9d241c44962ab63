"""Who is away and who stands in; who is kept out of what, and why."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base


class Absence(Base):
    """A person is away for a time, and another acts for them. Written by `engine.absences`."""

    __tablename__ = "absence"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    stand_in_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    from_at: Mapped[datetime]
    to_at: Mapped[datetime] = mapped_column(comment="the first instant of being back")
    case_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("selection.id"), comment="only in this selection; none: in all"
    )
    role: Mapped[str] = mapped_column(
        String(40), default="", comment="only what this role does; empty: every role"
    )
    reason: Mapped[str] = mapped_column(String(400), default="")
    entered_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(comment="back, or revoked, before `to_at`")
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        CheckConstraint("from_at < to_at", name="times"),
        CheckConstraint("person_id <> stand_in_id", name="another"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        Index(None, "stand_in_id", "to_at"),
        Index(None, "person_id", "to_at"),
    )


class Recusal(Base):
    """A person is kept out of a subject, or of a whole selection. Written by `engine.recusals`."""

    __tablename__ = "recusal"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    subject: Mapped[str] = mapped_column(
        String(40), default="", comment="a candidate's code; empty: the whole selection"
    )
    deliberation: Mapped[bool] = mapped_column(comment="kept out of reading and dealing with it")
    vote: Mapped[bool] = mapped_column(comment="kept out of ballots and scores")
    reason: Mapped[str] = mapped_column(String(400))
    source: Mapped[str] = mapped_column(String(10))
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_reason: Mapped[str] = mapped_column(String(400), default="")

    __table_args__ = (
        CheckConstraint("source IN ('declared', 'detected', 'ordered')", name="source"),
        CheckConstraint("deliberation OR vote", name="something"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
        Index(
            "ix_recusal_in_force",
            "case_id",
            "person_id",
            "subject",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index(None, "person_id", "case_id"),
    )


class Conflict(Base):
    """A possible reason to step aside that was found in what people wrote; a person decides.

    Written by `engine.conflicts`.
    """

    __tablename__ = "conflict"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    subject: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(12))
    found: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="what the two have in common, as it was written"
    )
    found_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="open")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(400), default="")

    __table_args__ = (
        UniqueConstraint("case_id", "person_id", "subject", "kind"),
        CheckConstraint("kind IN ('same_unit', 'relative', 'named', 'stated')", name="kind"),
        CheckConstraint("state IN ('open', 'recused', 'none')", name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        Index(None, "case_id", "state", "found_at"),
    )
