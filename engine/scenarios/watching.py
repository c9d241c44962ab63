"""What a scenario looks at between two steps: how far the selection is, what is waited for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.model import HistoryEntry, Problem, Seat, UserTask


def is_reached(session: Session, case_id: UUID, element_id: str, handed_in: int) -> bool:
    """Whether a task is open, with at least so many seats handed in."""
    task = session.scalar(
        select(UserTask).where(
            UserTask.case_id == case_id,
            UserTask.element_id == element_id,
            UserTask.state == "open",
        )
    )
    if task is None:
        return False
    done = select(Seat.id).where(Seat.task_id == task.id, Seat.state == "handed_in")
    return len(session.scalars(done).all()) >= handed_in


def times_seen(session: Session, case_id: UUID, element_id: str) -> int:
    """How often the process has passed an element, or opened it."""
    entries = select(func.count()).where(
        HistoryEntry.case_id == case_id,
        HistoryEntry.action == "passed",
        HistoryEntry.element_id == element_id,
    )
    opened = select(func.count()).where(
        UserTask.case_id == case_id, UserTask.element_id == element_id
    )
    return max(session.scalar(entries) or 0, session.scalar(opened) or 0)


def ready(session: Session, case_id: UUID, *, now: datetime) -> list[UserTask]:
    """Open tasks that accept something now, the most urgent first."""
    rows = session.scalars(
        select(UserTask).where(UserTask.case_id == case_id, UserTask.state == "open")
    )
    accepting = [task for task in rows if task.opens_at is None or task.opens_at <= now]
    return sorted(accepting, key=lambda t: (t.due_at or t.closes_at or t.opened_at, t.opened_at))


def waited_for(session: Session, case_id: UUID) -> tuple[list[str], list[str]]:
    """The elements that wait for somebody, and the problems that stand in the way."""
    tasks = session.scalars(
        select(UserTask.element_id).where(
            UserTask.case_id == case_id, UserTask.state.in_(("open", "closed"))
        )
    ).all()
    problems = session.execute(
        select(Problem.element_id, Problem.message).where(
            Problem.case_id == case_id, Problem.state == "open"
        )
    )
    return list(tasks), [f"{row.element_id}: {row.message}" for row in problems]
