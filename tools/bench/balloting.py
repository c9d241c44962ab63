"""Ten thousand ballots over HTTP: people come in by slips, look at the paper, check, cast.

Afterwards they are counted: every answer "you have voted" has its envelope, and nobody has two.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Empty, SimpleQueue
from statistics import median
from uuid import UUID

from sqlalchemy import func, select

from engine import people
from engine.clock import SystemClock
from engine.db import reading, transaction
from engine.model import BallotEnvelope, Seat
from tools.bench.figures import Measured, percentile
from tools.bench.meters import cpu_of
from tools.bench.models import add_people, open_task, seats_of, start, voting
from tools.bench.places import Place
from tools.bench.servers import SECRET, Client, Server, serving

_VOTERS, _QUICK_VOTERS = 10_000, 300
_CLIENTS = 8
_MOST_SECONDS = 60.0
_MARKS = {"m0": "K02"}


@dataclass
class Voter:
    """Somebody with a slip in their hand."""

    code: str
    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    accepted: bool = False


def measure(place: Place, *, quick: bool) -> Measured:
    """Coming in, checking and casting apart: people come in over half an hour, and cast at once."""
    made = Measured()
    place.empty()
    number = _QUICK_VOTERS if quick else _VOTERS
    persons = add_people(place.sessions, number)
    (office,) = add_people(place.sessions, 1, name="office")
    case_id = start(
        place.sessions, SystemClock(), voting(), [(office, "selection_office")], ballot=persons
    )
    task = open_task(place.sessions, case_id)
    slips = _slips(place, case_id, persons)
    voters = [
        Voter(slips[person], f"/seat/{seat}") for seat, person in seats_of(place.sessions, task.id)
    ]
    place.settle()
    with serving(place, replicas=place.name == "postgres", worker=True) as server:
        _arrive(server, voters)
        before = _cpu(server)
        _phase(made, f"{number:,} voters come in by their slips and open the paper",
               *_by_all(server, voters, _come_in))  # fmt: skip
        _phase(made, f"{number:,} ballots checked on the page before casting",
               *_by_all(server, voters, _check))  # fmt: skip
        between = _cpu(server)
        seconds, taken = _by_all(server, voters, _cast)
        cast, whole = _cpu(server) - between, _cpu(server) - before
    share = number / _VOTERS
    made.add(
        f"{number:,} ballots cast over HTTP", seconds, "s",
        budget=f"≤ {_MOST_SECONDS:.0f} s for {_VOTERS:,}",
        meets=lambda took: took <= _MOST_SECONDS * share,
        note=f"{number / seconds:.0f} a second, {_CLIENTS} at a time",
    )  # fmt: skip
    made.add(
        "the answer to a ballot",
        taken,
        "ms",
        note=f"99 of 100 within {percentile(taken, 0.99):.0f} ms",
    )
    made.add("processor time of the servers for one ballot", cast / number * 1000, "ms")
    made.add("processor time of the servers for one voter from slip to proof",
             whole / number * 1000, "ms")  # fmt: skip
    lost, doubled = _lost_and_doubled(place, task.id, task.box_id, voters)
    made.add("ballots acknowledged and lost", lost, "", budget="0", meets=lambda n: n == 0)
    made.add("ballots doubled", doubled, "", budget="0", meets=lambda n: n == 0)
    return made


def _slips(place: Place, case_id: UUID, voters: Sequence[UUID]) -> dict[UUID, str]:
    """As the office prints them, for this ballot alone."""
    made = {}
    for begin in range(0, len(voters), 500):
        now = SystemClock().now()
        with transaction(place.sessions) as session:
            for person in voters[begin : begin + 500]:
                made[person] = people.issue_slip(
                    session, case_id=case_id, person_id=person, purpose="cast",
                    expires_at=now + timedelta(hours=12), secret_key=SECRET, now=now,
                )  # fmt: skip
    return made


def _arrive(server: Server, voters: Sequence[Voter]) -> None:
    """Everybody has the page open on which a code is typed; it is the same for all."""
    client = Client(server.port)
    client.get("/slip")
    for voter in voters:
        voter.cookies, voter.csrf = dict(client.cookies), client.csrf
    client.close()


def _come_in(client: Client, voter: Voter) -> None:
    answer = client.post("/slip", {"code": voter.code})
    _require(answer.status == 303, answer.text)  # noqa: PLR2004 - signed in
    answer = client.get(voter.address)
    _require("gx-ballot" in answer.text, answer.text)


def _check(client: Client, voter: Voter) -> None:
    answer = client.post(f"{voter.address}/ballot", {**_MARKS, "_action": "check"})
    _require(answer.status == 200, answer.text)  # noqa: PLR2004 - shown once more


def _cast(client: Client, voter: Voter) -> None:
    answer = client.post(f"{voter.address}/ballot", {**_MARKS, "_action": "cast"})
    _require(answer.location.endswith("/receipt"), answer.text)
    voter.accepted = True


def _require(well: bool, text: str) -> None:
    if not well:
        raise AssertionError(text[:600])


def _by_all(
    server: Server, voters: Sequence[Voter], act: Callable[[Client, Voter], None]
) -> tuple[float, list[float]]:
    """Let everybody do it, so many at a time; seconds in all, milliseconds of each."""
    queue: SimpleQueue[Voter] = SimpleQueue()
    for voter in voters:
        queue.put(voter)
    taken: list[float] = []
    wrong: list[Exception] = []

    def one_after_another() -> None:
        client = Client(server.port)
        while not wrong:
            try:
                voter = queue.get_nowait()
            except Empty:
                break
            client.cookies, client.csrf = voter.cookies, voter.csrf
            begun = time.perf_counter()
            try:
                act(client, voter)
            except Exception as error:  # noqa: BLE001 - said below, in the main thread
                wrong.append(error)
            taken.append((time.perf_counter() - begun) * 1000)
            voter.csrf = client.csrf
        client.close()

    begun = time.perf_counter()
    threads = [threading.Thread(target=one_after_another) for _ in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
    return time.perf_counter() - begun, taken


def _phase(made: Measured, name: str, seconds: float, taken: Sequence[float]) -> None:
    made.add(name, seconds, "s", note=f"median {median(taken):.0f} ms")


def _cpu(server: Server) -> float:
    return sum(cpu_of(each, children=True) for each in server.ids)


def _lost_and_doubled(
    place: Place, task_id: UUID, box_id: UUID | None, voters: Sequence[Voter]
) -> tuple[int, int]:
    accepted = {voter.address.rpartition("/")[2] for voter in voters if voter.accepted}
    with reading(place.sessions) as session:
        handed_in = session.execute(
            select(Seat.id, Seat.person_id).where(
                Seat.task_id == task_id, Seat.state == "handed_in"
            )
        ).all()
        voted = set(
            session.scalars(select(BallotEnvelope.voter_id).where(BallotEnvelope.box_id == box_id))
        )
        envelopes = session.scalar(
            select(func.count()).select_from(BallotEnvelope).where(BallotEnvelope.box_id == box_id)
        )
    kept = {str(seat) for seat, person in handed_in if person in voted}
    return len(accepted - kept), (envelopes or 0) - len(accepted)
