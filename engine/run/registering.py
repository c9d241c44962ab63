"""Apply on the public page: a person, a seat and a way back in, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import people, tasks
from engine.clock import Clock
from engine.db import Sessions, transaction
from engine.errors import EngineError
from engine.model import Person, Seat, UserTask
from engine.run.accepting import Hand, accept
from engine.run.context import locked_task, require_running
from engine.run.submitting import Receipt

_SLIP_LASTS = timedelta(days=400)


class AlreadyApplied(EngineError):
    """This person has applied in this selection; one application each."""

    code = "already_applied"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has applied already; sign in with the code to change anything")
        self.name = name


@dataclass(frozen=True)
class Applicant:
    """Who applies, as far as the system itself needs to know."""

    name: str
    unit: str = ""
    post: str = ""
    email: str = ""
    phone: str = ""
    born: date | None = None
    stroke_order: int = 0


@dataclass(frozen=True)
class Registered:
    """What the applicant takes home: the receipt and, once, the code to sign in with."""

    receipt: Receipt
    code: str


def register(
    sessions: Sessions,
    clock: Clock,
    *,
    task_id: UUID,
    applicant: Applicant,
    answers: Mapping[str, Any],
    secret_key: str,
    actor_id: UUID | None = None,
) -> Registered:
    """Hand in an application: the seat appears on demand, until the task closes.

    Args:
        secret_key: `Settings.secret_key`; the code's digest is made with it.
        actor_id: the officer who enters a paper application; None for the applicant.

    Raises:
        TaskNotFound: nobody can apply here.
        TaskClosed, CasePaused, AlreadyApplied, InvalidAnswers: nothing is changed.
    """
    now = clock.now()
    with transaction(sessions) as session:
        ctx, task = locked_task(session, task_id, now=now, actor_id=actor_id)
        package = ctx.package(task.package_hash)
        if package.element(task.element_id).properties.get("public") != "yes":
            raise tasks.TaskNotFound(task_id)
        require_running(ctx.case)
        tasks.require_open(task, now=now)
        _refuse_twice(session, task, applicant)
        person = Person(
            name=applicant.name, unit=applicant.unit, post=applicant.post, email=applicant.email,
            phone=applicant.phone, born=applicant.born,
            details={"stroke_order": applicant.stroke_order},
        )  # fmt: skip
        session.add(person)
        session.flush()  # the seat refers to the person
        seat = _new_seat(session, task, person)
        accept(
            session, case=ctx.case, package=package, task=task, seat=seat, answers=answers,
            hand=Hand(person.id, actor_id or person.id, "candidate" if actor_id else ""),
            facts=ctx.facts,
        )  # fmt: skip
        code = people.issue_slip(
            session, case_id=task.case_id, person_id=person.id, purpose="",
            expires_at=now + _SLIP_LASTS, secret_key=secret_key, now=now,
        )  # fmt: skip
        return Registered(Receipt(seat.id, task.id, task.case_id, task.element_id, now), code)


def _refuse_twice(session: Session, task: UserTask, applicant: Applicant) -> None:
    twin = session.scalar(
        select(Person.id)
        .join(Seat, Seat.person_id == Person.id)
        .where(
            Seat.task_id == task.id,
            Seat.state != "void",  # who took an application back may apply again
            Person.name == applicant.name,
            Person.phone == applicant.phone,
            Person.born == applicant.born,
        )
        .limit(1)
    )
    if twin is not None:
        raise AlreadyApplied(applicant.name)


def _new_seat(session: Session, task: UserTask, person: Person) -> Seat:
    last = session.scalar(select(func.max(Seat.position)).where(Seat.task_id == task.id)) or 0
    seat = Seat(
        id=uuid4(), task_id=task.id, case_id=task.case_id, position=last + 1, person_id=person.id
    )
    session.add(seat)
    session.flush()  # accept() updates the row
    return seat
