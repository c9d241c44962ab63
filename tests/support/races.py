"""Two things at once, in an order that a test sets: threads, doors, and a bound on every wait."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from engine.db import Sessions

_LONGEST = 20.0
"""Seconds after which a test that hangs says so; nothing here ever waits that long."""


class Door:
    """Holds the first thread that comes to a statement until the test opens it."""

    def __init__(self, statement: str) -> None:
        self._statement = statement
        self._reached, self._opened = threading.Event(), threading.Event()
        self.thread: int | None = None

    def pass_through(self, statement: str) -> None:
        if statement.startswith(self._statement) and not self._reached.is_set():
            self.thread = threading.get_ident()
            self._reached.set()
            assert self._opened.wait(_LONGEST), f"nobody opened the door at {self._statement}"

    def reached(self) -> None:
        assert self._reached.wait(_LONGEST), f"nobody came to {self._statement}"

    def open(self) -> None:
        self._opened.set()


@contextmanager
def door(sessions: Sessions, statement: str, *, after: bool = False) -> Iterator[Door]:
    """Stop the first thread before (or after) it executes a statement that begins so."""
    made = Door(statement)

    def note(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        made.pass_through(text)

    engine, name = sessions.kw["bind"], ("after" if after else "before") + "_cursor_execute"
    event.listen(engine, name, note)
    try:
        yield made
    finally:
        made.open()
        event.remove(engine, name, note)


class Running:
    """Something that runs in a thread of its own."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._act, self.result = act, None
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._act()
        except Exception as error:  # noqa: BLE001 - handed to the test
            self.error = error

    def end(self) -> "Running":
        self._thread.join(_LONGEST)
        assert not self._thread.is_alive(), "it hangs"
        return self

    @property
    def is_waiting(self) -> bool:
        return self._thread.is_alive()


def together(*acts: Callable[[], Any]) -> list[Running]:
    """Begin all at the same instant and wait until they have ended."""
    barrier = threading.Barrier(len(acts), timeout=_LONGEST)

    def begin(act: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:
            barrier.wait()
            return act()

        return run

    return [one.end() for one in [Running(begin(act)) for act in acts]]


def errors(ended: Sequence[Running]) -> list[str]:
    """Names of what went wrong, in order; those that went well are left out."""
    return sorted(type(one.error).__name__ for one in ended if one.error is not None)


def wait_for_lock(sessions: Sessions, number: int = 1) -> None:
    """Return once so many connections to PostgreSQL wait for a lock."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND datname = current_database()"
    )
    pause = threading.Event()
    with sessions.kw["bind"].connect() as connection:
        for _ in range(2000):
            if connection.exec_driver_sql(asked).scalar() >= number:
                return
            connection.rollback()  # the view is read once in a transaction
            pause.wait(0.005)
    raise AssertionError(f"{number} connections should wait for a lock")
