"""One submission of a collective task, among 10 and among 100,000 seats."""

from statistics import median
from uuid import UUID, uuid4

from sqlalchemy import insert

from engine.clock import SystemClock
from engine.model import Seat
from engine.run import submitting
from tools.bench.bare import bare_inserts
from tools.bench.figures import Curve, Measured
from tools.bench.meters import counting, taken
from tools.bench.models import add_people, assembly, open_task, seats_of, start
from tools.bench.places import Place

SIZES = (10, 100, 1_000, 10_000, 100_000)
QUICK = (10, 1_000)
_RUNS, _QUICK_RUNS = 200, 30
_FIRST_SEATS = 10
_MOST_TIMES = 1.5


def measure(place: Place, *, quick: bool) -> Measured:
    """Statements, milliseconds and processor time of `submit`, and a bare insert beside it."""
    made, clock = Measured(), SystemClock()
    walls: list[tuple[float, float]] = []
    cpus: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []
    counts: set[tuple[int, int]] = set()
    for size in QUICK if quick else SIZES:
        place.empty()
        task_id, case_id, asked = _waiting(place, size)
        place.settle()
        runs = min(_QUICK_RUNS if quick else _RUNS, size - 2)
        times = []
        for number, (seat, person) in enumerate(asked[:: max(size // (runs + 1), 1)][: runs + 1]):

            def act(seat: UUID = seat, person: UUID = person) -> None:
                submitting.submit(
                    place.sessions, clock, seat_id=seat, actor_id=person, answers={"number": 1}
                )

            with counting(place.sessions) as counted:
                one = taken(act)
            if number:  # the first reads the package, once in a process
                times.append(one)
                counts.add((counted.asked, counted.commits))
        inserts = bare_inserts(place.sessions, case_id, clock.now(), 50)
        made.add(f"one submission among {size:,} seats", [t.wall for t in times], "ms")
        walls.append((size, median([t.wall for t in times])))
        cpus.append((size, median([t.cpu for t in times])))
        bare.append((size, median(inserts)))
        assert task_id  # noqa: S101 - it is still open
    made.add("one submission: different counts of statements and commits", len(counts), "",
             budget="1: independent of N", meets=lambda n: n == 1,
             note=", ".join(f"{s} SQL, {c} commit" for s, c in sorted(counts)))  # fmt: skip
    made.add("one submission: processor time, the largest against the smallest N",
             cpus[-1][1] / cpus[0][1], "×", budget="independent of N (≤ 1.5×)",
             meets=lambda ratio: ratio <= _MOST_TIMES)  # fmt: skip
    made.add("one submission against a bare insert", walls[-1][1] / bare[-1][1], "×",
             note=f"at {walls[-1][0]:,.0f} seats; by the clock, disk included")  # fmt: skip
    made.curves.append(
        Curve(
            "submission",
            "One submission among N seats",
            "seats of the task",
            "milliseconds",
            {"submission": walls, "its processor time": cpus, "a bare insert": bare},
        )
    )
    return made


def _waiting(place: Place, size: int) -> tuple[UUID, UUID, list[tuple[UUID, UUID]]]:
    """A task of so many seats; ten are opened by the product, the rest are rows like those."""
    people = add_people(place.sessions, size)
    members = [(person, "judge") for person in people[:_FIRST_SEATS]]
    case_id = start(place.sessions, SystemClock(), assembly(), members)
    task = open_task(place.sessions, case_id)
    rows = [
        {"id": uuid4(), "task_id": task.id, "case_id": case_id, "position": n, "person_id": person}
        for n, person in enumerate(people[_FIRST_SEATS:], start=_FIRST_SEATS + 1)
    ]
    for begin in range(0, len(rows), 5_000):
        with place.sessions.begin() as session:
            session.execute(insert(Seat), rows[begin : begin + 5_000])
    return task.id, case_id, seats_of(place.sessions, task.id)
