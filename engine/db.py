"""The database: one engine, one transaction per use case, SQLite or PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

Sessions = sessionmaker[Session]

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
    "secure_delete=ON",  # an emptied envelope is overwritten in the file
)


def open_database(url: str) -> Engine:
    """An engine with the product's rules.

    SQLite: WAL, synchronous=FULL, BEGIN IMMEDIATE and one writer at a time in this process, so
    that nobody meets "database is locked" (docs/decisions/0004). `sqlite://` is a database in
    memory for tests, on one shared connection. Errors never quote the values of a statement:
    they may be ballots or sealed writing.
    """
    if not url.startswith("sqlite"):
        return create_engine(
            url, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True
        )
    if url in ("sqlite://", "sqlite:///:memory:"):
        engine = create_engine(
            url,
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
            hide_parameters=True,
        )
    else:
        engine = create_engine(url, pool_size=16, max_overflow=16, hide_parameters=True)
    _govern_sqlite(engine)
    return engine


def _govern_sqlite(engine: Engine) -> None:
    write_lock = threading.RLock() if isinstance(engine.pool, StaticPool) else threading.Lock()

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not emit a BEGIN of its own
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("read_only"):
            connection.exec_driver_sql("BEGIN")
            return
        write_lock.acquire()
        connection.info["holds_write_lock"] = True
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            _release(connection)
            raise

    def _release(connection: Connection) -> None:
        if connection.info.pop("holds_write_lock", False):
            write_lock.release()

    # The events `commit` and `rollback` come before the driver's own, so the lock is released
    # where the connection is given back: SQLAlchemy does that after both.
    @event.listens_for(engine, "reset")
    def _reset(_connection: Any, record: Any, _state: Any) -> None:
        if record.info.pop("holds_write_lock", False):
            write_lock.release()


@contextmanager
def transaction(sessions: Sessions) -> Iterator[Session]:
    """One use case: commits at the end, rolls back on any error. The only place that commits."""
    with sessions() as session, session.begin():
        yield session


@contextmanager
def reading(sessions: Sessions) -> Iterator[Session]:
    """A page that only reads; on SQLite it does not wait for writers."""
    with sessions() as session:
        session.connection(execution_options={"read_only": True})
        yield session
        session.expunge_all()  # what was read stays readable; a rollback would expire it
        session.rollback()
