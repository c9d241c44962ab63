"""Where is measured: SQLite in a file, PostgreSQL in a cluster of its own, both durable."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from engine.db import Sessions, open_database, upgrade_database
from engine.model import Base
from tests.support.postgres import Cluster, cluster, find_programs

NAMES = ("sqlite", "postgres")


@dataclass
class Place:
    """One database that a measurement fills and empties as it likes."""

    name: str
    url: str
    folder: Path
    sessions: Sessions
    cluster: Cluster | None = None

    def empty(self) -> None:
        """Remove every row and give the room back."""
        names = [f'"{table.name}"' for table in Base.metadata.sorted_tables]
        engine = self.sessions.kw["bind"]
        if self.name == "postgres":
            with engine.begin() as connection:
                connection.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY"))
            return
        engine.dispose()
        for path in self.folder.glob("gongxuan.sqlite*"):
            path.unlink()
        upgrade_database(engine)

    def settle(self) -> None:
        """Do at once what autovacuum does in time; on SQLite nothing ever does."""
        if self.name != "postgres":
            return
        with self.sessions.kw["bind"].connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("VACUUM ANALYZE"))

    def size(self) -> int:
        """Bytes on disk of all tables and indexes."""
        if self.name == "sqlite":
            return (self.folder / "gongxuan.sqlite").stat().st_size
        asked = "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"  # noqa: E501 - one statement
        with self.sessions.kw["bind"].connect() as connection:
            return int(connection.scalar(text(asked)) or 0)


@contextmanager
def open_place(name: str, folder: Path) -> Iterator[Place]:
    """Open an empty database of this kind; it is removed at the end.

    Raises:
        LookupError: PostgreSQL's programs are not on this machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if name == "sqlite":
            with _opened(name, f"sqlite:///{folder / 'gongxuan.sqlite'}", folder, None) as place:
                yield place
            return
        programs = find_programs()
        if programs is None:
            raise LookupError("PostgreSQL's programs are missing: apt-get install postgresql")
        options = ("shared_buffers=512MB", "max_wal_size=2GB", "autovacuum=on")
        with (
            cluster(programs, options) as own,
            _opened(name, own.url, folder, own) as place,
        ):
            yield place
    finally:
        shutil.rmtree(folder)


@contextmanager
def _opened(name: str, url: str, folder: Path, own: Cluster | None) -> Iterator[Place]:
    engine = open_database(url)
    try:
        upgrade_database(engine)
        yield Place(name, url, folder, sessionmaker[Session](engine, expire_on_commit=False), own)
    finally:
        engine.dispose()
