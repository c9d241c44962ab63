"""The command line as people start it: a real process, one writer, a kept key."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def environ(folder: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "GONGXUAN_VAR": str(folder), "GONGXUAN_HASH_COST": "test", **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def gongxuan(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "webapp", *arguments],
        cwd=ROOT, env=environ(folder, **more), capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip


@contextmanager
def serving(folder: Path, port: int) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "webapp", "serve"],
        cwd=ROOT, env=environ(folder, GONGXUAN_PORT=str(port)), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=60)
        finally:
            process.kill()  # where it did not stop by itself
        process.stdout.close()


def test_serve_makes_what_is_missing_and_answers(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port) as address:
        page = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        page.request("GET", "/sign-in")
        assert address == f"http://127.0.0.1:{port}/"
        assert "登录" in page.getresponse().read().decode()
        page.close()
        second = gongxuan(tmp_path, "serve", GONGXUAN_PORT=str(free_port()))

    key = tmp_path / "secret-key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_text()) >= 48
    assert second.returncode == 1
    assert "another process" in second.stderr
    assert "Traceback" not in second.stderr


def test_the_first_administrator_can_sign_in(tmp_path: Path) -> None:
    made = gongxuan(
        tmp_path, "create-admin", "admin", "--name", "管理员", "--password", "long enough"
    )
    twice = gongxuan(
        tmp_path, "create-admin", "ADMIN", "--name", "管理员", "--password", "long enough"
    )

    assert made.returncode == 0
    assert twice.returncode == 1
    assert "is taken" in twice.stderr


def test_a_port_in_use_is_named_with_the_remedy(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = gongxuan(tmp_path, "serve", GONGXUAN_PORT=port)

    assert done.returncode == 1
    assert f"GONGXUAN_PORT='{port}'" in done.stderr


@pytest.mark.parametrize("command", ["serve", "demo", "create-admin", "replay"])
def test_every_command_says_what_it_does(tmp_path: Path, command: str) -> None:
    done = gongxuan(tmp_path, command, "--help")

    assert done.returncode == 0
    assert done.stdout.startswith("Usage:")
