"""What was handed in at another element, for operations that read it after the task is done."""

from collections.abc import Sequence

from sqlalchemy import select

from engine.model import Seat, UserTask
from engine.operations.base import BadParameters, Call, Submission


def all_rounds(call: Call, element_id: str) -> list[Seat]:
    """Every seat handed in at an element of this selection, in the order of handing in."""
    rows = call.session.scalars(
        select(Seat)
        .join(UserTask, UserTask.id == Seat.task_id)
        .where(
            UserTask.case_id == call.case.id,
            UserTask.element_id == element_id,
            Seat.state == "handed_in",
        )
        .order_by(Seat.submitted_at, UserTask.round, Seat.position)
    )
    return list(rows)


def last_round(call: Call, element_id: str) -> list[Seat]:
    """The seats handed in at the last task of an element in this very instance, in seat order.

    Raises:
        BadParameters: nothing was handed in there.

    """
    task_id = call.session.scalar(
        select(UserTask.id)
        .where(UserTask.instance_id == call.instance_id, UserTask.element_id == element_id)
        .order_by(UserTask.opened_at.desc(), UserTask.round.desc())
        .limit(1)
    )
    rows = call.session.scalars(
        select(Seat)
        .where(Seat.task_id == task_id, Seat.state == "handed_in")
        .order_by(Seat.position)
    ).all()
    if not rows:
        raise BadParameters(_name(call), f"nothing was handed in at {element_id!r}")
    return list(rows)


def one_submission(call: Call) -> Submission:
    """The submission of a single task.

    Raises:
        BadParameters: the operation stands on an element where nothing is handed in.

    """
    submissions: Sequence[Submission] = call.submissions
    if not submissions:
        raise BadParameters(_name(call), "it belongs on a user task, whose answers it reads")
    return submissions[0]


def _name(call: Call) -> str:
    return call.element.properties.get("operation", call.element.id)
