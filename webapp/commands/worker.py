"""`gongxuan worker`: what has become due, in a process of its own; any number on PostgreSQL."""

import logging
import os
import signal
import threading

import click

from engine.clock import SystemClock
from webapp.installation import folder_of, join_installation
from webapp.worker import running_worker


@click.command()
def worker() -> None:
    """Fire timers, close, send and do jobs until SIGTERM or Ctrl+C; the round on is finished."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    logging.basicConfig(level=logging.INFO)
    with join_installation(os.environ, folder_of(os.environ), command="worker") as installation:
        clock = SystemClock()
        with running_worker(installation.settings, installation.sessions, clock):
            click.echo("Gongxuan 公推公选: the worker works")
            stop.wait()
    click.echo("Gongxuan 公推公选: the worker has finished its round")
