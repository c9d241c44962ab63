"""`gongxuan web`: the pages alone, in several processes on PostgreSQL, behind a proxy."""

import logging
import os

import click

from webapp.installation import Missing, folder_of, join_installation
from webapp.proxy import networks


@click.command()
def web() -> None:
    """Serve the pages with GONGXUAN_WEB_PROCESSES processes; workers are started apart.

    SIGTERM: says "leaving" at /ready for GONGXUAN_DRAIN seconds, answers what came, then ends;
    a second one ends it at once. SIGHUP: replaces the processes one by one, refusing nobody.
    """
    try:
        from webapp.replica import Replica  # noqa: PLC0415 - only installed with [scale]
    except ImportError as error:
        raise Missing("gunicorn") from error
    with join_installation(os.environ, folder_of(os.environ), command="web") as installation:
        settings = installation.settings
    networks(settings.trusted_proxy)  # a bad one is said here, not in every process
    logging.basicConfig(level=logging.INFO)
    Replica(settings).run()
