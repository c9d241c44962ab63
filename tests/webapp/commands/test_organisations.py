"""Two organisations in one database, a schema each: neither can see the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, inspect, select, text

from engine.clock import SystemClock
from engine.db import transaction
from engine.jobs import Handler, Work, of
from engine.model import Account, Base, Person
from engine.people import create_account, create_person
from tests.support.processes import Commands, await_true, commands
from webapp.installation import Installation, join_installation, open_installation

__all__ = ["commands"]
pytestmark = pytest.mark.postgres


@contextmanager
def opened(commands: Commands, folder: Path) -> Iterator[Installation]:
    """As `web` and `worker` open it, with tables."""
    with open_installation(commands.environ, folder):
        pass
    with join_installation(commands.environ, folder, command="worker") as installation:
        yield installation


@pytest.fixture
def other(commands: Commands, postgres_engine: Engine) -> Iterator[Commands]:
    schema = f"t_{uuid4().hex}"
    yield replace(commands, environ={**commands.environ, "GONGXUAN_SCHEMA": schema})
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql(f'DROP SCHEMA "{schema}" CASCADE')


def test_the_same_account_name_is_two_people(
    commands: Commands, other: Commands, tmp_path: Path
) -> None:
    with opened(commands, tmp_path / "a") as first, opened(other, tmp_path / "b") as second:
        for installation, name in ((first, "甲县"), (second, "乙县")):
            with transaction(installation.sessions) as session:
                person = create_person(session, name=name)
                create_account(
                    session, person_id=person.id, login="office", password="long enough",
                    duties=["office"], hash_cost="test",
                )  # fmt: skip

        for installation, name in ((first, "甲县"), (second, "乙县")):
            with transaction(installation.sessions) as session:
                assert session.scalars(select(Person.name)).all() == [name]
                assert len(session.scalars(select(Account)).all()) == 1


def test_tables_lie_in_the_schema_alone_and_do_not_name_it(
    commands: Commands, other: Commands, tmp_path: Path
) -> None:
    with opened(commands, tmp_path / "a") as first, opened(other, tmp_path / "b"):
        schema = commands.environ["GONGXUAN_SCHEMA"]
        engine = first.sessions.kw["bind"]
        there = set(inspect(engine).get_table_names(schema=schema))
        with transaction(first.sessions) as session:
            path = session.scalar(text("SHOW search_path"))
            columns = session.scalars(
                text("SELECT column_name FROM information_schema.columns WHERE table_schema = :s"),
                {"s": schema},
            ).all()

    assert set(Base.metadata.tables) | {"alembic_version", "procrastinate_jobs"} <= there
    assert path == schema
    assert not [name for name in columns if "tenant" in name or "organisation" in name]


def test_each_does_its_own_work(commands: Commands, other: Commands, tmp_path: Path) -> None:
    done: list[str] = []
    clock = SystemClock()

    def doing(name: str) -> dict[str, Handler]:
        return {"look": Handler(lambda *_: done.append(name), lambda *_: None)}

    with opened(commands, tmp_path / "a") as first, opened(other, tmp_path / "b") as second:
        with transaction(first.sessions) as session:
            of(session).enqueue(session, Work("look"))
        for installation, name in ((second, "second"), (first, "first")):
            queue = installation.sessions.kw["info"]["jobs"]
            queue.run_waiting(installation.sessions, clock, doing(name))

    assert done == ["first"]


def test_a_worker_does_what_was_enqueued_and_says_that_it_lives(
    commands: Commands, tmp_path: Path
) -> None:
    with opened(commands, tmp_path / "var") as installation, commands.start("worker") as worker:
        with transaction(installation.sessions) as session:
            of(session).enqueue(session, Work("prune"))

        def count(statement: str) -> int:
            with transaction(installation.sessions) as session:
                return int(session.scalar(text(statement)) or 0)

        await_true(lambda: count("SELECT count(*) FROM procrastinate_jobs") == 0)
        assert count("SELECT count(*) FROM upkeep WHERE name LIKE 'worker %'") == 1
        worker.terminate()
        assert worker.wait(timeout=30) == 0
        assert count("SELECT count(*) FROM upkeep WHERE name LIKE 'worker %'") == 0
