"""Fifty people at work on the real server: they read lists, open tasks, type drafts, hand in."""

import random
import threading
import time
from collections import defaultdict
from uuid import UUID

from engine.clock import SystemClock
from engine.model import Account
from tools.bench.figures import Measured, percentile
from tools.bench.meters import memory_of
from tools.bench.models import add_people, assembly, open_task, row_of_tasks, seats_of, start
from tools.bench.places import Place
from tools.bench.servers import Client, Server, account_token, serving

_PEOPLE, _SECONDS, _QUICK_SECONDS = 50, 40.0, 5.0
_THINKS = (0.5, 2.0)
"""Seconds between two clicks of a person."""


class Day:
    """What everybody does, and how long each answer took."""

    def __init__(self, server: Server, until: float) -> None:
        self._server, self._until = server, until
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.wrong: list[str] = []

    def work(self, token: str, case_id: UUID, seats: list[UUID], seed: int) -> None:
        chance, client = random.Random(seed), Client(self._server.port, token)  # noqa: S311 - a mix
        rest = list(seats)
        time.sleep(chance.uniform(0, _THINKS[1]))
        while time.perf_counter() < self._until:
            what = chance.choices(["to-do list", "office page", "task", "submit"], [4, 2, 2, 2])[0]
            try:
                self._click(client, what, case_id, rest)
            except Exception as error:  # noqa: BLE001 - counted, and the day goes on
                self.wrong.append(f"{what}: {error!r}")
            time.sleep(chance.uniform(*_THINKS))
        client.close()

    def _click(self, client: Client, what: str, case_id: UUID, rest: list[UUID]) -> None:
        if what in ("task", "submit") and not rest:
            what = "to-do list"
        if what == "to-do list":
            answer = client.get("/todo")
        elif what == "office page":
            answer = client.get(f"/selections/{case_id}/office")
        elif what == "task":
            answer = client.get(f"/seat/{rest[-1]}")
        else:
            answer = client.get(f"/seat/{rest[-1]}")
            self._note("task", answer.taken)
            answer = client.post(f"/seat/{rest.pop()}", {"number": "1", "_action": "submit"})
        self._note(what, answer.taken)
        if answer.status not in (200, 303):
            self.wrong.append(f"{what}: {answer.status}")

    def _note(self, what: str, seconds: float) -> None:
        self.taken[what].append(seconds * 1000)


def measure(place: Place, *, quick: bool) -> Measured:
    made, clock = Measured(), SystemClock()
    place.empty()
    people = add_people(place.sessions, _PEOPLE)
    tokens = accounts_of(place, people)
    members = [(p, role) for p in people for role in ("selection_office", "judge")]
    seats: dict[UUID, list[UUID]] = {person: [] for person in people}
    cases = []
    for _ in range(12):
        case_id = start(place.sessions, clock, assembly(), members)
        cases.append(case_id)
        for seat, person in seats_of(place.sessions, open_task(place.sessions, case_id).id):
            seats[person].append(seat)
        start(place.sessions, clock, row_of_tasks(3), members)
    place.settle()
    with serving(place, replicas=place.name == "postgres", worker=True) as server:
        length = _QUICK_SECONDS if quick else _SECONDS
        day = Day(server, time.perf_counter() + length)
        threads = [
            threading.Thread(target=day.work, args=(tokens[p], cases[n % len(cases)], seats[p], n))
            for n, p in enumerate(people)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        memory = sum(memory_of(each) for each in server.ids)
    clicks = sum(len(values) for values in day.taken.values())
    made.add(f"{_PEOPLE} people at work: clicks a second", clicks / length, "")
    made.add(f"{_PEOPLE} people at work: failures", len(day.wrong), "", budget="0",
             meets=lambda n: n == 0, note="; ".join(day.wrong[:3]))  # fmt: skip
    for what, values in sorted(day.taken.items()):
        made.add(f"{_PEOPLE} people at work: {what}", values, "ms",
                 note=f"99 of 100 within {percentile(values, 0.99):.0f} ms")  # fmt: skip
    made.add("memory of the first processes afterwards", memory, "MB")
    return made


def accounts_of(place: Place, people: list[UUID]) -> dict[UUID, str]:
    with place.sessions.begin() as session:
        accounts = [Account(person_id=p, login=f"p{p.hex[:20]}") for p in people]
        session.add_all(accounts)
        session.flush()
        return {account.person_id: account_token(account.id) for account in accounts}
