"""The queues of heavy work, each on an empty database of its own, as one contract sees them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.schema import CreateSchema

from engine.db import Sessions, open_database, transaction
from engine.jobs import KEY, EmbeddedJobs, Jobs
from engine.jobs.on_procrastinate import ProcrastinateJobs, install
from engine.model import Base


@dataclass(frozen=True)
class Queue:
    """A queue with its database, and what a test cannot wait for."""

    jobs: Jobs
    sessions: Sessions
    hasten: Callable[[], None]
    """everything that waits is due at once"""
    bury: Callable[[], None]
    """whoever has a job has been dead for an hour"""


_EMBEDDED_HASTEN = "UPDATE job SET not_before = '2020-01-01 00:00:00+00' WHERE state = 'waiting'"
_EMBEDDED_BURY = (
    "UPDATE job SET state = 'running', run = 'dead', leased_until = '2020-01-01 00:00:00+00'"
)
_HASTEN = "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"
_BURY = (
    "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
    " VALUES (now() - interval '1 hour') RETURNING id)"
    " UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM dead)"
)


def own_schema(server: Engine) -> Iterator[tuple[str, Engine]]:
    """An empty schema with all tables, gone afterwards."""
    schema = f"t_{uuid4().hex}"
    with server.begin() as connection:
        connection.execute(CreateSchema(schema))
    engine = open_database(server.url.render_as_string(hide_password=False), schema=schema)
    Base.metadata.create_all(engine)
    yield schema, engine
    engine.dispose()
    with server.begin() as connection:
        connection.exec_driver_sql(f'DROP SCHEMA "{schema}" CASCADE')


def _queue(jobs: Jobs, engine: Engine, hasten: str, bury: str) -> Queue:
    sessions = sessionmaker[Session](engine, expire_on_commit=False, info={KEY: jobs})

    def saying(statement: str) -> Callable[[], None]:
        def say() -> None:
            with transaction(sessions) as session:
                session.execute(text(statement))

        return say

    return Queue(jobs, sessions, saying(hasten), saying(bury))


@pytest.fixture(
    params=[
        "embedded on sqlite",
        pytest.param("embedded on postgres", marks=pytest.mark.postgres),
        pytest.param("procrastinate", marks=pytest.mark.postgres),
    ]
)
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Queue]:
    if request.param == "embedded on sqlite":
        engine = open_database(f"sqlite:///{tmp_path / 'queue.sqlite'}")
        Base.metadata.create_all(engine)
        yield _queue(EmbeddedJobs(), engine, _EMBEDDED_HASTEN, _EMBEDDED_BURY)
        engine.dispose()
        return
    server: Engine = request.getfixturevalue("postgres_engine")
    for schema, engine in own_schema(server):
        if request.param == "embedded on postgres":
            yield _queue(EmbeddedJobs(), engine, _EMBEDDED_HASTEN, _EMBEDDED_BURY)
            continue
        with engine.begin() as connection:
            install(connection)
        address = server.url.set(drivername="postgresql").render_as_string(hide_password=False)
        yield _queue(ProcrastinateJobs(address, schema=schema), engine, _HASTEN, _BURY)
