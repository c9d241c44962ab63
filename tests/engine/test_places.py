from pathlib import Path

import pytest

from engine.definitions import read_package
from engine.preparation.people import places_of

ROOT = Path(__file__).resolve().parents[2]
PLACES = {
    "professorship": [
        "role:selection_office", "role:scrutineer", "role:supervisor", "roster:council",
    ],
    "village_election": [
        "role:leading_group", "role:selection_office", "role:scrutineer", "role:supervisor",
    ],
}  # fmt: skip


@pytest.mark.parametrize("key", PLACES)
def test_lists_that_come_later_are_not_asked_for_at_the_start(key: str) -> None:
    """Neither those that a task enters, nor those made of their ticks."""
    package = read_package(ROOT / "processes", ROOT / "forms", key)

    assert [place.key for place in places_of(package)] == PLACES[key]
