"""The selections that run meanwhile: small procedures of every kind, with short times."""

import random
from collections.abc import Sequence
from uuid import UUID

from engine.clock import Clock
from engine.db import Sessions
from engine.definitions import PackageVersion
from tests.support.drawings import (
    Node,
    box,
    call,
    choice,
    collective,
    on_time,
    package,
    process,
    single,
    split,
    wait,
)
from tools.bench.models import FORMS, start, voting

FEW_SECONDS = "minutes(1) / 12"
_SOON = {"due": "now() + minutes(1) + minutes(1) / 30", "reminders": "PT1M"}
"""The reminder falls due two seconds after the task has opened."""


def _single(key: str, **more: str) -> Node:
    return single(key, form="note", result=f"v_{key}", returns="number", **more)


def _many(key: str, seats: str, **more: str) -> Node:
    return collective(key, seats, form="note", returns="number", result=f"v_{key}", **more)


def procedures() -> dict[str, PackageVersion]:
    """By name; all of them come to their end when people do what waits for them."""
    in_turn = process(
        "in_turn", _single("one", **_SOON), wait("pause", duration=FEW_SECONDS), _single("two"),
        _single("three"),
    )  # fmt: skip
    at_once = process(
        "at_once",
        split(
            "fork",
            [_single("left"), wait("left_pause", duration=FEW_SECONDS), _single("left_again")],
            [_many("right", "members('judge')", **_SOON)],
            [wait("middle_pause", duration=FEW_SECONDS), _single("middle")],
        ),
        _single("together"),
    )
    scored = process(
        "scored",
        _many("score", "times(members('judge'), ['K01', 'K02', 'K03'])", kind="scores", **_SOON),
        _many("check", "per(['K01', 'K02'], 'examiner')", role="examiner"),
        _single("sign"),
    )
    deadline = process(
        "deadline",
        _many("tell", "times(members('judge'), ['K01', 'K02'])",
              closes=f"now() + {FEW_SECONDS}", completes="closing"),
        _many("three_of_them", "members('judge')", completes="3"),
        box("waited_for", _single("slowly"), edges=[
            on_time("too_late", _single("late"), duration=FEW_SECONDS)
        ]),
        _single("after"),
    )  # fmt: skip
    linked = process(
        "linked",
        call("visits", "visit", items="range(3)", item="unit"),
        choice("way", ("len([1]) == 1", [_single("usual")]), ("", [_single("other")])),
    )
    visit = process("visit", _single("look"), wait("rest", duration=FEW_SECONDS), _single("report"))
    made = {
        "in_turn": package(in_turn, forms=FORMS),
        "at_once": package(at_once, forms=FORMS),
        "scored": package(scored, forms=FORMS),
        "deadline": package(deadline, forms=FORMS),
        "linked": package(linked, visit, forms=FORMS),
    }
    return {**made, "voting": voting(closes=f"now() + {FEW_SECONDS} * 2")}


def begin_one(
    sessions: Sessions, clock: Clock, chance: random.Random, people: Sequence[UUID]
) -> UUID:
    """Start a selection of a procedure chosen at random, with people chosen at random."""
    name, drawn = chance.choice(sorted(procedures().items()))
    chosen = chance.sample(list(people), 8)
    members = [(chosen[0], "selection_office"), (chosen[1], "selection_office")]
    members += [(person, "judge") for person in chosen[2:7]]
    members += [(person, "examiner") for person in chosen[5:8]]
    ballot = chosen[2:8] if name == "voting" else ()
    return start(sessions, clock, drawn, members, ballot=ballot, title=name)
