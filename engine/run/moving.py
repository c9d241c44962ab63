"""What moves with a plan or a calendar: worked out first, shown, and then done in one go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from engine import tasks
from engine.bpmn import Execution, WaitingTimer
from engine.calendar import workdays_between
from engine.definitions import Words
from engine.errors import EngineError
from engine.facts import CaseFacts
from engine.ladder import read_ladder
from engine.model import Instance, UserTask
from engine.run.advance import advance
from engine.run.context import Context
from engine.run.reminding import remind, waiting_people

MOST_TASKS = 2000


@dataclass(frozen=True)
class Move:
    """One date that becomes another.

    `kind` is plan, opens, due, closes, reminder, escalation or timer; `after` is None where a
    reminder falls away because its time would have passed. `workdays` says how many working days
    later, negative if earlier. `warnings`: day_off, provisional, past, out_of_order.
    """

    kind: str
    name: Words
    before: datetime | None
    after: datetime | None
    workdays: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def at(self) -> datetime:
        """Where it stands in the order of time."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - one of them is there; told to mypy
        return found


def in_time(move: Move) -> tuple[datetime, bool, str, str]:
    """The order in which moves are shown; at one instant a line of the plan comes first."""
    return move.at, move.kind != "plan", move.kind, move.name.zh


@dataclass(frozen=True)
class TaskChange:
    """An open task with the times it will have."""

    task: UserTask
    times: tasks.Times
    moves: Sequence[Move]


@dataclass(frozen=True)
class TimerChange:
    """A waiting timer event of an instance with the instant it will have."""

    instance: Instance
    timer: WaitingTimer
    due_at: datetime


@dataclass
class Changes:
    """Everything that follows from new dates; nothing is written yet."""

    tasks: list[TaskChange] = field(default_factory=list)
    timers: list[TimerChange] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    kept: list[Words] = field(default_factory=list)
    """open tasks whose deadline the office has set: it stays"""
    ending: list[Words] = field(default_factory=list)
    """open tasks that would close at once; their closing time stays where it is"""
    unclear: list[Words] = field(default_factory=list)
    """open tasks whose times can no longer be worked out; they stay"""


def changes(ctx: Context, plan: Mapping[str, datetime]) -> Changes:
    """Work out what open tasks and waiting timer events come to with this plan.

    Each is worked out as it was when it opened: with its variables, at that instant.
    """
    facts = CaseFacts(ctx.session, ctx.case, ctx.now, plan)
    made = Changes()
    for task in _open_tasks(ctx):
        if task.set_at is not None:
            made.kept.append(_name(ctx, task))
        else:
            _of_task(ctx, task, facts, made)
    for instance in _with_timers(ctx):
        _of_instance(ctx, instance, facts, made)
    made.moves.sort(key=in_time)
    return made


def _open_tasks(ctx: Context) -> Sequence[UserTask]:
    return ctx.session.scalars(
        select(UserTask)
        .where(UserTask.case_id == ctx.case.id, UserTask.state == "open")
        .order_by(UserTask.opened_at, UserTask.id)
        .limit(MOST_TASKS)
    ).all()


def _with_timers(ctx: Context) -> Sequence[Instance]:
    found = ctx.session.scalars(
        select(Instance)
        .where(Instance.case_id == ctx.case.id, Instance.state == "running", Instance.has_timers)
        .order_by(Instance.started_at, Instance.id)
    ).all()
    for instance in found:
        ctx.keep(instance)
    return found


def _name(ctx: Context, task: UserTask) -> Words:
    return ctx.package(task.package_hash).element_name(task.element_id)


def _of_task(ctx: Context, task: UserTask, facts: CaseFacts, made: Changes) -> None:
    element = ctx.package(task.package_hash).element(task.element_id)
    then = facts.as_of(task.opened_at)
    try:
        times = tasks.times_of(element, task.context, then)
    except EngineError:  # e.g. what it hung on is gone
        made.unclear.append(_name(ctx, task))
        return
    if (
        times.closes_at is not None
        and times.closes_at <= ctx.now
        and task.closes_at != (times.closes_at)
    ):
        made.ending.append(_name(ctx, task))
        times = times._replace(closes_at=task.closes_at)
    counted = times.workday_year is not None
    moves = [
        _move(ctx, facts, kind, _name(ctx, task), before, after, counted=counted)
        for kind, before, after in (
            ("opens", task.opens_at, times.opens_at),
            ("due", task.due_at, times.due_at),
            ("closes", task.closes_at, times.closes_at),
        )
        if before != after
    ]
    moved_year = times.workday_year != task.workday_year
    if moves:
        moves += _rungs(ctx, task, times, facts)
    if moves or moved_year:
        made.tasks.append(TaskChange(task, times, moves))
        made.moves += moves


def _rungs(ctx: Context, task: UserTask, times: tasks.Times, facts: CaseFacts) -> Iterator[Move]:
    """Reminders and escalations, each from where it was to where it will be; only what is ahead."""
    before = task.due_at or task.closes_at
    after = times.due_at or times.closes_at
    if before == after or before is None or after is None:
        return
    element = ctx.package(task.package_hash).element(task.element_id)
    ladder = [("reminder", rung) for rung in read_ladder(element.properties.get("reminders", ""))]
    ladder += [("escalation", each.rung) for each in tasks.escalations_of(element)]
    for kind, rung in ladder:
        olds = rung.instants(before, facts.local_days)
        news = rung.instants(after, facts.local_days)
        for old, new in zip(olds, news, strict=True):
            was, will = (at if at > ctx.now else None for at in (old, new))
            if was != will:
                counted = times.workday_year is not None
                yield _move(ctx, facts, kind, _name(ctx, task), was, will, counted=counted)


def _of_instance(ctx: Context, instance: Instance, facts: CaseFacts, made: Changes) -> None:
    package = ctx.package(instance.package_hash)
    execution = Execution.load(package.definition, instance.process_id, instance.frontier, facts)
    for timer, due in execution.timers_anew(facts.as_of):
        if due != timer.due_at:
            made.timers.append(TimerChange(instance, timer, due))
            name = package.element_name(timer.element_id)
            made.moves.append(_move(ctx, facts, "timer", name, timer.due_at, due))


def _move(
    ctx: Context,
    facts: CaseFacts,
    kind: str,
    name: Words,
    before: datetime | None,
    after: datetime | None,
    *,
    counted: bool = False,
) -> Move:
    workdays = 0
    if before is not None and after is not None:
        workdays = workdays_between(before, after, zone=facts.zone, calendar=facts.calendar)
    return Move(
        kind, name, before, after, workdays, warnings_of(facts, after, ctx.now, counted=counted)
    )


def warnings_of(
    facts: CaseFacts, at: datetime | None, now: datetime, *, counted: bool
) -> tuple[str, ...]:
    """What is to be looked at in a date: day_off, provisional, past.

    Args:
        facts: of the selection.
        at: the date; None where there is none.
        now: the instant of the action.
        counted: in working days, so that it moves if the days of its year do.
    """
    if at is None:
        return ()
    day = at.astimezone(facts.zone).date()
    found = {
        "past": at <= now,
        "day_off": not facts.calendar.is_working_day(day),
        "provisional": counted and not facts.calendar.is_settled(day.year),
    }
    return tuple(code for code, is_so in found.items() if is_so)


def apply(ctx: Context, made: Changes) -> int:
    """Write what `changes` gave; gives how many people were told, each once.

    Timer events that are due at their new instant fire at once, like any that is due.
    """
    for change in made.tasks:
        task, times = change.task, change.times
        task.opens_at, task.due_at, task.closes_at, task.workday_year = times
        if change.moves:
            package = ctx.package(task.package_hash)
            tasks.reset_timers(ctx.session, task=task, package=package, facts=ctx.facts)
    told = _tell(ctx, [change.task for change in made.tasks if change.moves])
    by_instance: dict[UUID, list[TimerChange]] = {}
    for each in made.timers:
        by_instance.setdefault(each.instance.id, []).append(each)
    for instance_id, moved in by_instance.items():
        _retime(ctx, instance_id, moved)
    return told


def _retime(ctx: Context, instance_id: UUID, moved: Sequence[TimerChange]) -> None:
    def move(execution: Execution) -> None:
        for each in moved:
            execution.move_timer(each.timer.id, each.due_at)

    instance = ctx.instance(instance_id)
    if instance.state == "running":  # what went before may have ended it
        advance(ctx, instance, move)


def _tell(ctx: Context, moved: Sequence[UserTask]) -> int:
    """One message to everybody who has something to hand in, about the first of it."""
    told: set[UUID] = set()
    for task in sorted(moved, key=lambda task: task.due_at or task.closes_at or ctx.now):
        new = [person.id for person in waiting_people(ctx, task) if person.id not in told]
        if new:
            key = f"moved:{task.id}:{ctx.now:%Y%m%d%H%M%S}"
            remind(ctx, task, key=key, person_ids=new, kind="moved")
            told.update(new)
    return len(told)
