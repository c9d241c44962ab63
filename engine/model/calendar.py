"""The working days of this installation, as an administrator has confirmed them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base


class CalendarYear(Base):
    """A year whose days are known here; certain once an administrator has confirmed it.

    Written by `engine.almanac`. `recounted_at` is empty while running selections are still to be
    counted anew after a confirmation.
    """

    __tablename__ = "calendar_year"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    recounted_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("year BETWEEN 1900 AND 2200", name="year"),
        CheckConstraint(
            "recounted_at IS NULL OR confirmed_at IS NOT NULL", name="recounted_after_confirmed"
        ),
    )


class CalendarDay(Base):
    """A day that is not what its weekday says: a holiday, or a weekend that is worked."""

    __tablename__ = "calendar_day"
    day: Mapped[date] = mapped_column("date", primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(80), default="")
    name_en: Mapped[str] = mapped_column(String(80), default="")
    source: Mapped[str] = mapped_column(String(16), default="official")
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        CheckConstraint("kind IN ('working', 'off')", name="kind"),
        CheckConstraint("source IN ('official', 'administrator')", name="source"),
    )
