"""The worker inside the web process: every second it does what has become due."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from apscheduler.schedulers.background import BackgroundScheduler

from engine.clock import Clock
from engine.db import Sessions
from engine.run.sweeping import sweep
from engine.settings import Settings
from webapp.messaging import steps

SECONDS = 1
log = logging.getLogger("gongxuan.worker")
# A round that takes longer than a second is followed by the next; nothing is skipped for good.
logging.getLogger("apscheduler").setLevel(logging.ERROR)


@contextmanager
def running_worker(settings: Settings, sessions: Sessions, clock: Clock) -> Iterator[None]:
    """Sweep and send until the end of the block; the round that is on is finished first.

    The scheduler is the clock, not the store: what is due stands in the database.
    """
    scheduler = BackgroundScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    scheduler.add_job(_safely, "interval", seconds=SECONDS, args=[sweep, sessions, clock])
    for step in steps(settings):
        scheduler.add_job(
            _safely, "interval", seconds=step.seconds, args=[step.run, sessions, clock]
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=True)


def _safely(step: object, *parts: object) -> None:
    """One failed round must not end the worker; the next one is a second away."""
    try:
        step(*parts)  # type: ignore[operator]  # one of those above
    except Exception:
        log.exception("a round of the worker failed")
