"""What the machines tell each other: jobs of the embedded queue, workers, upkeep."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base


class Job(Base):
    """Heavy work that waits, runs, or was given up; gone once it is done. Written by `engine.jobs`.

    It only says what to look at; whether anything is to be done stands in the row it names.
    """

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[UUID | None] = mapped_column(comment="id of the row to look at")
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("selection.id"))
    queueing_key: Mapped[str] = mapped_column(String(80), comment="one of these waits at a time")
    serial_key: Mapped[str] = mapped_column(String(80), comment="one of these runs at a time")
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    run: Mapped[str] = mapped_column(String(36), default="", comment="of the process that has it")
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'dead')", name="state"),
        Index(
            "ix_job_waits",
            "queueing_key",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_job_runs",
            "serial_key",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index("ix_job_next", "state", "not_before"),
    )


class Upkeep(Base):
    """When something that is done once in a while was done last: a worker's round, the pruning."""

    __tablename__ = "upkeep"
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    at: Mapped[datetime]
    facts: Mapped[str] = mapped_column(Text, default="")
