"""The machine under the figures: without it they mean nothing."""

import os
import platform
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.support.postgres import find_programs

_WRITES = 200


def describe(folder: Path) -> dict[str, str]:
    """Cores, memory, load, versions, and how fast a write reaches the disk under `folder`."""
    return {
        "processor": f"{os.cpu_count()} cores, {_cpu_name()}",
        "memory": f"{_memory_gb():.0f} GB",
        "load before": " ".join(f"{part:.1f}" for part in os.getloadavg()),
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": _postgres_version(),
        "one fsync": f"{_fsync_ms(folder):.2f} ms",
    }


def _cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _memory_gb() -> float:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return float(pages) / 2**30


def _postgres_version() -> str:
    programs = find_programs()
    if programs is None:
        return "none"
    said = subprocess.run(
        [programs / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return said.stdout.split()[-1] if "Debian" not in said.stdout else said.stdout.split()[2]


def _fsync_ms(folder: Path) -> float:
    with tempfile.TemporaryFile(dir=folder) as file:
        taken = []
        for _ in range(_WRITES):
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - begun)
    return median(taken) * 1000
