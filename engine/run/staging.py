"""Run a stage: call the next one, start and stop the clocks. The record keeps each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from engine import record, seats, stage, tasks
from engine.errors import EngineError
from engine.identity import Identity
from engine.model import UserTask
from engine.permissions import OFFICE, require_role, standing
from engine.run import submitting
from engine.run.context import locked, require_running


class AnotherIsOn(EngineError):
    """Somebody else has called the next one meanwhile; nothing is changed."""

    code = "another_is_on"

    def __init__(self) -> None:
        super().__init__("somebody else has called the next one meanwhile; nothing was changed")


class StillMissing(EngineError):
    """Not everything about the current one is handed in. Wait, or call the next one all the same.

    `missing` counts who has not scored.
    """

    code = "still_missing"

    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} have not handed in yet for the one who is on")
        self.missing = missing


def call_next(
    session: Session,
    who: Identity,
    *,
    instance_id: UUID,
    expected: str,
    subject: str,
    anyway: bool,
    now: datetime,
) -> None:
    """Call a candidate to the stage; everything that accepts answers now accepts them about them.

    Args:
        expected: who was on when the button was shown; a stale page changes nothing.
        subject: who comes now.
        anyway: although somebody has not handed in about the current one; their seats stay open
            and can be called again.

    Raises:
        TaskNotFound, NotAllowed, CasePaused.
        AnotherIsOn, StillMissing: nothing is changed.
    """
    shown = stage.stage_of(session, who, instance_id=instance_id, now=now)
    if shown.current is None or shown.current.code != expected:
        raise AnotherIsOn
    if subject not in {turn.code for turn in shown.turns if turn.state == "waiting"}:
        raise AnotherIsOn
    left = len(shown.missing) + (shown.seat_id is not None)
    if left and not anyway:
        raise StillMissing(len(shown.missing))
    submitting.call_next(
        session, task_id=_open_task(session, instance_id).id, subject=subject,
        actor_id=who.person_id, now=now,
    )  # fmt: skip
    task = session.get_one(UserTask, shown.task_id)
    record.note(
        session, case_id=shown.case_id, instance_id=instance_id, action="called", now=now,
        person_id=who.person_id, element_id=task.element_id, subject=subject,
    )  # fmt: skip


def _open_task(session: Session, instance_id: UUID) -> UserTask:
    for task, _case in stage.tasks_of(session, instance_id):
        if task.state == "open":
            return task
    raise tasks.TaskNotFound(instance_id)


def set_clock(
    session: Session,
    who: Identity,
    *,
    instance_id: UUID,
    subject: str,
    field: str,
    running: bool,
    now: datetime,
) -> None:
    """Start or stop a clock of the one who is on; starting it again begins anew.

    Raises:
        TaskNotFound: no such stage or clock, or not for this person.
        NotAllowed: not of the office.
        CasePaused, TaskClosed, AnotherIsOn: nothing is changed.
    """
    shown = stage.stage_of(session, who, instance_id=instance_id, now=now)
    task = session.get_one(UserTask, shown.task_id)
    ctx = locked(session, case_id=shown.case_id, now=now, actor_id=who.person_id)
    require_running(ctx.case, instance_id)
    held = standing(session, person_id=who.person_id, case_id=shown.case_id, now=now)
    require_role(held, OFFICE, action="run the clock")
    if shown.current is None or shown.current.code != subject:
        raise AnotherIsOn
    if shown.seat_id is None:
        raise seats.TaskClosed("the times of this one are handed in")
    clock = next((each for each in shown.timings if each.field == field), None)
    if clock is None:
        raise tasks.TaskNotFound(instance_id)
    if (clock.state == "running") == running:
        return  # a double click
    record.note(
        session, case_id=shown.case_id, instance_id=instance_id,
        action=stage.STARTED if running else stage.STOPPED, now=now, person_id=who.person_id,
        element_id=task.element_id, subject=subject,
        facts={"clock": field, "round": task.round},
    )  # fmt: skip
