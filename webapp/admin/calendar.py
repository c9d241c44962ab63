"""The calendar: its years, the days of one, a day changed, a year confirmed."""

from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import format_date, gettext, ngettext
from werkzeug.wrappers import Response

from engine.almanac import AlreadyConfirmed, NoSuchDay, YearShown
from engine.db import reading, transaction
from engine.errors import EngineError
from engine.model import CalendarDay
from engine.run import recounting
from webapp import context
from webapp.errors import said
from webapp.i18n import current_language
from webapp.moves import move_rows

SATURDAY = 5


@dataclass(frozen=True)
class Cell:
    """One day of a month: `mark` is off, work or empty; weekends need none."""

    day: date
    weekend: bool
    mark: str
    name: str


@dataclass(frozen=True)
class Month:
    """A month in weeks of seven; None where a week reaches beyond it."""

    name: str
    weeks: Sequence[Sequence[Cell | None]]


def calendar() -> str:
    with reading(context.sessions()) as session:
        years = recounting.years(session, context.me())
        following = max((row.year for row in years), default=context.now().year - 1) + 1
        return render_template("admin/calendar.html", years=years, following=following)


def add_year() -> Response:
    year = request.form.get("year", type=int) or 0
    with transaction(context.sessions()) as session:
        recounting.add_year(session, context.me(), year=year)
    flash(gettext("The year is added. Compare its days with the official notice."), "success")
    return redirect(url_for("admin.year_page", year=year), 303)


def year_page(year: int) -> Response:
    return _page(year)


def set_day(year: int) -> Response:
    """A day is worked or off; what was typed comes back if it cannot be."""
    typed = {key: request.form.get(key, "").strip()[:80] for key in ("day", "kind", "name")}
    day = _read_day(typed["day"], year)
    wrong = {}
    if day is None:
        wrong["day"] = gettext("Give a day of %(year)s.", year=year)
    if typed["kind"] not in ("working", "off"):
        wrong["kind"] = gettext("Say whether the day is worked or off.")
    if day is None or wrong:
        return _page(year, typed, wrong)
    try:
        with transaction(context.sessions()) as session:
            recounting.set_day(
                session, context.me(), day=day, working=typed["kind"] == "working",
                name=typed["name"], now=context.now(),
            )  # fmt: skip
    except NoSuchDay as error:
        return _page(year, typed, {"day": said(error).what})
    flash(
        gettext("The day is changed. The year is to be confirmed once all of its days are right."),
        "success",
    )
    return redirect(url_for("admin.year_page", year=year), 303)


def _read_day(text: str, year: int) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year == year else None


def _page(
    year: int, typed: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None
) -> Response:
    with reading(context.sessions()) as session:
        shown = recounting.show(session, context.me(), year=year)
    html = render_template(
        "admin/year.html", shown=shown, months=months_of(shown), typed=typed or {},
        wrong=wrong or {}, weekdays=_weekdays(), name_of=day_name,
        ordinary=lambda row: (row.day.weekday() < SATURDAY) == (row.kind == "working"),
        weekday_of=lambda day: format_date(day, "EEEE"),
    )  # fmt: skip
    return make_response(html, 422 if wrong else 200)


def months_of(shown: YearShown) -> list[Month]:
    """The twelve months of a year, weeks from Monday."""
    days = {row.day: row for row in shown.days}
    return [
        Month(
            name=format_date(date(shown.year, number, 1), _MONTH[current_language()]),
            weeks=[
                [_cell(day, days.get(day)) if day.month == number else None for day in week]
                for week in Calendar().monthdatescalendar(shown.year, number)
            ],
        )
        for number in range(1, 13)
    ]


_MONTH = {"zh-Hans": "y年M月", "en": "MMMM y"}


def _cell(day: date, row: CalendarDay | None) -> Cell:
    weekend = day.weekday() >= SATURDAY
    if row is None:
        return Cell(day, weekend, "", "")
    worked = row.kind == "working"
    mark = ("work" if worked else "") if weekend else ("" if worked else "off")
    return Cell(day, weekend, mark, day_name(row))


def day_name(row: CalendarDay) -> str:
    if current_language() == "en" and row.name_en:
        return row.name_en
    return row.name


def _weekdays() -> list[tuple[str, str]]:
    """Short and full names, Monday first; any week will do."""
    week = [date(2026, 3, 2 + number) for number in range(7)]
    return [(format_date(day, "EEEEE"), format_date(day, "EEEE")) for day in week]


def ask_confirm(year: int) -> Response:
    return _ask_confirm(year)


def _ask_confirm(year: int, error: EngineError | None = None) -> Response:
    with reading(context.sessions()) as session:
        shown = recounting.show(session, context.me(), year=year)
        affected, more = recounting.preview(session, context.me(), year=year, now=context.now())
        html = render_template(
            "admin/confirm_year.html", shown=shown, more=more,
            refused=said(error) if error else None,
            affected=[(context.worded(each.title), move_rows(each.moves)) for each in affected],
        )  # fmt: skip
    return make_response(html, 422 if error else 200)


def confirm(year: int) -> Response:
    try:
        with transaction(context.sessions()) as session:
            recounting.confirm(session, context.me(), year=year, now=context.now())
    except AlreadyConfirmed as error:
        return _ask_confirm(year, error)
    moved = recounting.recount(context.sessions(), context.clock())
    told = ngettext(
        "Dates of %(num)d selection were counted anew.",
        "Dates of %(num)d selections were counted anew.",
        moved,
    )
    said_ = gettext("%(year)s is confirmed.", year=year)
    flash(f"{said_} {told if moved else gettext('No date moves by it.')}", "success")
    return redirect(url_for("admin.year_page", year=year), 303)
