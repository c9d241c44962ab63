"""Fill a demonstration: the published case, played into the middle of its third step."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from engine import almanac
from engine.clock import DemoClock
from engine.db import Sessions, reading, transaction
from engine.definitions import read_package
from engine.model import Account, Case, HistoryEntry, Person, Timer
from engine.scenarios.hands import ServiceHands
from engine.scenarios.model import Scenario, load_scenario
from engine.scenarios.runner import Runner
from engine.settings import Settings

_PROCEDURE = "open_selection"
STOP_AT = "s3_statements"
STATEMENTS_MADE = 6


def published_case(settings: Settings) -> Scenario:
    """The worked example that the demonstration shows."""
    folder: Path = settings.processes_dir / _PROCEDURE / "scenarios"
    return load_scenario(folder / "published_case.yaml")


def last_seen(sessions: Sessions) -> datetime | None:
    """The latest instant at which anything happened; a demonstration goes on from there."""
    with reading(sessions) as session:
        last = (
            session.scalar(select(func.max(HistoryEntry.at))),
            session.scalar(select(func.max(Timer.fired_at))),
        )
    return max((instant for instant in last if instant is not None), default=None)


class _Moved:
    """The demonstration's clock, as a scenario moves clocks."""

    def __init__(self, clock: DemoClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    def move_to(self, instant: datetime) -> None:
        if instant > self._clock.now():
            self._clock.jump_to(instant)


def load(sessions: Sessions, clock: DemoClock, settings: Settings) -> None:
    """Play the published case through the services until six statements have been made.

    Loads nothing where a selection is there already.
    """
    with reading(sessions) as session:
        if session.scalar(select(Case.id).limit(1)) is not None:
            return
    begin(sessions, clock, settings).play(until=STOP_AT, handed_in=STATEMENTS_MADE)


def begin(
    sessions: Sessions,
    clock: DemoClock,
    settings: Settings,
    observe: Callable[[UUID], None] = lambda _case: None,
) -> Runner:
    """Make the administrator and a procedure manager; give what plays the published case.

    Args:
        observe: told the selection after each submission; whatever it raises stops the play there.
    """
    scenario = published_case(settings)
    with transaction(sessions) as session:
        administrator = Person(name="系统管理员", unit="信息中心")
        owner = Person(name="方案管理员", unit="县委组织部")  # what is published needs two people
        session.add_all([administrator, owner])
        session.flush()  # the accounts refer to the persons
        session.add_all(
            [
                Account(
                    person_id=administrator.id, login="admin", duties=["administrator", "owner"]
                ),
                Account(person_id=owner.id, login="owner", duties=["owner"]),
            ]
        )
        year = scenario.begins_at.year
        almanac.seed(session, range(year - 1, year + 2))
        for past in (year - 1, year):  # next year is not announced yet
            almanac.confirm(session, year=past, actor_id=administrator.id, now=clock.now())
    package = read_package(settings.processes_dir, settings.forms_dir, scenario.procedure)
    moved = _Moved(clock)
    hands = ServiceHands(sessions, moved, settings.files_dir, settings.secret_key)
    return Runner(sessions, moved, scenario, package, hands, observe=observe)
