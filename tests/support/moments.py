"""The demonstration at several moments: the data is played once and copied at each of them."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from engine.clock import DemoClock
from engine.db import Sessions, open_database, reading, upgrade_database
from engine.model import Case, Person, Seat, UserTask
from engine.settings import Settings, load_settings
from tests.support.clock import FakeClock
from webapp.app import create_app
from webapp.demo.loading import STATEMENTS_MADE, STOP_AT, begin, published_case

STOPS = (
    ("applying", "s1_apply", 0),
    ("lists", "s3_draw_up_recommenders", 0),
    ("demo", STOP_AT, STATEMENTS_MADE),
    ("roll", "mv_attendance", 0),
    ("ballot", "mv_cast", 60),
    ("scores", "s5_score", 13),
    ("end", "", 0),
)
"""Name of the moment, the task that is open then, how many seats of it are handed in."""
APPLIED = ("applied", "s1_apply", 5)
"""Caught in passing: so many have applied, and one still can."""


@dataclass(frozen=True)
class Moment:
    """The application as it stood then; its clock stands still."""

    name: str
    app: Flask
    sessions: Sessions
    case_id: UUID
    now: datetime

    @cached_property
    def typed(self) -> frozenset[str]:
        """Names, units and posts of everybody: shown in every language as they were typed."""
        with reading(self.sessions) as session:
            rows = session.execute(select(Person.name, Person.unit, Person.post)).all()
        return frozenset(text for row in rows for text in row)


@contextmanager
def moments(folder: Path) -> Iterator[dict[str, Moment]]:
    """Play the demonstration's data to its end, keeping every moment of `STOPS`."""
    environ = {"GONGXUAN_SECRET_KEY": "k" * 32, "GONGXUAN_HASH_COST": "test", "GONGXUAN_DEMO": "1"}
    settings = load_settings(environ, var_dir=folder)
    engine = open_database(settings.database_url)
    upgrade_database(engine)
    sessions = sessionmaker[Session](engine, expire_on_commit=False)
    start = published_case(settings).begins_at
    clock = DemoClock(FakeClock(start))
    watch = _Watch(sessions)
    runner = begin(sessions, clock, settings, watch)
    made: dict[str, Moment] = {}
    try:
        for name, element, handed_in in STOPS:
            watch.element, watch.handed_in, watch.passing = element, handed_in, None
            played = runner.begin() if runner.played is None else runner.played
            if name == "lists":
                watch.element, watch.handed_in = APPLIED[1:]
                watch.passing = partial(_keep, made, APPLIED[0], settings, played.case_id, clock)
            with suppress(_Reached):
                runner.play(until="" if handed_in else element)
            _keep(made, name, settings, played.case_id, clock)
        _want_a_screen(made["scores"])
        yield made
    finally:
        engine.dispose()
        for moment in made.values():
            moment.sessions.kw["bind"].dispose()


def _keep(
    made: dict[str, Moment], name: str, settings: Settings, case_id: UUID, clock: DemoClock
) -> None:
    copy = settings.files_dir.parent / f"{name}.sqlite"
    _copy(copy.with_name("gongxuan.sqlite"), copy)
    made[name] = _moment(name, settings, copy, case_id, clock.now())


class _Reached(Exception):
    """So many seats of the task are handed in; the play goes on later."""


class _Watch:
    """Stops the play in the middle of a task."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self.element, self.handed_in = "", 0
        self.passing: Callable[[], None] | None = None

    def __call__(self, case_id: UUID) -> None:
        if not self.handed_in:
            return
        with reading(self._sessions) as session:
            number = session.scalar(
                select(func.count())
                .select_from(Seat)
                .join(UserTask, UserTask.id == Seat.task_id)
                .where(
                    UserTask.case_id == case_id,
                    UserTask.element_id == self.element,
                    UserTask.state == "open",
                    Seat.state == "handed_in",
                )
            )
        if number != self.handed_in:
            return
        if self.passing is None:
            raise _Reached
        self.passing()


def _want_a_screen(moment: Moment) -> None:
    """The published plan has no screen in the hall; another plan may."""
    with moment.sessions.begin() as session:
        case = session.get_one(Case, moment.case_id)
        case.parameters = {**case.parameters, "show_on_screen": True}


def _copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as one, sqlite3.connect(target) as other:
        one.backup(other)
    one.close()
    other.close()


def _moment(name: str, settings: Settings, file: Path, case_id: UUID, now: datetime) -> Moment:
    own = replace(settings, database_url=f"sqlite:///{file}")
    sessions = sessionmaker[Session](open_database(own.database_url), expire_on_commit=False)
    return Moment(
        name, create_app(own, sessions, DemoClock(FakeClock(now))), sessions, case_id, now
    )  # fmt: skip
