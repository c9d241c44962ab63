"""Starts the product's commands quickly: imports everything once, then forks.

Reads lines `name port` from its input, each a command of `gongxuan`, and answers with the id of the
process. The processes lead groups of their own, so that a whole `gongxuan web` can be killed at
once. When its input ends, it kills what it has started and ends.
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import webapp.commands.serve
import webapp.commands.web
import webapp.commands.worker
import webapp.replica  # noqa: F401 - imported here once for all of them
from webapp.__main__ import commands


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed leaves nothing behind
    started: list[int] = []
    log = Path(os.environ["GONGXUAN_VAR"]) / "processes.log"
    for line in sys.stdin:
        name, port = line.split()
        process = os.fork()
        if process == 0:
            _become(name, port, log)
        started.append(process)
        print(process, flush=True)
    for process in started:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process, signal.SIGKILL)


def _become(name: str, port: str, log: Path) -> None:
    """Be the command; never returns."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with log.open("ab", buffering=0) as file, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ["GONGXUAN_PORT"] = port
    try:
        commands([name], standalone_mode=True)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
