"""`gongxuan serve`: the web application with the worker inside, on one machine."""

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import click
import waitress

from engine.clock import Clock, DemoClock, SystemClock
from engine.settings import BadSetting
from webapp.app import create_app
from webapp.installation import Installation, folder_of, open_installation, sqlite_warning
from webapp.worker import running_worker

THREADS = 16


@click.command()
def serve() -> None:
    """Serve the pages until Ctrl+C; settings come from the environment (docs/settings.md)."""
    with open_installation(os.environ, folder_of(os.environ)) as installation:
        if warning := sqlite_warning(installation.settings):
            click.echo(f"! {warning}", err=True)
        real = SystemClock()
        run(installation, DemoClock(real) if installation.settings.demo else real)


def run(installation: Installation, clock: Clock) -> None:
    """Serve an open installation; returns when it is told to stop."""
    settings, sessions = installation.settings, installation.sessions
    app = create_app(settings, sessions, clock)
    try:
        server = waitress.create_server(
            app, host=settings.host, port=settings.port, threads=THREADS, ident="gongxuan",
            max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
            clear_untrusted_proxy_headers=False,  # webapp.proxy decides
        )  # fmt: skip
    except OSError as error:
        remedy = f"it is in use or not allowed ({error.strerror}); choose another"
        raise BadSetting("GONGXUAN_PORT", str(settings.port), remedy) from error
    # A short queue is ordinary here; waitress would warn of every request that waits at all.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    click.echo(f"Gongxuan 公推公选: http://{settings.host}:{settings.port}/")
    with _told_to_stop(), running_worker(settings, sessions, clock):
        try:
            server.run()
        finally:
            server.close()


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """SIGTERM ends it like Ctrl+C: what is on is finished first, even where SIGINT was ignored."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
