"""User tasks: opened when the token arrives, closed once, summed up in one variable."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine import ballots, seats, timers
from engine.bpmn import Element, Step, evaluate
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.facts import CaseFacts
from engine.forms import Form, compare
from engine.model import Case, Instance, Seat, UserTask


class TaskNotFound(EngineError):
    """No such task, or none that this person may see: the two answers must look alike."""

    code = "task_not_found"

    def __init__(self, task_id: UUID) -> None:
        super().__init__(f"there is no task {task_id}, or not for you")
        self.task_id = task_id


def kind_of(element: Element) -> str:
    return element.properties.get("kind", "open") if element.marker else "single"


def open_task(
    session: Session,
    *,
    case: Case,
    instance: Instance,
    package: PackageVersion,
    step: Step,
    facts: CaseFacts,
) -> UserTask:
    """Write a task with its seats and timers: the token has arrived at its element.

    Raises:
        ExpressionFailed: `seats`, `due`, `opens` or `closes` could not be worked out.
    """
    element = step.element
    # A single task always has its role's one seat; who comes for `public` gets one on demand.
    places = [seats.Place(role=element.role, function=element.properties.get("function", ""))]
    if element.marker:
        places = _places(session, case, package, step, facts)
    task = UserTask(
        id=uuid4(),
        case_id=case.id,
        instance_id=instance.id,
        package_hash=package.hash,
        step=step.id,
        element_id=element.id,
        kind=kind_of(element),
        role=element.role,
        recorders=element.properties.get("recorders", ""),
        round=_round(session, case.id, element) + 1,
        context=dict(step.variables),
        current_subject=_first_subject(element, places),
        opened_at=facts.now,
        opens_at=_instant(element, "opens", step, facts),
        due_at=_instant(element, "due", step, facts),
        closes_at=_instant(element, "closes", step, facts),
    )
    if task.kind == "ballot":
        box = evaluate(element.properties["ballot"], step.variables, facts)
        task.box_id = UUID(box["id"])
        ballots.open_box(session, box_id=task.box_id, now=facts.now)
    session.add(task)
    session.flush()  # the seats refer to it, and go in one statement past the unit of work
    seats.open_seats(session, task=task, places=places)
    _set_timers(session, task, element, facts.now)
    return task


def _places(
    session: Session, case: Case, package: PackageVersion, step: Step, facts: CaseFacts
) -> list[seats.Place]:
    text = step.element.properties.get("seats")
    if not text:
        return []
    described = evaluate(text, step.variables, facts)
    return seats.resolve(session, described, case_id=case.id, roles=package.roles, now=facts.now)


def _round(session: Session, case_id: UUID, element: Element) -> int:
    # Only what can be entered again is counted: a round is a visible fact on few pages.
    last = session.scalar(
        select(func.max(UserTask.round)).where(
            UserTask.case_id == case_id, UserTask.element_id == element.id
        )
    )
    return last or 0


def _first_subject(element: Element, places: Sequence[seats.Place]) -> str:
    return places[0].subject if places and element.properties.get("in_order") == "yes" else ""


def _instant(element: Element, name: str, step: Step, facts: CaseFacts) -> datetime | None:
    text = element.properties.get(name)
    if not text:
        return None
    value = evaluate(text, step.variables, facts)
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    made: datetime = value
    return made


def _set_timers(session: Session, task: UserTask, element: Element, now: datetime) -> None:
    due = task.due_at or task.closes_at
    reminders = timers.ladder(element.properties.get("reminders", ""), due) if due else []
    timers.set_task_timers(session, task=task, reminders=reminders, now=now)


def open_of_instance(session: Session, instance_id: UUID) -> list[UserTask]:
    """Tasks of an instance whose token has not moved on."""
    return list(
        session.scalars(
            select(UserTask).where(
                UserTask.instance_id == instance_id, UserTask.state.in_(("open", "closed"))
            )
        )
    )


def cancel(session: Session, tasks: Sequence[UserTask], *, reason: str, now: datetime) -> None:
    """The process went on without them: an event, a reset, an end."""
    ids = [task.id for task in tasks]
    if not ids:
        return
    for task in tasks:
        task.state, task.closed_at, task.close_reason = "cancelled", now, reason
    session.execute(
        update(Seat).where(Seat.task_id.in_(ids), Seat.state == "open").values(state="closed")
    )
    timers.cancel_of_tasks(session, ids)


def handed_in(session: Session, task_id: UUID) -> list[Seat]:
    """All seats of a task in order, whatever their state: one statement."""
    return list(
        session.scalars(
            select(Seat)
            .where(Seat.task_id == task_id)
            .order_by(Seat.position)
            .execution_options(populate_existing=True)
        )
    )


def before(session: Session, task: UserTask) -> dict[str, Any]:
    """What an earlier round of the same task gave per subject; it stands until answered anew."""
    if task.round == 1:
        return {}
    made = session.scalar(
        select(UserTask.result)
        .where(
            UserTask.instance_id == task.instance_id,
            UserTask.element_id == task.element_id,
            UserTask.state == "done",
            UserTask.round < task.round,
        )
        .order_by(UserTask.round.desc())
        .limit(1)
    )
    found = made.get("by_subject") if isinstance(made, dict) else None
    return dict(found or {})


def summary(
    element: Element,
    rows: Sequence[Seat],
    form: Form | None,
    earlier: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The variable of a task, from its seats: only the fields that `returns` names.

    Args:
        earlier: the results per subject of an earlier round (`before`); later ones replace them.

    Single: `{field: value}`. Collective: see docs/properties.md, *Collective user tasks*.
    """
    fields = element.words("returns")
    if not element.marker:
        answers = next((row.answers for row in rows if row.state == "handed_in"), None)
        return _fields(answers, fields)
    done = [row for row in rows if row.state == "handed_in"]
    by_subject: dict[str, list[dict[str, Any]]] = {}
    entries = []
    for row in done:
        kept = _fields(row.answers, fields)
        if row.subject:
            by_subject.setdefault(row.subject, []).append(kept)
        else:
            entries.append(kept)
    missing = {row.subject for row in rows if row.subject} - by_subject.keys()
    made: dict[str, Any] = {
        "seats": sum(row.state != "void" for row in rows),
        "handed_in": len(done),
        "missing": sorted(missing),
        "by_subject": {**(earlier or {}), **by_subject},
        "entries": entries,
    }
    if element.properties.get("compare") == "yes" and form is not None:
        made.update(_compared(form, done))
    return made


def _compared(form: Form, done: Sequence[Seat]) -> dict[str, Any]:
    if len(done) < 2:  # noqa: PLR2004 - two people enter
        return {"equal": False, "differences": []}
    places = compare(form, done[0].answers or {}, done[1].answers or {})
    return {"equal": not places, "differences": [str(place) for place in places]}


def _fields(answers: Mapping[str, Any] | None, fields: Sequence[str]) -> dict[str, Any]:
    """The named fields; `rows.code` keeps only that column of a field of rows."""
    made: dict[str, Any] = {}
    for name in fields:
        field, _, column = name.partition(".")
        value = (answers or {}).get(field)
        if value is None:
            continue
        if not column:
            made[field] = value
            continue
        rows = made.setdefault(field, [{} for _ in value])
        for kept, row in zip(rows, value, strict=True):
            if column in row:
                kept[column] = row[column]
    return made
