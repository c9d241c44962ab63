"""What a change would do: it is done, looked at, and undone.

The summary is the difference of two looks at the selection inside one transaction that is rolled
back, so it cannot promise anything else than what happens. Nothing leaves meanwhile: mail is rows,
operations write no files, and what other transactions see stays as it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import canonical
from engine.model import (
    Instance,
    Notice,
    OperationRun,
    Outgoing,
    OutgoingAbout,
    Person,
    Problem,
    Publication,
    Seat,
    Timer,
    UserTask,
)
from engine.run.context import Context

_MOST = 500
"""rows of one kind in a summary"""


@dataclass(frozen=True)
class TaskLine:
    """A task that closes or opens; of one that closes, `handed_in` stay and `open` become void."""

    element: str
    item: str
    handed_in: int
    open: int


@dataclass(frozen=True)
class TimerLine:
    """A timer that goes or comes."""

    kind: str
    element: str
    at: str


@dataclass(frozen=True)
class Told:
    """Somebody who is told something, in the application or by a message that leaves."""

    person: str
    how: str


@dataclass(frozen=True)
class Summary:
    """What a change does; element ids and names, worded where it is shown."""

    closes: Sequence[TaskLine] = ()
    opens: Sequence[TaskLine] = ()
    timers_gone: Sequence[TimerLine] = ()
    timers_new: Sequence[TimerLine] = ()
    told: Sequence[Told] = ()
    results_kept: Sequence[str] = ()
    results_new: Sequence[str] = ()
    publications_stand: Sequence[str] = ()
    publications_new: Sequence[str] = ()
    problems_new: Sequence[str] = ()
    problems_gone: Sequence[str] = ()
    processes_ended: Sequence[str] = ()
    state_before: str = ""
    state_after: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON, for the record."""
        return {
            key: [asdict(each) if not isinstance(each, str) else each for each in value]
            if not isinstance(value, str)
            else value
            for key, value in vars(self).items()
        }

    @property
    def digest(self) -> str:
        """SHA-256 of everything but the instants of what begins: those move on with the clock."""
        content = self.plain()
        content["timers_new"] = sorted([each.kind, each.element] for each in self.timers_new)
        return canonical.digest(content)


@dataclass
class Look:
    """A selection at one moment of a transaction."""

    state: str
    tasks: dict[UUID, TaskLine]
    timers: dict[UUID, TimerLine]
    told: dict[UUID, Told]
    results: dict[str, int]
    publications: dict[UUID, str]
    problems: dict[UUID, str]
    instances: dict[UUID, str] = field(default_factory=dict)


def look(ctx: Context) -> Look:
    """Eight statements, however much there is."""
    session, case_id = ctx.session, ctx.case.id
    session.flush()  # what was changed is read with everything else
    items: Mapping[UUID, tuple[str, str]] = {
        row.id: (row.item, row.process_id)
        for row in session.execute(
            select(Instance.id, Instance.item, Instance.process_id).where(
                Instance.case_id == case_id, Instance.state == "running"
            )
        )
    }
    return Look(
        state=ctx.case.state,
        tasks=_tasks(session, case_id, {key: item for key, (item, _) in items.items()}),
        timers=_timers(session, case_id),
        told=_told(session, case_id, ctx.now),
        results=_results(session, case_id),
        publications=_publications(session, case_id),
        problems=_problems(session, case_id),
        instances={key: process for key, (_, process) in items.items()},
    )


def difference(before: Look, after: Look) -> Summary:
    """What lies between two looks, in an order that does not depend on chance."""

    def lines(rows: Mapping[UUID, Any], others: Mapping[UUID, Any]) -> list[Any]:
        return sorted((row for key, row in rows.items() if key not in others), key=repr)

    return Summary(
        closes=lines(before.tasks, after.tasks),
        opens=lines(after.tasks, before.tasks),
        timers_gone=lines(before.timers, after.timers),
        timers_new=lines(after.timers, before.timers),
        told=lines(after.told, before.told),
        results_kept=sorted(before.results),
        results_new=sorted(
            key for key, number in after.results.items() if number > before.results.get(key, 0)
        ),
        publications_stand=sorted(before.publications.values()),
        publications_new=lines(after.publications, before.publications),
        problems_new=lines(after.problems, before.problems),
        problems_gone=lines(before.problems, after.problems),
        processes_ended=lines(before.instances, after.instances),
        state_before=before.state,
        state_after=after.state,
    )


def _tasks(session: Session, case_id: UUID, items: Mapping[UUID, str]) -> dict[UUID, TaskLine]:
    counts: dict[UUID, dict[str, int]] = {}
    rows = session.execute(
        select(Seat.task_id, Seat.state, func.count())
        .join(UserTask, UserTask.id == Seat.task_id)
        .where(UserTask.case_id == case_id, UserTask.state.in_(("open", "closed")))
        .group_by(Seat.task_id, Seat.state)
    )
    for task_id, state, number in rows:
        counts.setdefault(task_id, {})[state] = number
    found = session.execute(
        select(UserTask.id, UserTask.element_id, UserTask.instance_id)
        .where(UserTask.case_id == case_id, UserTask.state.in_(("open", "closed")))
        .limit(_MOST)
    )
    return {
        row.id: TaskLine(
            row.element_id,
            items.get(row.instance_id, ""),
            counts.get(row.id, {}).get("handed_in", 0),
            counts.get(row.id, {}).get("open", 0),
        )
        for row in found
    }


def _timers(session: Session, case_id: UUID) -> dict[UUID, TimerLine]:
    rows = session.execute(
        select(Timer.id, Timer.kind, Timer.due_at, UserTask.element_id)
        .outerjoin(UserTask, UserTask.id == Timer.task_id)
        .where(Timer.case_id == case_id, Timer.state == "pending")
        .limit(_MOST)
    )
    return {
        row.id: TimerLine(row.kind, row.element_id or "", row.due_at.isoformat()) for row in rows
    }


def _told(session: Session, case_id: UUID, now: datetime) -> dict[UUID, Told]:
    """Notices of this instant, and messages that have not left."""
    inside = session.execute(
        select(Notice.id, Person.name)
        .join(Person, Person.id == Notice.person_id)
        .where(Notice.case_id == case_id, Notice.at == now)
        .limit(_MOST)
    )
    outside = session.execute(
        select(Outgoing.id, Person.name)
        .join(Person, Person.id == Outgoing.person_id)
        .join(OutgoingAbout, OutgoingAbout.message_id == Outgoing.id)
        .where(OutgoingAbout.case_id == case_id, Outgoing.state == "new")
        .limit(_MOST)
    )
    return {
        **{row.id: Told(row.name, "notice") for row in inside},
        **{row.id: Told(row.name, "message") for row in outside},
    }


def _results(session: Session, case_id: UUID) -> dict[str, int]:
    rows = session.execute(
        select(OperationRun.element_id, func.count())
        .where(OperationRun.case_id == case_id)
        .group_by(OperationRun.element_id)
    )
    return {element: number for element, number in rows}  # noqa: C416 - rows are not tuples to mypy


def _publications(session: Session, case_id: UUID) -> dict[UUID, str]:
    rows = session.execute(
        select(Publication.id, Publication.element_id)
        .where(Publication.case_id == case_id, Publication.withdrawn_at.is_(None))
        .limit(_MOST)
    )
    return {row.id: row.element_id for row in rows}


def _problems(session: Session, case_id: UUID) -> dict[UUID, str]:
    rows = session.execute(
        select(Problem.id, Problem.element_id)
        .where(Problem.case_id == case_id, Problem.state == "open")
        .limit(_MOST)
    )
    return {row.id: row.element_id for row in rows}
