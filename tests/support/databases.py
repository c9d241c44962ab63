"""Real databases for tests: SQLite in memory unless a test asks for PostgreSQL as well."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import sessionmaker

from engine.db import Sessions, open_database
from engine.model import Base
from tests.support.left_out import leave_out
from tests.support.postgres import find_programs, postgres_server

_POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)

on_postgres = pytest.mark.parametrize("sessions", [_POSTGRES], indirect=True)
on_both = pytest.mark.parametrize("sessions", ["sqlite", _POSTGRES], indirect=True)
"""For locks and claims: a file of SQLite proves nothing about the row locks of PostgreSQL."""
on_threads = pytest.mark.parametrize("sessions", ["file", _POSTGRES], indirect=True)
"""For several threads at once: each has a connection of its own, on SQLite too."""


@pytest.fixture(scope="session")
def postgres_engine() -> Iterator[Engine]:
    """One server in a run (one per worker of xdist), with all tables."""
    programs = find_programs()
    if programs is None:
        leave_out("PostgreSQL")
    with postgres_server(programs) as url:
        engine = open_database(url)
        Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


@pytest.fixture
def sessions(request: pytest.FixtureRequest) -> Iterator[Sessions]:
    """Sessions on an empty database: SQLite in memory, or what `on_both`, `on_postgres` ask for."""
    if getattr(request, "param", "sqlite") == "postgres":
        engine: Engine = request.getfixturevalue("postgres_engine")
        yield sessionmaker(engine)
        empty(engine)
        return
    if getattr(request, "param", "sqlite") == "file":
        yield request.getfixturevalue("file_sessions")
        return
    engine = open_database("sqlite://")
    Base.metadata.create_all(engine)
    yield sessionmaker(engine)
    engine.dispose()


@pytest.fixture
def file_sessions(tmp_path: Path) -> Iterator[Sessions]:
    """Sessions on SQLite in a file, with a connection for each thread, as in production."""
    engine = open_database(f"sqlite:///{tmp_path / 'test.sqlite'}")
    Base.metadata.create_all(engine)
    yield sessionmaker(engine)
    engine.dispose()


@contextmanager
def count_sql(sessions: Sessions) -> Iterator[list[str]]:
    """Collect the statements executed inside the block, without their parameters."""
    statements: list[str] = []

    def _note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    engine = sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", _note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", _note)


def empty(engine: Engine) -> None:
    """Remove every row of PostgreSQL."""
    names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
