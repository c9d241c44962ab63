"""Counting statements and commits; time and processor time of this and of other processes."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import event

from engine.db import Sessions

_TICKS = os.sysconf("SC_CLK_TCK")
_NOT_ASKED = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")


@dataclass
class Counted:
    """What was sent to the database."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def asked(self) -> int:
        """Without what only opens and closes transactions."""
        return sum(not statement.startswith(_NOT_ASKED) for statement in self.statements)


@contextmanager
def counting(sessions: Sessions) -> Iterator[Counted]:
    """Count the statements and commits of the block."""
    made, engine = Counted(), sessions.kw["bind"]

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        made.statements.append(statement)

    def commit(_connection: object) -> None:
        made.commits += 1

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", commit)
    try:
        yield made
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "commit", commit)


@dataclass(frozen=True)
class Taken:
    """Milliseconds of one run: by the clock, and of this process's processor time."""

    wall: float
    cpu: float


def taken(act: Callable[[], object]) -> Taken:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return Taken((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000)


def cpu_of(process_id: int, *, children: bool = False) -> float:
    """Seconds of processor time a process has used; with those it waited for and still has."""
    own = _cpu(process_id)
    if not children:
        return own
    return own + sum(_cpu(child) for child in _children(process_id))


def memory_of(process_id: int) -> float:
    """Megabytes of memory that a process holds."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _cpu(process_id: int) -> float:
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(int(fields[place]) for place in (11, 12, 13, 14)) / _TICKS


def _children(process_id: int) -> list[int]:
    try:
        said = Path(f"/proc/{process_id}/task/{process_id}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(child) for child in said.split()]
