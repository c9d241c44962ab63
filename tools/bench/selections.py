"""A selection with 7, 50 and 200 finished tasks: what loading, saving and keeping it costs."""

from statistics import median
from uuid import UUID

from sqlalchemy import func, select

from engine.bpmn import Execution
from engine.clock import SystemClock
from engine.db import reading
from engine.definitions import pinned
from engine.facts import CaseFacts
from engine.model import Case, Instance, UserTask
from engine.run import submitting
from tools.bench.copies import copy_case
from tools.bench.figures import Curve, Measured
from tools.bench.meters import taken
from tools.bench.models import add_people, open_task, seats_of, stages, start
from tools.bench.places import Place

SIZES = ((1, 7), (5, 10), (20, 10))
"""Stages, and tasks of each."""
_RUNS = 60
_COPIES, _QUICK_COPIES = 2_000, 200


def measure(place: Place, *, quick: bool) -> Measured:
    made, clock = Measured(), SystemClock()
    costs: list[tuple[float, float]] = []
    sizes: list[tuple[float, float]] = []
    for number, each in SIZES[:2] if quick else SIZES:
        place.empty()
        (person,) = add_people(place.sessions, 1)
        case_id = start(place.sessions, clock, stages(number, each), [(person, "selection_office")])
        for _ in range(number * each):
            task = open_task(place.sessions, case_id)
            ((seat, _who),) = seats_of(place.sessions, task.id)
            submitting.submit(
                place.sessions, clock, seat_id=seat, actor_id=person, answers={"number": 1}
            )
        done = number * each
        values, kept = _load_and_save(place, case_id)
        made.add(f"load and save with {done} finished tasks", values, "ms",
                 note=f"{kept / 1024:.1f} kB of state")  # fmt: skip
        costs.append((done, median(values)))
        sizes.append((done, kept / 1024))
    made.add("load and save: 200 finished tasks against 7", costs[-1][1] / costs[0][1], "×",
             note="finished stages are moved to history")  # fmt: skip
    made.curves.append(
        Curve("selections", "A selection while it goes on", "finished tasks",
              "milliseconds, kilobytes", {"load and save (ms)": costs, "state (kB)": sizes})
    )  # fmt: skip
    copies = _QUICK_COPIES if quick else _COPIES
    before = place.size()
    copy_case(place, case_id, first=1, last=copies)
    place.settle()
    made.add(
        f"bytes on disk per selection with {costs[-1][0]:.0f} finished tasks",
        (place.size() - before) / copies / 1024, "kB",
        note="all rows with their indexes, without the record",
    )  # fmt: skip
    return made


def _load_and_save(place: Place, case_id: UUID) -> tuple[list[float], int]:
    """Milliseconds of processor time, and bytes of the state."""
    with reading(place.sessions) as session:
        case, instance = session.get_one(Case, case_id), session.get_one(Instance, case_id)
        finished = session.scalar(
            select(func.count()).where(UserTask.case_id == case_id, UserTask.state == "done")
        )
        assert finished  # noqa: S101 - else nothing has gone on
        definition = pinned(session, instance.package_hash).definition
        facts = CaseFacts(session, case, SystemClock().now())

        def once() -> None:
            execution = Execution.load(definition, instance.process_id, instance.frontier, facts)
            assert execution.save() == instance.frontier  # noqa: S101 - else something was lost

        return [taken(once).cpu for _ in range(_RUNS)], len(instance.frontier.encode())
