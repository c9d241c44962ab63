"""To-do list and office page while the whole installation grows to a million open items."""

import time
from collections.abc import Mapping
from statistics import median
from uuid import UUID

from sqlalchemy import func, select

from engine import deputies, inbox
from engine.clock import SystemClock
from engine.db import reading
from engine.definitions import PackageVersion
from engine.identity import Identity
from engine.model import Seat
from engine.overview import desk, view_case
from tests.support.drawings import collective, package, process, single, split
from tests.support.worlds import begin
from tools.bench.copies import copied, copied_person, copy_case
from tools.bench.figures import Curve, Measured
from tools.bench.meters import counting, cpu_of, taken
from tools.bench.places import Place

SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUICK = (1_000, 10_000)
_RUNS, _QUICK_RUNS = 41, 11
MEMBERS = {
    "office": ["selection_office"], "deputy": ["selection_office"],
    "ma": ["judge"], "li": ["judge"], "hu": ["judge"],
    "wu": ["examiner"], "qi": ["examiner"], "supervisor": ["supervisor"],
}  # fmt: skip


def drawn() -> PackageVersion:
    """Twenty open items in one selection: own ones, queues, what is recorded for others."""
    both = {"recorders": "selection_office", "due": "now() + days(3)"}
    return package(
        process(
            "lists",
            split(
                "fork",
                [single("minutes", role="leading_group", recorders="selection_office")],
                [single("plan", due="now() + days(2)")],
                [collective("score", "times(members('judge'), ['K01', 'K02', 'K03'])", **both)],
                [collective("comment", "members('judge')", due="now() + days(5)")],
                [collective("review", "per(['K01', 'K02', 'K03', 'K04', 'K05', 'K06'], 'examiner')",
                            role="examiner")],
            ),
        )
    )  # fmt: skip


def measure(place: Place, *, quick: bool) -> Measured:
    """Median milliseconds of each list at each size; the page itself is measured over HTTP."""
    made = Measured()
    clock = SystemClock()
    place.empty()
    world = begin(place.sessions, clock, drawn(), MEMBERS)  # type: ignore[arg-type]  # any clock
    each, copies = _open_items(place, world.case_id), 0
    lines: dict[str, list[tuple[float, float]]] = {}
    used: dict[str, list[float]] = {}
    sizes = QUICK if quick else SIZES
    runs = _QUICK_RUNS if quick else _RUNS
    for size in sizes:
        wanted = size // each
        copy_case(place, world.case_id, first=copies + 1, last=wanted)
        copies = wanted
        place.settle()
        for name, people in _readers(world.case_id, world.people, copies).items():
            values, cpu, asked = _timed(place, name, people, runs)
            lines.setdefault(name, []).append((size, median(values)))
            used.setdefault(name, []).append(cpu)
            made.add(
                f"{name} at {size:,} open items", values, "ms",
                note=f"{asked} statements, {cpu:.1f} ms of processor time",
            )  # fmt: skip
    for name, line in lines.items():
        made.add(
            f"{name}: processor time, the largest against the smallest",
            used[name][-1] / used[name][0], "×", budget="≤ 1.5×",
            meets=lambda ratio: ratio <= 1.5,  # noqa: PLR2004 - the budget
            note="of this process and of the database",
        )  # fmt: skip
        made.add(
            f"{name}: the largest against the smallest", line[-1][1] / line[0][1], "×",
            note="by the clock",
        )  # fmt: skip
    made.curves.append(
        Curve("lists", "Lists while the installation grows", "open items", "milliseconds", lines)
    )
    return made


def _open_items(place: Place, case_id: UUID) -> int:
    with reading(place.sessions) as session:
        asked = select(func.count()).where(Seat.case_id == case_id, Seat.state == "open")
        return session.scalar(asked) or 1


Reader = tuple[Identity, UUID]


def _readers(case_id: UUID, people: Mapping[str, UUID], copies: int) -> dict[str, list[Reader]]:
    """For each list some people, spread over the whole installation, and a selection of theirs."""
    spread = sorted({1 + (copies - 1) * part // 6 for part in range(7)})

    def some(name: str) -> list[Reader]:
        return [(_identity(copied_person(people[name], n)), copied(case_id, n)) for n in spread]

    return {
        "to-do list of a judge": some("ma"),
        "to-do list of an examiner": some("wu"),
        "to-do list of the office": some("office"),
        "office page": some("office"),
    }


def _identity(person: UUID) -> Identity:
    return Identity(f"demo:{person}", person, "", "zh")


def _timed(
    place: Place, name: str, people: list[Reader], runs: int
) -> tuple[list[float], float, int]:
    """Milliseconds of each reading, processor time of one, statements of one."""
    read = _office if name == "office page" else _todo
    for reader in people:  # plans and pages are warm in a server that runs
        read(place, *reader)
    values, before = [], _used(place)
    for turn in range(runs):
        reader = people[turn % len(people)]
        values.append(taken(lambda one=reader: read(place, *one)).wall)  # type: ignore[misc]  # a default
    cpu = (_used(place) - before) / runs * 1000
    with counting(place.sessions) as counted:
        shown = read(place, *people[0])
    assert shown, f"{name} shows nothing"  # noqa: S101 - else nothing was measured
    return values, cpu, counted.asked


def _used(place: Place) -> float:
    """Seconds of processor time of this process and of the database."""
    database = cpu_of(place.cluster.postmaster, children=True) if place.cluster else 0.0
    return time.process_time() + database


def _todo(place: Place, who: Identity, _case_id: UUID) -> int:
    now = SystemClock().now()
    with reading(place.sessions) as session:
        pages = (
            inbox.own(session, who),
            inbox.queued(session, who, now=now),
            deputies.waiting(session, who, now=now),
            inbox.to_record(session, who, now=now),
        )
        return sum(len(page.items) for page in pages)


def _office(place: Place, who: Identity, case_id: UUID) -> int:
    with reading(place.sessions) as session:
        seen = view_case(session, who, case_id=case_id, now=SystemClock().now())
        return len(desk(seen).tasks)
