"""Timers: 100,000 pending; lateness of those that come; 10,000 due at once; polls of nothing."""

import time
from datetime import timedelta
from statistics import median

from sqlalchemy import bindparam, func, select, update

from engine.clock import SystemClock
from engine.db import reading
from engine.model import Instance, Timer
from engine.run.sweeping import Sweeper
from tools.bench.copies import copy_case
from tools.bench.figures import Measured, percentile
from tools.bench.meters import counting, taken
from tools.bench.models import add_people, alarm, start
from tools.bench.places import Place
from tools.bench.servers import serving

_PENDING, _QUICK_PENDING = 100_000, 2_000
_AT_ONCE, _QUICK_AT_ONCE = 10_000, 200
_COMING, _QUICK_COMING = 300, 40
_EVERY = 0.1
"""Seconds between two timers that come due one after another."""
_PATIENCE = 900.0


def measure(place: Place, *, quick: bool) -> Measured:
    """A timer moves its process on to a task: claim, load, step, save, open, all in one commit."""
    made, clock = Measured(), SystemClock()
    place.empty()
    (person,) = add_people(place.sessions, 1)
    case_id = start(place.sessions, clock, alarm(), [(person, "selection_office")])
    pending = _QUICK_PENDING if quick else _PENDING
    copy_case(place, case_id, first=1, last=pending - 1)
    place.settle()
    _polls(made, place, pending)
    with serving(place, replicas=place.name == "postgres", worker=True):
        coming = _QUICK_COMING if quick else _COMING
        _come_due(place, coming, first_in=3.0, every=_EVERY)
        late = _lateness(place, coming)
        made.add(
            f"lateness with {pending:,} pending, {1 / _EVERY:.0f} a second come due: 99 of 100",
            percentile(late, 0.99), "s", budget="≤ 1 s", meets=lambda seconds: seconds <= 1,
            note=f"half of them within {median(late):.2f} s, {coming} timers",
        )  # fmt: skip
        many = _QUICK_AT_ONCE if quick else _AT_ONCE
        _come_due(place, many, first_in=2.0, every=0.0)
        late = _lateness(place, coming + many, before=coming)
        most = percentile(late, 0.99)
        made.add(
            f"{many:,} due at the same instant: fired", many / max(late), "a second",
            note=f"half within {median(late):.1f} s, 99 of 100 within {most:.1f} s; the queue, not"
            " the worker, makes them late",
        )  # fmt: skip
    return made


def _polls(made: Measured, place: Place, pending: int) -> None:
    """One round of a worker that finds nothing due."""
    rounds = Sweeper(place.sessions, SystemClock())
    rounds()
    with counting(place.sessions) as counted:
        rounds()
    values = [taken(rounds) for _ in range(50)]
    made.add(
        f"a worker's round while {pending:,} selections wait: statements", counted.asked, "",
        budget="0 per waiting selection", meets=lambda n: n <= 4,  # noqa: PLR2004 - of a whole round
        note=f"{median(v.wall for v in values):.1f} ms in all, whatever waits",
    )  # fmt: skip


def _come_due(place: Place, number: int, *, first_in: float, every: float) -> None:
    """Give so many pending timers instants that are about to come, in the row and in the state."""
    first = SystemClock().now() + timedelta(seconds=first_in)
    asked = (
        select(Timer.id, Timer.instance_id, Timer.due_at)
        .where(Timer.state == "pending", Timer.due_at > first)
        .limit(number)
    )
    moved, states = [], []
    with place.sessions.begin() as session:
        for n, row in enumerate(session.execute(asked)):
            due = first + timedelta(seconds=every * n)
            moved.append({"id": row.id, "due_at": due})
            states.append(
                {"key": row.instance_id, "old": row.due_at.isoformat(), "new": due.isoformat()}
            )
        session.execute(update(Timer), moved)
        table = Instance.__table__
        frontier = func.replace(table.c.frontier, bindparam("old"), bindparam("new"))
        changed = update(table).where(table.c.id == bindparam("key"))  # type: ignore[arg-type]
        session.connection().execute(changed.values(frontier=frontier), states)


def _lateness(place: Place, fired: int, *, before: int = 0) -> list[float]:
    """Wait until so many have fired in all; seconds from due to fired of those after `before`.

    `fired_at` is read when the transaction begins; its commit is milliseconds later.
    """
    until, done = time.monotonic() + _PATIENCE, 0
    while done < fired:
        if time.monotonic() > until:
            raise TimeoutError(f"only {done} of {fired} timers have fired")
        time.sleep(0.1)
        with reading(place.sessions) as session:
            done = session.scalar(select(func.count()).where(Timer.state == "done")) or 0
    with reading(place.sessions) as session:
        rows = session.execute(
            select(Timer.due_at, Timer.fired_at)
            .where(Timer.state == "done")
            .order_by(Timer.fired_at)
        ).all()
    return [(at - due).total_seconds() for due, at in rows[before:] if at]
