"""From the page of a task to the page made for its meeting."""

from flask import url_for
from flask_babel import gettext

from engine import meetings
from engine.run.viewing import SeatView


def way_of(view: SeatView) -> tuple[str, str] | None:
    """Address and words of the meeting's own page, for whoever runs it; None for others."""
    kind = meetings.kind_of(view.element)
    if not kind or not meetings.may_watch(view.package, view.element, view.standing):
        return None
    if kind == meetings.ROLL:
        return url_for("meeting.roll", seat_id=view.seat.id), gettext("Tick people by group")
    if kind == meetings.STAGE:
        address = url_for("meeting.stage", instance_id=view.task.instance_id)
        return address, gettext("Open the console with the clock")
    return url_for("meeting.ballot", task_id=view.task.id), gettext("Issued and returned")
