"""Any order of submissions, drafts, timers, closes, stops and restarts ends well, nothing lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy.orm import sessionmaker

from engine import definitions
from engine.bpmn import Execution
from engine.db import open_database, reading
from engine.definitions import PackageVersion, pinned
from engine.facts import CaseFacts
from engine.model import Base, Case, Instance, Seat, Timer, UserTask
from engine.permissions import NotAllowed, SamePerson
from engine.run.context import CasePaused
from engine.run.starting import UnknownMessage
from engine.seats import AlreadyHandedIn, SeatNotFound, SeatTaken, TaskClosed
from tests.support.clock import FakeClock
from tests.support.drawings import (
    call,
    collective,
    package,
    process,
    service,
    single,
    split,
    wait,
)
from tests.support.worlds import begin

REFUSALS = (
    AlreadyHandedIn, TaskClosed, CasePaused, SeatNotFound, SeatTaken, NotAllowed, SamePerson,
    UnknownMessage,
)  # fmt: skip
PEOPLE = ["office", "ma", "li", "hu", "wu", "shen"]
MEMBERS = {
    "office": ["selection_office"], "ma": ["judge"], "li": ["judge"], "hu": ["examiner"],
    "wu": ["examiner"], "shen": ["supervisor"],
}  # fmt: skip
NEXT = {"open": {"open", "handed_in", "closed", "void"}}
NUMBERS = st.integers(0, 999)
ANSWERS = st.fixed_dictionaries({"n": st.integers(0, 9)})


def tiny() -> PackageVersion:
    """Every sort of task and timer, two linked runs, and two processes that come by message."""
    score = collective("score", "times(members('judge'), ['K01', 'K02'])", kind="scores",
                       in_order="yes", result="scores", returns="n")  # fmt: skip
    return package(
        process(
            "tiny",
            single("prepare", due="now() + days(1)", reminders="PT2H"),
            split(
                "all",
                [
                    collective("vote", "members('judge')", closes="now() + hours(6)",
                               reminders="PT2H PT1H", missing="draft", result="voted",
                               returns="n"),
                    single("count_it", not_by="prepare", recorders="supervisor"),
                ],
                [score],
                [collective("mark", "persons(2, 'examiner')", role="examiner", completes="1")],
                [wait("nap", duration="hours(4)"), single("late", role="examiner")],
                [call("visits", "visit", items="['a', 'b']", item="unit", result="visited",
                      returns="looked")],
            ),
            single("finish"),
        ),
        process("visit", single("look", role="examiner", result="looked", returns="n"),
                wait("rest", duration="hours(1)")),
        process("stop", service("pause", "pause_selection"), single("decide", role="supervisor"),
                service("go_on", "resume_selection"), message="stop_ordered",
                starters="supervisor"),
        process("withdrawal",
                service("void", "set_status", with_codes="['K02']", with_status="'withdrawn'",
                        with_reason="'asked'"),
                message="withdrawn", starters="selection_office"),
    )  # fmt: skip


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.engine, self.clock = open_database("sqlite://"), FakeClock()
        Base.metadata.create_all(self.engine)
        self.world = begin(
            sessionmaker(self.engine), self.clock, tiny(), MEMBERS, candidates=("K01", "K02")
        )
        self.acknowledged: dict[UUID, Any] = {}
        self.seats: dict[UUID, str] = {}
        self.tasks: dict[UUID, str] = {}
        self.timers: dict[UUID, Any] = {}

    def attempt(self, act: Callable[[], Any]) -> bool:
        """Do it, or be refused for a reason that people are told."""
        try:
            act()
        except REFUSALS:
            return False
        return True

    def seat(self, number: int, **known: str) -> Seat | None:
        """One of the seats in an order that does not depend on their random ids."""
        tasks = {task.id: task for task in self.world.all(UserTask)}
        items = {instance.id: instance.item for instance in self.world.all(Instance)}

        def place(seat: Seat) -> tuple[Any, ...]:
            task = tasks[seat.task_id]
            return task.element_id, items[task.instance_id], task.round, seat.position

        found = sorted(self.world.all(Seat, **known), key=place)
        return found[number % len(found)] if found else None

    # what happens

    @rule(number=NUMBERS, who=st.sampled_from(PEOPLE), answers=ANSWERS)
    def submit(self, number: int, who: str, answers: dict[str, int]) -> None:
        seat = self.seat(number)
        if seat and self.attempt(lambda: self.world.submit_seat(seat, who, answers)):
            self.acknowledged[seat.id] = answers

    @rule(number=NUMBERS, answers=ANSWERS)
    def submit_as_the_one_it_is_for(self, number: int, answers: dict[str, int]) -> None:
        seat = self.seat(number, state="open")
        if seat and self.attempt(lambda: self.world.submit_seat(seat, self.fitting(seat), answers)):
            self.acknowledged[seat.id] = answers

    def fitting(self, seat: Seat) -> str:
        if seat.person_id is not None:
            return next(n for n, person in self.world.people.items() if person == seat.person_id)
        with reading(self.world.sessions) as session:
            if session.get_one(UserTask, seat.task_id).element_id == "count_it":
                return "shen"
        return {"selection_office": "office", "examiner": "hu", "supervisor": "shen"}[seat.role]

    @rule(number=NUMBERS, who=st.sampled_from(PEOPLE), answers=ANSWERS)
    def draft(self, number: int, who: str, answers: dict[str, int]) -> None:
        seat = self.seat(number, state="open")
        if seat:
            self.attempt(lambda: self.world.draft_seat(seat, who, answers))

    @rule(number=NUMBERS, who=st.sampled_from(PEOPLE))
    def take(self, number: int, who: str) -> None:
        seat = self.seat(number, state="open")
        if seat:
            self.attempt(lambda: self.world.take(seat, who))

    @rule(number=NUMBERS, who=st.sampled_from(PEOPLE))
    def put_back(self, number: int, who: str) -> None:
        seat = self.seat(number)
        if seat:
            self.attempt(lambda: self.world.put_back(seat, who))

    @rule(minutes=st.sampled_from([30, 60, 240]), sweeps=st.integers(0, 2))
    def time_passes(self, minutes: int, sweeps: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))
        for _ in range(sweeps):
            self.world.sweep()

    @rule(element=st.sampled_from(["vote", "score", "mark"]))
    def close(self, element: str) -> None:
        if element in self.world.opened():
            self.attempt(lambda: self.world.close(element))

    @rule(code=st.sampled_from(["K01", "K02"]))
    def call_next(self, code: str) -> None:
        if "score" in self.world.opened():
            self.attempt(lambda: self.world.call_next("score", code))

    @rule()
    def withdraw(self) -> None:
        self.attempt(lambda: self.world.receive("withdrawn", "office"))

    @rule()
    def stop(self) -> None:
        self.attempt(lambda: self.world.receive("stop_ordered", "shen"))

    @rule(element=st.sampled_from(["vote", "visits", "nap", "score"]))
    def repeat(self, element: str) -> None:
        if element in self.world.instance().active:
            self.attempt(lambda: self.world.repeat(element))

    @precondition(lambda self: self.world.case().state == "paused")
    @rule()
    def decide(self) -> None:
        stopped_by = self.world.case().paused_by
        stop = self.world.one(Instance, id=stopped_by)
        self.world.submit_in(stop, "shen")

    @rule()
    def restart(self) -> None:
        """The process ends and begins again: nothing is left but the database."""
        definitions._versions.clear()  # noqa: SLF001 - what a new process has not read yet
        self.world.sessions = sessionmaker(self.engine)

    # what always holds

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        seats = {seat.id: seat for seat in self.world.all(Seat)}
        for seat_id, answers in self.acknowledged.items():
            assert (seats[seat_id].state, seats[seat_id].answers) == ("handed_in", answers)

    @invariant()
    def seats_only_move_forward(self) -> None:
        now = {seat.id: seat.state for seat in self.world.all(Seat)}
        for seat, before in self.seats.items():
            assert now[seat] in NEXT.get(before, {before})
        self.seats = now

    @invariant()
    def a_task_is_done_exactly_once(self) -> None:
        tasks = [task for task in self.world.all(UserTask) if task.step]
        done = [task.element_id for task in tasks if task.state == "done"]
        assert sorted(done) == sorted(e.element_id for e in self.world.history("task_done"))
        now = {task.id: task.state for task in tasks}
        for task, before in self.tasks.items():
            assert before == "open" or now[task] == before
        self.tasks = now

    @invariant()
    def a_timer_fires_at_most_once(self) -> None:
        now = {t.id: (t.state, t.fired_at) for t in self.world.all(Timer)}
        for timer, (state, fired_at) in self.timers.items():
            if state != "pending" and timer in now:
                assert now[timer] == (state, fired_at)
        self.timers = now
        passed = [e.element_id for e in self.world.history("passed") if e.element_id == "nap"]
        assert len(passed) <= 1

    @invariant()
    def states_are_whole(self) -> None:
        with reading(self.world.sessions) as session:
            case = session.get_one(Case, self.world.case_id)
            running = []
            for instance in session.query(Instance):
                if instance.state == "cancelled":
                    continue
                package = pinned(session, instance.package_hash)
                facts = CaseFacts(session, case, self.clock.now())
                execution = Execution.load(
                    package.definition, instance.process_id, instance.frontier, facts
                )
                assert execution.save() == instance.frontier
                assert execution.finished == (instance.state == "completed")
                running += [instance.id] if instance.state == "running" else []
                waiting = sorted(step.id for step in execution.user_tasks())
                tasks = session.query(UserTask).filter_by(instance_id=instance.id, state="open")
                assert sorted(task.step for task in tasks) == waiting
                events = session.query(Timer).filter_by(instance_id=instance.id, kind="event")
                pending = sorted(t.due_at for t in events if t.state == "pending")
                assert pending == sorted(t.due_at for t in execution.timers())
            assert (case.state == "ended") == (not running)
        assert self.world.problems() == []

    def teardown(self) -> None:
        try:
            self.finish()
        finally:
            self.engine.dispose()

    def finish(self) -> None:
        """From wherever it stands, the selection comes to its end."""
        for _ in range(60):
            if self.world.case().state == "ended":
                return
            if self.world.case().state == "paused":
                self.decide()
            for seat in self.world.all(Seat, state="open"):
                self.call_next(seat.subject or "K01")
                self.attempt(lambda s=seat: self.world.submit_seat(s, self.fitting(s), {"n": 1}))
            self.clock.advance(timedelta(hours=1))
            self.world.sweep()
        raise AssertionError(f"stuck at {self.world.opened()}")


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)
