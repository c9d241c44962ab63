"""A PostgreSQL server of the tests' own: started once in a run, on a free port, thrown away."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.sockets import free_port

_ALONE = ("listen_addresses=127.0.0.1", "unix_socket_directories=")
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests that never stop the server hard: nothing is left to read afterwards."""


def find_programs() -> Path | None:
    """Give the directory of initdb and pg_ctl; Debian keeps them out of the PATH."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in found if (place / "pg_ctl").exists()), None)


@dataclass
class Cluster:
    """One server with its data; as root it runs as nobody, since pg_ctl refuses root."""

    programs: Path
    home: Path
    port: int
    options: Sequence[str]

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://t@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        user = self._user
        self.home.chmod(0o755)
        (self.home / "data").mkdir(mode=0o700)
        if user:
            shutil.chown(self.home, user)
            shutil.chown(self.home / "data", user)
        self._run("initdb", "-A", "trust", "-U", "t", "-EUTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        options = [*_ALONE, *self.options]
        said = " ".join([f"-p {self.port}", *(f"-c {option}" for option in options)])
        self._run("pg_ctl", "-w", "-l", str(self.home / "log"), "-o", said, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; `immediate` is as a power failure, what was committed is found again."""
        self._run("pg_ctl", "-m", mode, "-w", "stop")

    @property
    def postmaster(self) -> int:
        """The id of its first process."""
        return int((self.home / "data" / "postmaster.pid").read_text().split()[0])

    @property
    def _user(self) -> str | None:
        return "nobody" if os.getuid() == 0 else None

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.programs / program), "-D", str(self.home / "data"), *arguments],
            check=True,
            cwd="/",
            user=self._user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextlib.contextmanager
def cluster(programs: Path, options: Sequence[str] = HASTY) -> Iterator[Cluster]:
    """Run a server of its own until the block ends, then remove it with its data."""
    home = Path(tempfile.mkdtemp(prefix="gongxuan-pg-"))
    try:
        made = Cluster(programs, home, free_port(), options)
        made.make()
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(home)


@contextlib.contextmanager
def postgres_server(programs: Path) -> Iterator[str]:
    """Run a server for tests and give its address."""
    with cluster(programs) as made:
        yield made.url
