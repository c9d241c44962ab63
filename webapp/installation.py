"""One installation on this machine: its folder, key, database, and the lock of its one writer."""

import fcntl
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from engine import almanac
from engine.clock import SystemClock
from engine.db import Sessions, Upgraded, open_database, transaction, upgrade_database
from engine.errors import EngineError
from engine.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parent.parent
KEY_FILE = "secret-key"
LOCK_FILE = "gongxuan.lock"
SAFE_SQLITE = (3, 51, 3)


class SecondWriter(EngineError):
    """Another process writes this database file. Stop it first, or use PostgreSQL."""

    code = "second_writer"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"another process of Gongxuan works on {folder}; stop it first"
            " (a database in one file has one writer; PostgreSQL takes several)"
        )
        self.folder = folder


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
        engine = open_database(settings.database_url)
        try:
            tables = upgrade_database(engine)
            sessions = sessionmaker[Session](engine, expire_on_commit=False)
            _know_years(sessions)
            yield Installation(settings, sessions, folder, tables)
        finally:
            engine.dispose()


def _know_years(sessions: Sessions) -> None:
    """Last year, this one and the next two have their days; an administrator confirms them."""
    this = SystemClock().now().year
    with transaction(sessions) as session:
        almanac.seed(session, range(this - 1, this + 3))


def sqlite_warning(settings: Settings) -> str | None:
    """What to say at start-up about an old SQLite; None where there is nothing to say."""
    if not settings.database_url.startswith("sqlite") or sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return None
    return (
        f"SQLite {sqlite3.sqlite_version} can damage a database that two programs write at once;"
        " open the file with nothing else while Gongxuan runs"
    )


def _kept_key(folder: Path) -> str:
    """The secret key of this installation, made once and readable by its owner alone."""
    path = folder / KEY_FILE
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(handle, "w") as file:
        key = secrets.token_urlsafe(48)
        file.write(key)
    return key


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
