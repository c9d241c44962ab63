"""A task summed up: its seats become one variable; only the fields that `returns` names."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.bpmn import Element
from engine.forms import Form, compare
from engine.model import Seat, UserTask


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
    return dict(_result_before(session, task).get("by_subject") or {})


def differences_before(session: Session, task: UserTask) -> list[str]:
    """Where two entries of the round before did not agree: paths of the form, never values."""
    return list(_result_before(session, task).get("differences") or ())


def _result_before(session: Session, task: UserTask) -> Mapping[str, Any]:
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
    return made if isinstance(made, dict) else {}


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
