"""What a piece of heavy work is, who does it, and what every queue promises."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from engine.clock import Clock
from engine.db import Sessions

BACK_OFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
)
"""Waits after the first to the fourth failure; after the fifth the work is given up."""


@dataclass(frozen=True)
class Work:
    """Look at this row now. Whether anything is to be done is decided by the row, every time."""

    kind: str
    subject: UUID | None = None
    case_id: UUID | None = None

    @property
    def queueing_key(self) -> str:
        """One of these waits at a time: enqueuing it again changes nothing."""
        return f"{self.kind}:{self.subject}" if self.subject else self.kind

    @property
    def serial_key(self) -> str:
        """One of these runs at a time, on all machines."""
        return f"selection:{self.case_id}" if self.case_id else self.kind


@dataclass(frozen=True)
class Handler:
    """How one kind of work is done.

    Args:
        run: does it in transactions of its own; running twice must be the same as once.
        give_up: told in a transaction after the last failure, with the error; makes it visible.
    """

    run: Callable[[Sessions, Clock, Work], None]
    give_up: Callable[[Session, Work, str, datetime], None]


Handlers = Mapping[str, Handler]


class Jobs(Protocol):
    """A queue of heavy work."""

    def enqueue(self, session: Session, work: Work) -> bool:
        """Put work into the queue with the caller's transaction: both happen or neither.

        Returns:
            False if the same work waits already; nothing is changed then.
        """
        ...

    def live(self, session: Session, keys: Collection[str]) -> set[str]:
        """Which of these queueing keys wait or run."""
        ...

    def revive(self, sessions: Sessions, clock: Clock, handlers: Handlers) -> int:
        """Queue again what a dead process left behind; returns how many pieces."""
        ...

    def run_waiting(self, sessions: Sessions, clock: Clock, handlers: Handlers) -> None:
        """Do what waits, in this thread, until nothing is due."""
        ...

    def running(
        self, sessions: Sessions, clock: Clock, handlers: Handlers, *, threads: int
    ) -> AbstractContextManager[None]:
        """Work until the end of the block; what is running then is finished first."""
        ...

    def given_up(self, session: Session) -> int:
        """How many pieces of work were given up and still lie there."""
        ...

    def forget(self, session: Session, *, before: datetime, limit: int) -> int:
        """Remove work that was given up before an instant; returns how many pieces."""
        ...


def words_of(error: BaseException) -> str:
    """An error in one line, for the row and the problem."""
    return f"{type(error).__name__}: {error}"
