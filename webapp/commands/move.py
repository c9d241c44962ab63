"""`gongxuan move`: everything into another database, SQLite to PostgreSQL or back."""

import os
import sys

import click

from engine.db import open_database, upgrade_database
from engine.moving import move
from webapp.installation import folder_of, open_installation


@click.command("move")
@click.option("--to", "url", required=True, help="Address of an empty database.")
@click.option("--schema", default=None, help="Its schema; by default GONGXUAN_SCHEMA.")
def move_all(url: str, schema: str | None) -> None:
    """Copy every table to an empty database and compare both; this one is only read.

    Stop the server, `web` and `worker` first. Files and the secret key stay where they are; set
    GONGXUAN_DATABASE_URL to the new address afterwards.
    """
    with open_installation(os.environ, folder_of(os.environ)) as installation:
        source = installation.sessions.kw["bind"]
        if schema is None:
            schema = "" if url.startswith("sqlite") else installation.settings.schema
        target = open_database(url, schema=schema)
        try:
            upgrade_database(target, schema=schema)
            moved = move(source, target, progress=_show)
        finally:
            target.dispose()
    if sys.stderr.isatty():
        click.echo("\r" + " " * 60 + "\r", nl=False, err=True)
    for table in moved:
        click.echo(f"{table.rows:10,}  {table.digest[:16]}  {table.table}")
    click.echo(
        f"{sum(table.rows for table in moved):10,}  rows moved; counts and digests are the same.\n"
        f"Now set GONGXUAN_DATABASE_URL={url} (and GONGXUAN_SCHEMA={schema or 'to nothing'})."
    )


def _show(table: str, rows: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{rows:10,} {table:<40}", nl=False, err=True)
