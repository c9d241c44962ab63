"""Random processes × random actions, crashes and restarts, against a small reference.

`GONGXUAN_PROPERTY_EXAMPLES` asks for more examples than the usual, e.g. 2000 for a night.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import event
from sqlalchemy.orm import sessionmaker

from engine import definitions
from engine.bpmn import Execution
from engine.db import Sessions, open_database, reading
from engine.definitions import pinned
from engine.facts import CaseFacts
from engine.model import Base, Case, Instance, Problem, Seat, Timer, UserTask
from engine.operations import CATALOGUE
from engine.run import confirming
from engine.run.changing import Change
from engine.run.mending import ProblemNotFound, retry_problem
from tests.support.clock import FakeClock
from tests.support.obeying import OBEY
from tests.support.reference import JUDGES, Block, Place, Reference, drawn, random_rows
from tests.support.worlds import begin

MEMBERS = {
    "office": ["selection_office"], "hu": ["examiner"], **{name: ["judge"] for name in JUDGES},
}  # fmt: skip
NUMBERS = st.integers(0, 999)
MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, where there is one
LONG = "GONGXUAN_PROPERTY_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("GONGXUAN_PROPERTY_EXAMPLES", "60"))


PHASES = [phase for phase in Phase if LONG or phase is not Phase.shrink]
"""To make a failing example small may take minutes: only where more are asked for."""


class Killed(BaseException):
    """The process ended here, as by `kill -9`: nothing catches it."""


@contextmanager
def killed_at(sessions: Sessions, statement: int) -> Iterator[None]:
    """End the process before its n-th statement; nothing happens if it ends before."""
    left = [statement]

    def count(*_arguments: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    engine = sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", count)


class RandomModels(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        # A file: whoever is killed loses the connection, and with it a database in memory.
        self.folder = TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.engine = open_database(f"sqlite:///{self.folder.name}/test.sqlite")
        self.clock = FakeClock()
        Base.metadata.create_all(self.engine)
        CATALOGUE["obey"] = OBEY
        self.withdrawn = False

    @initialize(row=random_rows())
    def start(self, row: list[Block]) -> None:
        sessions = sessionmaker(self.engine)
        self.world = begin(
            sessions, self.clock, drawn(row), MEMBERS, candidates=("K01", "K02"), obey="well"
        )
        self.reference = Reference(row, self.clock.now())

    @property
    def runs(self) -> bool:
        return self.reference.paused_at is None and not self.reference.finished

    # what happens

    def seat_of(self, place: Place, seat: tuple[str, str]) -> Seat:
        who, about = seat
        items = {i.id: i.item for i in self.world.all(Instance)}
        task = next(
            t
            for t in self.world.all(UserTask, element_id=place[0], state="open")
            if items[t.instance_id] == place[1]
        )
        known = {} if who == "hu" else {"person_id": self.world.people[who]}
        found: Seat = self.world.one(Seat, task_id=task.id, subject=about, **known)
        return found

    def open_seats(self) -> list[tuple[Place, tuple[str, str]]]:
        return sorted(
            (place, seat)
            for place, waiting in self.reference.waiting.items()
            for seat in waiting.open_seats
        )

    @precondition(lambda self: self.runs and self.open_seats())
    @rule(number=NUMBERS, n=st.integers(0, 1))
    def submit(self, number: int, n: int) -> None:
        place, seat = self.open_seats()[number % len(self.open_seats())]
        self.world.submit_seat(self.seat_of(place, seat), seat[0], {"n": n})
        self.reference.submit(place, seat, n)

    @precondition(lambda self: self.runs and self.open_seats())
    @rule(number=NUMBERS, n=st.integers(0, 1), statement=st.integers(1, 30))
    def submit_and_be_killed(self, number: int, n: int, statement: int) -> None:
        """Either all of it is there afterwards, or nothing; the sweep does what was left over."""
        place, seat = self.open_seats()[number % len(self.open_seats())]
        found = self.seat_of(place, seat)
        self.interrupted(
            lambda: self.world.submit_seat(found, seat[0], {"n": n}), statement=statement
        )
        if self.world.one(Seat, id=found.id).state == "handed_in":
            self.reference.submit(place, seat, n)
        self.world.sweep()

    @rule(hours=st.integers(1, 6))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))
        self.world.sweep()
        self.reference.time_passes(self.clock.now())

    @rule(hours=st.integers(1, 6), statement=st.integers(1, 60))
    def time_passes_and_the_worker_is_killed(self, hours: int, statement: int) -> None:
        self.clock.advance(timedelta(hours=hours))
        self.interrupted(self.world.sweep, statement=statement)
        self.world.sweep()
        self.reference.time_passes(self.clock.now())

    def interrupted(self, act: Callable[[], Any], *, statement: int) -> None:
        try:
            with killed_at(self.world.sessions, statement):
                act()
        except Killed:
            self.restart()

    @rule()
    def restart(self) -> None:
        """The process ends and begins again: nothing is left but the database."""
        definitions._versions.clear()  # noqa: SLF001 - what a new process has not read yet
        self.world.sessions = sessionmaker(self.engine)

    @precondition(lambda self: self.runs and not self.withdrawn)
    @rule()
    def withdraw(self) -> None:
        self.world.receive("withdrawn", "office")
        self.reference.withdraw()
        self.withdrawn = True

    @precondition(lambda self: self.runs)
    @rule()
    def pause(self) -> None:
        self.change("pause")
        self.reference.pause()

    @precondition(lambda self: self.reference.paused_at is not None)
    @rule()
    def resume(self) -> None:
        self.change("resume")
        self.world.sweep()
        self.reference.resume()

    def change(self, kind: str) -> None:
        office, change = self.world.people["office"], Change(kind)
        shown = confirming.preview(
            self.world.sessions, case_id=self.world.case_id, change=change, actor_id=office,
            now=self.clock.now(),
        )  # fmt: skip
        confirming.confirm(
            self.world.sessions, self.clock, case_id=self.world.case_id, change=change,
            reason="storm", shown=(shown.version, shown.digest), actor_id=office,
        )  # fmt: skip

    @rule()
    def something_breaks(self) -> None:
        self.world.give(obey="break")
        self.reference.well = False

    @precondition(lambda self: self.reference.paused_at is None)
    @rule()
    def mend(self) -> None:
        """Whatever stands as a problem is tried again, each once."""
        self.world.give(obey="well")
        self.reference.mend()
        for problem in self.world.all(Problem, state="open"):
            try:
                with self.world.sessions.begin() as session:
                    retry_problem(
                        session, problem_id=problem.id, actor_id=self.world.people["office"],
                        now=self.clock.now(),
                    )  # fmt: skip
            except ProblemNotFound:
                continue  # it worked when another of its process was tried

    # what always holds

    @invariant()
    def every_token_is_where_the_reference_says(self) -> None:
        items = {i.id: i.item for i in self.world.all(Instance)}
        tasks = {t.id: (t.element_id, items[t.instance_id]) for t in self.open_tasks()}
        assert sorted(tasks.values()) == self.reference.places("task", "many")
        states: dict[Place, list[str]] = {place: [] for place in tasks.values()}
        for seat in self.world.all(Seat):
            if seat.task_id in tasks:
                states[tasks[seat.task_id]].append(seat.state)
        for place, found in states.items():
            expected = self.reference.waiting[place].seats.values()
            assert sorted(found) == sorted(expected), place
        failed = sorted((p.element_id, p.subject) for p in self.world.all(Problem, state="open"))
        assert failed == self.reference.places("work")

    def open_tasks(self) -> list[UserTask]:
        return [t for t in self.world.all(UserTask) if t.state in ("open", "closed")]

    @invariant()
    def every_timer_is_what_the_reference_says(self) -> None:
        pending = self.world.all(Timer, state="pending")
        for kind, of in (("event", "wait"), ("close", "many")):
            found = sorted(timer.due_at for timer in pending if timer.kind == kind)
            assert found == self.reference.dues(of)

    @invariant()
    def states_are_whole(self) -> None:
        """Saved, loaded and saved again they are equal, byte for byte."""
        with reading(self.world.sessions) as session:
            case = session.get_one(Case, self.world.case_id)
            paused = self.reference.paused_at is not None
            over = self.reference.finished and not paused
            assert case.state == ("ended" if over else "paused" if paused else "running")
            for instance in session.query(Instance).filter_by(state="running"):
                package = pinned(session, instance.package_hash)
                facts = CaseFacts(session, case, self.clock.now())
                execution = Execution.load(
                    package.definition, instance.process_id, instance.frontier, facts
                )
                assert execution.save() == instance.frontier

    def teardown(self) -> None:
        try:
            if hasattr(self, "reference"):
                self.finish()
        finally:
            CATALOGUE.pop("obey", None)
            self.engine.dispose()
            self.folder.cleanup()

    def finish(self) -> None:
        """From wherever it stands, the selection comes to its end, and each task was done once."""
        if self.reference.paused_at is not None:
            self.resume()
        for _ in range(40):
            if self.reference.finished:
                break
            self.mend()
            while self.open_seats():
                self.submit(0, 0)
            self.time_passes(6)
        self.every_token_is_where_the_reference_says()
        assert (self.reference.finished, self.world.case().state) == (True, "ended")
        items = {i.id: i.item for i in self.world.all(Instance)}
        done = [(e.element_id, items[e.instance_id]) for e in self.world.history("task_done")]
        assert sorted(done) == sorted(self.reference.done)


TestRandomModels = RandomModels.TestCase
TestRandomModels.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=12, deadline=None, print_blob=True, phases=PHASES
)
