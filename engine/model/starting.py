"""A selection that is being prepared: what the start pages have gathered so far."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base


class StartDraft(Base):
    """What an officer has typed on the start pages; gone once the selection has started.

    Written by `engine.preparation`.
    """

    __tablename__ = "start_draft"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    package_key: Mapped[str] = mapped_column(String(80))
    data: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="details, numbers, announced_on, plan, members: as typed"
    )
    changed_at: Mapped[datetime]

    __table_args__ = (Index(None, "owner_id", "changed_at"),)
