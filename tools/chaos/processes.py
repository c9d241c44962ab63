"""The processes of one installation: started, killed at random, started again."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.support.sockets import free_port

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class One:
    """One process; `ready` once it has shown that it works."""

    name: str
    port: int
    id: int = 0
    ready: bool = False


@dataclass
class Installation:
    """What is running, and how often it was killed."""

    members: list[One]
    _nursery: subprocess.Popen[str]
    kills: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ports(self) -> list[int]:
        return [one.port for one in self.members if one.name != "worker"]

    def start(self, one: One) -> None:
        assert self._nursery.stdin is not None  # noqa: S101 - pipes, told to mypy
        assert self._nursery.stdout is not None  # noqa: S101 - the same
        with self._lock:
            self._nursery.stdin.write(f"{one.name} {one.port}\n")
            self._nursery.stdin.flush()
            one.id = int(self._nursery.stdout.readline())
            one.ready = False

    def kill_one(self, chance: random.Random) -> bool:
        """SIGKILL one of those that work, with all its processes, and start it again."""
        self.keep_up()
        working = [one for one in self.members if one.ready]
        if not working:
            return False
        one = chance.choice(working)
        with suppress(ProcessLookupError):
            os.killpg(one.id, signal.SIGKILL)
        self.kills[one.name] = self.kills.get(one.name, 0) + 1
        self.start(one)
        return True

    def keep_up(self) -> None:
        """Start again who gave up by itself, e.g. because who was killed still held the database.

        A web process works once it answers; a worker once it lives.
        """
        for one in self.members:
            if not _lives(one.id):
                self.start(one)
            elif not one.ready:
                one.ready = one.name == "worker" or _answers(one.port)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=0.5)
    try:
        connection.request("GET", "/sign-in")
        return connection.getresponse().status == 200  # noqa: PLR2004 - the page
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def running(environ: Mapping[str, str], names: list[str]) -> Iterator[Installation]:
    """Run these commands until the block ends; then all are killed."""
    nursery = subprocess.Popen(
        [sys.executable, "-m", "tools.chaos.nursery"],
        cwd=ROOT, env={**os.environ, **environ}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert nursery.stdin is not None  # noqa: S101 - a pipe, told to mypy
    assert nursery.stdout is not None  # noqa: S101 - the same
    installation = Installation([One(name, free_port()) for name in names], nursery)
    try:
        for one in installation.members:
            installation.start(one)
        yield installation
    finally:
        nursery.stdin.close()
        nursery.wait(timeout=60)
        nursery.stdout.close()
