"""What everything is compared with: the same model in SpiffWorkflow alone, and one plain insert."""

import json
import subprocess
import sys
import time
from datetime import datetime
from uuid import UUID

from engine.db import Sessions
from engine.definitions import PackageVersion
from engine.model import HistoryEntry


def bare_steps(drawn: PackageVersion, steps: int, *, times: int = 1) -> list[float]:
    """Milliseconds of processor time for each task, in a process that has SpiffWorkflow alone.

    Args:
        steps: so many tasks, one after another.
        times: so often, each time from the beginning.
    """
    asked = {"key": drawn.key, "files": dict(drawn.files), "steps": steps, "times": times}
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.bare_engine"],
        input=json.dumps(asked), capture_output=True, text=True, check=True,
    )  # fmt: skip
    made: list[float] = json.loads(done.stdout)
    return made


def bare_inserts(sessions: Sessions, case_id: UUID, now: datetime, number: int) -> list[float]:
    """Milliseconds for one row in one transaction: what the disk and the database ask at least."""
    taken = []
    for _ in range(number):
        begun = time.perf_counter()
        with sessions.begin() as session:
            session.add(HistoryEntry(case_id=case_id, at=now, action="bare"))
        taken.append((time.perf_counter() - begun) * 1000)
    return taken
