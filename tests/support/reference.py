"""Random small processes, and a reference that says where their tokens are.

The reference knows nothing of SpiffWorkflow, tables or transactions: blocks with one way in and one
way out, a dictionary of what waits, and functions that go on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import strategies as st

from engine.definitions import PackageVersion
from tests.support.drawings import (
    Node,
    call,
    choice,
    collective,
    package,
    process,
    service,
    single,
    split,
    wait,
)

JUDGES = ("ma", "li", "xu")
CODES = ("K01", "K02")
LEAVES = ("task", "many", "wait", "work")
COMPLETES = ("all", "number", "closing", "about")
WITHDRAWAL = process(
    "withdrawal",
    service("void", "set_status", with_codes="['K01']", with_status="'withdrawn'",
            with_reason="'asked'"),
    message="withdrawn", starters="selection_office",
)  # fmt: skip


@dataclass(frozen=True)
class Block:
    """One piece of a process. `parts`: branches, or the body of what is called."""

    kind: str
    key: str
    completes: str = ""
    hours: int = 0
    parts: Sequence[Sequence["Block"]] = ()


@dataclass
class _Drawer:
    draw: st.DrawFn
    number: int = 0

    def row(self, depth: int, *, linked: bool = True) -> list[Block]:
        """Blocks in a row; `linked`: runs for each item may be among them, but not within each."""
        number = self.draw(st.integers(1, 3))
        return [self.block(depth, linked=linked) for _ in range(number)]

    def block(self, depth: int, *, linked: bool) -> Block:
        holders = ("choice", "both", "call", *(["linked"] if linked else []))
        kind = self.draw(st.sampled_from(LEAVES if depth == 0 else (*LEAVES, *holders)))
        self.number += 1
        key = f"{kind}_{self.number}"
        if kind == "many":
            completes = self.draw(st.sampled_from(COMPLETES))
            return Block(kind, key, completes=completes, hours=self.draw(st.integers(1, 5)))
        if kind == "wait":
            return Block(kind, key, hours=self.draw(st.integers(1, 5)))
        number = {"choice": 2, "both": self.draw(st.integers(2, 3)), "call": 1, "linked": 1}
        inside = linked and kind != "linked"
        parts = [self.row(depth - 1, linked=inside) for _ in range(number.get(kind, 0))]
        return Block(kind, key, parts=parts)


@st.composite
def random_rows(draw: st.DrawFn, depth: int = 2) -> list[Block]:
    """A process: blocks one after the other."""
    return _Drawer(draw).row(depth)


def drawn(row: Sequence[Block]) -> PackageVersion:
    """The diagrams of a random process, with what may come beside it by message."""
    called: list[tuple[str, str]] = []
    main = process("tiny", *(each for block in row for each in _nodes(block, called)))
    return package(main, *called, WITHDRAWAL)


def _nodes(block: Block, called: list[tuple[str, str]]) -> list[Node]:  # noqa: PLR0911 - one for each kind
    key = block.key
    rows = [[n for each in part for n in _nodes(each, called)] for part in block.parts]
    if block.kind == "task":
        return [single(key, role="examiner", result=f"v_{key}", returns="n")]
    if block.kind == "many":
        return [_many(block)]
    if block.kind == "wait":
        return [wait(key, duration=f"hours({block.hours})")]
    if block.kind == "work":
        return [service(key, "obey")]
    if block.kind == "choice":
        asked = single(f"ask_{key}", role="examiner", result=f"v_{key}", returns="n")
        return [asked, choice(key, (f"v_{key}.n == 1", rows[0]), ("", rows[1]))]
    if block.kind == "both":
        return [split(key, *rows)]
    called.append(process(f"of_{key}", *rows[0]))
    linked = {"items": "['a', 'b']", "item": "unit"} if block.kind == "linked" else {}
    return [call(key, f"of_{key}", **linked)]


def _many(block: Block) -> Node:
    seats = "members('judge')"
    if block.completes == "about":
        seats = f"times(members('judge'), {list(CODES)})"
    more = {
        "number": {"completes": "2"},
        "closing": {"completes": "closing", "closes": f"now() + hours({block.hours})"},
    }.get(block.completes, {})
    return collective(block.key, seats, returns="n", result=f"v_{block.key}", **more)


Place = tuple[str, str]
"""Element, and the item of the linked run it is in."""


@dataclass
class Waiting:
    """Something a token waits for. `seats` of a task: (who, about) → state."""

    kind: str
    go_on: Callable[[int], None]
    completes: str = ""
    due: datetime | None = None
    seats: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def open_seats(self) -> list[tuple[str, str]]:
        return [seat for seat, state in self.seats.items() if state == "open"]

    @property
    def is_complete(self) -> bool:
        if self.completes == "closing":
            return False
        if self.completes == "number":
            return list(self.seats.values()).count("handed_in") >= 2
        return not self.open_seats


class Reference:
    """Where every token is, and what has been done."""

    def __init__(self, row: Sequence[Block], now: datetime) -> None:
        self.now, self.well, self.finished = now, True, False
        self.paused_at: datetime | None = None
        self.waiting: dict[Place, Waiting] = {}
        self.done: list[Place] = []
        self._row(row, "", self._end)

    def _end(self) -> None:
        self.finished = True

    def _row(self, row: Sequence[Block], item: str, then: Callable[[], None]) -> None:
        if not row:
            then()
            return
        self._enter(row[0], item, lambda: self._row(row[1:], item, then))

    def _enter(self, block: Block, item: str, then: Callable[[], None]) -> None:
        due = self.now + timedelta(hours=block.hours)
        place = block.key, item
        if block.kind == "task":
            self._wait(place, Waiting("task", lambda _n: then(), seats={("hu", ""): "open"}))
        elif block.kind == "many":
            codes = CODES if block.completes == "about" else ("",)
            seats = {(judge, code): "open" for code in codes for judge in JUDGES}
            closes = due if block.completes == "closing" else None
            made = Waiting("many", lambda _n: then(), block.completes, closes, seats)
            self._wait(place, made)
        elif block.kind == "wait":
            self._wait(place, Waiting("wait", lambda _n: then(), due=due))
        elif block.kind == "work":
            if self.well:
                then()
            else:
                self._wait(place, Waiting("work", lambda _n: then()))
        elif block.kind == "choice":
            one, other = block.parts

            def decide(n: int) -> None:
                self._row(one if n == 1 else other, item, then)

            asked = Waiting("task", decide, seats={("hu", ""): "open"})
            self._wait((f"ask_{block.key}", item), asked)
        elif block.kind == "both":
            self._all([(part, item) for part in block.parts], then)
        elif block.kind == "call":
            self._row(block.parts[0], item, then)
        else:
            self._all([(block.parts[0], each) for each in ("a", "b")], then)

    def _all(self, parts: Sequence[tuple[Sequence[Block], str]], then: Callable[[], None]) -> None:
        missing = [len(parts)]

        def arrive() -> None:
            missing[0] -= 1
            if not missing[0]:
                then()

        for row, item in parts:
            self._row(row, item, arrive)

    def _wait(self, place: Place, waiting: Waiting) -> None:
        assert place not in self.waiting, place
        self.waiting[place] = waiting

    def _go_on(self, place: Place, n: int = 0) -> None:
        waiting = self.waiting.pop(place)
        if waiting.kind in ("task", "many"):
            self.done.append(place)
        waiting.go_on(n)

    # what happens

    def submit(self, place: Place, seat: tuple[str, str], n: int) -> None:
        self.waiting[place].seats[seat] = "handed_in"
        if self.waiting[place].is_complete:
            self._go_on(place, n)

    def withdraw(self) -> None:
        for place, waiting in list(self.waiting.items()):
            for seat in waiting.open_seats:
                if seat[1] == "K01":
                    waiting.seats[seat] = "void"
            if waiting.seats and waiting.is_complete:
                self._go_on(place)

    def time_passes(self, now: datetime) -> None:
        self.now = now
        while self.paused_at is None:
            due = [p for p, w in self.waiting.items() if w.due is not None and w.due <= now]
            if not due:
                return
            for place in due:
                self._go_on(place)

    def pause(self) -> None:
        self.paused_at = self.now

    def resume(self) -> None:
        """A closing time that fell into the pause moves behind it; a waiting time does not."""
        assert self.paused_at is not None
        for waiting in self.waiting.values():
            late = waiting.due is not None and waiting.due <= self.now
            if waiting.kind == "many" and late and waiting.due is not None:
                waiting.due = self.now + (waiting.due - self.paused_at)
        self.paused_at = None
        self.time_passes(self.now)

    def mend(self) -> None:
        self.well = True
        for place in [p for p, w in self.waiting.items() if w.kind == "work"]:
            self._go_on(place)

    # where it stands

    def places(self, *kinds: str) -> list[Place]:
        return sorted(place for place, waiting in self.waiting.items() if waiting.kind in kinds)

    def dues(self, kind: str) -> list[datetime]:
        found = (w.due for w in self.waiting.values() if w.kind == kind)
        return sorted(due for due in found if due is not None)
