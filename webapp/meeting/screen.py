"""The hall screen: order and clock only; nobody is signed in, nothing can be pressed."""

from uuid import UUID

from flask import Response, render_template

from engine import stage
from engine.db import reading
from webapp import context
from webapp.meeting.clocks import face_of
from webapp.meeting.live import polled, tag_of


def show(instance_id: UUID) -> str:
    with reading(context.sessions()) as session:
        shown = stage.screen_of(session, instance_id=instance_id)
    return render_template(
        "meeting/screen.html", stage=shown, face=_clock(shown), tag=tag_of(_visible(shown))
    )


def part(instance_id: UUID) -> Response:
    with reading(context.sessions()) as session:
        shown = stage.screen_of(session, instance_id=instance_id)
    return polled("meeting/screen_part.html", _visible(shown), stage=shown, face=_clock(shown))


def _visible(shown: stage.Stage) -> tuple[object, ...]:
    """What the hall sees; a judge's handing-in must not even make the screen blink."""
    place = shown.current.place if shown.current else 0
    return (shown.state, place, len(shown.turns), shown.timings)


def _clock(shown: stage.Stage) -> object:
    """The clock that runs, else the one that ran last, else the first."""
    faces = [face_of(timing, context.now()) for timing in shown.timings]
    begun = [face for face in faces if face.started_at is not None]
    running = [face for face in begun if face.running]
    return next(iter([*running, *reversed(begun), *faces]), None)
