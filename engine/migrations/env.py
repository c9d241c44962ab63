"""Run by Alembic: where the tables are and what they should be. Imported by nothing else."""

import os

from alembic import context
from sqlalchemy import Connection

from engine.db import open_database
from engine.migrations.writing import render_item
from engine.model import Base
from engine.settings import load_settings


def run() -> None:
    """Run on the connection that was handed over, else on the database of the settings.

    All changes are one transaction, on SQLite as well: a failure leaves everything as it was.
    """
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _configure(connection)
        return
    engine = open_database(load_settings(os.environ).database_url)
    with engine.begin() as own:
        _configure(own)
    engine.dispose()


def _configure(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite alters a table by copying it
        compare_server_default=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
