"""What `gongxuan doctor` looks at: one line each, with the remedy where something is wrong."""

import os
import shutil
import smtplib
import socket
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from engine import retention, upkeep
from engine.clock import SystemClock
from engine.db import Sessions, TablesOutdated, open_database, reading, require_tables
from engine.errors import EngineError
from engine.model import Outgoing, Problem, Timer
from engine.settings import Settings
from webapp.installation import KEY_FILE, sqlite_warning
from webapp.proxy import networks

LEAST_SPACE = 1024**3
MOST_SKEW = timedelta(seconds=2)
LATE = timedelta(seconds=60)
_SECONDS = 5.0


@dataclass(frozen=True)
class Finding:
    """One line: `good`, `look` (worth a look) or `bad`."""

    subject: str
    state: str
    said: str
    remedy: str = ""


def examine(settings: Settings, folder: Path) -> list[Finding]:
    """Look at everything; changes nothing, and a failure of one check does not hide the others."""
    found = [*_folders(settings, folder), *_settings(settings)]
    engine = open_database(settings.database_url, schema=settings.schema, connections=2)
    try:
        found += _database(settings, engine)
    finally:
        engine.dispose()
    return [*found, *_mail(settings), *_sms(settings)]


def _folders(settings: Settings, folder: Path) -> Iterator[Finding]:
    for name, path in (("folder", folder), ("files", settings.files_dir)):
        if not path.exists():
            yield Finding(name, "look", f"{path} does not exist yet", "it is made when needed")
            continue
        if not os.access(path, os.W_OK | os.X_OK):
            yield Finding(
                name, "bad", f"{path} cannot be written", f"chown it to uid {os.getuid()}"
            )
        elif path.stat().st_mode & 0o007:
            yield Finding(name, "look", f"{path} is open to everybody", f"chmod o-rwx {path}")
        else:
            yield Finding(name, "good", str(path))
        free = shutil.disk_usage(path).free
        state = "good" if free >= LEAST_SPACE else "bad"
        remedy = "" if state == "good" else "make room: at least 1 GB"
        yield Finding(f"space for {name}", state, f"{free / 1024**3:,.1f} GB free", remedy)
    key = folder / KEY_FILE
    if key.exists() and key.stat().st_mode & 0o077:
        yield Finding("secret key", "bad", f"others may read {key}", f"chmod 600 {key}")


def _settings(settings: Settings) -> Iterator[Finding]:
    for subject, read in (
        ("limits", lambda: retention.read_limits(settings.retention)),
        ("trusted proxy", lambda: networks(settings.trusted_proxy)),
    ):
        yield _tried(subject, read)
    if settings.public_url.startswith("https://") and not settings.trusted_proxy:
        yield Finding(
            "trusted proxy", "look", "everybody comes from the address of the proxy",
            "set GONGXUAN_TRUSTED_PROXY to it, or people slow each other down",
        )  # fmt: skip


def _tried(subject: str, read: Callable[[], object]) -> Finding:
    try:
        read()
    except EngineError as error:
        return Finding(subject, "bad", str(error), "correct the setting")
    return Finding(subject, "good", "can be read")


def _database(settings: Settings, engine: Engine) -> Iterator[Finding]:
    path = engine.url.database or ""
    if engine.dialect.name == "sqlite" and not Path(path).exists():  # a look must not make it
        yield Finding("database", "look", f"{path} does not exist yet", "gongxuan upgrade")
        return
    try:
        with engine.connect() as connection:
            connection.connection  # noqa: B018 - opens it: a server says its version then
        yield Finding("database", "good", _said_of_database(engine))
        tables = require_tables(engine)
    except TablesOutdated as error:
        yield Finding("tables", "bad", str(error), "gongxuan upgrade")
        return
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        remedy = "is it running? is GONGXUAN_DATABASE_URL right?"
        yield Finding("database", "bad", f"it does not answer: {reason}", remedy)
        return
    yield Finding("tables", "good", f"revision {tables.stands}")
    if warning := sqlite_warning(settings):
        yield Finding("SQLite", "look", warning, "use an operating system with 3.51.3 or later")
    sessions = sessionmaker[Session](engine, expire_on_commit=False)
    yield from _clock(sessions)
    yield from _work(sessions)


def _said_of_database(engine: Engine) -> str:
    if engine.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}, {engine.url.database}"
    version = ".".join(map(str, engine.dialect.server_version_info or ()))
    return f"PostgreSQL {version}, {engine.url.render_as_string()}"


def _clock(sessions: Sessions) -> Iterator[Finding]:
    with reading(sessions) as session:
        if session.get_bind().dialect.name == "sqlite":
            return  # the database has no clock of its own
        before = SystemClock().now()
        there = session.scalar(text("SELECT clock_timestamp()"))
        after = SystemClock().now()
    assert isinstance(there, datetime)  # noqa: S101 - of PostgreSQL; told to mypy
    skew = abs(there.astimezone(UTC) - (before + (after - before) / 2))
    said = f"{skew.total_seconds():.2f} s from the clock of the database"
    good = skew <= MOST_SKEW
    yield Finding("clock", "good" if good else "bad", said, "" if good else "start NTP on both")


def _work(sessions: Sessions) -> Iterator[Finding]:
    now = SystemClock().now()
    with reading(sessions) as session:
        seen = upkeep.last_seen(session, upkeep.WORKER)
        late = session.scalar(
            select(func.min(Timer.due_at)).where(
                Timer.state == "pending", Timer.due_at < now - LATE, Timer.not_before.is_(None)
            )
        )
        problems = _up_to(session, select(Problem.id).where(Problem.state == "open"))
        lost = select(Outgoing.id).where(Outgoing.state.in_(("dead", "no_way")))
        dead = _up_to(session, lost)
    if seen is None or now - seen[1] > LATE:
        last = (
            f"the last one was seen {seen[1]:%Y-%m-%d %H:%M} UTC" if seen else "none was ever seen"
        )
        yield Finding("worker", "bad", f"none works; {last}", "start gongxuan worker, or serve")
    else:
        yield Finding("worker", "good", f"{seen[0]} was seen {seen[1]:%H:%M:%S} UTC")
    if late is not None:
        remedy = "is a worker running? a stopped selection keeps its timers"
        yield Finding("timers", "look", f"one is due since {late:%Y-%m-%d %H:%M} UTC", remedy)
    for subject, number, remedy in (
        ("problems", problems, "they stand on the pages of the selection offices"),
        ("messages", dead, "given up; the offices can send them again"),
    ):
        state = "look" if number else "good"
        yield Finding(subject, state, f"{number} open", remedy if number else "")


def _up_to(session: Session, asked: object, most: int = 1000) -> int:
    """How many there are, as far as it matters."""
    limited = asked.limit(most).subquery()  # type: ignore[attr-defined]  # a select
    return session.scalar(select(func.count()).select_from(limited)) or 0


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.smtp_host:
        remedy = "set GONGXUAN_SMTP_HOST"
        yield Finding("mail", "look", "no server is set; messages wait in the outbox", remedy)
        return
    place = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=_SECONDS) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        remedy = "check GONGXUAN_SMTP_HOST and _PORT, and the firewall"
        yield Finding("mail", "bad", f"{place} does not answer ({type(error).__name__})", remedy)
    else:
        yield Finding("mail", "good", f"{place} answers")


def _sms(settings: Settings) -> Iterator[Finding]:
    """Whether the gateway can be reached; nothing is sent."""
    if settings.sms_spool:
        outgoing = Path(settings.sms_spool) / "outgoing"
        if os.access(outgoing, os.W_OK | os.X_OK):
            yield Finding("SMS", "good", f"{outgoing} can be written")
        else:
            remedy = f"make it writable for uid {os.getuid()}"
            yield Finding("SMS", "bad", f"{outgoing} cannot be written", remedy)
    elif settings.sms_url:
        place = urlsplit(settings.sms_url)
        port = place.port or (443 if place.scheme == "https" else 80)
        try:
            socket.create_connection((place.hostname or "", port), timeout=_SECONDS).close()
        except OSError as error:
            said = f"{place.hostname}:{port} does not answer ({type(error).__name__})"
            yield Finding("SMS", "bad", said, "check GONGXUAN_SMS_URL, and the firewall")
        else:
            yield Finding("SMS", "good", f"{place.hostname}:{port} answers")
    else:
        yield Finding("SMS", "look", "no gateway is set", "set GONGXUAN_SMS_URL or _SPOOL")
