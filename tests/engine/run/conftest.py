"""An operation that does as a parameter of the selection says."""

import pytest

from engine.operations import CATALOGUE
from tests.support.obeying import OBEY


@pytest.fixture
def obey(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operation `obey`: fails as the parameter `obey` says."""
    monkeypatch.setitem(CATALOGUE, "obey", OBEY)
