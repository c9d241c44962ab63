"""Make SpiffWorkflow use our instant instead of the wall clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta, tzinfo
from types import SimpleNamespace

import SpiffWorkflow.task
from SpiffWorkflow.bpmn.specs.event_definitions import timer

_instant: ContextVar[datetime] = ContextVar("spiff_instant")
_TICK = timedelta(microseconds=1)
"""SpiffWorkflow asks `due < now`; ours is `due <= now`."""


class _Now(datetime):
    """A tick late for comparisons, exact as the beginning of a duration."""

    def __add__(self, by: timedelta) -> datetime:  # type: ignore[override]  # a plain datetime will do
        exact = datetime.combine(self.date(), self.time(), self.tzinfo) - _TICK
        return exact + by


class _AnyDatetime(type):
    def __instancecheck__(cls, obj: object) -> bool:
        return isinstance(obj, datetime)


class _SpiffDatetime(datetime, metaclass=_AnyDatetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a plain one
        late = (_instant.get() + _TICK).astimezone(tz)
        return _Now.combine(late.date(), late.time(), late.tzinfo)


timer.datetime = _SpiffDatetime
SpiffWorkflow.task.time = SimpleNamespace(time=lambda: _instant.get().timestamp())


@contextmanager
def spiff_time(now: datetime) -> Iterator[None]:
    """Everything SpiffWorkflow does inside happens at `now`, an aware instant."""
    token = _instant.set(now)
    try:
        yield
    finally:
        _instant.reset(token)
