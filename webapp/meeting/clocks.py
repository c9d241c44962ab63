"""A clock as the page shows it: its face, and in words what the bell says."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.definitions import Words
from engine.stage import Timing


@dataclass(frozen=True)
class Face:
    """One clock at one instant; the script goes on from here."""

    field: str
    words: Words
    text: str
    state: str
    """`ready`, `running`, `bell` (the last minute), `over` or `stopped`"""
    running: bool
    started_at: datetime | None
    stopped_at: datetime | None
    limit: int
    """seconds; 0 where there is no limit and the clock counts up"""
    bell: int


def face_of(timing: Timing, now: datetime) -> Face:
    used = timing.used(now)
    shown = timing.limit - used if timing.limit is not None else used
    return Face(
        field=timing.field,
        words=timing.words,
        text=clock_text(shown),
        state=_state(timing, shown),
        running=timing.state == "running",
        started_at=timing.started_at,
        stopped_at=timing.stopped_at,
        limit=int(timing.limit.total_seconds()) if timing.limit else 0,
        bell=int(timing.bell.total_seconds()),
    )


def _state(timing: Timing, left: timedelta) -> str:
    if timing.state == "ready":
        return "ready"
    if timing.limit is not None and left < timedelta():
        return "over"
    if timing.state == "stopped":
        return "stopped"
    return "bell" if timing.limit is not None and left <= timing.bell else "running"


def clock_text(length: timedelta) -> str:
    """Minutes and seconds, "09:05"; over time with a plus, "+00:12"."""
    seconds = int(length.total_seconds()) if length >= timedelta() else 0
    sign = ""
    if length < timedelta():
        seconds, sign = -int(length.total_seconds() // 1), "+"
    return f"{sign}{seconds // 60:02d}:{seconds % 60:02d}"
