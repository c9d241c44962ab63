from datetime import UTC, datetime, timedelta

import pytest

from tests.support.clock import FakeClock


def test_the_clock_stands_still_until_it_is_moved(clock: FakeClock) -> None:
    start = clock.now()

    assert clock.now() == start
    assert clock.advance(timedelta(days=1)) == clock.now() == start + timedelta(days=1)


def test_the_clock_never_goes_back(clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="does not go back"):
        clock.move_to(datetime(2020, 1, 1, tzinfo=UTC))
