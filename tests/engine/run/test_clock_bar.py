"""Clocks that jump, change to summer time, or stand still while no worker runs.

Every reminder and timer fires once, in order of its due time, and none for what is done already.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import event
from sqlalchemy.orm import sessionmaker

from engine.db import Sessions, open_database, transaction
from engine.model import Base, Reminder, Timer, UserTask
from engine.run.sweeping import fire, sweep
from engine.seats import AlreadyHandedIn, SeatNotFound, TaskClosed
from tests.support.clock import FakeClock
from tests.support.databases import on_both, on_postgres
from tests.support.drawings import Node, collective, package, process, single, split, wait
from tests.support.races import Running, door
from tests.support.worlds import TWO_JUDGES, World, begin

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LADDER = "P3D P1D PT6H morning +PT1H +P1D*5"


class JumpyClock(FakeClock):
    """A machine's clock that somebody sets, also back."""

    def jump(self, by: timedelta) -> None:
        self._now += by


def start(sessions: Sessions, clock: FakeClock, *steps: Node, zone: str = "Asia/Shanghai") -> World:
    drawn = package(process("tiny", *steps, single("after")))
    return begin(sessions, clock, drawn, TWO_JUDGES, time_zone=zone)


class Fired(NamedTuple):
    id: UUID
    kind: str
    due_at: datetime


@contextmanager
def firing() -> Iterator[list[Fired]]:
    """The timers that fire inside, in their order."""
    fired: list[Fired] = []

    def note(timer: Timer, value: str, old: Any, _event: Any) -> None:
        if value == "done" and old != value:
            fired.append(Fired(timer.id, timer.kind, timer.due_at))

    event.listen(Timer.state, "set", note)
    try:
        yield fired
    finally:
        event.remove(Timer.state, "set", note)


def sent(world: World) -> list[str]:
    """Keys of the reminders of tasks, without the person."""
    return [each.dedupe_key.rpartition(":")[0] for each in world.all(Reminder)]


@on_both
def test_of_many_rungs_missed_in_two_days_one_message_is_sent(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, single("write", due="now() + days(2)", reminders=LADDER))
    clock.advance(4 * DAY)  # nothing ran meanwhile: the morning, a day, six hours … are over

    assert sweep(sessions, clock) > 0
    assert sweep(sessions, clock) == 0

    (key,) = sent(world)
    due = world.task("write").due_at
    assert due is not None
    assert key.endswith(f":{due + 2 * DAY:%Y%m%dT%H%M%S}")  # the latest of them
    states = [t.state for t in world.timers() if t.due_at <= clock.now()]
    assert states == [*["skipped"] * (len(states) - 1), "done"]


def test_after_two_days_everything_else_fires_once_and_in_order(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(
        sessions,
        clock,
        split(
            "all",
            [single("write", due="now() + days(1)", reminders="+PT1H +PT3H",
                    escalate="+PT2H notify:selection_office; +P1D add:judge")],
            [collective("vote", "members('judge')", closes="now() + hours(30)",
                        reminders="PT2H PT1H +PT1H")],
            [wait("nap", duration="hours(25)"), single("one", reminders="PT1H",
                                                       due="now() + hours(2)")],
            [wait("doze", duration="hours(47)"), single("two")],
        ),
    )  # fmt: skip
    clock.advance(2 * DAY)

    with firing() as fired:
        sweep(sessions, clock)
        sweep(sessions, clock)

    due = [timer.due_at for timer in fired]
    assert due == sorted(due)
    assert [(timer.kind, (timer.due_at - clock.now() + 2 * DAY) / HOUR) for timer in fired] == [
        ("event", 25), ("escalation", 26), ("reminder", 27), ("close", 30), ("event", 47),
        ("escalation", 48),
    ]  # fmt: skip
    assert world.opened() == ["one", "two", "write"]
    assert [seat.state for seat in world.seats("vote")] == ["closed", "closed"]
    assert not [key for key in sent(world) if str(world.task("vote", state="done").id) in key]
    assert [
        t.state for t in world.timers() if t.due_at <= clock.now() and t.state == "pending"
    ] == []


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_clock_that_is_set_by_an_hour_fires_nothing_twice(
    sessions: Sessions, jump: timedelta
) -> None:
    clock = JumpyClock()
    begun = clock.now()
    world = start(
        sessions, clock,
        split("both",
              [single("write", due="now() + hours(10)", reminders="PT9H PT8H PT7H")],
              [wait("nap", duration="hours(2)"), single("later")]),
    )  # fmt: skip
    with firing() as fired:
        clock.jump(2 * HOUR)
        sweep(sessions, clock)
        clock.jump(jump)
        sweep(sessions, clock)
        sweep(sessions, clock)
        while clock.now() < begun + 12 * HOUR:
            clock.jump(timedelta(minutes=20))
            sweep(sessions, clock)

    assert len({timer.id for timer in fired}) == len(fired)
    assert [timer.kind for timer in fired].count("event") == 1
    assert len(sent(world)) == len(set(sent(world)))
    assert [e.element_id for e in world.history("passed")].count("nap") == 1
    assert [t for t in world.timers() if t.state == "pending"] == []


def test_a_deadline_moved_after_the_clock_was_set_back_repeats_no_reminder(
    sessions: Sessions,
) -> None:
    clock = JumpyClock()
    step = single("write", due="now() + days(3)", reminders="P2DT22H P2DT21H")
    world = start(sessions, clock, step)
    due = world.task("write").due_at
    assert due is not None
    clock.jump(2 * HOUR)
    sweep(sessions, clock)
    clock.jump(-2 * HOUR)

    world.extend("write", due + DAY)
    world.extend("write", due)  # the same rungs again, which the clock says are ahead

    clock.jump(2 * HOUR)
    sweep(sessions, clock)
    assert len(sent(world)) == len(set(sent(world))) == 2  # one reminder, and one that it moved


@pytest.mark.parametrize(
    ("begins", "instants"),
    [
        (  # 29 March 2026: 02:00 becomes 03:00
            "2026-03-27T12:00+01:00",
            ["2026-03-28T16:00Z", "2026-03-29T07:00Z", "2026-03-29T14:00Z", "2026-03-29T16:00Z",
             "2026-03-30T15:00Z", "2026-03-31T15:00Z"],
        ),
        (  # 25 October 2026: 03:00 becomes 02:00
            "2026-10-23T12:00+02:00",
            ["2026-10-24T15:00Z", "2026-10-25T08:00Z", "2026-10-25T15:00Z", "2026-10-25T17:00Z",
             "2026-10-26T16:00Z", "2026-10-27T16:00Z"],
        ),
    ],
)  # fmt: skip
def test_a_ladder_over_a_change_of_the_clocks_fires_each_rung_once_at_its_local_time(
    sessions: Sessions, begins: str, instants: list[str]
) -> None:
    clock = FakeClock(datetime.fromisoformat(begins))
    step = single("write", due="on_day(2, '17:00')", reminders="P1D PT1H morning +PT1H +P1D*2")
    world = start(sessions, clock, step, zone="Europe/Berlin")
    if begins.startswith("2026-03"):  # 17:00 is 15:00Z in summer, 16:00Z in winter
        assert world.task("write").due_at == datetime(2026, 3, 29, 15, tzinfo=UTC)

    with firing() as fired:
        for _ in range(24 * 5):
            clock.advance(HOUR)
            sweep(sessions, clock)

    assert [timer.due_at for timer in fired] == [datetime.fromisoformat(each) for each in instants]
    done = world.timers(state="done")
    assert [timer.fired_at for timer in done] == [timer.due_at for timer in done]
    assert len(sent(world)) == len(set(sent(world))) == 6


@pytest.mark.parametrize(
    ("begins", "opens"),
    [("2026-03-29T00:30+01:00", 1), ("2026-10-25T00:30+02:00", 3)],
)
def test_an_event_at_an_hour_that_is_missing_or_shown_twice_fires_once(
    sessions: Sessions, begins: str, opens: int
) -> None:
    clock = FakeClock(datetime.fromisoformat(begins))
    step = wait("nap", until="on_day(0, '02:30')")
    world = start(sessions, clock, step, zone="Europe/Berlin")

    with firing() as fired:
        for _ in range(12):
            clock.advance(timedelta(minutes=30))
            sweep(sessions, clock)

    (done,) = world.timers(state="done")
    assert done.fired_at == done.due_at
    assert f"{fired[0].due_at.astimezone(BERLIN):%H:%M}" == ("03:30" if opens == 1 else "02:30")
    assert [e.element_id for e in world.history("passed")].count("nap") == 1


@on_postgres
@pytest.mark.parametrize("kind", ["single", "collective"])
def test_a_task_done_between_reading_what_is_due_and_firing_is_not_reminded(
    sessions: Sessions, clock: FakeClock, kind: str
) -> None:
    times = {"due": "now() + days(1)", "reminders": "PT1H", "escalate": "PT2H add:selection_office"}
    step = single("write", **times) if kind == "single" else collective(
        "write", "members('judge')", completes="1", **times
    )  # fmt: skip
    world = start(sessions, clock, step)
    clock.advance(23 * HOUR + timedelta(minutes=30))

    with door(sessions, "SELECT timer.id", after=True) as held:
        worker = Running(world.sweep)
        held.reached()
        world.submit("write", "office" if kind == "single" else "ma")
        held.open()
        worker.end()

    assert (worker.error, sent(world)) == (None, [])
    assert {t.state for t in world.timers()} == {"cancelled"}
    assert world.history("escalated") == []


@on_postgres
def test_of_two_workers_none_fires_what_is_due_later_first(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(
        sessions, clock,
        split("both", [wait("nap", duration="hours(1)"), single("one")],
              [wait("doze", duration="hours(2)"), single("two")]),
    )  # fmt: skip
    clock.advance(3 * HOUR)
    first, second = (timer.id for timer in world.timers())

    def fired(timer_id: UUID) -> bool:
        with transaction(sessions) as session:
            return fire(session, timer_id=timer_id, now=clock.now()) is not None

    assert not fired(second)  # a worker that is ahead of the one with the first
    assert fired(first)
    assert [t.state for t in world.timers()] == ["done", "pending"]


MINUTES = st.integers(1, 36 * 60)


class AnyClock(RuleBasedStateMachine):
    """Jumps both ways, long silences, submissions and two workers, around a change of clocks."""

    @initialize(
        begins=st.sampled_from(["2026-03-28T09:00+01:00", "2026-10-24T09:00+02:00",
                                "2026-12-30T09:00+01:00"])
    )  # fmt: skip
    def begin(self, begins: str) -> None:
        self.engine = open_database("sqlite://")
        Base.metadata.create_all(self.engine)
        self.clock = JumpyClock(datetime.fromisoformat(begins))
        self.world = start(
            sessionmaker(self.engine), self.clock,
            split(
                "all",
                [single("write", due="on_day(1, '02:30')", reminders=LADDER,
                        escalate="+PT1H notify:selection_office; +PT5H add:judge")],
                [collective("vote", "members('judge')", closes="on_day(2, '12:00')",
                            reminders="P1D PT1H")],
                [wait("nap", until="on_day(1, '02:30')"),
                 single("late", due="now() + hours(2)", reminders="PT1H +PT1H")],
                [wait("doze", duration="hours(30)")],
            ),
            zone="Europe/Berlin",
        )  # fmt: skip
        self.fired: list[UUID] = []
        self.silent: dict[str, int] = {}
        """messages about a task at the instant it was done"""

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        self.clock.jump(timedelta(minutes=minutes))

    @rule(back=st.booleans())
    def the_clock_is_set(self, back: bool) -> None:
        self.clock.jump(-HOUR if back else HOUR)

    @rule()
    def a_worker_sweeps(self) -> None:
        with firing() as fired:
            self.world.sweep()
        due = [(timer.due_at, timer.kind) for timer in fired]
        assert due == sorted(due)
        self.fired += [timer.id for timer in fired]
        self._note_done()

    @rule(
        element=st.sampled_from(["write", "vote", "late"]),
        who=st.sampled_from(["office", "ma", "li"]),
    )
    def somebody_hands_in(self, element: str, who: str) -> None:
        if element in self.world.opened():
            seats = [s for s in self.world.seats(element) if s.state == "open"]
            mine = [s for s in seats if s.person_id in (None, self.world.people[who])]
            held = [s for s in mine if s.person_id or (s.role == "judge") == (who != "office")]
            if held:
                self._attempt(lambda: self.world.submit_seat(held[0], who))
        self._note_done()

    def _attempt(self, act: Callable[[], Any]) -> None:
        try:
            act()
        except (TaskClosed, AlreadyHandedIn, SeatNotFound):  # a clock before the start
            return

    def _note_done(self) -> None:
        keys = sent(self.world)
        for task in self.world.all(UserTask):
            if task.state != "open":
                number = sum(str(task.id) in key for key in keys)
                assert self.silent.setdefault(str(task.id), number) == number

    @invariant()
    def nothing_fires_twice(self) -> None:
        if hasattr(self, "fired"):
            assert len(set(self.fired)) == len(self.fired)
            passed = [e.element_id for e in self.world.history("passed")]
            assert (passed.count("nap"), passed.count("doze")) <= (1, 1)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.clock.jump(60 * DAY)
        self.a_worker_sweeps()
        self.nothing_fires_twice()
        pending = self.world.timers(state="pending")
        assert [t for t in pending if t.due_at <= self.clock.now()] == []
        assert self.world.problems() == []
        self.engine.dispose()


TestAnyClock = AnyClock.TestCase
TestAnyClock.settings = settings(
    max_examples=25,
    stateful_step_count=15,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
