"""The published case as it stands when one of its tasks opens: played once, then copied."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine.db import Sessions, open_database, reading
from engine.definitions import read_package
from engine.model import Base, Candidate, Case, CaseMember, Seat, UserTask
from engine.scenarios.clocks import SettableClock
from engine.scenarios.hands import ServiceHands
from engine.scenarios.model import load_scenario
from engine.scenarios.runner import Runner
from tests.support.clock import FakeClock

ROOT = Path(__file__).resolve().parents[2]
SECRET = "k" * 32


class Theatre:
    """Plays the case on, and keeps a copy of the database at every stop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "play.sqlite"
        self._stops: dict[str, datetime] = {}
        scenario = load_scenario(
            ROOT / "processes" / "open_selection" / "scenarios" / "published_case.yaml"
        )
        self._engine = open_database(f"sqlite:///{self._file}")
        Base.metadata.create_all(self._engine)
        sessions = sessionmaker[Session](self._engine, expire_on_commit=False)
        self._clock = SettableClock(scenario.begins_at)
        package = read_package(ROOT / "processes", ROOT / "forms", scenario.procedure)
        hands = ServiceHands(sessions, self._clock, folder / "files", secret_key=SECRET)
        self._runner = Runner(sessions, self._clock, scenario, package, hands)

    def close(self) -> None:
        self._engine.dispose()

    def play_through(self, *elements: str) -> None:
        """Play to each element in turn; they must come in the order of the procedure."""
        for element in elements:
            self._runner.play(until=element)
            _copy(self._file, self._folder / f"{element}.sqlite")
            self._stops[element] = self._clock.now()

    @contextmanager
    def at(self, element: str, place: Path) -> Iterator["Played"]:
        """Open a copy of the case as it stood when `element` opened."""
        _copy(self._folder / f"{element}.sqlite", place / "case.sqlite")
        engine = open_database(f"sqlite:///{place / 'case.sqlite'}")
        sessions = sessionmaker[Session](engine, expire_on_commit=False)
        yield Played(sessions, FakeClock(self._stops[element]))
        engine.dispose()


class Played:
    """One copy of the case, with short words for who and what is in it."""

    def __init__(self, sessions: Sessions, clock: FakeClock) -> None:
        self.sessions, self.clock = sessions, clock
        with reading(sessions) as session:
            self.case_id: UUID = session.scalars(select(Case.id)).one()

    def member(self, role: str, number: int = 0, function: str = "") -> UUID:
        asked = select(CaseMember.person_id).where(
            CaseMember.role == role, CaseMember.roster == "", CaseMember.to_at.is_(None)
        )
        if function:
            asked = asked.where(CaseMember.function == function)
        with reading(self.sessions) as session:
            found = session.scalars(asked.order_by(CaseMember.position, CaseMember.id)).all()
            return list(dict.fromkeys(found))[number]

    def candidate(self, code: str) -> UUID:
        with reading(self.sessions) as session:
            return session.scalars(select(Candidate.person_id).where(Candidate.code == code)).one()

    def task(self, element: str) -> UserTask:
        with reading(self.sessions) as session:
            return session.scalars(
                select(UserTask)
                .where(UserTask.element_id == element)
                .order_by(UserTask.opened_at.desc(), UserTask.round.desc())
                .limit(1)
            ).one()

    def seats(self, element: str, about: str = "") -> list[Seat]:
        asked = select(Seat).where(Seat.task_id == self.task(element).id)
        if about:
            asked = asked.where(Seat.subject == about)
        with reading(self.sessions) as session:
            return list(session.scalars(asked.order_by(Seat.position)))


def _copy(source: Path, target: Path) -> None:
    old, new = sqlite3.connect(source), sqlite3.connect(target)
    old.backup(new)
    new.close()
    old.close()
