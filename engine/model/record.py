"""What happened: history, operations with their working, problems to deal with."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base


class HistoryEntry(Base):
    """One action: who, for whom, what, when, on which element. Only ever inserted."""

    __tablename__ = "history"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    instance_id: Mapped[UUID | None] = mapped_column(ForeignKey("instance.id"))
    at: Mapped[datetime]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    recorded_for: Mapped[str] = mapped_column(String(80), default="")
    for_person_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("person.id"), comment="the absent person for whom a stand-in acted"
    )
    about_person_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("person.id"), comment="who is away, steps aside, or had the work before"
    )
    to_person_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("person.id"), comment="who stands in, or has the work now"
    )
    action: Mapped[str] = mapped_column(String(40))
    element_id: Mapped[str] = mapped_column(String(80), default="")
    subject: Mapped[str] = mapped_column(String(40), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (Index(None, "case_id", "id"), Index(None, "case_id", "action"))


class OperationRun(Base):
    """One run of an operation: the result with its working. Rounds are kept; the last counts."""

    __tablename__ = "operation_run"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id"))
    element_id: Mapped[str] = mapped_column(String(80))
    round: Mapped[int]
    operation: Mapped[str] = mapped_column(String(40))
    result: Mapped[dict[str, Any]]
    at: Mapped[datetime]

    __table_args__ = (Index(None, "case_id", "element_id", "round"),)


class Problem(Base):
    """A problem to deal with: something that failed. Written by `engine.problems`.

    One row while it lasts: what fails again is counted in its row. At most one is open about the
    same step, timer, message or job.
    """

    __tablename__ = "problem"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("selection.id"), comment="none: of the installation, e.g. a backup"
    )
    instance_id: Mapped[UUID | None] = mapped_column(ForeignKey("instance.id"))
    kind: Mapped[str] = mapped_column(String(10), default="step")
    step: Mapped[str] = mapped_column(
        String(80), default="", comment="engine step; id of the timer, message or job"
    )
    about: Mapped[str] = mapped_column(String(160), comment="kind, instance and step in one")
    element_id: Mapped[str] = mapped_column(String(80), default="")
    subject: Mapped[str] = mapped_column(String(40), default="")
    code: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="of the error, for its words; an effect that is still to happen"
    )
    message: Mapped[str] = mapped_column(Text, comment="what the program said")
    state: Mapped[str] = mapped_column(String(10), default="open")
    attempts: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime] = mapped_column(comment="failed first")
    last_at: Mapped[datetime] = mapped_column(comment="failed last")
    next_try_at: Mapped[datetime | None] = mapped_column(comment="by itself; none: never")
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    remark: Mapped[str] = mapped_column(String(400), default="", comment="why it was skipped")

    __table_args__ = (
        CheckConstraint(
            "kind IN ('step', 'closing', 'effect', 'timer', 'message', 'job')", name="kind"
        ),
        CheckConstraint("state IN ('open', 'retried', 'skipped', 'gone')", name="state"),
        Index(None, "case_id", "state", "last_at"),
        Index(
            "uq_problem_open",
            "about",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_problem_next",
            "next_try_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_problem_latest",
            "last_at",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )
