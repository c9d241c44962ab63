"""Play a scenario for a test, and look at every state on the way."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine.bpmn import Execution
from engine.db import Sessions, open_database, reading
from engine.definitions import pinned, read_package
from engine.facts import CaseFacts
from engine.model import Base, Case, Instance
from engine.scenarios.clocks import SettableClock
from engine.scenarios.hands import ServiceHands
from engine.scenarios.model import Scenario, load_scenario
from engine.scenarios.report import full_result
from engine.scenarios.runner import Runner

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "processes").glob("*/scenarios/*.yaml"))


@dataclass(frozen=True)
class Run:
    """A scenario that was played, with its database still open."""

    scenario: Scenario
    sessions: Sessions
    result: dict[str, Any]
    states: int
    unstable: list[str]


class Observer:
    """Loads and saves every new state of every running instance; the text must not change."""

    def __init__(self, sessions: Sessions, clock: SettableClock) -> None:
        self._sessions, self._clock = sessions, clock
        self._seen: dict[UUID, int] = {}
        self.states = 0
        self.unstable: list[str] = []

    def __call__(self, case_id: UUID) -> None:
        known = select(Instance.id, Instance.version).where(
            Instance.case_id == case_id, Instance.state == "running"
        )
        with reading(self._sessions) as session:
            for row in session.execute(known).all():
                if self._seen.get(row.id) != row.version:
                    self._seen[row.id] = row.version
                    self._look(session, session.get_one(Instance, row.id))

    def _look(self, session: Session, instance: Instance) -> None:
        case = session.get_one(Case, instance.case_id)
        again = Execution.load(
            pinned(session, instance.package_hash).definition,
            instance.process_id,
            instance.frontier,
            CaseFacts(session, case, self._clock.now()),
        )
        self.states += 1
        if again.save() != instance.frontier or again.active() != instance.active:
            self.unstable.append(f"{instance.process_id} at {instance.active}")


@contextmanager
def played(path: Path, folder: Path) -> Iterator[Run]:
    scenario = load_scenario(path)
    engine = open_database(f"sqlite:///{folder}/played.sqlite")
    Base.metadata.create_all(engine)
    sessions = sessionmaker[Session](engine, expire_on_commit=False)
    clock = SettableClock(scenario.begins_at)
    package = read_package(ROOT / "processes", ROOT / "forms", scenario.procedure)
    observer = Observer(sessions, clock)
    runner = Runner(
        sessions, clock, scenario, package,
        ServiceHands(sessions, clock, folder / "files", secret_key="of no use"), observe=observer,
    )  # fmt: skip
    done = runner.play()
    with reading(sessions) as session:
        result = full_result(session, done.case_id, scenario, refused=done.refused)
    yield Run(scenario, sessions, result, observer.states, observer.unstable)
    engine.dispose()


def texts_in(value: Any) -> Iterator[str]:
    """Every text inside plain JSON, keys included."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            yield from texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_in(part)
    elif isinstance(value, str):
        yield value


def mappings_in(value: Any) -> Iterator[str]:
    """Every mapping inside plain JSON, as canonical text."""
    if isinstance(value, dict):
        yield canonical(value)
        for part in value.values():
            yield from mappings_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from mappings_in(part)


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
