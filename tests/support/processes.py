"""The product's own commands as real processes, on a database in PostgreSQL of their own."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic
from uuid import uuid4

import pytest
from sqlalchemy import Engine

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
"""Seconds until a process that does not come, or does not go, fails its test."""


@dataclass(frozen=True)
class Commands:
    """`gongxuan …` with the settings of one installation."""

    environ: Mapping[str, str]

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "webapp", *arguments],
            cwd=ROOT, env={**self.environ, **more}, capture_output=True, text=True, check=False,
            timeout=PATIENCE,
        )  # fmt: skip

    @contextmanager
    def start(self, *arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
        """Start a command; whatever still runs at the end of the block is killed."""
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp", *arguments],
            cwd=ROOT, env={**self.environ, **more}, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=PATIENCE)
            process.stdout.close()


@pytest.fixture
def commands(postgres_engine: Engine, tmp_path: Path) -> Iterator[Commands]:
    """Commands on an empty schema of their own; `upgrade` has not run."""
    schema = f"t_{uuid4().hex}"
    yield Commands(
        {
            **os.environ,
            "GONGXUAN_VAR": str(tmp_path / "var"),
            "GONGXUAN_DATABASE_URL": postgres_engine.url.render_as_string(hide_password=False),
            "GONGXUAN_SCHEMA": schema,
            "GONGXUAN_HASH_COST": "test",
            "GONGXUAN_WEB_PROCESSES": "2",
            "GONGXUAN_WEB_THREADS": "4",
        }
    )
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


def word_at(port: int, path: str) -> str:
    """What a replica says of itself; nothing while it does not answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode().strip()
    except OSError:
        return ""
    finally:
        connection.close()


def await_true(asked: Callable[[], bool]) -> None:
    """Wait for what another process does; there is nothing to be notified by."""
    pause, until = threading.Event(), monotonic() + PATIENCE
    while not asked():
        assert monotonic() < until, "it does not come"
        pause.wait(0.05)


def await_word(port: int, path: str, word: str) -> None:
    """Wait until a replica says this word of itself."""
    await_true(lambda: word_at(port, path) == word)
