"""The database: one engine, one transaction per use case, SQLite or PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

from engine.errors import EngineError

Sessions = sessionmaker[Session]

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
    "secure_delete=ON",  # an emptied envelope is overwritten in the file
)


_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 8600  # the number of PostgreSQL's advisory lock; any, as long as it stays the same


class TablesUnknown(EngineError):
    """The database holds tables that this version did not make. Use a matching version."""

    code = "tables_unknown"

    def __init__(self, found: str | None) -> None:
        made = f"by another version ({found})" if found else "without a note of their version"
        super().__init__(
            f"the tables of this database were made {made}; install the version that made them, "
            "or point GONGXUAN_DATABASE_URL at an empty database"
        )
        self.found = found


def open_database(url: str) -> Engine:
    """An engine with the product's rules.

    SQLite: WAL, synchronous=FULL, BEGIN IMMEDIATE and one writer at a time in this process, so
    that nobody meets "database is locked" (docs/decisions/0006). `sqlite://` is a database in
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

    def _release(holder: Any, *_state: Any) -> None:
        if holder.info.pop("holds_write_lock", False):
            write_lock.release()

    # The events `commit` and `rollback` come before the driver's own, so the lock is released
    # where the connection is given back: SQLAlchemy does that after both. One that is thrown away
    # instead (its thread is ended in the middle of a statement) would keep every writer waiting.
    for name in ("reset", "invalidate"):
        event.listen(engine, name, lambda _connection, record, _state: _release(record))


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


class Upgraded(NamedTuple):
    """Revisions of the tables: what was found (None: an empty database) and what stands now."""

    found: str | None
    stands: str


def upgrade_database(engine: Engine) -> Upgraded:
    """Make the tables, or change them to what this version needs; nothing to do is fine.

    One transaction, and one upgrade at a time: replicas that start together wait for the first.

    Raises:
        TablesUnknown: made by a later version, or by something else; nothing is changed.
    """
    with engine.connect() as connection, _without_foreign_keys(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
        config = migrations_config(connection)
        found = MigrationContext.configure(connection).get_current_revision()
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        foreign = set(inspect(connection).get_table_names()) - {"alembic_version"}
        if found not in known and (found or foreign):
            raise TablesUnknown(found)
        command.upgrade(config, "head")
        stands = MigrationContext.configure(connection).get_current_revision()
        assert stands is not None  # noqa: S101 - there is a first revision; told to mypy
        return Upgraded(found, stands)


def migrations_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration: there is no `alembic.ini`.

    Args:
        connection: where to run; None for the database of the settings.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite copies a table to alter it, and dropping the old one must not touch its children."""
    raw: Any = connection.connection.dbapi_connection  # past SQLAlchemy: it would begin
    if connection.dialect.name == "sqlite":
        raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        if connection.dialect.name == "sqlite":
            raw.execute("PRAGMA foreign_keys=ON")
