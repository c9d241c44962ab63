"""Four people hand in sixteen seats of one task at once: nobody is refused, nobody waits long."""

import threading
from uuid import UUID

from engine.clock import SystemClock
from engine.definitions import PackageVersion
from engine.model import Seat
from tests.support.drawings import collective, package, process, single
from tools.bench.figures import Measured
from tools.bench.mix import accounts_of
from tools.bench.models import FORMS, add_people, open_task, seats_of, start
from tools.bench.places import Place
from tools.bench.servers import Client, serving

_PEOPLE, _SEATS = 4, 16
_RUNS, _QUICK_RUNS = 8, 2
_LONGEST_MS = 1000.0


def measure(place: Place, *, quick: bool) -> Measured:
    """Over HTTP, on the real server, each person on a connection of their own."""
    made = Measured()
    place.empty()
    people = add_people(place.sessions, _PEOPLE)
    tokens = accounts_of(place, people)
    taken: list[float] = []
    failures: list[str] = []
    with serving(place, replicas=place.name == "postgres", worker=True) as server:
        for _ in range(_QUICK_RUNS if quick else _RUNS):
            case_id = start(place.sessions, SystemClock(), _drawn(), [(p, "judge") for p in people])
            task = open_task(place.sessions, case_id)
            mine: dict[UUID, list[UUID]] = {person: [] for person in people}
            for seat, person in seats_of(place.sessions, task.id):
                mine[person].append(seat)
            barrier = threading.Barrier(_PEOPLE)

            def hand_in(
                person: UUID, mine: dict[UUID, list[UUID]] = mine,
                barrier: threading.Barrier = barrier, failures: list[str] = failures,
            ) -> None:  # fmt: skip
                client = Client(server.port, tokens[person])
                client.get("/me")
                barrier.wait(timeout=30)
                for seat in mine[person]:
                    answer = client.post(f"/seat/{seat}", {"number": "1", "_action": "submit"})
                    taken.append(answer.taken * 1000)
                    if answer.status != 303:  # noqa: PLR2004 - handed in
                        failures.append(f"{answer.status}")
                client.close()

            threads = [threading.Thread(target=hand_in, args=(p,)) for p in people]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            failures += _not_there(place, case_id)
    made.add("4 people × 16 seats at once: failures", len(failures), "", budget="0",
             meets=lambda n: n == 0, note="; ".join(failures[:3]))  # fmt: skip
    made.add("4 people × 16 seats at once: longest wait", max(taken), "ms", budget="≤ 1 s",
             meets=lambda ms: ms <= _LONGEST_MS)  # fmt: skip
    made.add("4 people × 16 seats at once: an answer", taken, "ms")
    return made


def _drawn() -> PackageVersion:
    told = collective(
        "tell", "times(members('judge'), [str(n) for n in range(16)])", form="note",
        returns="number", result="told",
    )  # fmt: skip
    return package(process("together", told, single("after")), forms=FORMS)


def _not_there(place: Place, case_id: UUID) -> list[str]:
    """Every seat is handed in once, and the process has gone on."""
    with place.sessions() as session:
        asked = session.query(Seat).filter_by(case_id=case_id, state="handed_in")
        number = asked.filter(Seat.person_id.is_not(None)).count()
    if number != _PEOPLE * _SEATS:
        return [f"{number} seats handed in"]
    gone_on = open_task(place.sessions, case_id).element_id
    return [] if gone_on == "after" else [f"stands at {gone_on}"]
