"""Every scenario of every package, from an empty database to its end."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.db import reading
from engine.model import (
    BallotLine,
    HistoryEntry,
    Instance,
    OperationRun,
    Person,
    SealedItem,
    UserTask,
)
from engine.scenarios.expecting import differences
from tests.scenarios.playing import FILES, Run, canonical, mappings_in, played, texts_in


@pytest.fixture(scope="module", params=FILES, ids=lambda path: path.stem)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with played(request.param, tmp_path_factory.mktemp("played")) as made:
        yield made


def test_a_scenario_meets_its_expectations(run: Run) -> None:
    assert list(differences(run.result, run.scenario.expect)) == []


def test_every_state_is_the_same_after_loading_and_saving_it(run: Run) -> None:
    assert run.unstable == []
    assert run.states > 0


def test_what_the_process_keeps_names_nobody(run: Run) -> None:
    with reading(run.sessions) as session:
        people = session.execute(select(Person.id, Person.name)).all()
        kept = set(chain.from_iterable(texts_in(value) for value in _kept(session)))

    secret = {row.name for row in people} | {str(row.id) for row in people}
    assert {text for text in kept if text in secret or _holds_any(text, secret)} == set()


def test_what_the_process_keeps_shows_no_ballot_and_no_sealed_writing(run: Run) -> None:
    with reading(run.sessions) as session:
        kept = list(_kept(session))
        lines = session.scalars(select(BallotLine.choices)).all()
        writing = [json.loads(payload) for payload in session.scalars(select(SealedItem.payload))]

    ballots = {canonical(part) for line in lines for part in (line, *line.values()) if part}
    assert ballots & set(chain.from_iterable(map(mappings_in, kept))) == set()
    sealed = {made["text"] for made in writing if made.get("text")}
    assert sealed & set(chain.from_iterable(map(texts_in, kept))) == set()


def _holds_any(text: str, secret: set[str]) -> bool:
    return len(text) > 1 and any(name in text for name in secret)


def _kept(session: Session) -> Iterator[Any]:
    """Results, facts of the history, the state of every instance, what tasks were given."""
    yield from session.scalars(select(OperationRun.result))
    yield from session.scalars(select(HistoryEntry.facts))
    yield from (json.loads(text) for text in session.scalars(select(Instance.frontier)) if text)
    yield from session.scalars(select(Instance.result))
    yield from session.scalars(select(UserTask.context))
    yield from session.scalars(select(UserTask.result))
