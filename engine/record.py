"""The record: one row per action, only ever inserted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from engine.model import HistoryEntry, Instance, OperationRun
from engine.problems import report as report_problem

__all__ = [
    "entry",
    "keep_result",
    "last_result",
    "note",
    "report_problem",
    "rounds",
    "undecided_stop",
    "write",
]


@dataclass(frozen=True)
class Concerned:
    """People an action is about, beside who acted; facts never name anybody."""

    acted_for: UUID | None = None
    about: UUID | None = None
    """who is away, steps aside, or had the work before"""
    to: UUID | None = None
    """who stands in, or has the work now"""


def entry(
    *,
    case_id: UUID,
    action: str,
    now: datetime,
    person_id: UUID | None = None,
    instance_id: UUID | None = None,
    element_id: str = "",
    subject: str = "",
    recorded_for: str = "",
    concerned: Concerned = Concerned(),
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One action, to be written with others in one statement."""
    return {
        "case_id": case_id,
        "instance_id": instance_id,
        "at": now,
        "person_id": person_id,
        "recorded_for": recorded_for,
        "for_person_id": concerned.acted_for,
        "about_person_id": concerned.about,
        "to_person_id": concerned.to,
        "action": action,
        "element_id": element_id,
        "subject": subject,
        "facts": dict(facts or {}),
    }


def write(session: Session, entries: Sequence[Mapping[str, Any]]) -> None:
    """Record actions in their order, with everything else of the transaction."""
    if entries:
        session.execute(insert(HistoryEntry), entries, execution_options={"render_nulls": True})


def note(
    session: Session,
    *,
    case_id: UUID,
    action: str,
    now: datetime,
    person_id: UUID | None = None,
    instance_id: UUID | None = None,
    element_id: str = "",
    subject: str = "",
    recorded_for: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Record one action; written with everything else of the transaction."""
    row = entry(
        case_id=case_id, action=action, now=now, person_id=person_id, instance_id=instance_id,
        element_id=element_id, subject=subject, recorded_for=recorded_for, facts=facts,
    )  # fmt: skip
    session.add(HistoryEntry(**row))


def keep_result(
    session: Session,
    *,
    case_id: UUID,
    instance_id: UUID,
    element_id: str,
    operation: str,
    result: Mapping[str, Any],
    now: datetime,
) -> OperationRun:
    """Keep what an operation gave, with its working, as a further round of its element."""
    run = OperationRun(
        case_id=case_id,
        instance_id=instance_id,
        element_id=element_id,
        operation=operation,
        round=rounds(session, case_id=case_id, element_id=element_id) + 1,
        result=dict(result),
        at=now,
    )
    session.add(run)
    return run


def rounds(session: Session, *, case_id: UUID, element_id: str) -> int:
    """How often an operation has run in this selection."""
    last = session.scalar(
        select(func.max(OperationRun.round)).where(
            OperationRun.case_id == case_id, OperationRun.element_id == element_id
        )
    )
    return last or 0


def last_result(session: Session, *, case_id: UUID, element_id: str) -> dict[str, Any] | None:
    """The current result of an operation, with its working; None before it ran."""
    return session.scalar(
        select(OperationRun.result)
        .where(OperationRun.case_id == case_id, OperationRun.element_id == element_id)
        .order_by(OperationRun.round.desc(), OperationRun.at.desc())
        .limit(1)
    )


def undecided_stop(session: Session, *, case_id: UUID, besides: UUID) -> UUID | None:
    """The process that ordered a stop first and has not decided yet; None if there is none."""
    resumed = select(OperationRun.instance_id).where(
        OperationRun.case_id == case_id, OperationRun.operation == "resume_selection"
    )
    return session.scalar(
        select(OperationRun.instance_id)
        .join(Instance, Instance.id == OperationRun.instance_id)
        .where(
            OperationRun.case_id == case_id,
            OperationRun.operation == "pause_selection",
            Instance.state == "running",
            Instance.id != besides,
            Instance.id.not_in(resumed),
        )
        .order_by(OperationRun.at, OperationRun.round)
        .limit(1)
    )
