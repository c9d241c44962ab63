"""A selection moves to another database in the middle of step 3, and back, and goes on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session, sessionmaker

from engine import moving
from engine.db import Sessions, open_database, reading, transaction, upgrade_database
from engine.definitions import read_package
from engine.model import Base, HistoryEntry, Instance, Outgoing, Person, Seat
from engine.moving import MoveDiffers, TargetNotEmpty, move
from engine.record import note
from engine.scenarios.clocks import SettableClock
from engine.scenarios.expecting import differences
from engine.scenarios.hands import ServiceHands
from engine.scenarios.model import load_scenario
from engine.scenarios.report import full_result
from engine.scenarios.runner import Runner
from tests.support.clock import FakeClock
from tests.support.drawings import package, process, single
from tests.support.queues import own_schema
from tests.support.worlds import OFFICE, begin

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "processes" / "open_selection" / "scenarios" / "published_case.yaml"


@pytest.fixture
def schema(postgres_engine: Engine) -> Iterator[Engine]:
    for _, engine in own_schema(postgres_engine):
        yield engine


def file_database(tmp_path: Path, name: str) -> Engine:
    engine = open_database(f"sqlite:///{tmp_path / name}.sqlite")
    Base.metadata.create_all(engine)
    return engine


@pytest.mark.postgres
def test_the_published_case_goes_on_after_a_move_and_after_the_move_back(
    tmp_path: Path, schema: Engine
) -> None:
    first, last = file_database(tmp_path, "first"), file_database(tmp_path, "last")
    scenario = load_scenario(PUBLISHED)
    sessions = sessionmaker[Session](first, expire_on_commit=False)
    clock = SettableClock(scenario.begins_at)
    pack = read_package(ROOT / "processes", ROOT / "forms", scenario.procedure)
    hands = ServiceHands(sessions, clock, tmp_path / "files", secret_key="of no use")
    runner = Runner(sessions, clock, scenario, pack, hands)

    runner.play(until="s3_statements", handed_in=6)
    there = move(first, schema)
    sessions.configure(bind=schema)
    runner.play(until="s5_score")
    back = move(schema, last)
    sessions.configure(bind=last)
    done = runner.play()

    with reading(sessions) as session:
        result = full_result(session, done.case_id, scenario, refused=done.refused)
    assert list(differences(result, scenario.expect)) == []
    assert {table.table for table in there} == set(Base.metadata.tables) - moving.PASSING
    assert sum(table.rows for table in back) > sum(table.rows for table in there) > 1000
    first.dispose()
    last.dispose()


def a_world(engine: Engine, clock: FakeClock) -> Sessions:
    """With a called process, empty and filled drafts, and what only one database could confuse."""
    sessions = sessionmaker[Session](engine, expire_on_commit=False)
    drawn = package(process("tiny", single("write")))
    world = begin(sessions, clock, drawn, OFFICE)
    clock.advance(timedelta(microseconds=1))
    with transaction(sessions) as session:
        note(
            session, case_id=world.case_id, action="noted", now=clock.now(), facts={"a": "〇 ✓ \\"}
        )
        session.add(
            Person(name="𠮷田", details={"z": 1, "a": [None, True, {"深": "度"}]}, anonymous=True)
        )
        session.add(
            Instance(
                case_id=world.case_id, package_hash=drawn.hash, process_id="part",
                parent_id=world.case_id, started_at=clock.now(),
            )
        )  # fmt: skip
    return sessions


@pytest.mark.postgres
@pytest.mark.parametrize("way", ["to postgres", "to sqlite"])
def test_every_row_arrives_and_numbers_go_on(
    way: str, tmp_path: Path, schema: Engine, clock: FakeClock
) -> None:
    file = file_database(tmp_path, "file")
    source, target = (file, schema) if way == "to postgres" else (schema, file)
    a_world(source, clock)
    told: list[tuple[str, int]] = []

    moved = move(source, target, progress=lambda table, rows: told.append((table, rows)))

    with source.connect() as left, target.connect() as arrived:
        for table in Base.metadata.sorted_tables:
            assert moving.digest(left, table) == moving.digest(arrived, table)
        empty = select(func.count()).select_from(Seat).where(Seat.draft.is_(None))
        assert arrived.scalar(empty) == 1
        parent = select(Instance.parent_id).where(Instance.process_id == "part")
        assert arrived.scalar(parent) == left.scalar(parent) is not None
        last = arrived.scalar(select(func.max(HistoryEntry.id)))
    assert ("history", next(t.rows for t in moved if t.table == "history")) in told
    with target.begin() as writes:
        case_id = writes.scalar(select(HistoryEntry.case_id).limit(1))
        made = writes.execute(
            insert(HistoryEntry).values(case_id=case_id, at=clock.now(), action="x", facts={})
        ).inserted_primary_key
    assert made is not None
    assert last is not None
    assert made[0] > last
    file.dispose()


def test_a_target_with_rows_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    source, target = file_database(tmp_path, "a"), file_database(tmp_path, "b")
    a_world(source, clock)
    with sessionmaker(target).begin() as session:
        session.add(Person(name="here before"))

    with pytest.raises(TargetNotEmpty, match="in person"):
        move(source, target)

    with target.connect() as there:
        assert there.scalar(select(func.count()).select_from(Instance)) == 0
    source.dispose()
    target.dispose()


def test_a_row_that_refers_to_nothing_stops_the_move_and_leaves_nothing(
    tmp_path: Path, clock: FakeClock
) -> None:
    source, target = file_database(tmp_path, "a"), file_database(tmp_path, "b")
    sessions = a_world(source, clock)
    with transaction(sessions) as session:
        session.add(
            Outgoing(
                address="a@b",
                dedupe_key="k",
                subject="",
                body="",
                next_try_at=clock.now(),
                posted_at=clock.now(),
            )
        )
    with source.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")  # as somebody with a tool of their own
        raw.execute("UPDATE outgoing SET person_id = ?", ("0" * 32,))
        raw.execute("PRAGMA foreign_keys=ON")

    with pytest.raises(MoveDiffers, match="outgoing"):
        move(source, target)

    with target.connect() as there:
        assert there.scalar(select(func.count()).select_from(Person)) == 0
    source.dispose()
    target.dispose()


def test_the_command_says_what_it_moved_and_what_to_do_next(tmp_path: Path) -> None:
    source = open_database(f"sqlite:///{tmp_path / 'gongxuan.sqlite'}")
    upgrade_database(source)
    with sessionmaker(source).begin() as session:
        session.add(Person(name="甲"))
    source.dispose()
    address = f"sqlite:///{tmp_path / 'other.sqlite'}"
    environ = {**os.environ, "GONGXUAN_VAR": str(tmp_path)}

    done, again = (
        subprocess.run(
            [sys.executable, "-m", "webapp", "move", "--to", address],
            cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=60,
        )
        for _ in range(2)
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "1  rows moved; counts and digests are the same." in done.stdout
    assert f"Now set GONGXUAN_DATABASE_URL={address}" in done.stdout
    assert (again.returncode, "give an empty one" in again.stderr) == (1, True)
