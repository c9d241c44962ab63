"""`gongxuan upgrade`: bring the tables to the state of the installed version."""

import os

import click

from engine.db import TablesUnknown, open_database, upgrade_database
from engine.settings import load_settings


@click.command()
def upgrade() -> None:
    """Make the tables of the database, or change them to what this version needs.

    Stop the server first and take a backup. One transaction: a failure leaves everything as it
    was. `serve` and `demo` do the same when they start.
    """
    engine = open_database(load_settings(os.environ).database_url)
    try:
        found, stands = upgrade_database(engine)
    except TablesUnknown as error:
        raise click.ClickException(str(error)) from error
    finally:
        engine.dispose()
    if found == stands:
        click.echo(f"The tables are up to date (revision {stands}); nothing was changed.")
    else:
        click.echo(f"The tables are at revision {stands} now; before: {found or 'none'}.")
