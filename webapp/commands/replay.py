"""`gongxuan replay`: play a scenario from an empty database and show what came of it."""

import json
import sys
import tempfile
from pathlib import Path
from secrets import token_hex
from typing import Any

import click
from sqlalchemy.orm import Session, sessionmaker

from engine.db import open_database, reading
from engine.definitions import read_package
from engine.model import Base
from engine.scenarios.clocks import SettableClock
from engine.scenarios.expecting import differences
from engine.scenarios.hands import ServiceHands
from engine.scenarios.model import load_scenario
from engine.scenarios.report import full_result
from engine.scenarios.runner import Runner
from engine.settings import load_settings

_BAR = 40


@click.command()
@click.argument("scenario_file", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the full result.")
@click.option(
    "--database", default="", help="Play on this empty database instead of a passing one."
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def replay(scenario_file: Path, json_file: Path | None, database: str, lang: str) -> None:
    """Play SCENARIO_FILE with a clock of its own; exit 1 if an expectation is not met."""
    scenario = load_scenario(scenario_file)
    settings = load_settings({})
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(database or f"sqlite:///{folder}/replay.sqlite")
        Base.metadata.create_all(engine)
        sessions = sessionmaker[Session](engine, expire_on_commit=False)
        clock = SettableClock(scenario.begins_at)
        package = read_package(settings.processes_dir, settings.forms_dir, scenario.procedure)
        runner = Runner(
            sessions, clock, scenario, package,
            ServiceHands(sessions, clock, Path(folder) / "files", secret_key=token_hex()),
            progress=_show_progress,
        )  # fmt: skip
        played = runner.play()
        with reading(sessions) as session:
            result = full_result(session, played.case_id, scenario, refused=played.refused)
        engine.dispose()
    click.echo("\r" + " " * 78 + "\r", nl=False, err=True)
    _show(result, lang)
    if json_file is not None:
        json_file.write_text(
            json.dumps(result, ensure_ascii=False, indent=1, sort_keys=True) + "\n",
            encoding="utf-8",
        )
    unmet = list(differences(result, scenario.expect))
    for line in unmet:
        click.echo(f"✗ {line}")
    if unmet:
        sys.exit(1)
    click.echo("✓ " + ("与预期完全一致" if lang == "zh" else "everything is as expected"))


def _show_progress(element: str, number: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{number:5d}  {element:<60}", nl=False, err=True)


def _show(result: dict[str, Any], lang: str) -> None:
    click.echo(result["title"][lang])
    most = max((stage["number"] for stage in result["funnel"]), default=0)
    for stage in result["funnel"]:
        bar = "█" * round(_BAR * stage["number"] / most) if most else ""
        click.echo(f"  {stage['number']:3d} {bar:<{_BAR}} {stage[lang]}")
    for row in result["results"]:
        if row["operation"] in ("cut", "composite", "gate"):
            click.echo(f"\n{row['element']} ({row['operation']})")
            _show_working(row["result"])
    counts = result["counts"]
    words = "{handed_in} handed in, {ballot_boxes} ballot boxes, {publications} publications"
    if lang == "zh":
        words = "{handed_in} 份提交，{ballot_boxes} 个票箱，{publications} 份公布材料"
    click.echo("\n" + words.format(**counts))


def _show_working(result: dict[str, Any]) -> None:
    for line in result.get("working", []):
        facts = ", ".join(f"{k}={v}" for k, v in line.items() if k != "code")
        click.echo(f"    {line['code']}: {facts}")
