"""People and how they sign in."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.model.base import Base


class Person(Base):
    """Somebody known to the system, with or without an account. Written by `engine.people`."""

    __tablename__ = "person"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(80))
    unit: Mapped[str] = mapped_column(String(120), default="")
    post: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(12), default="zh")
    born: Mapped[date | None]
    anonymous: Mapped[bool] = mapped_column(
        default=False, comment="stands for a paper or slip voter whose name is not recorded"
    )
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (Index(None, "name"),)


class Account(Base):
    """How a person signs in; at most one each. Written by `engine.people`."""

    __tablename__ = "account"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    duties: Mapped[list[Any]] = mapped_column(
        default=list, comment="outside any selection: administrator, office, owner"
    )
    epoch: Mapped[int] = mapped_column(default=0, comment="raised to end all its sessions")
    closed_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined")

    __table_args__ = (CheckConstraint("login <> ''", name="login_not_empty"),)


class SignInAttempt(Base):
    """A failed sign-in, kept for a short time to slow guessing down."""

    __tablename__ = "sign_in_attempt"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str] = mapped_column(String(120), comment="what was tried: login or address")
    at: Mapped[datetime]

    __table_args__ = (Index(None, "key", "at"),)
