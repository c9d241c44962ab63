"""Clocks that a scenario moves."""

from datetime import datetime
from typing import Protocol


class MovableClock(Protocol):
    """A clock that can be told to go forward."""

    def now(self) -> datetime: ...
    def move_to(self, instant: datetime) -> None: ...


class SettableClock:
    """A clock that only a scenario moves, and only forward."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move_to(self, instant: datetime) -> None:
        self._now = max(self._now, instant)
