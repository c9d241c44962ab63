"""Addresses for the proxy and for whoever watches: does it live, may it be given work?"""

import logging
from collections.abc import Callable

from flask import Flask, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from engine.db import reading, tables_needed
from webapp import context

log = logging.getLogger("gongxuan")
LEAVING = "gongxuan.leaving"
"""Extension of the application: a function that says whether this process is about to stop."""


def init_health(app: Flask) -> None:
    """Add `/health` and `/ready`; both answer in one plain word, without a cookie or a person."""
    app.extensions.setdefault(LEAVING, lambda: False)
    app.add_url_rule("/health", "health", health)
    app.add_url_rule("/ready", "ready", _ready(app))


def health() -> Response:
    """The process answers; the database is not asked."""
    return _said("alive", 200)


def _ready(app: Flask) -> Callable[[], Response]:
    needed = tables_needed()

    def ready() -> Response:
        """Whether requests should come here: the database answers and has this version's tables."""
        if app.extensions[LEAVING]():
            return _said("leaving", 503)
        try:
            with reading(context.sessions()) as session:
                found = session.scalar(text("SELECT version_num FROM alembic_version"))
        except SQLAlchemyError:
            log.warning("the database does not answer, or has no tables")
            return _said("no database", 503)
        return _said("ready", 200) if found == needed else _said("other tables", 503)

    return ready


def _said(word: str, status: int) -> Response:
    return Response(f"{word}\n", status, mimetype="text/plain")
