"""The queue in our own table, worked off by threads of this process; SQLite and PostgreSQL."""

import logging
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, event, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from engine.clock import Clock, SystemClock
from engine.db import Sessions, reading, transaction
from engine.jobs.work import BACK_OFF, Handlers, Work, words_of
from engine.model import Job
from engine.rows import insert_if_absent

LEASE = timedelta(seconds=30)
"""How long a process has a job without saying that it lives."""

SECONDS = 1.0
"""A thread looks at least so often."""

_LEFT_BEHIND = "the process that worked on it died"
log = logging.getLogger("gongxuan.jobs")


@dataclass(frozen=True)
class _Claimed:
    job_id: int
    run: str
    work: Work
    attempts: int


class EmbeddedJobs:
    """See `Jobs`.

    Args:
        clock: real time, for leases and waits; demonstrations do not speed a retry up.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._wake = threading.Event()
        self._held: set[str] = set()

    def enqueue(self, session: Session, work: Work) -> bool:
        values = {
            "kind": work.kind, "subject": work.subject, "case_id": work.case_id,
            "queueing_key": work.queueing_key, "serial_key": work.serial_key,
            "not_before": self._clock.now(),
        }  # fmt: skip
        new = insert_if_absent(session, Job, values)
        if new:
            event.listen(session, "after_commit", lambda _session: self._wake.set(), once=True)
        return new

    def live(self, session: Session, keys: Collection[str]) -> set[str]:
        asked = select(Job.queueing_key).where(
            Job.queueing_key.in_(keys), Job.state.in_(("waiting", "running"))
        )
        return set(session.scalars(asked))

    def revive(self, sessions: Sessions, clock: Clock, handlers: Handlers) -> int:
        left = select(Job).where(Job.state == "running", Job.leased_until <= self._clock.now())
        with reading(sessions) as session:
            found = [_claimed(job) for job in session.scalars(left)]
        for claimed in found:
            self._fail(sessions, clock, handlers, claimed, _LEFT_BEHIND)
        return len(found)

    def run_waiting(self, sessions: Sessions, clock: Clock, handlers: Handlers) -> None:
        while self._run_one(sessions, clock, handlers):
            pass

    @contextmanager
    def running(
        self, sessions: Sessions, clock: Clock, handlers: Handlers, *, threads: int
    ) -> Iterator[None]:
        stop = threading.Event()

        def work_on() -> None:
            while not stop.is_set():
                try:
                    worked = self._run_one(sessions, clock, handlers)
                except Exception:
                    log.exception("the queue of jobs cannot be read")
                    worked = False
                if not worked:
                    self._wake.wait(SECONDS)
                    self._wake.clear()

        def stay_alive() -> None:
            while not stop.wait(LEASE.total_seconds() / 3):
                self._extend(sessions)

        started = [threading.Thread(target=work_on, name=f"jobs-{n}") for n in range(threads)]
        started.append(threading.Thread(target=stay_alive, name="jobs-lease"))
        for thread in started:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            self._wake.set()
            for thread in started:
                thread.join()

    def given_up(self, session: Session) -> int:
        dead = select(func.count()).select_from(Job).where(Job.state == "dead")
        return session.scalar(dead) or 0

    def forget(self, session: Session, *, before: datetime, limit: int) -> int:
        old = select(Job.id).where(Job.state == "dead", Job.not_before < before).limit(limit)
        gone = session.execute(
            delete(Job).where(Job.id.in_(old.scalar_subquery())).returning(Job.id)
        )
        return len(gone.all())

    def _run_one(self, sessions: Sessions, clock: Clock, handlers: Handlers) -> bool:
        claimed = self._claim(sessions)
        if claimed is None:
            return False
        self._held.add(claimed.run)
        try:
            handlers[claimed.work.kind].run(sessions, clock, claimed.work)
        except Exception as error:
            log.exception("job %s failed", claimed.work.queueing_key)
            self._fail(sessions, clock, handlers, claimed, words_of(error))
        else:
            with transaction(sessions) as session:
                session.execute(delete(Job).where(Job.id == claimed.job_id, Job.run == claimed.run))
        finally:
            self._held.discard(claimed.run)
        return True

    def _claim(self, sessions: Sessions) -> _Claimed | None:
        """Take the oldest that is due and whose selection is free."""
        now, other = self._clock.now(), aliased(Job)
        due = select(Job).where(
            Job.state == "waiting",
            Job.not_before <= now,
            ~exists().where(other.serial_key == Job.serial_key, other.state == "running"),
        )
        first = due.order_by(Job.not_before, Job.id).limit(1)
        with reading(sessions) as session:  # an idle round takes no lock
            if session.scalar(first) is None:
                return None
        try:
            with transaction(sessions) as session:
                job = session.scalar(first.with_for_update(skip_locked=True))
                if job is None:
                    return None
                job.state, job.run, job.leased_until = "running", str(uuid4()), now + LEASE
                session.flush()  # another process may have taken its neighbour: said here
                return _claimed(job)
        except IntegrityError:
            return None

    def _fail(
        self, sessions: Sessions, clock: Clock, handlers: Handlers, claimed: _Claimed, error: str
    ) -> None:
        """Set it back, or give it up; nothing if somebody else has taken it meanwhile."""
        with transaction(sessions) as session:
            mine = Job.id == claimed.job_id, Job.run == claimed.run, Job.state == "running"
            job = session.scalar(select(Job).where(*mine).with_for_update())
            if job is None:
                return
            job.attempts, job.last_error, job.leased_until = claimed.attempts + 1, error, None
            if job.attempts > len(BACK_OFF):
                job.state, job.not_before = "dead", self._clock.now()
                handlers[job.kind].give_up(session, claimed.work, error, clock.now())
            elif self._waits(session, job):
                session.delete(job)
            else:
                job.state = "waiting"
                job.not_before = self._clock.now() + BACK_OFF[job.attempts - 1]

    def _waits(self, session: Session, job: Job) -> bool:
        """Whether the same work was queued anew while this was running."""
        with session.no_autoflush:
            return bool(
                session.scalar(
                    select(Job.id).where(
                        Job.queueing_key == job.queueing_key, Job.state == "waiting"
                    )
                )
            )

    def _extend(self, sessions: Sessions) -> None:
        held = list(self._held)
        if not held:
            return
        try:
            with transaction(sessions) as session:
                session.execute(
                    update(Job)
                    .where(Job.run.in_(held), Job.state == "running")
                    .values(leased_until=self._clock.now() + LEASE)
                )
        except Exception:
            log.exception("the leases of running jobs could not be extended")


def _claimed(job: Job) -> _Claimed:
    return _Claimed(job.id, job.run, Work(job.kind, job.subject, job.case_id), job.attempts)
