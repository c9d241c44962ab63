"""The product's own commands as processes, and plain HTTP clients on kept connections."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from tests.support.sockets import free_port
from tools.bench.places import Place

ROOT = Path(__file__).resolve().parents[2]
SECRET = "k" * 32
PATIENCE = 60.0
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Server:
    """One or several processes that serve the pages."""

    port: int
    processes: list[subprocess.Popen[bytes]]
    started: float

    @property
    def ids(self) -> list[int]:
        return [process.pid for process in self.processes]


def environment(place: Place, port: int) -> dict[str, str]:
    """Settings of an installation on this place; people are signed in by a click, as in a demo."""
    return {
        **os.environ, "GONGXUAN_VAR": str(place.folder), "GONGXUAN_DATABASE_URL": place.url,
        "GONGXUAN_SECRET_KEY": SECRET, "GONGXUAN_HASH_COST": "test", "GONGXUAN_PORT": str(port),
        "GONGXUAN_WEB_PROCESSES": "2",
    }  # fmt: skip


@contextmanager
def serving(place: Place, *, replicas: bool = False, worker: bool = False) -> Iterator[Server]:
    """Run `gongxuan serve`; on PostgreSQL, with `replicas`, `gongxuan web` with two processes."""
    port = free_port()
    environ = environment(place, port)
    begun = time.perf_counter()
    names = ["web", *(["worker"] if worker else [])] if replicas else ["serve"]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "webapp", name],
            cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for name in names
    ]  # fmt: skip
    server = Server(port, processes, begun)
    try:
        await_page(server)
        yield server
    finally:
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=PATIENCE)


def await_page(server: Server, path: str = "/sign-in") -> float:
    """Wait for the first page; seconds since the start."""
    while time.perf_counter() - server.started < PATIENCE:
        try:
            connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:  # noqa: PLR2004 - the page
                return time.perf_counter() - server.started
        except OSError:
            time.sleep(0.01)
        finally:
            connection.close()
    raise TimeoutError(f"no page at {path}")


class Client:
    """One person's browser on a connection that is kept open."""

    def __init__(self, port: int, token: str = "") -> None:
        self._port = port
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.cookies: dict[str, str] = {"gongxuan": session_cookie(token)} if token else {}
        self.csrf = ""

    def get(self, path: str) -> "Answer":
        return self._ask("GET", path, None)

    def post(self, path: str, fields: Mapping[str, str]) -> "Answer":
        return self._ask("POST", path, urlencode({**fields, "csrf_token": self.csrf}))

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None) -> "Answer":
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begun = time.perf_counter()
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        except (OSError, HTTPException):  # a server may close a kept connection at any time
            self._connection.close()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        text = answer.read().decode()
        taken = time.perf_counter() - begun
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        if found := _TOKEN.search(text):
            self.csrf = found[1]
        return Answer(answer.status, answer.headers.get("Location", ""), text, taken)


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    text: str = field(repr=False)
    taken: float = 0.0
    """seconds"""


def session_cookie(token: str) -> str:
    """A session as the server signs it: somebody who signed in before the measurement."""
    app = Flask("bench")
    app.secret_key = SECRET
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None  # noqa: S101 - there is a key
    kept: str = signer.dumps({"_user_id": token, "_fresh": True, "_permanent": True})
    return kept


def account_token(account_id: UUID) -> str:
    return f"account:{account_id}:0"
