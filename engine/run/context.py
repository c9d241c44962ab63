"""What every use case of one selection shares: the locked rows, the instant, who acts."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import definitions, tasks
from engine.bpmn import Step
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.facts import CaseFacts
from engine.model import Case, Instance, Seat, UserTask
from engine.operations import Effect
from engine.permissions import CaseNotFound


class CasePaused(EngineError):
    """The selection is stopped; everything can be read, nothing handed in."""

    code = "case_paused"

    def __init__(self) -> None:
        super().__init__("the selection is stopped until the body decides; nothing was changed")


@dataclass
class Context:
    """One use case inside one transaction; made by `locked`."""

    session: Session
    case: Case
    now: datetime
    actor_id: UUID | None
    horizon: datetime | None = None
    """only timer events that are due by then fire; None: all that are due now"""
    facts: CaseFacts = field(init=False)
    touched: list[UUID] = field(default_factory=list)
    """tasks whose last open seat may have gone; closed by the caller after its commit"""
    driving: set[UUID] = field(default_factory=set)
    """instances that are in the middle of their steps; they look at their children themselves"""
    entries: list[dict[str, Any]] = field(default_factory=list)
    """for the record, written together with what the process goes through next"""
    effects: deque[tuple[Instance, Step, Effect]] = field(default_factory=deque)
    """what operations have asked for, until all instances have taken their steps"""

    _instances: dict[UUID, Instance] = field(default_factory=dict)
    """kept, because a session forgets what nobody holds"""

    def __post_init__(self) -> None:
        self.facts = CaseFacts(self.session, self.case, self.now)

    def package(self, package_hash: str) -> PackageVersion:
        return definitions.pinned(self.session, package_hash)

    def instance(self, instance_id: UUID) -> Instance:
        if instance_id not in self._instances:
            self._instances[instance_id] = self.session.get_one(Instance, instance_id)
        return self._instances[instance_id]

    def keep(self, instance: Instance) -> None:
        self._instances[instance.id] = instance


def locked(
    session: Session, *, case_id: UUID, now: datetime, actor_id: UUID | None = None
) -> Context:
    """Lock a selection's root instance, so that its process moves one step at a time.

    Only what moves the process takes this lock; a seat of a collective task does not.

    Raises:
        CaseNotFound: no such selection.
    """
    row = _lock(session, _of_case(select(Case, Instance)).where(Case.id == case_id))
    if row is None:
        raise CaseNotFound(case_id)
    return _context(session, row, now, actor_id)


def unlocked(
    session: Session, *, case_id: UUID, now: datetime, actor_id: UUID | None = None
) -> Context:
    """As `locked`, for what only looks at what would happen.

    Raises:
        CaseNotFound: no such selection.
    """
    row = session.execute(_of_case(select(Case, Instance)).where(Case.id == case_id)).first()
    if row is None:
        raise CaseNotFound(case_id)
    return _context(session, row, now, actor_id)


def locked_task(
    session: Session, task_id: UUID, *, now: datetime, actor_id: UUID | None = None
) -> tuple[Context, UserTask]:
    """Lock a selection as `locked` does, and one of its tasks.

    Raises:
        TaskNotFound: no such task.
    """
    asked = _of_case(select(Case, Instance, UserTask)).join(UserTask, UserTask.case_id == Case.id)
    row = _lock(session, asked.where(UserTask.id == task_id))
    if row is None:
        raise tasks.TaskNotFound(task_id)
    return _context(session, row, now, actor_id), row[2]


def locked_seat(
    session: Session, seat_id: UUID, *, now: datetime, actor_id: UUID, kind: str
) -> tuple[Context, UserTask, Seat] | None:
    """Lock a selection as `locked` does, with one seat and its task.

    Returns:
        None if there is no such seat in a task of this kind; nothing is locked then.
    """
    asked = (
        _of_case(select(Case, Instance, UserTask, Seat))
        .join(UserTask, UserTask.case_id == Case.id)
        .join(Seat, Seat.task_id == UserTask.id)
    )
    row = _lock(session, asked.where(Seat.id == seat_id, UserTask.kind == kind))
    if row is None:
        return None
    return _context(session, row, now, actor_id), row[2], row[3]


def _of_case(asked: Any) -> Any:
    return asked.select_from(Case).join(Instance, Instance.id == Case.id)


def _lock(session: Session, asked: Any) -> Any:
    """Lock and read every row at once.

    Whoever waited for the lock reads what was written meanwhile only in rows that he locks
    himself: PostgreSQL keeps showing the others as they were when the statement began. Foreign
    keys to these rows can still be checked (`key_share`), so that seats do not wait.
    """
    return session.execute(
        asked.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).first()


def _context(session: Session, row: Any, now: datetime, actor_id: UUID | None) -> Context:
    ctx = Context(session, row[0], now, actor_id)
    ctx.keep(row[1])
    return ctx


def require_running(case: Case, instance_id: UUID | None = None) -> None:
    """Raise while the selection is stopped or over.

    Args:
        instance_id: the instance to act in; the one that stopped the selection goes on alone.

    Raises:
        CasePaused: nothing can be handed in.
    """
    if not may_go_on(case, instance_id):
        raise CasePaused


def may_go_on(case: Case, instance_id: UUID | None) -> bool:
    """Whether tasks of this instance accept anything now."""
    if case.state == "paused":
        return instance_id is not None and instance_id == case.paused_by
    return case.state == "running"
