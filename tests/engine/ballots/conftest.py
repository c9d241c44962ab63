"""A meeting that votes."""

import pytest

from engine.db import Sessions
from tests.engine.ballots.meeting import Meeting, hold_meeting
from tests.support.clock import FakeClock


@pytest.fixture
def meeting(sessions: Sessions, clock: FakeClock) -> Meeting:
    """Five people of two groups, one of them absent; an open box with two names to recommend."""
    return hold_meeting(sessions, clock, present={"county": 3, "section": 1}, absent=1)
