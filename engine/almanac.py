"""The installation's working days: years and days in rows, confirmed by an administrator.

A year nobody has confirmed is provisional: its days come from the package `holidays`, and what is
counted in them may still move. Whoever changes a day of a confirmed year takes the confirmation
back, so that what was counted is counted anew once it is confirmed again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, select
from sqlalchemy.orm import Session

from engine.calendar import ChinaCalendar, SpecialDay
from engine.errors import EngineError
from engine.model import CalendarDay, CalendarYear, UserTask

SATURDAY = 5
FIRST, LAST = 2007, 2100


class YearNotFound(EngineError):
    """The calendar has no such year. Add it first."""

    code = "calendar_year_not_found"

    def __init__(self, year: int) -> None:
        super().__init__(f"the calendar has no year {year}; add it first")
        self.year = year


class AlreadyConfirmed(EngineError):
    """The year was confirmed before; nothing is changed."""

    code = "calendar_year_confirmed"

    def __init__(self, year: int) -> None:
        super().__init__(f"{year} is confirmed already")
        self.year = year


class NoSuchDay(EngineError):
    """What a day is to be makes no difference, or the date lies in no year of the calendar."""

    code = "calendar_day_refused"

    def __init__(self, day: date, reason: str) -> None:
        super().__init__(f"{day:%Y-%m-%d}: {reason}")
        self.day, self.reason = day, reason


class Almanac:
    """A `Calendar` read from the rows, a year at a time and only if asked.

    `last_asked` is the last year in which working days were counted since `forget_asked`.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._days: dict[int, Mapping[date, bool]] = {}
        self._settled: dict[int, bool] = {}
        self.last_asked: int | None = None

    def is_working_day(self, day: date) -> bool:
        self.last_asked = max(day.year, self.last_asked or day.year)
        special = self._year(day.year).get(day)
        return special if special is not None else day.weekday() < SATURDAY

    def is_settled(self, year: int) -> bool:
        self._year(year)
        return self._settled[year]

    def forget_asked(self) -> None:
        self.last_asked = None

    def _year(self, year: int) -> Mapping[date, bool]:
        """One statement for each year; a year without a row is taken from the package."""
        if year not in self._days:
            rows = self._session.execute(
                select(CalendarYear.confirmed_at, CalendarDay.day, CalendarDay.kind)
                .outerjoin(CalendarDay, CalendarDay.day.between(*_bounds(year)))
                .where(CalendarYear.year == year)
            ).all()
            if rows:
                found = {row.day: row.kind == "working" for row in rows if row.day is not None}
            else:
                found = {each.day: each.working for each in _official(year)}
            self._days[year] = found
            self._settled[year] = bool(rows) and rows[0].confirmed_at is not None
        return self._days[year]


_packaged: dict[int, Sequence[SpecialDay]] = {}


def _official(year: int) -> Sequence[SpecialDay]:
    """What the package says of a year, once per process."""
    if year not in _packaged:
        _packaged[year] = ChinaCalendar().special_days(year)
    return _packaged[year]


def _bounds(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


@dataclass(frozen=True)
class YearShown:
    """One year as the administrator sees it."""

    year: int
    confirmed_at: datetime | None
    days: Sequence[CalendarDay]
    announced: bool
    """the package knows make-up days of this year"""

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None


def seed(session: Session, years: Iterable[int]) -> None:
    """Fill years that are missing, and bring unconfirmed ones up to what the package says now.

    Days an administrator has set stay as they are; so does everything of a confirmed year. Safe
    to run at every start.
    """
    known = {row.year: row for row in session.scalars(select(CalendarYear))}
    for year in years:
        row = known.get(year)
        if row is None:
            session.add(CalendarYear(year=year))
            session.flush()  # nothing may be counted in days without their year
        elif row.confirmed_at is not None:
            continue
        _refresh(session, year)


def _refresh(session: Session, year: int) -> None:
    first, last = _bounds(year)
    official = CalendarDay.source == "official"
    session.execute(delete(CalendarDay).where(CalendarDay.day.between(first, last), official))
    kept = set(session.scalars(select(CalendarDay.day).where(CalendarDay.day.between(first, last))))
    session.add_all(
        CalendarDay(
            day=each.day, kind="working" if each.working else "off", name=each.name,
            name_en=each.name_en, source="official",
        )
        for each in _official(year)
        if each.day not in kept
    )  # fmt: skip
    session.flush()  # so that what is counted next is counted in them


def years(session: Session) -> Sequence[CalendarYear]:
    """All years of the calendar in their order."""
    return session.scalars(select(CalendarYear).order_by(CalendarYear.year)).all()


def unconfirmed(session: Session, asked: Iterable[int | None]) -> frozenset[int]:
    """Those of these years in which dates are provisional: one statement, none without years."""
    wanted = {year for year in asked if year is not None}
    if not wanted:
        return frozenset()
    sure = session.scalars(
        select(CalendarYear.year).where(
            CalendarYear.year.in_(wanted), CalendarYear.confirmed_at.is_not(None)
        )
    )
    return frozenset(wanted - set(sure))


def is_provisional() -> ColumnElement[bool]:
    """Whether the times of a task were counted in a year not confirmed yet, inside a statement."""
    sure = exists().where(
        CalendarYear.year == UserTask.workday_year, CalendarYear.confirmed_at.is_not(None)
    )
    return and_(UserTask.workday_year.is_not(None), UserTask.set_at.is_(None), ~sure)


def show(session: Session, year: int) -> YearShown:
    """One year with its special days.

    Raises:
        YearNotFound: the calendar has no such year.
    """
    row = _require(session, year)
    days = session.scalars(
        select(CalendarDay).where(CalendarDay.day.between(*_bounds(year))).order_by(CalendarDay.day)
    ).all()
    return YearShown(year, row.confirmed_at, days, ChinaCalendar().is_settled(year))


def add_year(session: Session, *, year: int) -> None:
    """Add a year with the days the package knows.

    Raises:
        YearNotFound: outside what a calendar can hold (2007–2100).
    """
    if not FIRST <= year <= LAST:
        raise YearNotFound(year)
    seed(session, [year])


def set_day(
    session: Session, *, day: date, working: bool, name: str, actor_id: UUID, now: datetime
) -> None:
    """Say that a day is worked or off; takes the confirmation of its year back.

    Setting a day to what its weekday says removes the exception.

    Raises:
        YearNotFound: the calendar has not that year.
        NoSuchDay: it is like that already; nothing is changed.
    """
    year = _require(session, day.year, lock=True)
    row = session.get(CalendarDay, day)
    is_now = row.kind == "working" if row else day.weekday() < SATURDAY
    ordinary = (day.weekday() < SATURDAY) == working
    if is_now == working and (ordinary or (row is not None and row.name == name)):
        raise NoSuchDay(day, "it is like that already")
    if row is None:
        row = CalendarDay(day=day)
        session.add(row)
    # An exception taken back stays a row, so that the package does not bring it back.
    row.kind = "working" if working else "off"
    row.name, row.name_en, row.source = name, "", "administrator"
    row.changed_at, row.changed_by = now, actor_id
    year.confirmed_at = year.confirmed_by = year.recounted_at = None
    session.flush()  # so that what is counted next is counted with it


def confirm(session: Session, *, year: int, actor_id: UUID, now: datetime) -> None:
    """Declare the days of a year certain; what was counted in it is then counted anew.

    Raises:
        YearNotFound: the calendar has no such year.
        AlreadyConfirmed: somebody was first; nothing is changed.
    """
    row = _require(session, year, lock=True)
    if row.confirmed_at is not None:
        raise AlreadyConfirmed(year)
    row.confirmed_at, row.confirmed_by, row.recounted_at = now, actor_id, None
    session.flush()  # what is counted next is certain


def to_recount(session: Session) -> list[int]:
    """Confirmed years whose running selections are still to be counted anew."""
    return list(
        session.scalars(
            select(CalendarYear.year)
            .where(CalendarYear.confirmed_at.is_not(None), CalendarYear.recounted_at.is_(None))
            .order_by(CalendarYear.year)
        )
    )


def recounted(session: Session, *, year: int, confirmed_at: datetime, now: datetime) -> None:
    """Note that everything was counted anew, unless the year was changed meanwhile."""
    row = session.scalar(
        select(CalendarYear).where(
            CalendarYear.year == year, CalendarYear.confirmed_at == confirmed_at
        )
    )
    if row is not None:
        row.recounted_at = now


def _require(session: Session, year: int, *, lock: bool = False) -> CalendarYear:
    asked = select(CalendarYear).where(CalendarYear.year == year)
    row = session.scalar(asked.with_for_update() if lock else asked)
    if row is None:
        raise YearNotFound(year)
    return row
