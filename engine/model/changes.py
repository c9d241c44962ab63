"""Changes of a running selection by the office, as they were shown before they were confirmed."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base


class CaseChange(Base):
    """A change with its reason and its summary. Written by `engine.run.confirming`.

    It is `proposed` only where the procedure asks for a second person.
    """

    __tablename__ = "change"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    kind: Mapped[str] = mapped_column(String(10))
    place: Mapped[dict[str, Any]] = mapped_column(comment="instance, step, element, values")
    reason: Mapped[str] = mapped_column(String(400))
    summary: Mapped[dict[str, Any]] = mapped_column(comment="what was shown when it was confirmed")
    state: Mapped[str] = mapped_column(String(10))
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('move', 'leave', 'repeat', 'end', 'cancel', 'pause', 'resume')", name="kind"
        ),
        CheckConstraint("state IN ('proposed', 'done', 'refused')", name="state"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        Index(None, "case_id", "state"),
    )
