"""A year of the calendar was confirmed: count anew what running selections counted in it.

One selection is one transaction, safe to run twice; the worker goes on where a crash has ended it.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from engine import almanac, plan, problems, record
from engine.clock import Clock
from engine.db import Sessions, reading, transaction
from engine.definitions import Words
from engine.identity import Identity
from engine.model import CalendarYear, Case, PlanDate, Timer, UserTask
from engine.permissions import NotAllowed
from engine.run.closing import close_if_complete
from engine.run.context import Context, locked, unlocked
from engine.run.moving import Changes, Move, apply, changes, in_time
from engine.run.replanning import facts_of, line_moves, lines_of_plan, used_lines

DUTY = "administrator"
MOST_SHOWN = 50
_BATCH = 100
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Affected:
    """One running selection with what a confirmation moves in it."""

    title: Words
    moves: Sequence[Move]


def require_administrator(who: Identity) -> None:
    """Raise unless this account looks after the installation.

    Raises:
        NotAllowed: it does not.
    """
    if DUTY not in who.duties or who.only_case is not None:
        raise NotAllowed("change the calendar")


def years(session: Session, who: Identity) -> Sequence[CalendarYear]:
    """The years of the calendar, for the administrator.

    Raises:
        NotAllowed.
    """
    require_administrator(who)
    return almanac.years(session)


def show(session: Session, who: Identity, *, year: int) -> almanac.YearShown:
    """One year with its days, for the administrator.

    Raises:
        NotAllowed, YearNotFound.
    """
    require_administrator(who)
    return almanac.show(session, year)


def preview(
    session: Session, who: Identity, *, year: int, now: datetime
) -> tuple[list[Affected], bool]:
    """What confirming a year would move, and whether there is more than is shown.

    Raises:
        NotAllowed, YearNotFound.
    """
    require_administrator(who)
    almanac.show(session, year)
    ids = _affected(session, year, limit=MOST_SHOWN + 1)
    found = []
    for case_id in ids[:MOST_SHOWN]:
        ctx = unlocked(session, case_id=case_id, now=now)
        made = _worked_out(ctx, year)
        everything = sorted([*made.lines, *made.rest.moves], key=in_time)
        if everything:
            title = Words(ctx.case.title, ctx.case.title_en)
            found.append(Affected(title, [_certain(move) for move in everything]))
    return found, len(ids) > MOST_SHOWN


def set_day(
    session: Session, who: Identity, *, day: date, working: bool, name: str, now: datetime
) -> None:
    """Say that a day is worked or off.

    Raises:
        NotAllowed; YearNotFound, NoSuchDay: see `almanac.set_day`.
    """
    require_administrator(who)
    almanac.set_day(session, day=day, working=working, name=name, actor_id=who.person_id, now=now)


def add_year(session: Session, who: Identity, *, year: int) -> None:
    """Add a year to the calendar.

    Raises:
        NotAllowed, YearNotFound.
    """
    require_administrator(who)
    almanac.add_year(session, year=year)


def confirm(session: Session, who: Identity, *, year: int, now: datetime) -> None:
    """Declare a year certain; the caller calls `recount` after its commit.

    Raises:
        NotAllowed, YearNotFound, AlreadyConfirmed.
    """
    require_administrator(who)
    almanac.confirm(session, year=year, actor_id=who.person_id, now=now)


def recount(sessions: Sessions, clock: Clock) -> int:
    """Count anew for every year that was confirmed since; gives how many selections moved.

    Called after a confirmation, and by the worker for what a crash has left.
    """
    with reading(sessions) as session:
        waiting = [
            (row.year, row.confirmed_at)
            for row in session.scalars(
                select(CalendarYear).where(CalendarYear.year.in_(almanac.to_recount(session)))
            )
        ]
    moved = 0
    for year, confirmed_at in waiting:
        moved += sum(_recount_one(sessions, clock, case_id, year) for case_id in
                     _all_affected(sessions, year))  # fmt: skip
        with transaction(sessions) as session:
            almanac.recounted(
                session, year=year, confirmed_at=confirmed_at or clock.now(), now=clock.now()
            )
    return moved


def _certain(move: Move) -> Move:
    """As it will be once the year is confirmed."""
    return replace(move, warnings=tuple(w for w in move.warnings if w != "provisional"))


def _all_affected(sessions: Sessions, year: int) -> Iterator[UUID]:
    after: UUID | None = None
    while True:
        with reading(sessions) as session:
            ids = _affected(session, year, limit=_BATCH, after=after)
        yield from ids
        if len(ids) < _BATCH:
            return
        after = ids[-1]


def _recount_one(sessions: Sessions, clock: Clock, case_id: UUID, year: int) -> bool:
    """One selection; what cannot be counted there does not keep the others waiting."""
    try:
        with transaction(sessions) as session:
            ctx = locked(session, case_id=case_id, now=clock.now())
            moved = ctx.case.state != "ended" and _count_anew(ctx, year)
    except Exception:
        log.exception("selection %s was not counted anew", case_id)
        with transaction(sessions) as session:
            _report(session, case_id, year, "the dates could not be counted anew", clock.now())
        return False
    close_if_complete(sessions, clock, ctx.touched)
    return moved


def _affected(session: Session, year: int, *, limit: int, after: UUID | None = None) -> list[UUID]:
    """Selections that are not over and counted working days up to this year, or wait into it."""
    begins = datetime.combine(date(year, 1, 1), time(), UTC) - timedelta(days=1)
    counted = union(
        select(UserTask.case_id).where(UserTask.state == "open", UserTask.workday_year >= year),
        select(PlanDate.case_id).where(PlanDate.workday_year >= year),
        select(Timer.case_id).where(
            Timer.kind == "event", Timer.state == "pending", Timer.due_at >= begins
        ),
    ).subquery()
    asked = (
        select(Case.id)
        .join(counted, counted.c.case_id == Case.id)
        .where(Case.state != "ended")
        .order_by(Case.id)
        .limit(limit)
    )
    if after is not None:
        asked = asked.where(Case.id > after)
    return list(session.scalars(asked))


@dataclass(frozen=True)
class _Anew:
    """One selection counted anew, not written yet."""

    dates: Mapping[str, datetime]
    lines: Sequence[Move]
    rest: Changes
    out_of_order: bool
    """the lines counted anew would stand in another order: they stay, and the office decides"""


def _worked_out(ctx: Context, year: int) -> _Anew:
    """Lines that were counted into the year, still ahead and not used, and what hangs on them."""
    dates, used = ctx.facts.plan, used_lines(ctx)
    counted = {
        key
        for key, last in plan.lines_counted(ctx.session, case_id=ctx.case.id).items()
        if last >= year and key in dates and dates[key] > ctx.now and key not in used
    }
    whole = plan.recounted(
        lines_of_plan(ctx), dates, counted=counted, parameters=ctx.facts.parameters,
        zone=ctx.facts.zone, calendar=ctx.facts.calendar,
    )  # fmt: skip
    new = {key: at for key, at in whole.items() if at != dates[key] and at > ctx.now}
    out_of_order = bool(plan.order_problems({**dates, **new}))
    new = {} if out_of_order else new
    lines = line_moves(ctx, new)
    return _Anew(new, lines, changes(ctx, {**dates, **new}), out_of_order)


def _count_anew(ctx: Context, year: int) -> bool:
    """Write it, with an entry in the record; gives whether anything has moved."""
    made = _worked_out(ctx, year)
    if made.out_of_order:
        _report(ctx.session, ctx.case.id, year, "the plan would be out of order", ctx.now)
    if not (made.lines or made.rest.tasks or made.rest.timers):
        return False
    if made.dates:
        years = {key: at.astimezone(ctx.facts.zone).year for key, at in made.dates.items()}
        plan.change_dates(ctx.session, case_id=ctx.case.id, dates=made.dates, counted=years)
        ctx.session.flush()  # what is counted next reads it
        ctx.facts.forget_plan()
    told = apply(ctx, made.rest)
    if made.lines or made.rest.moves:
        record.note(
            ctx.session, case_id=ctx.case.id, action="recounted", now=ctx.now,
            facts={
                "year": year, "lines": facts_of(made.dates, made.lines),
                "tasks": len(made.rest.tasks), "people": told,
            },
        )  # fmt: skip
    return bool(made.lines or made.rest.moves)


def _report(session: Session, case_id: UUID, year: int, why: str, now: datetime) -> None:
    problems.report(
        session, case_id=case_id, instance_id=case_id, step=f"calendar:{year}",
        code="calendar_not_recounted", message=f"{year}: {why}; look at the plan and move it",
        now=now,
    )  # fmt: skip
