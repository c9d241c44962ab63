"""`make bench`: measure what the product costs, on SQLite and on PostgreSQL.

    make bench                                  everything, an hour or so
    make bench ARGS='--quick'                   small sizes: does everything work?
    make bench ARGS='--only submission --on sqlite'

The report is written to `var/bench`; `--out docs` writes the copy that is kept in the tree.
"""

import argparse
import logging
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tools.bench import (
    balloting,
    completing,
    lists,
    mix,
    published,
    selections,
    starting,
    submission,
    timing,
    together,
)
from tools.bench.figures import Measured
from tools.bench.machine import describe
from tools.bench.places import NAMES, Place, open_place
from tools.bench.report import Done, read, write

MEASUREMENTS: dict[str, Callable[..., Measured]] = {
    "complete": completing.measure,
    "published": published.measure,
    "submission": submission.measure,
    "together": together.measure,
    "lists": lists.measure,
    "timers": timing.measure,
    "selections": selections.measure,
    "mix": mix.measure,
    "ballots": balloting.measure,
    "start": starting.measure,
}


def main(arguments: list[str]) -> int:
    """Measure; 1 where a measurement broke down or a budget was missed in a full run."""
    asked = _parser().parse_args(arguments)
    logging.disable(logging.WARNING)  # the reports say what matters
    folder = Path(tempfile.mkdtemp(prefix="gongxuan-bench-"))
    machine = describe(folder)
    before = read(Path(asked.out)) if asked.add else []
    done: list[Done] = []
    try:
        for name in asked.on:
            with open_place(name, folder / name) as place:
                for key in asked.only:
                    done.append(_measured(key, place, quick=asked.quick))
                    every = _in_order(before, done)
                    write(Path(asked.out), _with_load(machine), every, quick=asked.quick)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"The report: {Path(asked.out) / 'bench.md'}")
    missed = [f for each in done for f in each.measured.figures if f.met is False]
    broken = [each for each in done if each.error]
    return int(bool(broken or (missed and not asked.quick)))


def _measured(key: str, place: Place, *, quick: bool) -> Done:
    print(f"{time.strftime('%H:%M:%S')} {key} on {place.name} …", flush=True)
    begun = time.perf_counter()
    try:
        measured, error = MEASUREMENTS[key](place, quick=quick), ""
    except Exception as failure:  # noqa: BLE001 - the others are still worth measuring
        traceback.print_exc()
        measured, error = Measured(), f"{type(failure).__name__}: {failure}"[:300]
    for figure in measured.figures:
        word = {True: "met", False: "NOT MET", None: ""}[figure.met]
        print(f"    {figure.name}: {figure.median:.4g} {figure.unit} {figure.budget} {word}")
    return Done(key, place.name, measured, time.perf_counter() - begun, error)


def _in_order(before: list[Done], done: list[Done]) -> list[Done]:
    """What was measured now in place of what was measured before, always in the same order."""
    found = {(each.name, each.place): each for each in [*before, *done]}
    return [found[key, on] for key in MEASUREMENTS for on in NAMES if (key, on) in found]


def _with_load(machine: dict[str, str]) -> dict[str, str]:
    """The load is that of the whole run; other programs on the machine are in it."""
    return {**machine, "load at the end": " ".join(f"{part:.1f}" for part in os.getloadavg())}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=list(MEASUREMENTS))
    parser.add_argument("--on", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--quick", action="store_true", help="small sizes and few runs")
    parser.add_argument("--add", action="store_true", help="keep what an earlier run has measured")
    parser.add_argument("--out", default="var/bench", help="folder of the report")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
