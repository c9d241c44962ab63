"""Move everything from one database to another: SQLite to PostgreSQL, and back."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Insert,
    Integer,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from engine.errors import EngineError
from engine.model import Base, Job, Upkeep

BATCH = 1000
_STREAM = {"yield_per": BATCH}
PASSING = frozenset({Job.__tablename__, Upkeep.__tablename__})
"""Not moved: what they say is made anew from the other rows."""


class TargetNotEmpty(EngineError):
    """The database to move to holds something already. Give an empty one."""

    code = "target_not_empty"

    def __init__(self, table: str) -> None:
        super().__init__(
            f"the database to move to holds rows already (in {table}); give an empty one"
        )
        self.table = table


class MoveDiffers(EngineError):
    """What arrived is not what left; the target was left empty. Move again with nothing running."""

    code = "move_differs"

    def __init__(self, table: str, *, left: str, arrived: str) -> None:
        super().__init__(
            f"{table}: {left} left, {arrived} arrived; the target was left empty. "
            "Stop everything that works on the source and move again"
        )
        self.table, self.left, self.arrived = table, left, arrived


@dataclass(frozen=True)
class Moved:
    """One table: its rows, and the digest that both databases agree on."""

    table: str
    rows: int
    digest: str


def move(
    source: Engine, target: Engine, *, progress: Callable[[str, int], None] = lambda *_: None
) -> list[Moved]:
    """Copy every table, then compare counts and digests; the source is only read.

    Rows stream in batches, tables in the order of their references. The target is written in one
    transaction: whatever fails, it stays empty. Nothing may work on the source meanwhile.

    Args:
        source: with the tables of this version.
        target: with the tables of this version, and nothing in them.
        progress: told the table and how many of its rows have gone so far.

    Raises:
        TargetNotEmpty: a table of the target holds rows; nothing is changed.
        MoveDiffers: the two databases do not agree afterwards; nothing is changed.
    """
    tables = [table for table in Base.metadata.sorted_tables if table.name not in PASSING]
    with _snapshot(source) as reads, target.connect() as writes, writes.begin():
        for table in tables:
            if writes.execute(select(table).limit(1)).first() is not None:
                raise TargetNotEmpty(table.name)
        moved = [_move_table(reads, writes, table, progress) for table in tables]
        for table in tables:
            _set_sequence(writes, table)
    return moved


@contextmanager
def _snapshot(source: Engine) -> Iterator[Connection]:
    """Everything as it was at one instant, whatever is written meanwhile."""
    with source.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        else:
            connection.execution_options(read_only=True)
        yield connection
        connection.rollback()


def _move_table(
    reads: Connection, writes: Connection, table: Table, progress: Callable[[str, int], None]
) -> Moved:
    own = _own_reference(table)
    statement, names = _insert(table)
    done = 0
    for batch in _batches(reads, table):
        rows = [{names[name]: value for name, value in row.items()} for row in batch]
        if own is not None:  # who is referred to may come in a later batch
            rows = [{**row, names[own.name]: None} for row in rows]
        try:
            writes.execute(statement, rows)
        except IntegrityError as error:  # a row that refers to nothing
            raise MoveDiffers(table.name, left="rows", arrived=str(error.orig)) from error
        done += len(batch)
        progress(table.name, done)
    if own is not None:
        _refer(reads, writes, table, own)
    left, arrived = digest(reads, table), digest(writes, table)
    if left != arrived:
        raise MoveDiffers(
            table.name, left=f"{left.rows} rows {left.digest[:12]}",
            arrived=f"{arrived.rows} rows {arrived.digest[:12]}",
        )  # fmt: skip
    return left


def _own_reference(table: Table) -> Column[Any] | None:
    return next((key.parent for key in table.foreign_keys if key.column.table is table), None)


def _refer(reads: Connection, writes: Connection, table: Table, own: Column[Any]) -> None:
    (key,) = table.primary_key.columns
    asked = select(key.label("row_key"), own.label("refers_to")).where(own.is_not(None))
    put = update(table).where(key == bindparam("row_key")).values({own: bindparam("refers_to")})
    for part in reads.execute(asked, execution_options=_STREAM).mappings().partitions(BATCH):
        writes.execute(put, [dict(row) for row in part])


def _insert(table: Table) -> tuple[Insert, dict[str, str]]:
    """The statement, and how it calls each column; an empty column of JSON stays empty."""
    names = {column.name: f"new_{column.name}" for column in table.columns}
    values = {
        column: bindparam(
            names[column.name],
            type_=JSON(none_as_null=bool(column.nullable))
            if isinstance(column.type, JSON)
            else column.type,
        )
        for column in table.columns
    }
    return insert(table).values(values), names


def _batches(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    rows = connection.execute(select(table), execution_options=_STREAM)
    for part in rows.mappings().partitions(BATCH):
        yield [dict(row) for row in part]


def digest(connection: Connection, table: Table) -> Moved:
    """Count a table and take SHA-256 over its rows, the same on both databases.

    Each row is hashed by itself and the hashes are added up, so that the order, in which two
    databases sort texts differently, does not matter.
    """
    total, number = 0, 0
    for batch in _batches(connection, table):
        number += len(batch)
        for row in batch:
            line = json.dumps(
                {name: _plain(value) for name, value in row.items()},
                ensure_ascii=False, sort_keys=True, separators=(",", ":"),
            )  # fmt: skip
            total += int.from_bytes(hashlib.sha256(line.encode()).digest())
    return Moved(table.name, number, f"{total % 2**256:064x}")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return str(value) if isinstance(value, UUID) else value


def _set_sequence(writes: Connection, table: Table) -> None:
    """The next number is one that no moved row has; SQLite sees to that itself."""
    key = next(iter(table.primary_key.columns))
    if writes.dialect.name != "postgresql" or not isinstance(key.type, Integer):
        return
    last = writes.scalar(select(func.max(key)))
    if last is not None:
        writes.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, :key), :last)"),
            {"table": table.name, "key": key.name, "last": last},
        )
