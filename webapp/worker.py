"""The worker inside the web process: every second it does what has become due."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from apscheduler.schedulers.background import BackgroundScheduler

from engine.clock import Clock
from engine.db import Sessions
from engine.outbox import MemoryTransport, SmtpTransport, Transport, send_due
from engine.run.recounting import recount
from engine.run.sweeping import sweep
from engine.settings import Settings

SECONDS = 1
log = logging.getLogger("gongxuan.worker")
# A round that takes longer than a second is followed by the next; nothing is skipped for good.
logging.getLogger("apscheduler").setLevel(logging.ERROR)


@contextmanager
def running_worker(settings: Settings, sessions: Sessions, clock: Clock) -> Iterator[None]:
    """Sweep and send until the end of the block; the round that is on is finished first.

    The scheduler is the clock, not the store: what is due stands in the database.
    """
    transport = _transport(settings)
    scheduler = BackgroundScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    scheduler.add_job(_safely, "interval", seconds=SECONDS, args=[sweep, sessions, clock])
    scheduler.add_job(_safely, "interval", seconds=SECONDS, args=[recount, sessions, clock])
    if transport is not None:
        scheduler.add_job(
            _safely, "interval", seconds=SECONDS, args=[send_due, sessions, transport, clock]
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=True)


def _safely(step: object, *parts: object) -> None:
    """One failed round must not end the worker; the next one is a second away."""
    try:
        step(*parts)  # type: ignore[operator]  # one of the two above
    except Exception:
        log.exception("a round of the worker failed")


def _transport(settings: Settings) -> Transport | None:
    """Where messages go; without a mail server they wait in the outbox."""
    if settings.demo:
        return MemoryTransport()
    if not settings.smtp_host:
        return None
    return SmtpTransport(
        host=settings.smtp_host, port=settings.smtp_port, sender=settings.mail_from
    )
