"""Heavy work outside the request: enqueued in our own transaction, one at a time per selection.

Two adapters keep one contract (tests/engine/jobs): `EmbeddedJobs`, a table and threads of this
process, and `engine.jobs.on_procrastinate`, for any number of workers on PostgreSQL.
"""

from sqlalchemy.orm import Session

from engine.db import Sessions
from engine.jobs.embedded import EmbeddedJobs
from engine.jobs.work import BACK_OFF, Handler, Handlers, Jobs, Work

__all__ = [
    "BACK_OFF",
    "KEY",
    "EmbeddedJobs",
    "Handler",
    "Handlers",
    "Jobs",
    "Work",
    "of",
    "of_sessions",
]

KEY = "jobs"
"""Where sessions carry the queue of their installation: `sessionmaker(…, info={KEY: …})`."""


def of(session: Session) -> Jobs:
    """The queue of this session's installation; without one, the embedded table."""
    jobs: Jobs = session.info.get(KEY) or EmbeddedJobs()
    return jobs


def of_sessions(sessions: Sessions) -> Jobs:
    """The queue of an installation."""
    jobs: Jobs = (sessions.kw.get("info") or {}).get(KEY) or EmbeddedJobs()
    return jobs
