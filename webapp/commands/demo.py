"""`gongxuan demo`: the published case on a fresh database, with a clock that can jump."""

import os

import click

from engine.clock import DemoClock, SystemClock
from webapp.commands.serve import run
from webapp.demo.loading import last_seen, load, published_case
from webapp.installation import folder_of, open_installation

FOLDER = "demo"


@click.command()
@click.option("--keep", is_flag=True, help="Go on with the demonstration of last time.")
def demo(keep: bool) -> None:
    """Load the published case and serve it; sign in as anybody with a click."""
    folder = folder_of(os.environ) / FOLDER
    environ = {**os.environ, "GONGXUAN_DEMO": "1"}
    environ.pop("GONGXUAN_DATABASE_URL", None)  # never the database of an installation
    with open_installation(environ, folder, fresh=not keep) as installation:
        settings = installation.settings
        begins_at = last_seen(installation.sessions) or published_case(settings).begins_at
        clock = DemoClock(SystemClock(), start=begins_at)
        click.echo("Loading the published case …")
        load(installation.sessions, clock, settings)
        click.echo(f"Choose a person: http://{settings.host}:{settings.port}/demo")
        run(installation, clock)
