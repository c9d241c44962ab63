"""The selection every test of an operation starts from."""

from collections.abc import Iterator

import pytest

from engine.db import Sessions, transaction
from tests.engine.operations.bench import Bench


@pytest.fixture
def bench(sessions: Sessions) -> Iterator[Bench]:
    with transaction(sessions) as session:
        yield Bench(session)
