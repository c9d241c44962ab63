"""Make SpiffWorkflow use our instant instead of the wall clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, tzinfo
from types import SimpleNamespace

import SpiffWorkflow.task
from SpiffWorkflow.bpmn.specs.event_definitions import timer

_instant: ContextVar[datetime] = ContextVar("spiff_instant")


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
        return self >= due


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
