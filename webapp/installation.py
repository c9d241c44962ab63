"""One installation on this machine: its folder, key, database, and the lock of its one writer."""

import fcntl
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session, sessionmaker

from engine import almanac, upkeep
from engine.clock import SystemClock
from engine.db import (
    Sessions,
    Upgraded,
    open_database,
    reading,
    require_tables,
    transaction,
    upgrade_database,
)
from engine.errors import EngineError
from engine.jobs import KEY, EmbeddedJobs, Jobs
from engine.settings import BadSetting, Settings, load_settings

ROOT = Path(__file__).resolve().parent.parent
KEY_FILE = "secret-key"
LOCK_FILE = "gongxuan.lock"
SAFE_SQLITE = (3, 51, 3)
_KEY = "secret key"


class SecondWriter(EngineError):
    """Another process writes this database file. Stop it first, or use PostgreSQL."""

    code = "second_writer"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"another process of Gongxuan works on {folder}; stop it first"
            " (a database in one file has one writer; PostgreSQL takes several)"
        )
        self.folder = folder


class Missing(EngineError):
    """A package of the extra `scale` is not installed. Install it."""

    code = "package_missing"

    def __init__(self, package: str) -> None:
        super().__init__(f"{package} is not installed; run: pip install -e '.[scale]'")
        self.package = package


class OtherKey(EngineError):
    """This process has another secret key than the installation. Give all of them the same."""

    code = "other_key"

    def __init__(self) -> None:
        super().__init__(
            "the secret key is not the one of this installation; set the same GONGXUAN_SECRET_KEY "
            "for all processes, or run `gongxuan upgrade` with the new one to change it: everybody "
            "is signed out then, and open slips become void"
        )


class NeedsPostgres(EngineError):
    """Several processes need PostgreSQL. Set GONGXUAN_DATABASE_URL, or use `gongxuan serve`."""

    code = "needs_postgres"

    def __init__(self, command: str) -> None:
        super().__init__(
            f"`gongxuan {command}` works with others on one database and needs PostgreSQL; set "
            "GONGXUAN_DATABASE_URL, or start `gongxuan serve`, which does everything in one process"
        )
        self.command = command


@dataclass(frozen=True)
class Installation:
    """What commands work on."""

    settings: Settings
    sessions: Sessions
    folder: Path
    tables: Upgraded


def folder_of(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("GONGXUAN_VAR", ROOT / "var"))


@contextmanager
def join_installation(
    environ: Mapping[str, str], folder: Path, *, command: str, connections: int = 20
) -> Iterator[Installation]:
    """Open an installation that several processes share; the tables must be there.

    Args:
        environ: the environment, for the settings.
        folder: where the secret key is kept, unless a setting gives it.
        command: who asks, to be named when refused.
        connections: at most so many to the database at once.

    Raises:
        NeedsPostgres: the database is a file.
        BadSetting: naming the variable and the remedy.
        TablesOutdated: `gongxuan upgrade` has not run.
        OtherKey: `gongxuan upgrade` ran with another secret key.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = load_settings(environ, var_dir=folder)
    if settings.database_url.startswith("sqlite"):
        raise NeedsPostgres(command)
    if settings.demo:
        raise BadSetting(
            "GONGXUAN_DEMO", "1", "a demonstration has one clock, in one process: `gongxuan demo`"
        )
    settings = replace(settings, secret_key=settings.secret_key or _kept_key(folder))
    engine = open_database(settings.database_url, schema=settings.schema, connections=connections)
    try:
        tables = require_tables(engine)
        sessions = _sessions(engine, queue_of_many(settings))
        with reading(sessions) as session:
            known = upkeep.facts_of(session, _KEY)
        if known not in (None, _mark_of(settings.secret_key)):
            raise OtherKey
        yield Installation(settings, sessions, folder, tables)
    finally:
        engine.dispose()


@contextmanager
def open_installation(
    environ: Mapping[str, str], folder: Path, *, fresh: bool = False
) -> Iterator[Installation]:
    """Open the installation in a folder, making what is missing: key, database, tables.

    Args:
        environ: the environment, for the settings.
        folder: everything of this installation lies in it.
        fresh: begin anew; what was in the folder is removed, unless another process uses it.

    Raises:
        SecondWriter: it is open in another process, and its database is a file.
        BadSetting: naming the variable and the remedy.
        TablesUnknown: the tables were made by a later version, or by something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = load_settings(environ, var_dir=folder)
    with _only_writer(folder) if settings.database_url.startswith("sqlite") else nullcontext():
        if fresh:
            _empty(folder)
        settings = replace(settings, secret_key=settings.secret_key or _kept_key(folder))
        engine = open_database(settings.database_url, schema=settings.schema)
        try:
            tables = upgrade_database(engine, schema=settings.schema)
            _install_queue(engine, settings)
            sessions = _sessions(engine, EmbeddedJobs())
            with transaction(sessions) as session:
                mark, now = _mark_of(settings.secret_key), SystemClock().now()
                upkeep.saw(session, _KEY, now=now, facts=mark)
                # Last year, this one and the next two; an administrator confirms them.
                almanac.seed(session, range(now.year - 1, now.year + 3))
            yield Installation(settings, sessions, folder, tables)
        finally:
            engine.dispose()


def queue_of_many(settings: Settings) -> Jobs:
    """The queue that several processes share.

    Raises:
        Missing: its package is not installed.
    """
    try:
        from engine.jobs.on_procrastinate import ProcrastinateJobs  # noqa: PLC0415 - with [scale]
    except ImportError as error:
        raise Missing("procrastinate") from error
    url = make_url(settings.database_url).set(drivername="postgresql")
    return ProcrastinateJobs(url.render_as_string(hide_password=False), schema=settings.schema)


def _install_queue(engine: Engine, settings: Settings) -> None:
    """Its tables are made with ours, where its package is installed; `web` and `worker` need it."""
    if settings.database_url.startswith("sqlite"):
        return
    try:
        from engine.jobs import on_procrastinate  # noqa: PLC0415 - only installed with [scale]
    except ImportError:
        return
    with engine.begin() as connection:
        on_procrastinate.install(connection)


def _mark_of(secret_key: str) -> str:
    """Enough of a digest to notice another key, too little to find this one."""
    return sha256(f"gongxuan {secret_key}".encode()).hexdigest()[:8]


def _sessions(engine: Engine, queue: Jobs) -> Sessions:
    return sessionmaker[Session](engine, expire_on_commit=False, info={KEY: queue})


def sqlite_warning(settings: Settings) -> str | None:
    """What to say at start-up about an old SQLite; None where there is nothing to say."""
    if not settings.database_url.startswith("sqlite") or sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return None
    return (
        f"SQLite {sqlite3.sqlite_version} can damage a database that two programs write at once;"
        " open the file with nothing else while Gongxuan runs"
    )


def _kept_key(folder: Path) -> str:
    """The secret key of this installation, made once and readable by its owner alone.

    Processes that start together agree: the file appears with its content, and only once.
    """
    path = folder / KEY_FILE
    if not path.exists():
        draft = folder / f"{KEY_FILE}.{secrets.token_hex(8)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text("ascii").strip()


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    with (folder / LOCK_FILE).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SecondWriter(folder) from error
        yield


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK_FILE:
            path.unlink()
