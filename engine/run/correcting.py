"""While one can apply: an applicant corrects the application, or takes it back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import applications, record, seats, tasks
from engine.canonical import digest
from engine.identity import Identity
from engine.model import Person, Seat, StoredFile, UserTask
from engine.run import receiving
from engine.run.accepting import checked
from engine.run.context import Context, locked_task, require_running
from engine.run.receiving import Asked
from engine.run.registering import Applicant

WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class OwnApplication:
    """What a person has handed in and may still change, with its form."""

    asked: Asked
    seat_id: UUID
    answers: Mapping[str, Any]


def own_application(
    session: Session, who: Identity, *, case_id: UUID, now: datetime
) -> OwnApplication:
    """Give a person their own application while it can be changed.

    Raises:
        NoApplication: this person has not applied here.
        TaskClosed, CasePaused: it is too late, or the selection is stopped.
    """
    asked = receiving.application_form(session, case_id=case_id, now=now)
    assert asked.task_id is not None  # noqa: S101 - an application form is of a task
    seat = _seat(session, who, case_id, asked.task_id)
    return OwnApplication(asked, seat.id, seat.answers or {})


def correct(
    session: Session,
    who: Identity,
    *,
    case_id: UUID,
    answers: Mapping[str, Any],
    file_ids: Collection[UUID],
    now: datetime,
) -> None:
    """Put other answers in place of the first; the place in the order of handing in stays.

    The history keeps which fields changed and the digest of what stood there before, never values.

    Args:
        file_ids: stored for this form by the same browser; they become the applicant's.

    Raises:
        NoApplication, TaskClosed, CasePaused, InvalidAnswers: nothing is changed.
    """
    ctx, asked, seat = _locked(session, who, case_id, now)
    task = ctx.session.get_one(UserTask, seat.task_id)
    before = dict(seat.answers or {})
    kept = checked(
        session, case=ctx.case, package=ctx.package(task.package_hash), task=task,
        answers=answers, facts=ctx.facts, person_id=who.person_id,
    )  # fmt: skip
    changed = sorted(k for k in before.keys() | kept.keys() if before.get(k) != kept.get(k))
    if not changed:
        return
    seat.answers = kept
    _renew_person(session, who.person_id, receiving.applicant_of(kept))
    session.execute(
        update(StoredFile)
        .where(StoredFile.id.in_(file_ids), StoredFile.owner_id.is_(None))
        .values(owner_id=who.person_id)
    )
    _note(ctx, asked, who, "corrected", {"fields": changed, "before": digest(before)})


def take_back(
    session: Session, who: Identity, *, case_id: UUID, reason: str, now: datetime
) -> None:
    """Take back an application while one can apply: its answers are gone, the fact stays.

    Raises:
        NoApplication, TaskClosed, CasePaused: nothing is changed.
    """
    ctx, asked, seat = _locked(session, who, case_id, now)
    facts = {"before": digest(seat.answers or {}), **({"reason": reason} if reason else {})}
    seats.take_back(session, seat_id=seat.id, reason=WITHDRAWN)
    _note(ctx, asked, who, "taken_back", facts)


def _locked(
    session: Session, who: Identity, case_id: UUID, now: datetime
) -> tuple[Context, Asked, Seat]:
    """Lock the process, so that applications cannot close in between."""
    asked = receiving.application_form(session, case_id=case_id, now=now)
    assert asked.task_id is not None  # noqa: S101 - an application form is of a task
    ctx, task = locked_task(session, asked.task_id, now=now, actor_id=who.person_id)
    require_running(ctx.case)
    tasks.require_open(task, now=now)
    return ctx, asked, _seat(session, who, case_id, task.id)


def _seat(session: Session, who: Identity, case_id: UUID, task_id: UUID) -> Seat:
    seat = session.scalar(
        select(Seat)
        .where(Seat.task_id == task_id, Seat.person_id == who.person_id, Seat.state == "handed_in")
        .order_by(Seat.position.desc())
        .limit(1)
    )
    if seat is None or not who.sees(case_id=case_id):
        raise applications.NoApplication(case_id)
    return seat


def _renew_person(session: Session, person_id: UUID, told: Applicant) -> None:
    person = session.get_one(Person, person_id)
    person.name, person.unit, person.post = told.name, told.unit, told.post
    person.email, person.phone, person.born = told.email, told.phone, told.born


def _note(ctx: Context, asked: Asked, who: Identity, action: str, facts: Mapping[str, Any]) -> None:
    assert asked.task_id is not None  # noqa: S101 - an application form is of a task
    task = ctx.session.get_one(UserTask, asked.task_id)
    record.note(
        ctx.session, case_id=ctx.case.id, action=action, now=ctx.now, person_id=who.person_id,
        instance_id=task.instance_id, element_id=task.element_id, facts=dict(facts),
    )  # fmt: skip
