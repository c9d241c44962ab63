"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

ANNOUNCEMENT_DAY = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
"""08:30 in Shanghai on day 0 of the worked case."""


class FakeClock:
    """Satisfies `engine.clock.Clock`; like the demo clock it only ever moves forward."""

    def __init__(self, start: datetime = ANNOUNCEMENT_DAY) -> None:
        if start.tzinfo is None:
            raise ValueError(f"naive datetime {start!r}: pass an aware instant")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        return self.move_to(self._now + by)

    def move_to(self, instant: datetime) -> datetime:
        if instant < self._now:
            raise ValueError(f"the clock shows {self._now}, it does not go back to {instant}")
        self._now = instant.astimezone(UTC)
        return self._now
