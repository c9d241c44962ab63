"""The published case, played in seconds to where something is to be seen; played once a run."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from engine.db import Sessions, open_database, reading
from engine.definitions import read_package
from engine.model import Base, Candidate, Case, CaseMember
from engine.scenarios.clocks import SettableClock
from engine.scenarios.hands import ServiceHands
from engine.scenarios.model import load_scenario
from engine.scenarios.runner import Runner

ROOT = Path(__file__).resolve().parents[3]
SCENARIO = ROOT / "processes" / "open_selection" / "scenarios" / "published_case.yaml"


@dataclass(frozen=True)
class Played:
    """A selection that stands somewhere; nobody changes it."""

    engine: Engine
    sessions: Sessions
    clock: SettableClock
    case_id: UUID

    def person(self, role: str) -> UUID:
        """The first one who has a role now."""
        with reading(self.sessions) as session:
            return session.scalars(
                select(CaseMember.person_id)
                .where(CaseMember.role == role, CaseMember.to_at.is_(None))
                .order_by(CaseMember.roster, CaseMember.position)
            ).first() or UUID(int=0)

    def candidate(self, code: str = "K01") -> UUID:
        with reading(self.sessions) as session:
            return session.scalars(select(Candidate.person_id).where(Candidate.code == code)).one()

    def office(self) -> UUID:
        """Who started it; of the selection office."""
        with reading(self.sessions) as session:
            return session.scalars(select(Case.started_by)).one() or UUID(int=0)


@cache
def published_case(until: str, folder: str) -> Played:
    """Play the published case until a task is open, in a database of its own.

    Args:
        until: id of a user task.
        folder: for the database and the files people hand in.
    """
    engine = open_database(f"sqlite:///{folder}/played.sqlite")
    Base.metadata.create_all(engine)
    sessions = sessionmaker[Session](engine)
    scenario = load_scenario(SCENARIO)
    clock = SettableClock(scenario.begins_at)
    package = read_package(ROOT / "processes", ROOT / "forms", scenario.procedure)
    hands = ServiceHands(sessions, clock, Path(folder), secret_key="k" * 32)
    played = Runner(sessions, clock, scenario, package, hands).play(until=until)
    return Played(engine, sessions, clock, played.case_id)
