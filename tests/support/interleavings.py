"""Every way in which one act may be interrupted by another, one after the other, through real rows.

The first act is stopped at its k-th point; the second runs until it has ended or waits for a lock
that the first holds; then the first goes on. All k are tried, and both acts in both places. Points
are the statements on PostgreSQL; on SQLite, where one transaction writes at a time, the beginnings
of transactions.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from engine.db import Sessions
from tests.support.races import Running

_LONGEST = 20.0
Act = Callable[[], Any]


@dataclass(frozen=True)
class Ended:
    """How the two acts ended, by their names, and who was interrupted where."""

    by_name: Mapping[str, Running]
    first: str
    point: int

    def error(self, name: str) -> Exception | None:
        return self.by_name[name].error

    def errors(self) -> list[Exception]:
        return [one.error for one in self.by_name.values() if one.error is not None]

    def __str__(self) -> str:
        told = {name: repr(one.error) for name, one in self.by_name.items()}
        return f"{self.first} interrupted at point {self.point}: {told}"


class _Stop:
    """Counts the points of one thread and holds it at one of them."""

    def __init__(self, point: int) -> None:
        self.point, self.passed = point, 0
        self.thread: int | None = None
        self.reached, self.opened = threading.Event(), threading.Event()

    def pass_through(self) -> None:
        if threading.get_ident() != self.thread:
            return
        self.passed += 1
        if self.passed == self.point:
            self.reached.set()
            assert self.opened.wait(_LONGEST), "nobody let the first act go on"


@contextmanager
def _watching(sessions: Sessions, stop: _Stop) -> Iterator[None]:
    engine = sessions.kw["bind"]
    name = "before_cursor_execute" if _is_postgres(sessions) else "checkout"

    def note(*_arguments: Any) -> None:
        stop.pass_through()

    event.listen(engine, name, note)
    try:
        yield
    finally:
        event.remove(engine, name, note)


def _is_postgres(sessions: Sessions) -> bool:
    return bool(sessions.kw["bind"].dialect.name == "postgresql")


def interleavings(
    sessions: Sessions, prepare: Callable[[], tuple[Any, Mapping[str, Act]]]
) -> Iterator[tuple[Any, Ended]]:
    """Run every interleaving of two acts, each in a world of its own.

    Args:
        prepare: makes a new world and the two acts in it, by name.

    Yields:
        the world and how the acts ended, for every point of the first, and in both orders.
    """
    made = [prepare()]
    names = list(made[0][1])
    for first, second in (names, names[::-1]):
        point, more = 1, True
        while more:
            world, acts = made.pop() if made else prepare()
            ended, more = _one(sessions, acts, first, second, point)
            yield world, ended
            point += 1


def _one(
    sessions: Sessions, acts: Mapping[str, Act], first: str, second: str, point: int
) -> tuple[Ended, bool]:
    stop = _Stop(point)

    def lead() -> Any:
        stop.thread = threading.get_ident()
        return acts[first]()

    with _watching(sessions, stop):
        leading = Running(lead)
        stopped = _either(stop.reached, leading)
        following = Running(acts[second])
        if stopped:
            _ended_or_waits(sessions, following)
        stop.opened.set()
        leading.end()
        following.end()
    return Ended({first: leading, second: following}, first, point), stopped


def _either(reached: threading.Event, running: Running) -> bool:
    """Whether the thread came to its point; False once it has ended without."""
    for _ in range(int(_LONGEST / 0.002)):
        if reached.wait(0.002):
            return True
        if not running.is_waiting:
            return reached.is_set()
    raise AssertionError("the first act neither stopped nor ended")


def _ended_or_waits(sessions: Sessions, running: Running) -> None:
    """Until the second act has ended, or waits for what the first holds."""
    pause = threading.Event()
    for _ in range(int(_LONGEST / 0.005)):
        if not running.is_waiting or (_is_postgres(sessions) and _somebody_waits(sessions)):
            return
        pause.wait(0.005)
    raise AssertionError("the second act neither ended nor waits for a lock")


def _somebody_waits(sessions: Sessions) -> bool:
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND datname = current_database()"
    )
    with sessions.kw["bind"].connect() as connection:
        return bool(connection.exec_driver_sql(asked).scalar())
