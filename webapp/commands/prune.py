"""`gongxuan prune`: remove what is older than its limit, or only count it."""

import os

import click

from engine import retention
from engine.clock import SystemClock
from webapp.installation import folder_of, open_installation


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
def prune(*, dry_run: bool) -> None:
    """Remove what is older than its limit (docs/retention.md); a worker does so every night."""
    with open_installation(os.environ, folder_of(os.environ)) as installation:
        limits = retention.read_limits(installation.settings.retention)
        act = retention.count_old if dry_run else retention.prune
        found = act(installation.sessions, limits=limits, now=SystemClock().now())
    for key, days in limits.items():
        number, span = found.get(key, 0), "never" if days is None else f"{days:,} days"
        click.echo(f"{number:10,}  {key:<22} {span}")
    click.echo("Nothing was removed." if dry_run else "Removed.")
