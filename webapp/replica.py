"""The pages in several processes: gunicorn's master, told how to leave without losing a request."""

import os
import signal
import threading
from multiprocessing.sharedctypes import RawValue
from typing import Any
from wsgiref.types import WSGIApplication

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from engine.clock import SystemClock
from engine.settings import Settings
from webapp.app import create_app
from webapp.health import LEAVING
from webapp.installation import folder_of, join_installation

GRACE = 30
"""Seconds a request may still take once its process was told to stop."""


class Replica(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed
    """One master with its processes; each opens the database for itself, after the fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._leaving = RawValue("b", 0)
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options().items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        environ, folder = os.environ, folder_of(os.environ)
        opened = join_installation(
            environ, folder, command="web", connections=self._settings.web_threads
        )
        installation = opened.__enter__()  # for the life of the process
        app = create_app(installation.settings, installation.sessions, SystemClock())
        app.extensions[LEAVING] = lambda: bool(self._leaving.value)
        return app

    def run(self) -> None:
        Draining(self, leave=self._leave, drain=self._settings.drain).run()

    def _leave(self) -> None:
        self._leaving.value = 1

    def _options(self) -> dict[str, Any]:
        settings = self._settings
        return {
            "bind": [f"{settings.host}:{settings.port}"],
            "worker_class": "gthread",
            "workers": settings.web_processes,
            "threads": settings.web_threads,
            "graceful_timeout": GRACE,
            "timeout": 2 * GRACE,
            # A connection for each request: none that the proxy kept can be closed under it.
            "keepalive": 0,
            "backlog": 2048,
            "forwarded_allow_ips": "",  # webapp.proxy decides
            "control_socket_disable": True,
            "proc_name": "gongxuan-web",
        }


class Draining(Arbiter):  # type: ignore[misc]  # gunicorn is not typed
    """On SIGTERM it first tells the proxy to go elsewhere, and answers what comes meanwhile."""

    def __init__(self, app: Replica, *, leave: Any, drain: int) -> None:
        self._leave, self._drain, self._leaves = leave, drain, False
        super().__init__(app)

    def handle_term(self) -> None:
        self._leave()
        if self._leaves or not self._drain:
            super().handle_term()
        self._leaves = True
        again = threading.Timer(self._drain, self.SIG_QUEUE.put_nowait, [signal.SIGTERM])
        again.daemon = True
        again.start()
