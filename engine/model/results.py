"""What comes out: publications and documents, files, attendance of meetings."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base


class Publication(Base):
    """A text as it was published or issued, in both languages; never changed afterwards."""

    __tablename__ = "publication"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    element_id: Mapped[str] = mapped_column(String(80))
    text_id: Mapped[str] = mapped_column(String(80))
    audience: Mapped[str] = mapped_column(String(40), default="public")
    content: Mapped[dict[str, Any]] = mapped_column(
        comment="{zh: …, en: …} of title, paragraphs, tables"
    )
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the canonical content")
    published_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "case_id", "published_at"),
        Index(
            "ix_publication_public",
            "published_at",
            "case_id",
            sqlite_where=text("audience = 'public' AND withdrawn_at IS NULL"),
            postgresql_where=text("audience = 'public' AND withdrawn_at IS NULL"),
        ),
    )


class StoredFile(Base):
    """A file somebody handed in; its bytes lie in a directory under their SHA-256."""

    __tablename__ = "stored_file"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("selection.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_task.id"))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    subject: Mapped[str] = mapped_column(
        String(40), default="", comment="whom it is about; who is kept out does not get it"
    )
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    stored_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("size >= 0", name="size"), Index(None, "case_id"))


class Attendance(Base):
    """Who was entitled and who was present at one meeting; frozen when the ballot opens."""

    __tablename__ = "attendance"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    element_id: Mapped[str] = mapped_column(String(80))
    taken_at: Mapped[datetime]


class Attendee(Base):
    """One entitled person: present, absent, or excluded from the entitled with a reason."""

    __tablename__ = "attendee"
    attendance_id: Mapped[UUID] = mapped_column(ForeignKey("attendance.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    position: Mapped[int]
    group: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(400), default="")

    __table_args__ = (CheckConstraint("state IN ('present', 'absent', 'excluded')", name="state"),)
