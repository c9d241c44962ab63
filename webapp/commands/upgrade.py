"""`gongxuan upgrade`: bring the tables to the state of the installed version."""

import os

import click

from webapp.installation import folder_of, open_installation


@click.command()
def upgrade() -> None:
    """Make the tables of the database, or change them to what this version needs.

    Stop the server first and take a backup. One transaction: a failure leaves everything as it
    was. `serve` does the same when it starts; with several servers, run this once before them.
    """
    with open_installation(os.environ, folder_of(os.environ)) as installation:
        found, stands = installation.tables
    if found == stands:
        click.echo(f"The tables are up to date (revision {stands}); nothing was changed.")
    else:
        click.echo(f"The tables are at revision {stands} now; before: {found or 'none'}.")
