"""What is done once in a while: who claims it, and when each worker was seen last."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from engine.model import Upkeep
from engine.rows import insert_if_absent

WORKER = "worker "
"""Beginning of the names under which workers say that they live."""


def is_due(session: Session, name: str, *, since: datetime) -> bool:
    """Whether nobody has done it since then; only a look."""
    at = session.scalar(select(Upkeep.at).where(Upkeep.name == name))
    return at is None or at < since


def claim(session: Session, name: str, *, since: datetime, now: datetime) -> bool:
    """Whether this transaction is the one that does it; several may ask at once."""
    if insert_if_absent(session, Upkeep, {"name": name, "at": now, "facts": ""}):
        return True
    due = update(Upkeep).where(Upkeep.name == name, Upkeep.at < since).values(at=now)
    done = session.execute(due)
    assert isinstance(done, CursorResult)  # noqa: S101 - an UPDATE gives one; told to mypy
    return done.rowcount == 1


def saw(session: Session, name: str, *, now: datetime, facts: str = "") -> None:
    """Note that it was done, or that a worker lives."""
    if not insert_if_absent(session, Upkeep, {"name": name, "at": now, "facts": facts}):
        session.execute(update(Upkeep).where(Upkeep.name == name).values(at=now, facts=facts))


def forget(session: Session, name: str) -> None:
    session.execute(delete(Upkeep).where(Upkeep.name == name))


def facts_of(session: Session, name: str) -> str | None:
    """What was noted last; None if nothing was."""
    return session.scalar(select(Upkeep.facts).where(Upkeep.name == name))


def last_seen(session: Session, beginning: str) -> tuple[str, datetime] | None:
    """The latest of all with such a name."""
    row = session.execute(
        select(Upkeep.name, Upkeep.at)
        .where(Upkeep.name.startswith(beginning))
        .order_by(Upkeep.at.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None
