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
from sqlalchemy.schema import CreateSchema

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


class TablesOutdated(EngineError):
    """The tables are not those of this version. Run `gongxuan upgrade` once, then start again."""

    code = "tables_outdated"

    def __init__(self, found: str | None, needed: str) -> None:
        super().__init__(
            f"the tables of this database are at revision {found or 'none'}, this version needs "
            f"{needed}; run `gongxuan upgrade` once, then start again"
        )
        self.found, self.needed = found, needed


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


def open_database(url: str, *, schema: str = "", connections: int = 20) -> Engine:
    """An engine with the product's rules.

    Args:
        url: where it is; SQLite or PostgreSQL.
        schema: PostgreSQL only: where the tables of this organisation lie, and nothing else is
            seen; empty: the server's default.
        connections: at most so many at once, on PostgreSQL; half of them are kept open.

    SQLite: WAL, synchronous=FULL, BEGIN IMMEDIATE and one writer at a time in this process, so
    that nobody meets "database is locked" (docs/decisions/0006). `sqlite://` is a database in
    memory for tests, on one shared connection. Errors never quote the values of a statement:
    they may be ballots or sealed writing.
    """
    if not url.startswith("sqlite"):
        kept = max(connections // 2, 1)
        return create_engine(
            url, pool_size=kept, max_overflow=connections - kept, pool_pre_ping=True,
            hide_parameters=True, connect_args=schema_option(schema),
        )  # fmt: skip
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


def schema_option(schema: str) -> dict[str, str]:
    """How a connection of PostgreSQL is told its schema: before its first statement, for good."""
    return {"options": f"-csearch_path={schema}"} if schema else {}


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


def tables_needed() -> str:
    """The revision of the tables that this version works on."""
    head = ScriptDirectory.from_config(migrations_config()).get_current_head()
    assert head is not None  # noqa: S101 - there is a first revision; told to mypy
    return head


def require_tables(engine: Engine) -> Upgraded:
    """Make sure that the tables are those of this version; changes nothing.

    Raises:
        TablesOutdated: they are not, or there are none.
    """
    needed = tables_needed()
    with engine.connect().execution_options(read_only=True) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != needed:
        raise TablesOutdated(found, needed)
    return Upgraded(found, found)


def upgrade_database(engine: Engine, *, schema: str = "") -> Upgraded:
    """Make the tables, or change them to what this version needs; nothing to do is fine.

    One transaction, and one upgrade at a time: replicas that start together wait for the first.

    Args:
        engine: of the database.
        schema: PostgreSQL only: made if it is missing.

    Raises:
        TablesUnknown: made by a later version, or by something else; nothing is changed.
    """
    with engine.connect() as connection, _without_foreign_keys(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
            if schema:
                connection.execute(CreateSchema(schema, if_not_exists=True))
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
