"""A PostgreSQL server of the tests' own: started once in a run, on a free port, thrown away."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.sockets import free_port

_OPTIONS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
)


def find_programs() -> Path | None:
    """Give the directory of initdb and pg_ctl; Debian keeps them out of the PATH."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in found if (place / "pg_ctl").exists()), None)


@contextlib.contextmanager
def postgres_server(programs: Path) -> Iterator[str]:
    """Run a server and give its address; as root it runs as nobody, since pg_ctl refuses root."""
    user = "nobody" if os.getuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="gongxuan-pg-"))
    data, log = home / "data", home / "log"
    home.chmod(0o755)
    data.mkdir(mode=0o700)
    if user:
        shutil.chown(home, user)
        shutil.chown(data, user)

    def run(*command: str) -> None:
        subprocess.run(
            command,
            check=True,
            cwd="/",
            user=user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    initdb, pg_ctl = str(programs / "initdb"), str(programs / "pg_ctl")
    try:
        run(initdb, "-D", str(data), "-A", "trust", "-U", "t", "-EUTF8", "--locale=C", "--no-sync")
        port = free_port()
        options = " ".join([f"-p {port}", *(f"-c {option}" for option in _OPTIONS)])
        run(pg_ctl, "-D", str(data), "-w", "-l", str(log), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://t@127.0.0.1:{port}/postgres"
        finally:
            run(pg_ctl, "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home)
