"""What is told to people: notices in the application, messages that leave it."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base


class Notice(Base):
    """Something a person is told inside the application; the words are kept as they were."""

    __tablename__ = "notice"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    element_id: Mapped[str] = mapped_column(String(80), default="")
    content: Mapped[dict[str, Any]] = mapped_column(
        comment="{zh: …, en: …} of title, paragraphs, tables"
    )
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "person_id", "at"),)


class Outgoing(Base):
    """A message to be sent, at least once, always with the same Message-ID."""

    __tablename__ = "outgoing"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("selection.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(String(12), default="email")
    address: Mapped[str] = mapped_column(String(254))
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="new")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint("state IN ('new', 'sent', 'dead')", name="state"),
        Index(
            "ix_outgoing_next",
            "next_try_at",
            sqlite_where=text("state = 'new'"),
            postgresql_where=text("state = 'new'"),
        ),
        Index(None, "case_id", "state"),
    )
