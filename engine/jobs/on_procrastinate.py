"""The queue on Procrastinate: any number of workers on PostgreSQL (docs/decisions/0020).

Its tables lie in the organisation's schema, made by `install`. Work is enqueued by its SQL
function on our own connection, so it commits or vanishes with our transaction.
"""

import asyncio
import json
import logging
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job as QueuedJob
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.clock import Clock
from engine.db import Sessions, reading, schema_option, transaction
from engine.jobs.work import BACK_OFF, Handlers, Work, words_of

QUEUE = "gongxuan"
_TASK = "gongxuan.work"
_HEARTBEAT = 5.0
STALLED = 20.0
"""Seconds without a heartbeat after which a worker counts as dead."""

_POLLING = 1.0
_INSTALL_LOCK = 8601
_LEFT_BEHIND = "the worker that had it died"
log = logging.getLogger("gongxuan.jobs")
# It tells of every job at INFO; what matters here is logged by `gongxuan.jobs`.
logging.getLogger("procrastinate").setLevel(logging.ERROR)

_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[CAST(ROW(:queue, :task, 0, :lock, :key,"
    " CAST(:args AS jsonb), NULL) AS procrastinate_job_to_defer_v1)])"
)
_LIVE = text(
    "SELECT queueing_lock FROM procrastinate_jobs"
    " WHERE queueing_lock = ANY(:keys) AND status IN ('todo', 'doing')"
)
_WAITS = text(
    "SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = :key AND status = 'todo' LIMIT 1"
)
_STALLED = text(
    "SELECT job.id, job.attempts, job.args, job.queueing_lock FROM procrastinate_jobs job"
    " LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id"
    " WHERE job.status = 'doing' AND (worker.id IS NULL"
    " OR worker.last_heartbeat < now() - make_interval(secs => :seconds))"
)
_CLAIM_STALLED = text(f"{_STALLED.text} FOR UPDATE OF job SKIP LOCKED")


class _Stalled(NamedTuple):
    id: int
    attempts: int
    args: dict[str, Any]
    queueing_lock: str


class _BackOff(BaseRetryStrategy):
    def get_retry_decision(
        self, *, exception: BaseException, job: QueuedJob
    ) -> RetryDecision | None:
        del exception  # any failure of ours may pass
        if job.attempts >= len(BACK_OFF):
            return None
        return RetryDecision(retry_in={"seconds": int(BACK_OFF[job.attempts].total_seconds())})


class ProcrastinateJobs:
    """See `Jobs`.

    Args:
        address: of the database, as libpq reads it.
        schema: where its tables lie; empty: the server's default.
    """

    def __init__(self, address: str, *, schema: str = "") -> None:
        self._address, self._options = address, schema_option(schema)

    def enqueue(self, session: Session, work: Work) -> bool:
        try:
            with session.begin_nested():  # somebody else's same work must not end ours
                session.execute(
                    _DEFER,
                    {
                        "queue": QUEUE, "task": _TASK, "lock": work.serial_key,
                        "key": work.queueing_key, "args": json.dumps(_args(work)),
                    },
                )  # fmt: skip
        except IntegrityError:
            return False
        return True

    def live(self, session: Session, keys: Collection[str]) -> set[str]:
        return set(session.scalars(_LIVE, {"keys": list(keys)}))

    def revive(self, sessions: Sessions, clock: Clock, handlers: Handlers) -> int:
        with reading(sessions) as session:
            if not session.execute(_STALLED, {"seconds": STALLED}).first():
                return 0
        with transaction(sessions) as session:
            found = [
                _Stalled(*row) for row in session.execute(_CLAIM_STALLED, {"seconds": STALLED})
            ]
            for job in found:
                self._revive_one(session, clock, handlers, job)
            session.execute(
                text("SELECT procrastinate_prune_stalled_workers_v1(:seconds)"),
                {"seconds": STALLED},
            )
        return len(found)

    def run_waiting(self, sessions: Sessions, clock: Clock, handlers: Handlers) -> None:
        async def once() -> None:
            app = self._app(sessions, clock, handlers)
            async with app.open_async():
                await self._work(app, threads=1, wait=False)

        asyncio.run(once())

    @contextmanager
    def running(
        self, sessions: Sessions, clock: Clock, handlers: Handlers, *, threads: int
    ) -> Iterator[None]:
        loop, stop = asyncio.new_event_loop(), threading.Event()
        app = self._app(sessions, clock, handlers)

        async def work_on() -> None:
            while not stop.is_set():  # the database may go away, and comes back
                try:
                    async with app.open_async():
                        await self._work(app, threads=threads, wait=True)
                except Exception:
                    log.exception("the worker of Procrastinate stopped; it starts again")
                await asyncio.sleep(_POLLING)

        task = loop.create_task(work_on())

        def live() -> None:
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(task)
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

        thread = threading.Thread(target=live, name="procrastinate")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            loop.call_soon_threadsafe(task.cancel)
            thread.join()

    def given_up(self, session: Session) -> int:
        asked = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
        return session.scalar(asked) or 0

    def forget(self, session: Session, *, before: datetime, limit: int) -> int:
        gone = session.execute(
            text(
                "DELETE FROM procrastinate_jobs WHERE id IN (SELECT job.id FROM procrastinate_jobs"
                " job WHERE job.status = 'failed' AND NOT EXISTS (SELECT 1 FROM"
                " procrastinate_events e WHERE e.job_id = job.id AND e.at >= :before)"
                " LIMIT :limit) RETURNING id"
            ),
            {"before": before, "limit": limit},
        )
        return len(gone.all())

    def _revive_one(
        self, session: Session, clock: Clock, handlers: Handlers, job: _Stalled
    ) -> None:
        """Queue it again; what has killed its worker five times is given up."""
        work = _work_of(job.args)
        given_up = job.attempts >= len(BACK_OFF)
        if given_up:
            handlers[work.kind].give_up(session, work, _LEFT_BEHIND, clock.now())
        if given_up or session.scalar(_WAITS, {"key": job.queueing_lock}):
            session.execute(
                text("SELECT procrastinate_finish_job_v1(:id, 'failed', :delete)"),
                {"id": job.id, "delete": not given_up},
            )
            return
        session.execute(
            text("SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)"), {"id": job.id}
        )

    def _app(self, sessions: Sessions, clock: Clock, handlers: Handlers) -> App:
        connector = PsycopgConnector(
            conninfo=self._address, kwargs=self._options, min_size=1, max_size=3
        )
        app = App(connector=connector)

        @app.task(name=_TASK, queue=QUEUE, retry=_BackOff(), pass_context=True)
        def work_on(context: JobContext, /, **args: Any) -> None:
            work = _work_of(args)
            try:
                handlers[work.kind].run(sessions, clock, work)
            except Exception as error:
                log.exception("job %s failed", work.queueing_key)
                with transaction(sessions) as session:
                    if session.scalar(_WAITS, {"key": work.queueing_key}):
                        return  # queued anew meanwhile: that one tries again
                    if context.job.attempts >= len(BACK_OFF):
                        handlers[work.kind].give_up(session, work, words_of(error), clock.now())
                raise

        return app

    async def _work(self, app: App, *, threads: int, wait: bool) -> None:
        await app.run_worker_async(
            queues=[QUEUE],
            concurrency=threads,
            wait=wait,
            fetch_job_polling_interval=_POLLING,
            listen_notify=wait,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=_HEARTBEAT,
            stalled_worker_timeout=STALLED,
        )


def install(connection: Connection) -> None:
    """Make Procrastinate's tables in the connection's schema, or bring them to its version.

    Its own scripts are used; the version that stands is kept as the comment of its main table.
    """
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_INSTALL_LOCK})"))  # two at once
    installed = version("procrastinate")
    there = connection.scalar(text("SELECT to_regclass('procrastinate_jobs')"))
    if there is None:
        _run(connection, SchemaManager.get_schema())
    else:
        stands = connection.scalar(
            text("SELECT obj_description('procrastinate_jobs'::regclass, 'pg_class')")
        )
        for script in _later(str(stands or installed)):
            _run(connection, script.read_text("utf-8"))
    connection.execute(text(f"COMMENT ON TABLE procrastinate_jobs IS '{installed}'"))


def is_installed(connection: Connection) -> bool:
    return connection.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is not None


def _later(stands: str) -> list[Path]:
    """Its scripts for versions after this one, in order: `03.04.00_50_post_….sql`."""
    scripts = sorted(Path(SchemaManager.get_migrations_path()).glob("[0-9]*.sql"))
    return [each for each in scripts if _numbers(each.name.split("_")[0]) > _numbers(stands)]


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split(".")[:3])


def _run(connection: Connection, script: str) -> None:
    raw: Any = connection.connection.dbapi_connection  # several statements, as they stand
    raw.execute(script.encode())


def _args(work: Work) -> dict[str, str | None]:
    return {
        "kind": work.kind,
        "subject": str(work.subject) if work.subject else None,
        "case_id": str(work.case_id) if work.case_id else None,
    }


def _work_of(args: dict[str, Any]) -> Work:
    subject, case_id = args.get("subject"), args.get("case_id")
    return Work(
        str(args["kind"]), UUID(subject) if subject else None, UUID(case_id) if case_id else None
    )
