"""User tasks: opened when the token arrives, closed once, summed up in one variable."""

from engine.tasks.opening import (
    TaskNotFound,
    Times,
    all_complete,
    cancel,
    enough_of,
    escalations_of,
    is_complete,
    kind_of,
    open_of_instance,
    open_task,
    require_open,
    reset_timers,
    rungs_of,
    times_of,
    with_open_seats,
)
from engine.tasks.summing import (
    before,
    differences_before,
    handed_in,
    summary,
)

__all__ = [
    "TaskNotFound",
    "Times",
    "all_complete",
    "before",
    "cancel",
    "differences_before",
    "enough_of",
    "escalations_of",
    "handed_in",
    "is_complete",
    "kind_of",
    "open_of_instance",
    "open_task",
    "require_open",
    "reset_timers",
    "rungs_of",
    "summary",
    "times_of",
    "with_open_seats",
]
