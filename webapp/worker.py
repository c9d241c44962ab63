"""The worker: twice a second it does what has become due, and all the time what is heavy.

It runs inside `gongxuan serve`, and as `gongxuan worker` in any number on PostgreSQL.
"""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from uuid import uuid4

from apscheduler.schedulers.background import BackgroundScheduler

from engine import jobs, retention, upkeep
from engine.clock import Clock, SystemClock
from engine.db import Sessions, transaction
from engine.run.heavy import handlers, reconcile
from engine.run.recounting import recount
from engine.run.sweeping import Sweeper
from engine.settings import Settings
from webapp.messaging import steps

SECONDS = 0.5
"""Between two rounds: no timer may be a second late."""
SECONDS_RECONCILING = 5
SECONDS_ALIVE = 10
SECONDS_NIGHT = 60
log = logging.getLogger("gongxuan.worker")
# A round that takes longer than a second is followed by the next; nothing is skipped for good.
logging.getLogger("apscheduler").setLevel(logging.ERROR)


@contextmanager
def running_worker(settings: Settings, sessions: Sessions, clock: Clock) -> Iterator[None]:
    """Work until the end of the block; the round and the jobs that are on are finished first.

    The scheduler is the clock, not the store: what is due stands in the database.
    """
    done_by = handlers(retention.read_limits(settings.retention))
    name = f"{upkeep.WORKER}{socket.gethostname()} {os.getpid()} {uuid4().hex[:8]}"
    scheduler = BackgroundScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )

    def every(seconds: float, step: object, *parts: object) -> None:
        scheduler.add_job(_safely, "interval", seconds=seconds, args=[step, *parts])

    every(SECONDS, Sweeper(sessions, clock))
    every(SECONDS_RECONCILING, reconcile, sessions, clock, done_by)
    every(SECONDS_RECONCILING, recount, sessions, clock)
    every(SECONDS_NIGHT, retention.enqueue_at_night, sessions, clock, settings.time_zone)
    every(SECONDS_ALIVE, say_alive, sessions, name)
    for step in steps(settings):
        every(step.seconds, step.run, sessions, clock)
    _safely(say_alive, sessions, name)
    scheduler.start()
    queue = jobs.of_sessions(sessions)
    try:
        with queue.running(sessions, clock, done_by, threads=settings.worker_threads):
            yield
    finally:
        scheduler.shutdown(wait=True)
        _safely(partial(_say_gone, sessions, name))


def say_alive(sessions: Sessions, name: str) -> None:
    """Note for `gongxuan doctor` that this worker lives, by the real clock."""
    with transaction(sessions) as session:
        upkeep.saw(session, name, now=SystemClock().now())


def _say_gone(sessions: Sessions, name: str) -> None:
    with transaction(sessions) as session:
        upkeep.forget(session, name)


def _safely(step: object, *parts: object) -> None:
    """One failed round must not end the worker; the next one comes soon."""
    try:
        step(*parts)  # type: ignore[operator]  # one of those above
    except Exception:
        log.exception("a round of the worker failed")
