"""One selection, who takes part in it, and its plan."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.model.base import Base
from engine.model.people import Person


class Case(Base):
    """One selection: one root instance with the same id. Written by `engine.cases`."""

    __tablename__ = "selection"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    package_key: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(12), default="running")
    paused_by: Mapped[UUID | None] = mapped_column(
        comment="the instance that stopped it and alone goes on"
    )
    time_zone: Mapped[str] = mapped_column(String(40), default="Asia/Shanghai")
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    details: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="answers of the start form: posts, conditions, contacts"
    )
    started_at: Mapped[datetime]
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(80), default="", comment="id of the end event")
    cancel_reason: Mapped[str] = mapped_column(
        String(400), default="", comment="why the office ended it without a result"
    )

    __table_args__ = (
        CheckConstraint("state IN ('running', 'paused', 'ended')", name="state"),
        Index(None, "state", "started_at"),
        Index(None, "started_by"),
    )


class PlanDate(Base):
    """One line of the plan table of a selection. Written by `engine.plan`."""

    __tablename__ = "plan_date"
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    position: Mapped[int]
    at: Mapped[datetime]
    workday_year: Mapped[int | None] = mapped_column(
        comment="counted in working days up to this year; empty where a person set the date"
    )

    __table_args__ = (Index(None, "workday_year"),)


class CaseMember(Base):
    """A person's role in one selection, or a place on one of its lists.

    `roster` is empty for a role and the list's name for e.g. the 116 of the first recommendation.
    Written by `engine.people` and the operations `store_roster` and `store_members`.
    """

    __tablename__ = "case_member"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(40))
    function: Mapped[str] = mapped_column(String(40), default="")
    roster: Mapped[str] = mapped_column(String(80), default="")
    group: Mapped[str] = mapped_column(String(40), default="", comment="counted apart")
    label: Mapped[str] = mapped_column(String(80), default="", comment="shown, never counted")
    position: Mapped[int] = mapped_column(default=0, comment="order on the list, from 1")
    from_at: Mapped[datetime | None]
    to_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(400), default="")

    person: Mapped[Person] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("case_id", "person_id", "role", "function", "roster"),
        Index(None, "case_id", "role", "roster"),
        Index(None, "person_id"),
    )


class Candidate(Base):
    """Somebody who applied. Codes, not names, travel through the process."""

    __tablename__ = "candidate"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    code: Mapped[str] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(12), default="", comment="admission number")
    status: Mapped[str] = mapped_column(String(12), default="active")
    reason: Mapped[str] = mapped_column(String(400), default="")
    stroke_order: Mapped[int] = mapped_column(default=0)

    person: Mapped[Person] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("case_id", "code"),
        UniqueConstraint("case_id", "person_id"),
        Index(None, "person_id"),
        CheckConstraint("status IN ('active', 'withdrawn', 'refused', 'stopped')", name="status"),
    )


class Slip(Base):
    """A one-use code that signs one person in for one selection. Only its hash is stored."""

    __tablename__ = "slip"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(
        String(80), default="", comment="id of the element it is good for; empty: the selection"
    )
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined")

    __table_args__ = (Index(None, "case_id", "person_id"),)
