"""Owners, an administrator, an outsider, and the procedure of the published case."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from engine import people
from engine.db import Sessions, transaction
from engine.definitions import PackageVersion, read_package
from engine.identity import Identity

ROOT = Path(__file__).resolve().parents[3]
PLACES = {"processes_dir": ROOT / "processes", "forms_dir": ROOT / "forms"}

Join = Callable[..., Identity]


@pytest.fixture(scope="session")
def procedure() -> PackageVersion:
    return read_package(ROOT / "processes", ROOT / "forms", "open_selection")


@pytest.fixture
def join(sessions: Sessions) -> Join:
    """Make somebody with duties."""

    def _join(name: str, *duties: str) -> Identity:
        with transaction(sessions) as session:
            person = people.create_person(session, name=name)
            return Identity(f"account:{uuid4()}:0", person.id, name, "zh", duties=frozenset(duties))

    return _join
