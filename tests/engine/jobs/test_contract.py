"""What every queue of heavy work promises; run on all of them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from engine.clock import Clock, SystemClock
from engine.db import Sessions, reading, transaction
from engine.jobs import BACK_OFF, Handler, Handlers, Work
from engine.model import Case
from tests.support.queues import Queue, queue

__all__ = ["queue"]
CLOCK = SystemClock()
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Told:
    """A handler that writes down what it was told, and does what a test wants besides."""

    act: Callable[[Work], None] = lambda _work: None
    done: list[Work] = field(default_factory=list)
    given_up: list[tuple[Work, str]] = field(default_factory=list)

    def handlers(self) -> Handlers:
        return {"look": Handler(self._run, self._give_up)}

    def _run(self, _sessions: Sessions, _clock: Clock, work: Work) -> None:
        self.done.append(work)
        self.act(work)

    def _give_up(self, _session: Session, work: Work, error: str, _now: datetime) -> None:
        self.given_up.append((work, error))


def enqueue(queue: Queue, *works: Work) -> list[bool]:
    with transaction(queue.sessions) as session:
        return [queue.jobs.enqueue(session, work) for work in works]


def a_case(queue: Queue) -> UUID:
    with transaction(queue.sessions) as session:
        case = Case(id=uuid4(), package_key="p", title="t", started_at=CLOCK.now())
        session.add(case)
        return case.id


def look(case_id: UUID | None = None) -> Work:
    return Work("look", uuid4(), case_id)


def fail(_work: Work) -> None:
    raise ValueError("the third seat has no answers")


def test_work_is_done_once_with_what_it_names(queue: Queue) -> None:
    told, work = Told(), look(a_case(queue))
    enqueue(queue, work)

    queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())
    queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())

    assert told.done == [work]


def test_work_vanishes_with_the_transaction_that_enqueued_it(queue: Queue) -> None:
    told = Told()
    with queue.sessions() as session:
        queue.jobs.enqueue(session, look())
        session.rollback()

    queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())

    assert told.done == []


def test_the_same_work_waits_once_and_the_transaction_goes_on(queue: Queue) -> None:
    told, work, other = Told(), look(), look()

    assert enqueue(queue, work, work, other) == [True, False, True]
    queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())

    assert told.done == [work, other]


def test_work_may_be_queued_anew_once_it_runs(queue: Queue) -> None:
    work = look()
    told = Told()
    told.act = lambda _: enqueue(queue, work) and None if len(told.done) == 1 else None
    enqueue(queue, work)

    queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())

    assert told.done == [work, work]


def test_what_is_live_is_known(queue: Queue) -> None:
    waiting, gone, running = look(), look(), look()
    enqueue(queue, gone)
    queue.jobs.run_waiting(queue.sessions, CLOCK, Told().handlers())
    keys = [work.queueing_key for work in (waiting, gone, running)]
    seen: list[set[str]] = []

    def ask(_work: Work) -> None:
        enqueue(queue, waiting)
        with reading(queue.sessions) as session:
            seen.append(queue.jobs.live(session, keys))

    told = Told(act=lambda work: ask(work) if work == running else None)
    enqueue(queue, running)
    queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())

    assert seen == [{waiting.queueing_key, running.queueing_key}]


def test_a_failure_is_tried_again_later_and_at_last_given_up(queue: Queue) -> None:
    told, work = Told(act=fail), look()
    enqueue(queue, work)
    for attempt in range(1, len(BACK_OFF) + 1):
        queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())
        queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())  # not before its time
        assert (len(told.done), told.given_up) == (attempt, [])
        queue.hasten()

    queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())
    queue.hasten()
    queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())

    assert len(told.done) == len(BACK_OFF) + 1
    assert told.given_up == [(work, "ValueError: the third seat has no answers")]
    with transaction(queue.sessions) as session:
        assert queue.jobs.given_up(session) == 1
        assert queue.jobs.live(session, [work.queueing_key]) == set()
        assert queue.jobs.forget(session, before=CLOCK.now() - timedelta(days=1), limit=9) == 0
        assert queue.jobs.forget(session, before=FUTURE, limit=9) == 1
        assert queue.jobs.given_up(session) == 0


def test_what_a_dead_process_left_is_done_by_another(queue: Queue) -> None:
    told, work = Told(), look()
    enqueue(queue, work)
    queue.bury()
    queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())
    assert told.done == []

    revived = queue.jobs.revive(queue.sessions, CLOCK, told.handlers())
    queue.hasten()
    queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())

    assert (revived, told.done) == (1, [work])
    assert queue.jobs.revive(queue.sessions, CLOCK, told.handlers()) == 0


def test_what_kills_every_process_is_given_up(queue: Queue) -> None:
    told, work = Told(), look()
    enqueue(queue, work)
    for _ in range(len(BACK_OFF) + 1):
        assert told.given_up == []
        queue.bury()
        queue.jobs.revive(queue.sessions, CLOCK, told.handlers())

    assert [given_up for given_up, _ in told.given_up] == [work]
    assert "died" in told.given_up[0][1]


def test_what_was_queued_anew_is_not_doubled_by_a_dead_process(queue: Queue) -> None:
    told, work = Told(), look()
    enqueue(queue, work)
    queue.bury()
    enqueue(queue, work)

    queue.jobs.revive(queue.sessions, CLOCK, told.handlers())
    queue.hasten()
    queue.jobs.run_waiting(queue.sessions, CLOCK, told.handlers())

    assert told.done == [work]


def test_workers_share_the_work_but_not_a_selection(queue: Queue) -> None:
    """Two processes with two threads each: one selection is never in two hands."""
    cases = [a_case(queue) for _ in range(3)]
    works = [look(case_id) for case_id in cases for _ in range(4)]
    held: set[UUID] = set()
    crossed: list[UUID] = []
    guard, all_done = threading.Lock(), threading.Event()

    def hold(work: Work) -> None:
        assert work.case_id is not None
        with guard:
            if work.case_id in held:
                crossed.append(work.case_id)
            held.add(work.case_id)
        with reading(queue.sessions) as session:
            session.get_one(Case, work.case_id)
        with guard:
            held.discard(work.case_id)
            if len(told.done) == len(works):
                all_done.set()

    told = Told(act=hold)
    enqueue(queue, *works)
    parts = queue.sessions, CLOCK, told.handlers()
    with queue.jobs.running(*parts, threads=2), queue.jobs.running(*parts, threads=2):
        assert all_done.wait(30)

    assert crossed == []
    assert sorted(map(str, told.done)) == sorted(map(str, works))


def test_work_that_runs_is_finished_before_the_end(queue: Queue) -> None:
    began, go_on = threading.Event(), threading.Event()

    def wait(_work: Work) -> None:
        began.set()
        assert go_on.wait(30)
        finished.append(True)

    finished: list[bool] = []
    enqueue(queue, look())
    with queue.jobs.running(queue.sessions, CLOCK, Told(act=wait).handlers(), threads=2):
        assert began.wait(30)
        go_on.set()

    assert finished == [True]
    with reading(queue.sessions) as session:
        assert queue.jobs.given_up(session) == 0
