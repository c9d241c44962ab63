"""Make SpiffWorkflow use our instant instead of the wall clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any

import SpiffWorkflow.task
from SpiffWorkflow.bpmn.specs.event_definitions import timer

_instant: ContextVar[datetime] = ContextVar("spiff_instant")
_horizon: ContextVar[datetime] = ContextVar("spiff_horizon")


class _AnyDatetime(type):
    def __instancecheck__(cls, obj: object) -> bool:
        return isinstance(obj, datetime)


class _SpiffDatetime(datetime, metaclass=_AnyDatetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a plain datetime will do
        instant = _instant.get().astimezone(tz)
        return _Now.combine(instant.date(), instant.timetz())


class _Now(_SpiffDatetime):
    """SpiffWorkflow asks `due < now`; a timer that is due at this very instant has to fire."""

    def __gt__(self, due: datetime) -> bool:  # type: ignore[override]  # only ever asked of instants
        return _horizon.get() >= due


timer.datetime = _SpiffDatetime
SpiffWorkflow.task.time = SimpleNamespace(time=lambda: _instant.get().timestamp())


@contextmanager
def spiff_time(now: datetime, horizon: datetime | None = None) -> Iterator[None]:
    """Everything SpiffWorkflow does inside happens at `now`, an aware instant.

    Args:
        now: what its clock shows.
        horizon: only timers that are due by then fire; by default those that are due now. So of
            several that were missed, the one that is late by more fires first, alone.
    """
    token, other = _instant.set(now), _horizon.set(horizon or now)
    try:
        yield
    finally:
        _instant.reset(token)
        _horizon.reset(other)


def instant_of(value: Any, began: datetime) -> datetime:
    """The instant that a timer's value means: itself, its text, or a duration of ISO 8601.

    Args:
        value: what the text of the timer gave.
        began: when the event began to wait; a duration is counted from then.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if str(value).startswith("P"):
        parts = timer.TimerEventDefinition.parse_iso_duration(value)
        length: timedelta = timer.TimerEventDefinition.get_timedelta_from_start(parts, began)
        return began + length
    made: datetime = timer.TimerEventDefinition.get_datetime(value)
    return made
