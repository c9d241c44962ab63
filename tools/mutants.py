"""Plant faults one by one and ask the tests: each must be found. `make mutants`.

    python -m tools.mutants              all faults
    python -m tools.mutants cut closing  only those whose name has one of the words

Each fault replaces a text that stands exactly once in a file, in a copy of the checkout, and runs
the fastest tests that should notice. A fault no test finds is a missing test: write it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tools.faults import FAULTS, Fault

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("engine", "webapp", "tests", "processes", "forms", "pyproject.toml")
SECONDS = 120
_LEFT_BEHIND = shutil.ignore_patterns("__pycache__", "static", ".hypothesis")


@dataclass(frozen=True)
class Verdict:
    """What the tests said about one fault."""

    fault: Fault
    found: bool
    remark: str
    seconds: float


def main(words: Sequence[str]) -> int:
    chosen = [f for f in FAULTS if not words or any(word in f.name for word in words)]
    with tempfile.TemporaryDirectory(prefix="gongxuan-mutants-") as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(os.cpu_count() or 1):
            copies.put(_copy(Path(folder) / str(number)))
        if problem := _sound(copies, chosen):
            print(problem)
            return 1
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as workers:
            verdicts = list(workers.map(lambda fault: _try(fault, copies), chosen))
    for verdict in verdicts:
        state = "found " if verdict.found else "MISSED"
        print(f"{state} {verdict.seconds:5.1f} s  {verdict.fault.name:<52} {verdict.remark}")
    missed = sum(not verdict.found for verdict in verdicts)
    print(f"{len(verdicts) - missed} found, {missed} missed")
    return 1 if missed else 0


def _copy(place: Path) -> Path:
    place.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=_LEFT_BEHIND)
        else:
            shutil.copy(source, place / name)
    return place


def _sound(copies: "SimpleQueue[Path]", faults: Sequence[Fault]) -> str | None:
    """Without any fault the same tests must pass, and must run the copy."""
    place = copies.get()
    imported = "import engine, pathlib; print(pathlib.Path(engine.__file__).parents[1])"
    shown = subprocess.run(
        [sys.executable, "-c", imported], cwd=place, capture_output=True, text=True, check=True
    )
    if Path(shown.stdout.strip()) != place.resolve():
        return f"the tests would not run the copy but {shown.stdout.strip()}"
    tests = sorted({test for fault in faults for test in fault.tests})
    done = _run(place, ["-n", "auto", *tests], seconds=4 * SECONDS)
    copies.put(place)
    return None if done.returncode == 0 else f"{done.stdout}\nThe tests fail without any fault."


def _try(fault: Fault, copies: "SimpleQueue[Path]") -> Verdict:
    place = copies.get()
    file = place / fault.file
    sound = file.read_text("utf-8")
    began = time.perf_counter()
    try:
        if sound.count(fault.old) != 1:
            return Verdict(fault, found=False, remark="the text is not there once", seconds=0)
        file.write_text(sound.replace(fault.old, fault.new), "utf-8")
        done = _run(place, ["-x", *fault.tests], seconds=SECONDS)
        found, remark = done.returncode == 1, _remark(done)
    except subprocess.TimeoutExpired:
        found, remark = True, f"no end within {SECONDS} s"
    finally:
        file.write_text(sound, "utf-8")
        copies.put(place)
    return Verdict(fault, found, remark, time.perf_counter() - began)


def _run(
    place: Path, arguments: Sequence[str], *, seconds: int
) -> subprocess.CompletedProcess[str]:
    # Sources are compiled by their time in whole seconds: a fault written at once must not meet
    # the compiled file of the one before.
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=place, capture_output=True, text=True, check=False, timeout=seconds,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def _remark(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if not lines:
        return "" if done.returncode == 0 else f"pytest ended with {done.returncode}"
    return lines[0].partition("::")[2].partition(" - ")[0] or lines[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
