"""Limits for what people send without signing in, counted per address for a quarter of an hour."""

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.people import SignInThrottled
from engine.people.throttling import Key, note_failure, require_patience

PAGES = 150
"""Every button of a public form counts; a whole office may sit behind one address."""

HANDED_IN = 20
"""Applications or reports that are really handed in."""

_LIMITS = {"page": PAGES, "handed_in": HANDED_IN}


class TooManyRequests(EngineError):
    """Too much was sent from one address. Wait; `minutes` says how long."""

    code = "too_many_requests"

    def __init__(self, wait: timedelta) -> None:
        self.minutes = max(int(wait.total_seconds() + 59) // 60, 1)
        super().__init__(f"too much was sent from this address; try again in {self.minutes} min")


def count_sent(session: Session, *, address: str, what: str, now: datetime) -> None:
    """Count something sent from an address; commit it whatever becomes of what was sent.

    Only a digest of the address is kept, and only for a quarter of an hour.

    Args:
        session: the caller owns the transaction.
        address: where it comes from.
        what: `page` or `handed_in`.
        now: an aware instant.

    Raises:
        TooManyRequests: the limit is reached; nothing is counted.
    """
    digest = sha256(f"{what} {address}".encode()).hexdigest()[:32]
    keys = (Key(f"public:{digest}", _LIMITS[what]),)
    try:
        require_patience(session, keys, now=now)
    except SignInThrottled as error:
        raise TooManyRequests(error.wait) from error
    note_failure(session, keys, now=now)
