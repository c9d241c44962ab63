"""Slowing guesses down: failed attempts are kept for a quarter of an hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.model import SignInAttempt

WINDOW = timedelta(minutes=15)
LOGIN_LIMIT = 5
ADDRESS_LIMIT = 50
"""Higher, because a whole hall may sit behind one address."""


class SignInThrottled(EngineError):
    """Too many failed attempts. Wait, then try again; `wait` says how long."""

    code = "sign_in_throttled"

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"too many failed attempts; try again in {wait.total_seconds():.0f} s")
        self.wait = wait


@dataclass(frozen=True)
class Key:
    """What is counted. Only a digest is stored: people type passwords into the wrong box."""

    text: str
    limit: int


def login_key(login: str) -> Key:
    return Key("login:" + sha256(login.encode()).hexdigest()[:32], LOGIN_LIMIT)


def address_key(address: str) -> Key:
    return Key("address:" + sha256(address.encode()).hexdigest()[:32], ADDRESS_LIMIT)


def require_patience(session: Session, keys: Sequence[Key], *, now: datetime) -> None:
    """Raise while a key has reached its limit of failures within the window.

    Raises:
        SignInThrottled: with the time until the oldest of these failures is forgotten.

    """
    for key in keys:
        failures = session.scalars(
            select(SignInAttempt.at)
            .where(SignInAttempt.key == key.text, SignInAttempt.at > now - WINDOW)
            .order_by(SignInAttempt.at.desc())
            .limit(key.limit)
        ).all()
        if len(failures) == key.limit:
            raise SignInThrottled(failures[-1] + WINDOW - now)


def note_failure(session: Session, keys: Sequence[Key], *, now: datetime) -> None:
    """Count a failure; what is older than the window is removed."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.at <= now - WINDOW))
    session.add_all(SignInAttempt(key=key.text, at=now) for key in keys)


def forget_failures(session: Session, key: Key) -> None:
    session.execute(delete(SignInAttempt).where(SignInAttempt.key == key.text))
