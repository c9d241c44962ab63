"""The studio: drafts of procedures, what their savings replaced, and what was published."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base


class PackageDraft(Base):
    """A procedure while it is being changed. Written by `engine.studio`."""

    __tablename__ = "package_draft"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str] = mapped_column(String(80))
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    base_hash: Mapped[str | None] = mapped_column(
        ForeignKey("package.hash"), comment="what it began as; none: it was imported"
    )
    files: Mapped[dict[str, Any]] = mapped_column(
        deferred=True, comment="path in the package → text"
    )
    findings: Mapped[list[Any]] = mapped_column(
        deferred=True, default=list, comment="what the check found at the last saving"
    )
    errors: Mapped[int] = mapped_column(default=0, comment="how many of them are errors")
    version: Mapped[int] = mapped_column(default=1, comment="counts the savings")
    state: Mapped[str] = mapped_column(String(12), default="draft")
    notes: Mapped[str] = mapped_column(Text, default="", comment="for who approves it")
    answer: Mapped[str] = mapped_column(Text, default="", comment="why it was returned")
    authors: Mapped[list[Any]] = mapped_column(
        default=list, comment="ids of all who have changed it; none of them may approve it"
    )
    begun_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    holder_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("person.id"), comment="who is editing it"
    )
    held_since: Mapped[datetime | None]
    held_until: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('draft', 'submitted', 'returned')", name="state_known"),
        CheckConstraint(
            "state <> 'submitted' OR (submitted_by IS NOT NULL AND submitted_at IS NOT NULL)",
            name="submitted_by_somebody",
        ),
        Index(None, "key", "changed_at"),
    )


class DraftRevision(Base):
    """What one saving of a draft replaced; the latest ones are kept. Written by `engine.studio`."""

    __tablename__ = "draft_revision"
    draft_id: Mapped[UUID] = mapped_column(
        ForeignKey("package_draft.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(
        primary_key=True, comment="the version of the draft before the saving"
    )
    at: Mapped[datetime]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    what: Mapped[str] = mapped_column(String(80), comment="the page that was saved")
    before: Mapped[dict[str, Any]] = mapped_column(
        deferred=True, comment="path → text before, or nothing where the file is new"
    )


class DraftTyping(Base):
    """What somebody has typed on a page of a draft and not saved yet. Written by `engine.studio`.

    Kept by the script of the page, so that a closed lid loses nothing.
    """

    __tablename__ = "draft_typing"
    draft_id: Mapped[UUID] = mapped_column(
        ForeignKey("package_draft.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    page: Mapped[str] = mapped_column(String(160), primary_key=True)
    typed: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(comment="of the draft, when the page was opened")
    at: Mapped[datetime]


class PackageRelease(Base):
    """A version that a second person has approved. Never changed, but published and withdrawn.

    Written by `engine.studio`.
    """

    __tablename__ = "package_release"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str] = mapped_column(String(80))
    number: Mapped[int]
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    package_hash: Mapped[str] = mapped_column(ForeignKey("package.hash"))
    base_hash: Mapped[str | None] = mapped_column(ForeignKey("package.hash"))
    notes: Mapped[str] = mapped_column(Text)
    drafted_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    approved_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_why: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        UniqueConstraint("key", "number"),
        CheckConstraint("number >= 1", name="number_from_1"),
        CheckConstraint("drafted_by <> approved_by", name="two_people"),
        CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_by IS NOT NULL", name="withdrawn_by_somebody"
        ),
    )
