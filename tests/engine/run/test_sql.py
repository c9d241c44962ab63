"""How many statements the use cases take; the counts do not depend on the machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import event

from engine.db import Sessions
from tests.support.clock import FakeClock
from tests.support.databases import count_sql, on_both
from tests.support.drawings import collective, package, process, single
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


@on_both
def test_a_single_task_that_opens_the_next_takes_one_commit(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(process("tiny", single("first"), single("second"), single("third")))
    world = begin(sessions, clock, drawn)
    seat = world.seat("first")

    with counted(world) as made:
        world.sessions  # noqa: B018
        from engine.run import submitting

        submitting.submit(
            sessions, clock, seat_id=seat.id, actor_id=world.people["office"], answers={}
        )

    print("\n".join(made.statements), made.commits, made.total)
    assert world.opened() == ["second"]


@pytest.mark.parametrize("number", [10, 1000])
def test_seat(sessions: Sessions, clock: FakeClock, number) -> None:
    drawn = package(process("tiny", collective("vote", "members('judge')"), single("third")))
    world = begin(sessions, clock, drawn, {**OFFICE, **{f"j{n}": ["judge"] for n in range(number)}})
    from engine.run import submitting
    from sqlalchemy import update
    from engine.model import Seat

    seats = world.seats("vote")
    with counted(world) as made:
        submitting.submit(
            sessions, clock, seat_id=seats[0].id, actor_id=seats[0].person_id, answers={}
        )
    print("\n".join(made.statements), made.commits, made.total)
    with sessions.begin() as s:
        s.execute(
            update(Seat)
            .where(Seat.position.between(2, number - 1))
            .values(state="handed_in", submitted_at=clock.now())
        )
    with counted(world) as made:
        submitting.submit(
            sessions, clock, seat_id=seats[-1].id, actor_id=seats[-1].person_id, answers={}
        )
    print("\n".join(x[:80] for x in made.statements), made.commits, made.total)
    with counted(world) as made:
        world.sweep()
    print("sweep", "\n".join(x[:200] for x in made.statements), made.commits, made.total)
    assert 0
