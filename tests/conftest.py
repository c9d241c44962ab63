"""Fixtures for every test: a database, a clock that stands still, no sockets but loopback."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.clock import FakeClock
from tests.support.databases import file_sessions, postgres_engine, sessions
from tests.support.left_out import pytest_sessionfinish, pytest_terminal_summary
from tests.support.sockets import allow_loopback_only

__all__ = [
    "clock",
    "file_sessions",
    "loopback_only",
    "postgres_engine",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "sessions",
]


# How long an example takes says something about the machine, not about the product.
settings.register_profile("gongxuan", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gongxuan")


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        allow_loopback_only(patch)
        yield


@pytest.fixture
def clock() -> FakeClock:
    """08:30 on the announcement day of the worked case."""
    return FakeClock()
