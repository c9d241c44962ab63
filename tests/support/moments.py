"""The demonstration at several moments: the data is played once and copied at each of them."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from engine.clock import DemoClock
from engine.db import Sessions, open_database, reading, upgrade_database
from engine.model import (
    Absence,
    Case,
    CaseMember,
    Conflict,
    Person,
    Recusal,
    Seat,
    UserTask,
)
from engine.settings import Settings, load_settings
from tests.support.clock import FakeClock
from webapp.app import create_app
from webapp.demo.loading import STATEMENTS_MADE, STOP_AT, begin, published_case

STOPS = (
    ("applying", "s1_apply", 0),
    ("reviewing", "s1_review", 0),
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
            if name == "reviewing":
                watch.element, watch.handed_in = APPLIED[1:]
                watch.passing = partial(_keep, made, APPLIED[0], settings, played.case_id, clock)
            with suppress(_Reached):
                runner.play(until="" if handed_in else element)
            _keep(made, name, settings, played.case_id, clock)
        _want_a_screen(made["scores"])
        _let_one_be_taken(made["reviewing"])
        _let_some_be_away(made["demo"])
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


def _let_one_be_taken(moment: Moment) -> None:
    """Somebody has taken the first application from the queue."""
    with moment.sessions.begin() as session:
        reviewer = session.scalars(
            select(CaseMember.person_id).where(CaseMember.role == "eligibility_reviewer")
        ).first()
        task = session.scalars(select(UserTask.id).where(UserTask.element_id == "s1_review"))
        seat = session.scalars(
            select(Seat).where(Seat.task_id == task.one()).order_by(Seat.position).limit(1)
        ).one()
        seat.person_id, seat.claimed_at = reviewer, moment.now
        assert reviewer is not None
        office = session.get_one(Case, moment.case_id).started_by
        session.add(_away(moment, reviewer, office))


def _away(moment: Moment, person: UUID, stand_in: UUID | None) -> Absence:
    return Absence(
        person_id=person, stand_in_id=stand_in, from_at=moment.now,
        to_at=moment.now + timedelta(days=3), case_id=moment.case_id, reason="开会",
        entered_by=person, entered_at=moment.now,
    )  # fmt: skip


def _let_some_be_away(moment: Moment) -> None:
    """An absence, a possible conflict of each kind, and somebody who steps aside."""
    with moment.sessions.begin() as session:
        members = session.scalars(
            select(CaseMember).where(CaseMember.roster == "").order_by(CaseMember.position)
        )
        people: dict[str, dict[UUID, None]] = {}
        for member in members:
            people.setdefault(member.role, {})[member.person_id] = None
        first, second, *_others = people["selection_office"]
        reviewers = list(people["eligibility_reviewer"])
        session.add(_away(moment, second, first))
        found = {
            "same_unit": {"unit": "县教育局"},
            "relative": {"relation": "配偶", "unit": "县医院"},
            "named": {"text": "由同事推荐"},
            "stated": {"text": "与人选是同学"},
        }
        for number, (kind, facts) in enumerate(found.items(), start=1):
            session.add(
                Conflict(
                    case_id=moment.case_id, person_id=reviewers[0],
                    subject=f"K{number:02}", kind=kind, found=facts, found_at=moment.now,
                )
            )  # fmt: skip
        session.add(
            Recusal(
                case_id=moment.case_id, person_id=reviewers[1],
                subject="K16", deliberation=True, vote=True, reason="与人选同一单位",
                source="ordered", by_id=first, at=moment.now,
            )
        )  # fmt: skip


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
