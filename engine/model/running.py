"""What runs: pinned packages, instances, user tasks, seats, timers."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, event, inspect, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base


class Package(Base):
    """A process package as it was when somebody first used it; never changed afterwards."""

    __tablename__ = "package"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    files: Mapped[dict[str, Any]] = mapped_column(comment="path in the package → text")
    first_used_at: Mapped[datetime]


class Instance(Base):
    """One running process. `frontier` is SpiffWorkflow's state, read by `engine.bpmn` alone."""

    __tablename__ = "instance"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    package_hash: Mapped[str] = mapped_column(ForeignKey("package.hash"))
    process_id: Mapped[str] = mapped_column(String(80))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("instance.id"))
    parent_step: Mapped[str] = mapped_column(
        String(36), default="", comment="the engine step of the parent that waits for it"
    )
    item: Mapped[str] = mapped_column(String(40), default="")
    position: Mapped[int] = mapped_column(default=0, comment="among the linked runs of one step")
    state: Mapped[str] = mapped_column(String(12), default="running")
    frontier: Mapped[str] = mapped_column(Text, default="")
    active: Mapped[list[Any]] = mapped_column(default=list, comment="element ids with a token")
    has_timers: Mapped[bool] = mapped_column(default=False, comment="timer events wait")
    has_problems: Mapped[bool] = mapped_column(
        default=False, comment="a step of it has failed; asked before its problems are read"
    )
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column()
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("state IN ('running', 'completed', 'cancelled')", name="state"),
        Index(None, "case_id", "state"),
        Index(None, "parent_id"),
    )


class UserTask(Base):
    """One piece of work waiting for one person or for many. Written by `engine.tasks`."""

    __tablename__ = "user_task"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id"))
    package_hash: Mapped[str] = mapped_column(String(64))
    step: Mapped[str] = mapped_column(String(36), comment="the engine step behind it")
    element_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(8), default="single")
    role: Mapped[str] = mapped_column(String(40), default="")
    recorders: Mapped[str] = mapped_column(String(200), default="")
    stand_in: Mapped[bool] = mapped_column(
        default=False, comment="whoever stands in for an absent person may hand it in"
    )
    about: Mapped[str] = mapped_column(
        String(40), default="", comment="whom its whole run is about, e.g. the visit of a unit"
    )
    round: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(10), default="open")
    context: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="the process's variables when it opened: codes and results"
    )
    box_id: Mapped[UUID | None] = mapped_column(comment="kind ballot: the box behind the seam")
    current_subject: Mapped[str] = mapped_column(String(40), default="")
    enough: Mapped[int | None] = mapped_column(
        comment="so many seats complete it; 0: all; none: only time or a person"
    )
    opened_at: Mapped[datetime]
    opens_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    workday_year: Mapped[int | None] = mapped_column(
        comment="the last year whose working days its times were counted in"
    )
    set_from: Mapped[datetime | None] = mapped_column(
        comment="its deadline before the office first set another"
    )
    set_at: Mapped[datetime | None] = mapped_column(comment="when the office set its deadline")
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    set_reason: Mapped[str] = mapped_column(String(400), default="")
    moves: Mapped[int] = mapped_column(
        default=0, comment="how often its instants have changed; counted by the model"
    )
    invited: Mapped[int | None] = mapped_column(
        comment="of a meeting: the move its invitations tell of, -1 before the first"
    )
    meeting: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="minutes, place; whether the topic is hidden"
    )
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    close_reason: Mapped[str] = mapped_column(String(400), default="")
    result: Mapped[Any] = mapped_column(JSON, default=dict, comment="the variable the task wrote")

    __table_args__ = (
        CheckConstraint("kind IN ('single', 'open', 'scores', 'sealed', 'ballot')", name="kind"),
        CheckConstraint("state IN ('open', 'closed', 'done', 'cancelled')", name="state"),
        Index(None, "case_id", "element_id"),
        Index(None, "instance_id", "state"),
        Index(
            "ix_user_task_open",
            "case_id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_user_task_workdays",
            "workday_year",
            sqlite_where=text("state = 'open' AND workday_year IS NOT NULL"),
            postgresql_where=text("state = 'open' AND workday_year IS NOT NULL"),
        ),
        Index(
            "ix_user_task_closed",
            "case_id",
            sqlite_where=text("state = 'closed'"),
            postgresql_where=text("state = 'closed'"),
        ),
        Index(
            "ix_user_task_to_invite",
            "id",
            sqlite_where=text("invited <> moves"),
            postgresql_where=text("invited <> moves"),
        ),
    )


@event.listens_for(UserTask, "before_update")
def _count_moves(_mapper: object, _connection: object, task: UserTask) -> None:
    """Calendars show the change with the highest number; whoever moves a task cannot forget it."""
    state = inspect(task)
    moved = any(state.attrs[name].history.has_changes() for name in ("due_at", "closes_at"))
    ended = state.attrs.state.history.has_changes() and task.state == "cancelled"
    if moved or ended:
        task.moves += 1


class Seat(Base):
    """What one person is to hand in, once, about one subject or about none.

    Either `person_id` is set, or `role` is and anybody of that role may take it. Written by
    `engine.seats`; states only go from open to handed_in, closed or void.
    """

    __tablename__ = "seat"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    position: Mapped[int]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(40), default="")
    function: Mapped[str] = mapped_column(String(40), default="")
    subject: Mapped[str] = mapped_column(String(40), default="")
    group: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(10), default="open")
    claimed_at: Mapped[datetime | None]
    draft: Mapped[dict[str, Any] | None]
    draft_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any] | None]
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    recorded_for: Mapped[str] = mapped_column(
        String(80), default="", comment="the person or body on whose behalf it was handed in"
    )
    absence_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("absence.id"),
        comment="handed in by the stand-in of this absence, for `person_id`",
    )
    void_reason: Mapped[str] = mapped_column(String(400), default="")

    __table_args__ = (
        CheckConstraint("state IN ('open', 'handed_in', 'closed', 'void')", name="state"),
        CheckConstraint("(state = 'handed_in') = (submitted_at IS NOT NULL)", name="handed_in"),
        Index(
            "ix_seat_open",
            "task_id",
            "position",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_seat_person",
            "person_id",
            "state",
            sqlite_where=text("person_id IS NOT NULL"),  # else a planner looks for queues here
            postgresql_where=text("person_id IS NOT NULL"),
        ),
        Index("ix_seat_submitted", "submitted_by", "submitted_at"),
        Index(
            "ix_seat_queue",
            "case_id",
            "role",
            sqlite_where=text("state = 'open' AND person_id IS NULL"),
            postgresql_where=text("state = 'open' AND person_id IS NULL"),
        ),
        Index(
            "ix_seat_handed_in",
            "submitted_at",
            "task_id",
            sqlite_where=text("submitted_at IS NOT NULL"),
            postgresql_where=text("submitted_at IS NOT NULL"),
        ),
        Index(None, "task_id", "subject"),
    )


class Timer(Base):
    """Something that is due at an instant. Fired by `engine.timers` in the claiming transaction."""

    __tablename__ = "timer"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instance.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_task.id"))
    kind: Mapped[str] = mapped_column(String(10))
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    rung: Mapped[int] = mapped_column(default=0, comment="which line of `escalate`, from 0")
    due_at: Mapped[datetime]
    not_before: Mapped[datetime | None] = mapped_column(comment="set back after a failure")
    state: Mapped[str] = mapped_column(String(10), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")
    fired_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('close', 'reminder', 'escalation', 'event')", name="kind"),
        CheckConstraint(
            "state IN ('pending', 'done', 'skipped', 'cancelled', 'dead')", name="state"
        ),
        Index(
            "ix_timer_due",
            "due_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_timer_case_due",
            "case_id",
            "due_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(None, "instance_id", "state"),
        Index(None, "task_id", "kind"),
    )
