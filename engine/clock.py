"""The only place that asks the operating system what time it is."""

import threading
from datetime import UTC, datetime
from typing import Protocol

from engine.errors import EngineError


class Clock(Protocol):
    """Gives the present instant, aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - this is the one place


class ClockGoesBack(EngineError):
    """The clock of a demonstration was told to go back; it only goes forward."""

    code = "clock_goes_back"

    def __init__(self, *, shown: datetime, asked: datetime) -> None:
        super().__init__(f"the clock shows {shown:%Y-%m-%d %H:%M}, it does not go back")
        self.shown, self.asked = shown, asked


class DemoClock:
    """Real time plus an offset that only grows; sessions and the scheduler stay on real time.

    Args:
        real: what goes on ticking behind it.
        start: what it shows first; by default the real time.
    """

    def __init__(self, real: Clock, *, start: datetime | None = None) -> None:
        self._real = real
        began = real.now()
        self._offset = (start or began) - began
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._real.now() + self._offset

    def jump_to(self, instant: datetime) -> None:
        """Show this instant from now on.

        Raises:
            ClockGoesBack: it lies before what the clock shows; nothing is changed.
        """
        with self._lock:
            shown = self.now()
            if instant < shown:
                raise ClockGoesBack(shown=shown, asked=instant)
            self._offset += instant - shown
