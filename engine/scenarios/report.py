"""What a run came to: the funnel, every result with its working, the course it took."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.model import (
    BallotBox,
    Candidate,
    Case,
    HistoryEntry,
    Instance,
    OperationRun,
    Problem,
    Publication,
    Seat,
    UserTask,
)
from engine.scenarios.model import Scenario

_ANSWERS = frozenset({"by_subject", "entries", "assignments"})
"""Of the variable of a task what stays out of the report: answers, seat by seat."""


def full_result(
    session: Session,
    case_id: UUID,
    scenario: Scenario,
    *,
    refused: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Everything that can be published or recalculated, as plain JSON; no person, no ballot."""
    case = session.get_one(Case, case_id)
    runs = session.scalars(
        select(OperationRun)
        .where(OperationRun.case_id == case_id)
        .order_by(OperationRun.at, OperationRun.element_id, OperationRun.round)
    ).all()
    last: dict[str, Any] = {run.element_id: run.result for run in runs}
    return {
        "title": dict(scenario.title),
        "state": case.state,
        "outcome": case.outcome,
        "parameters": case.parameters,
        "funnel": [
            {"zh": s["zh"], "en": s["en"], "codes": _list(last, s), "number": len(_list(last, s))}
            for s in scenario.funnel
        ],
        "results": [
            {
                "element": run.element_id,
                "round": run.round,
                "operation": run.operation,
                "result": run.result,
            }
            for run in runs
        ],
        "last": last,
        "by_item": _by_item(session, case_id),
        "tasks": _tasks(session, case_id, ZoneInfo(scenario.time_zone)),
        "course": _course(session, case_id),
        "statuses": _statuses(session, case_id),
        "publications": _publications(session, case_id),
        "problems": _problems(session, case_id),
        "refused": [list(pair) for pair in refused],
        "counts": _counts(session, case_id),
    }


def _list(last: Mapping[str, Any], stage: Mapping[str, str]) -> list[str]:
    made = last.get(stage["element"], {}).get(stage["list"], [])
    return list(made)


def _by_item(session: Session, case_id: UUID) -> dict[str, dict[str, Any]]:
    rows = session.execute(
        select(OperationRun.element_id, OperationRun.result, Instance.item)
        .join(Instance, Instance.id == OperationRun.instance_id)
        .where(OperationRun.case_id == case_id, Instance.item != "")
        .order_by(OperationRun.at, OperationRun.round)
    )
    made: dict[str, dict[str, Any]] = {}
    for row in rows:
        made.setdefault(row.item, {})[row.element_id] = row.result
    return made


def _tasks(session: Session, case_id: UUID, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Every task in the order of opening, with the numbers and codes it came to."""
    tasks = session.scalars(
        select(UserTask)
        .where(UserTask.case_id == case_id)
        .order_by(UserTask.opened_at, UserTask.element_id, UserTask.round)
    )
    void, stood_in = _void(session, case_id), _stood_in(session, case_id)
    return [
        {
            "element": task.element_id,
            "round": task.round,
            "state": task.state,
            "opened_at": _local(task.opened_at, zone),
            "closed_at": _local(task.closed_at, zone),
            "void": void.get(task.id, 0),
            "stood_in": stood_in.get(task.id, 0),
            **{key: value for key, value in _shown(task.result).items() if key not in _ANSWERS},
        }
        for task in tasks
    ]


def _void(session: Session, case_id: UUID) -> dict[UUID, int]:
    """How many seats of each task nobody was to hand in, or not any more."""
    return _counted(session, Seat.case_id == case_id, Seat.state == "void")


def _stood_in(session: Session, case_id: UUID) -> dict[UUID, int]:
    """How many seats of each task a stand-in handed in for somebody who was away."""
    return _counted(session, Seat.case_id == case_id, Seat.absence_id.is_not(None))


def _counted(session: Session, *conditions: ColumnElement[bool]) -> dict[UUID, int]:
    rows = session.execute(
        select(Seat.task_id, func.count()).where(*conditions).group_by(Seat.task_id)
    )
    return {task_id: number for task_id, number in rows}  # noqa: C416 - rows are not tuples to mypy


def _local(instant: datetime | None, zone: ZoneInfo) -> str | None:
    return instant.astimezone(zone).isoformat(timespec="minutes") if instant else None


def _shown(result: Any) -> Mapping[str, Any]:
    return result if isinstance(result, Mapping) else {}


def _course(session: Session, case_id: UUID) -> list[str]:
    """The elements in the order in which the process went through them."""
    return list(
        session.scalars(
            select(HistoryEntry.element_id)
            .where(HistoryEntry.case_id == case_id, HistoryEntry.action == "passed")
            .order_by(HistoryEntry.id)
        )
    )


def _statuses(session: Session, case_id: UUID) -> dict[str, str]:
    rows = session.execute(
        select(Candidate.code, Candidate.status)
        .where(Candidate.case_id == case_id)
        .order_by(Candidate.code)
    )
    return {row.code: row.status for row in rows}


def _publications(session: Session, case_id: UUID) -> dict[str, int]:
    made: dict[str, int] = {}
    for text in session.scalars(
        select(Publication.text_id)
        .where(Publication.case_id == case_id)
        .order_by(Publication.published_at)
    ):
        made[text] = made.get(text, 0) + 1
    return made


def _problems(session: Session, case_id: UUID) -> list[str]:
    rows = session.execute(
        select(Problem.element_id, Problem.message).where(
            Problem.case_id == case_id, Problem.state == "open"
        )
    )
    return [f"{row.element_id}: {row.message}" for row in rows]


def _counts(session: Session, case_id: UUID) -> dict[str, int]:
    def number(model: Any, *conditions: Any) -> int:
        return len(session.scalars(select(model.id).where(*conditions)).all())

    return {
        "handed_in": number(Seat, Seat.case_id == case_id, Seat.state == "handed_in"),
        "ballot_boxes": number(BallotBox, BallotBox.case_id == case_id),
        "publications": number(Publication, Publication.case_id == case_id),
        "history": number(HistoryEntry, HistoryEntry.case_id == case_id),
    }
