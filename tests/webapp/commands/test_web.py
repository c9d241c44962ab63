"""`gongxuan web` and `gongxuan worker` as real processes: started, replaced, nobody refused."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from engine.db import open_database
from tests.e2e.client import Client
from tests.support.processes import PATIENCE, Commands, await_true, await_word, commands, word_at
from tests.support.sockets import free_port

__all__ = ["commands"]
pytestmark = pytest.mark.postgres
PASSWORD = "long enough"  # noqa: S105 - of a person who does not exist


@pytest.fixture
def ready(commands: Commands) -> Commands:
    """With tables and an administrator."""
    assert commands.run("upgrade").returncode == 0
    made = commands.run("create-admin", "admin", "--name", "管理员", "--password", PASSWORD)
    assert made.returncode == 0, made.stderr
    return commands


class Poster:
    """Sends a form again and again, as a proxy passes it on: to who is ready, else to the other."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports, self._stop = ports, threading.Event()
        self.answers: Counter[str] = Counter()
        client = Client(f"http://127.0.0.1:{ports[0]}")
        client.get("/sign-in")
        page = client.post("/sign-in", [("login", "admin"), ("password", PASSWORD)])
        assert page.address.endswith("/todo"), page.address
        client.get("/me")
        self._cookies = "; ".join(f"{each.name}={each.value}" for each in client.cookies)
        self._form = urlencode({"language": "en", "csrf_token": client.token})
        self._ready = dict.fromkeys(ports, True)

    @contextmanager
    def posting(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._post_on) for _ in range(3)]
        threads.append(threading.Thread(target=self._look_on))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(timeout=PATIENCE)

    def wait_for(self, more: int) -> None:
        """Wait until so many more answers have come."""
        goal = self.answers.total() + more
        await_true(lambda: self.answers.total() >= goal)

    def _look_on(self) -> None:
        """The active check of a proxy."""
        while not self._stop.wait(0.2):
            for port in self._ports:
                self._ready[port] = word_at(port, "/ready") == "ready"

    def _post_on(self) -> None:
        turn = 0
        while not self._stop.is_set():
            turn += 1
            order = sorted(self._ports, key=lambda port: not self._ready[port])
            if all(self._ready.values()):
                order = order[turn % len(order) :] + order[: turn % len(order)]
            self.answers[self._first_answer(order)] += 1

    def _first_answer(self, order: Sequence[int]) -> str:
        for port in order:
            try:
                return str(self._post(port))
            except ConnectionRefusedError:  # nothing was sent: a proxy asks the next
                continue
            except OSError as error:
                return f"lost: {error!r}"
        return "refused by all"

    def _post(self, port: int) -> int:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        headers = {
            "Cookie": self._cookies, "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        try:
            connection.request("POST", "/me/language", self._form, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in listed]


def test_processes_are_replaced_while_forms_are_sent(ready: Commands) -> None:
    port = free_port()
    with ready.start("web", GONGXUAN_PORT=str(port)) as web:
        await_word(port, "/ready", "ready")
        poster = Poster([port])
        before = children(web.pid)
        with poster.posting():
            poster.wait_for(30)
            os.kill(before[0], signal.SIGTERM)
            poster.wait_for(60)
            web.send_signal(signal.SIGHUP)
            await_true(lambda: not set(before) & set(children(web.pid)))
            poster.wait_for(60)

        assert set(poster.answers) == {"303"}, poster.answers


def test_replicas_are_restarted_one_by_one_while_forms_are_sent(ready: Commands) -> None:
    first, second = free_port(), free_port()
    at_first = {"GONGXUAN_PORT": str(first), "GONGXUAN_DRAIN": "2"}
    with ExitStack() as replicas:
        old = replicas.enter_context(ready.start("web", **at_first))
        other = replicas.enter_context(
            ready.start("web", GONGXUAN_PORT=str(second), GONGXUAN_DRAIN="2")
        )
        for port in (first, second):
            await_word(port, "/ready", "ready")
        poster = Poster([first, second])
        with poster.posting():
            poster.wait_for(30)
            old.send_signal(signal.SIGTERM)
            await_word(first, "/ready", "leaving")
            assert old.wait(timeout=PATIENCE) == 0
            poster.wait_for(30)
            replicas.enter_context(ready.start("web", **at_first))
            await_word(first, "/ready", "ready")
            other.send_signal(signal.SIGTERM)
            assert other.wait(timeout=PATIENCE) == 0
            poster.wait_for(60)

    assert set(poster.answers) == {"303"}, poster.answers


def test_readiness_is_about_tables_and_life_is_not(ready: Commands) -> None:
    port = free_port()
    with ready.start("web", GONGXUAN_PORT=str(port)):
        await_word(port, "/ready", "ready")
        engine = open_database(
            ready.environ["GONGXUAN_DATABASE_URL"], schema=ready.environ["GONGXUAN_SCHEMA"]
        )
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
        assert (word_at(port, "/ready"), word_at(port, "/health")) == ("other tables", "alive")
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE alembic_version"))
        engine.dispose()

        assert (word_at(port, "/ready"), word_at(port, "/health")) == ("no database", "alive")


@pytest.mark.parametrize("command", ["web", "worker"])
def test_old_tables_are_refused_with_the_remedy(commands: Commands, command: str) -> None:
    done = commands.run(command)

    assert done.returncode == 1
    assert "run `gongxuan upgrade` once" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["web", "worker"])
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"GONGXUAN_DATABASE_URL": "sqlite:///x.sqlite"}, "needs PostgreSQL"),
        ({"GONGXUAN_DEMO": "1"}, "in one process: `gongxuan demo`"),
    ],
)
def test_what_cannot_be_shared_is_refused(
    ready: Commands, command: str, more: dict[str, str], said: str
) -> None:
    done = ready.run(command, **more)

    assert done.returncode == 1
    assert said in done.stderr


@pytest.mark.parametrize("command", ["web", "worker"])
def test_another_secret_key_is_refused(ready: Commands, command: str) -> None:
    done = ready.run(command, GONGXUAN_SECRET_KEY="another")

    assert done.returncode == 1
    assert "the secret key is not the one of this installation" in done.stderr


def test_two_upgrades_at_once_are_safe(commands: Commands) -> None:
    with commands.start("upgrade") as first, commands.start("upgrade") as second:
        said = sorted(process.communicate(timeout=PATIENCE)[0] for process in (first, second))

        assert (first.returncode, second.returncode) == (0, 0)
    assert "before: none" in said[0]
    assert "nothing was changed" in said[1]


def test_a_worker_finishes_its_round_when_told_to_stop(ready: Commands) -> None:
    with ready.start("worker") as worker:
        assert worker.stdout is not None
        assert "works" in worker.stdout.readline()
        worker.send_signal(signal.SIGTERM)

        assert worker.wait(timeout=PATIENCE) == 0
        assert "has finished" in worker.stdout.read()
