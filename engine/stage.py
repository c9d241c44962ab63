"""The stage of a meeting: who is on, on which clock, who has not scored yet. Never a score.

A task whose subjects come in order and whose form asks for seconds has a clock for each such
field: `presentation_seconds` runs against the parameter `presentation_minutes`, plain `seconds`
against the one the element is named after (`s3_statements`: `statement_minutes`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import definitions, meetings, tasks
from engine.bpmn import Element
from engine.definitions import PackageVersion, Words
from engine.forms import Kind
from engine.identity import Identity
from engine.model import Case, HistoryEntry, Person, Seat, UserTask
from engine.naming import Naming
from engine.permissions import OFFICE

STARTED, STOPPED = "clock_started", "clock_stopped"
_BELL = timedelta(minutes=1)
_BELL_PART = 6
"""The bell rings a minute before the end; of three minutes, half a minute before."""

_UNIT = re.compile(r"\s*(（[^）]*）|\([^)]*\))$|, seconds$")


@dataclass(frozen=True)
class Timing:
    """One clock of the turn that is on; `limit` is None where no parameter sets one."""

    field: str
    words: Words
    limit: timedelta | None
    started_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def state(self) -> str:
        if self.started_at is None:
            return "ready"
        return "running" if self.stopped_at is None else "stopped"

    @property
    def bell(self) -> timedelta:
        """How long before the end the bell rings."""
        return min(_BELL, self.limit / _BELL_PART) if self.limit else timedelta()

    def used(self, now: datetime) -> timedelta:
        if self.started_at is None:
            return timedelta()
        return (self.stopped_at or now) - self.started_at


@dataclass(frozen=True)
class Turn:
    """One subject in order. `state` is `waiting`, `on`, `done`, `absent` or `out` (withdrawn)."""

    place: int
    code: str
    name: Words
    state: str
    seconds: Mapping[str, int]
    """what the timekeeper handed in, by field"""


@dataclass(frozen=True)
class Stage:
    """Everything a console shows; two equal stages look alike."""

    case_id: UUID
    instance_id: UUID
    task_id: UUID
    title: Words
    selection: Words
    state: str
    """`running`, `paused`, or `over`: nobody is on any more"""
    turns: Sequence[Turn]
    current: Turn | None
    next: Turn | None
    timings: Sequence[Timing]
    seat_id: UUID | None
    """where the times of the current turn are handed in; None once they are"""
    missing: Sequence[Words]
    """who has not scored the current one yet: a name, or the role nobody of which has come"""
    expected: int
    scored: int
    may_run: bool
    on_screen: bool


def tasks_of(session: Session, instance_id: UUID) -> list[tuple[UserTask, Case]]:
    """The tasks that take their subjects in order now, or did last; of each the latest round.

    An instance may hold several stages one after another, each in a called process of its own.

    Raises:
        TaskNotFound: there is none.
    """
    rows = session.execute(
        select(UserTask, Case)
        .join(Case, Case.id == UserTask.case_id)
        .where(
            UserTask.instance_id == instance_id,
            UserTask.current_subject != "",
            UserTask.state != "cancelled",
        )
        .order_by(UserTask.round, UserTask.opened_at, UserTask.id)
    )
    found = [(row[0], row[1]) for row in rows]
    if not found:
        raise tasks.TaskNotFound(instance_id)
    last = max(found, key=lambda pair: (pair[0].state == "open", pair[0].opened_at))[0]
    process = _process(session, last)
    latest = {pair[0].element_id: pair for pair in found if _process(session, pair[0]) == process}
    return list(latest.values())


def _process(session: Session, task: UserTask) -> str:
    package = definitions.pinned(session, task.package_hash)
    return package.element(task.element_id).process_id


def stage_of(session: Session, who: Identity, *, instance_id: UUID, now: datetime) -> Stage:
    """Show a stage to whoever runs the meeting.

    Raises:
        TaskNotFound: no such stage, or it is none of this person's business.
    """
    found = tasks_of(session, instance_id)
    package, standing = meetings.require_watcher(session, who, task=found[0][0], now=now)
    blind = any(package.roles.get(role, {}).get("blind") for role in standing.roles)
    shown = _stage(session, found, package, blind=blind, may_run=OFFICE in standing.roles)
    if shown.current is not None and standing.bars.reading(shown.current.code):
        raise tasks.TaskNotFound(instance_id)
    turns = [turn for turn in shown.turns if not standing.bars.reading(turn.code)]
    return replace(shown, turns=turns, next=_next(turns, shown.current))


def screen_of(session: Session, *, instance_id: UUID) -> Stage:
    """Show order and clock to the hall: numbers instead of names, nobody's scores or absence.

    Raises:
        TaskNotFound: no such stage, or the plan wants no screen.
    """
    found = tasks_of(session, instance_id)
    if not found[0][1].parameters.get("show_on_screen"):
        raise tasks.TaskNotFound(instance_id)
    package = definitions.pinned(session, found[0][0].package_hash)
    return _stage(session, found, package, blind=True, may_run=False)


def _stage(
    session: Session,
    found: Sequence[tuple[UserTask, Case]],
    package: PackageVersion,
    *,
    blind: bool,
    may_run: bool,
) -> Stage:
    case = found[0][1]
    timed = next((t for t, _ in found if clocks_of(package, t, case)), found[0][0])
    open_tasks = [task for task, _ in found if task.state == "open"]
    on = open_tasks[0].current_subject if open_tasks else ""
    naming = Naming(session, case, package, blind=blind)
    turns = _turns(session, [task.id for task, _ in found], timed, on, naming)
    current = next((turn for turn in turns if turn.code == on), None)
    seats = _seats_of(session, open_tasks, on)
    scores = [(seat, name) for seat, name in seats if seat.task_id != timed.id]
    return Stage(
        case_id=case.id,
        instance_id=timed.instance_id,
        task_id=timed.id,
        title=package.element_name(timed.element_id),
        selection=Words(case.title, case.title_en),
        state="over" if current is None else "paused" if case.state == "paused" else "running",
        turns=turns,
        current=current,
        next=_next(turns, current),
        timings=_timings(session, package, timed, case, on) if current else (),
        seat_id=next((s.id for s, _ in seats if s.task_id == timed.id and s.state == "open"), None),
        missing=[
            Words(name, name) if name else package.word(seat.role or seat.function)
            for seat, name in scores
            if seat.state == "open"
        ],
        expected=sum(seat.state in ("open", "handed_in") for seat, _ in scores),
        scored=sum(seat.state == "handed_in" for seat, _ in scores),
        may_run=may_run,
        on_screen=bool(case.parameters.get("show_on_screen")),
    )


def _next(turns: Sequence[Turn], current: Turn | None) -> Turn | None:
    """Who is called next: the first behind the current one who still waits, else any who waits."""
    waiting = [turn for turn in turns if turn.state == "waiting"]
    behind = [turn for turn in waiting if current is None or turn.place > current.place]
    return next(iter([*behind, *waiting]), None)


def _turns(
    session: Session, task_ids: Sequence[UUID], timed: UserTask, on: str, naming: Naming
) -> list[Turn]:
    rows = session.execute(
        select(Seat.subject, Seat.state, func.min(Seat.position))
        .where(Seat.task_id.in_(task_ids))
        .group_by(Seat.subject, Seat.state)
        .order_by(func.min(Seat.position))
    )
    states: dict[str, set[str]] = {}
    for subject, state, _position in rows:
        states.setdefault(subject, set()).add(state)
    handed = _times_of(session, timed)
    return [
        Turn(
            place=place,
            code=code,
            name=naming.name(code),
            state="on" if code == on else _state(states[code], handed.get(code, {})),
            seconds={
                key: value
                for key, value in handed.get(code, {}).items()
                if key.endswith("seconds") and isinstance(value, int)
            },
        )
        for place, code in enumerate(states, start=1)
    ]


def _state(states: set[str], answers: Mapping[str, Any]) -> str:
    if "open" in states:
        return "waiting"
    if answers.get("absent") is True:
        return "absent"
    return "done" if "handed_in" in states else "out"


def _times_of(session: Session, timed: UserTask) -> dict[str, Mapping[str, Any]]:
    rows = session.execute(
        select(Seat.subject, Seat.answers).where(
            Seat.task_id == timed.id, Seat.state == "handed_in"
        )
    )
    return {row.subject: row.answers or {} for row in rows} if timed.kind == "open" else {}


def _seats_of(
    session: Session, open_tasks: Sequence[UserTask], on: str
) -> list[tuple[Seat, str | None]]:
    """The seats about the current one with the names of those who hold them."""
    rows = session.execute(
        select(Seat, Person.name)
        .outerjoin(Person, Person.id == Seat.person_id)
        .where(Seat.task_id.in_([task.id for task in open_tasks]), Seat.subject == on)
        .order_by(Seat.position)
    )
    return [(row[0], row[1]) for row in rows]


def clocks_of(package: PackageVersion, task: UserTask, case: Case) -> list[Timing]:
    """The clocks of a task, not started; none where its form asks for no seconds."""
    form = package.form_of(package.element(task.element_id)) if task.kind == "open" else None
    if form is None:
        return []
    made = []
    for field in form.fields:
        if field.kind is Kind.INTEGER and field.key.split("_")[-1] == "seconds":
            key = _parameter(package.element(task.element_id), field.key, case.parameters)
            minutes = case.parameters.get(key)
            limit = timedelta(minutes=minutes) if isinstance(minutes, int) else None
            label = Words(_UNIT.sub("", field.label.zh), _UNIT.sub("", field.label.en))
            made.append(Timing(field.key, _title(package, key) or label, limit))
    return made


def _parameter(element: Element, field: str, parameters: Mapping[str, Any]) -> str:
    stem = field.removesuffix("seconds").rstrip("_")
    if stem:
        return f"{stem}_minutes"
    named = [key for key in parameters if key.endswith("_minutes")]
    return next((key for key in named if key.removesuffix("_minutes") in element.id), "")


def _title(package: PackageVersion, parameter: str) -> Words | None:
    schema = package.parameters_schema["properties"].get(parameter)
    if not schema or not schema.get("title"):
        return None
    english = schema.get("x-i18n", {}).get("en", {}).get("title", "")
    return Words(_UNIT.sub("", schema["title"]), _UNIT.sub("", english))


def _timings(
    session: Session, package: PackageVersion, timed: UserTask, case: Case, on: str
) -> list[Timing]:
    """The clocks of the current turn as the record has them; starting again begins anew."""
    rows = session.execute(
        select(HistoryEntry.action, HistoryEntry.at, HistoryEntry.facts)
        .where(
            HistoryEntry.case_id == case.id,
            HistoryEntry.action.in_((STARTED, STOPPED)),
            HistoryEntry.instance_id == timed.instance_id,
            HistoryEntry.element_id == timed.element_id,
            HistoryEntry.subject == on,
        )
        .order_by(HistoryEntry.id)
    )
    spans: dict[str, tuple[datetime, datetime | None]] = {}
    for action, at, facts in rows:
        field = facts.get("clock", "")
        if facts.get("round") != timed.round:
            continue
        if action == STARTED:
            spans[field] = (at, None)
        elif field in spans:
            spans[field] = (spans[field][0], at)
    return [
        Timing(clock.field, clock.words, clock.limit, *spans.get(clock.field, (None, None)))
        for clock in clocks_of(package, timed, case)
    ]
