"""`make chaos`: kill the product's processes and its database while people work.

    make chaos                      2 web, 2 worker processes on PostgreSQL, 300 kills, 5 stops
    make chaos ARGS='--on sqlite'   one process on SQLite
    make chaos ARGS='--kills 20 --stops 1 --seed 7'

Prints the seed; the report is `var/chaos.json`. 1 if anything is wrong.
"""

import argparse
import json
import logging
import secrets
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tools.bench.machine import describe
from tools.bench.places import NAMES, open_place
from tools.chaos.run import Plan, run


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    logging.disable(logging.WARNING)
    seed = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    plan = Plan(seed=seed, kills=asked.kills, stops=asked.stops, every=asked.every)
    folder = Path(tempfile.mkdtemp(prefix="gongxuan-chaos-"))
    machine = describe(folder)
    try:
        with open_place(asked.on, folder / "place") as place:
            outcome = run(place, plan)
            log = place.folder / "processes.log"
            if outcome.wrong and log.exists():
                shutil.copy(log, Path(asked.out).with_suffix(".log"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, value in outcome.numbers.items():
        print(f"    {name}: {value}")
    print(*(f"WRONG {line}" for line in outcome.wrong), sep="\n")
    print("nothing is wrong" if not outcome.wrong else f"{len(outcome.wrong)} things are wrong")
    report = {"machine": machine, **asdict(outcome)}
    Path(asked.out).parent.mkdir(parents=True, exist_ok=True)
    Path(asked.out).write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return int(bool(outcome.wrong))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__.split("\n")[0])
    parser.add_argument("--on", choices=NAMES, default="postgres")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--stops", type=int, default=5, help="of the database, PostgreSQL only")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two kills")
    parser.add_argument("--seed", type=int, help="repeats the same choices")
    parser.add_argument("--out", default="var/chaos.json")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
