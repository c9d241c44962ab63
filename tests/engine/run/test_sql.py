"""How many statements the use cases take; the counts do not depend on the machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import event, update

from engine import definitions
from engine.db import Sessions, reading
from engine.model import Seat, UserTask
from engine.run import submitting
from tests.support.clock import FakeClock
from tests.support.databases import count_sql, on_both
from tests.support.drawings import call, collective, package, process, single, wait
from tests.support.worlds import OFFICE, World, begin


@dataclass
class Counted:
    statements: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def total(self) -> int:
        """Without BEGIN, which PostgreSQL's driver sends along with the first statement."""
        return sum(not s.startswith("BEGIN") for s in self.statements)


@contextmanager
def counted(world: World) -> Iterator[Counted]:
    made = Counted()

    def note(_connection: object) -> None:
        made.commits += 1

    engine = world.sessions.kw["bind"]
    event.listen(engine, "commit", note)
    try:
        with count_sql(world.sessions) as statements:
            yield made
        made.statements = statements
    finally:
        event.remove(engine, "commit", note)


def submit(world: World, seat: Seat, who: UUID | None) -> Counted:
    assert who is not None
    with reading(world.sessions) as session:
        definitions.pinned(session, world.package.hash)  # a server reads it once
    with counted(world) as made:
        submitting.submit(world.sessions, world.clock, seat_id=seat.id, actor_id=who, answers={})
    return made


def assembly(sessions: Sessions, clock: FakeClock, number: int) -> World:
    """Let so many judges vote; with one office, which has nothing to do yet."""
    drawn = package(process("tiny", collective("vote", "members('judge')"), single("count_it")))
    judges = {f"judge {n}": ["judge"] for n in range(number)}
    return begin(sessions, clock, drawn, {**OFFICE, **judges})


@on_both
def test_a_single_task_that_opens_the_next_takes_one_commit_and_eleven_statements(
    sessions: Sessions, clock: FakeClock
) -> None:
    steps = [
        single(key, due="now() + days(3)", reminders="P1D", result=key, returns="note")
        for key in ("first", "second", "third")
    ]
    world = begin(sessions, clock, package(process("tiny", *steps)))
    world.submit("first", "office", {"note": "done"})

    made = submit(world, world.seat("second"), world.people["office"])

    assert world.opened() == ["third"]
    assert made.commits == 1
    assert made.total <= 11, made.statements


@on_both
def test_a_task_that_opens_for_many_is_not_looked_at_again(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process("tiny", single("first"), single("second"), collective("vote", "members('judge')"))
    )
    world = begin(sessions, clock, drawn, {**OFFICE, "ma": ["judge"]})
    world.submit("first", "office")

    made = submit(world, world.seat("second"), world.people["office"])

    assert world.opened() == ["vote"]
    assert (made.commits, made.total <= 11) == (1, True), made.statements


@on_both
def test_a_seat_takes_the_same_few_statements_among_ten_and_among_a_thousand(
    sessions: Sessions, clock: FakeClock
) -> None:
    totals = []
    for number in (10, 1000):
        world = assembly(sessions, clock, number)
        seat = world.seat("vote")
        made = submit(world, seat, seat.person_id)
        totals.append((made.commits, made.total))

    assert totals == [(1, 4), (1, 4)]


@on_both
def test_a_seat_of_a_queue_takes_at_most_seven_statements(
    sessions: Sessions, clock: FakeClock
) -> None:
    seats = "per(['K01', 'K02'], 'examiner')"
    drawn = package(process("tiny", collective("review", seats, role="examiner")))
    world = begin(sessions, clock, drawn, {"hu": ["examiner"], "wu": ["examiner"]})
    world.submit("review", "hu", about="K01")

    world = begin(sessions, clock, drawn, {"hu": ["examiner"], "wu": ["examiner"]})
    made = submit(world, world.seat("review"), world.people["hu"])

    assert made.commits == 1
    assert made.total <= 7, made.statements


@on_both
def test_closing_with_the_last_seat_is_independent_of_their_number(
    sessions: Sessions, clock: FakeClock
) -> None:
    totals = []
    for number in (10, 1000):
        world = assembly(sessions, clock, number)
        last = hand_in_all_but_one(world)
        made = submit(world, last, last.person_id)
        assert world.opened() == ["count_it"]
        totals.append((made.commits, made.total))

    assert totals[0] == totals[1]
    assert totals[0][0] == 2
    assert totals[0][1] <= 16


def hand_in_all_but_one(world: World) -> Seat:
    *others, last = world.seats("vote")
    with world.sessions.begin() as session:
        session.execute(
            update(Seat)
            .where(Seat.id.in_([seat.id for seat in others]))
            .values(state="handed_in", submitted_at=world.now)
        )
    return last


@on_both
def test_a_sweep_of_nothing_due_takes_three_statements_whatever_waits(
    sessions: Sessions, clock: FakeClock
) -> None:
    waiting = package(
        process(
            "tiny",
            collective("apply", role="candidate", public="yes", closes="now() + days(9)"),
            wait("later", duration="days(1)"),
        )
    )
    totals = []
    for _ in range(3):
        begin(sessions, clock, waiting)
        world = assembly(sessions, clock, 3)
        world.submit("vote", "judge 1")
        with counted(world) as made:
            world.sweep()
        totals.append((made.commits, made.total))

    assert totals == [(0, 3)] * 3


@on_both
def test_a_linked_run_costs_its_parent_nothing_while_others_are_running(
    sessions: Sessions, clock: FakeClock
) -> None:
    totals = []
    for number in (3, 12):
        drawn = package(
            process("tiny", call("visits", "visit", items=f"range({number})", item="unit")),
            process("visit", single("look"), single("report")),
        )
        world = begin(sessions, clock, drawn)
        task = world.all(UserTask, element_id="look")[0]
        seat = world.one(Seat, task_id=task.id)
        made = submit(world, seat, world.people["office"])
        totals.append((made.commits, made.total))

    assert totals[0] == totals[1]
    assert totals[0][1] <= 12
