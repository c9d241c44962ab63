"""From `gongxuan serve` to the first page, and the memory it holds then."""

from engine.clock import SystemClock
from tools.bench.figures import Measured
from tools.bench.meters import memory_of
from tools.bench.models import add_people, row_of_tasks, start
from tools.bench.places import Place
from tools.bench.servers import Client, await_page, serving

_RUNS, _QUICK_RUNS = 5, 2
_MOST_SECONDS = 3.0
_PAGES = 300


def measure(place: Place, *, quick: bool) -> Measured:
    made = Measured()
    place.empty()
    (person,) = add_people(place.sessions, 1)
    start(place.sessions, SystemClock(), row_of_tasks(3), [(person, "selection_office")])
    seconds, memory, later = [], [], []
    for _ in range(_QUICK_RUNS if quick else _RUNS):
        with serving(place) as server:
            seconds.append(await_page(server))
            memory.append(memory_of(server.ids[0]))
            client = Client(server.port)
            for _page in range(_PAGES // 10 if quick else _PAGES):
                client.get("/sign-in")
            later.append(memory_of(server.ids[0]))
    made.add(
        "start of `gongxuan serve` to the first page", seconds, "s",
        budget=f"≤ {_MOST_SECONDS:.0f} s", meets=lambda took: took <= _MOST_SECONDS,
    )  # fmt: skip
    made.add("memory after the first page", memory, "MB")
    made.add(f"memory after {_PAGES} more pages", later, "MB")
    return made
