"""What an applicant may know: their own application, what they were told, what they can do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import bulletin, definitions, plan
from engine.bpmn import Element
from engine.definitions import PackageVersion, Words
from engine.errors import EngineError
from engine.identity import Identity
from engine.inbox import PAGE
from engine.model import Candidate, Case, Instance, Notice, Seat, UserTask

_DATES = re.compile(r"\b(?:plan|dates)\.([a-z_]+)")


class NoApplication(EngineError):
    """This person has not applied in this selection; it looks as if there were no such page."""

    code = "no_application"

    def __init__(self, case_id: UUID) -> None:
        super().__init__(f"no application of this person in {case_id}")
        self.case_id = case_id


@dataclass(frozen=True)
class ToDo:
    """A task of the applicant that is open now."""

    seat_id: UUID
    title: Words
    until: datetime | None


@dataclass(frozen=True)
class Dated:
    """A line of the plan that the publications name."""

    title: Words
    at: datetime


@dataclass(frozen=True)
class Application:
    """One person's own application.

    `state` is `applied`, `told` (a notice says where they stand), `withdrawing` (the office has
    not recorded it yet) or `withdrawn`. What was decided stands in the notices alone, so that
    nobody learns a decision from the page before they are told.
    """

    case_id: UUID
    selection: Words
    zone: ZoneInfo
    name: str
    applied_at: datetime
    code: str
    number: str
    state: str
    notices: Sequence[Notice]
    to_do: Sequence[ToDo]
    dates: Sequence[Dated]
    may_withdraw: bool
    may_change: bool
    """applications are still open: it can be corrected or taken back"""
    ended: bool
    """the whole selection is over"""
    contacts: bulletin.Contacts


def application_of(session: Session, who: Identity, *, case_id: UUID, now: datetime) -> Application:
    """Show a person their own application; nobody else's can be reached.

    Raises:
        NoApplication: this person has not applied here.
    """
    row = session.execute(
        select(Case, Instance.package_hash)
        .join(Instance, Instance.id == Case.id)
        .where(Case.id == case_id)
    ).first()
    if row is None or not who.sees(case_id=case_id):
        raise NoApplication(case_id)
    case, package = row[0], definitions.pinned(session, row[1])
    handed_in = _handed_in(session, who, case_id, package)
    if handed_in is None:
        raise NoApplication(case_id)
    applied_at, task = handed_in
    candidate = session.scalar(
        select(Candidate).where(Candidate.case_id == case_id, Candidate.person_id == who.person_id)
    )
    notices = _notices(session, who, case_id)
    message = bulletin.message_of(package, "candidate")
    withdrawing = _withdrawing(session, who, case_id, package, message)
    state = _state(candidate, notices, withdrawing=withdrawing)
    return Application(
        case_id=case_id,
        selection=Words(case.title, case.title_en),
        zone=ZoneInfo(case.time_zone),
        name=who.name,
        applied_at=applied_at,
        code=candidate.code if candidate else "",
        number=candidate.number if candidate else "",
        state=state,
        notices=notices,
        to_do=_to_do(session, who, case_id),
        dates=_dates(session, case, package, now) if state in ("applied", "told") else (),
        may_withdraw=bool(message)
        and candidate is not None
        and state in ("applied", "told")
        and case.state != "ended",
        may_change=case.state == "running" and _is_open(task, now),
        ended=case.state == "ended",
        contacts=bulletin.Contacts(
            *(str(case.details.get(key) or "") for key in bulletin.Contacts.__dataclass_fields__)
        ),
    )


def _state(candidate: Candidate | None, notices: Sequence[Notice], *, withdrawing: bool) -> str:
    if candidate is not None and candidate.status == "withdrawn":
        return "withdrawn"
    if withdrawing:
        return "withdrawing"
    return "told" if notices else "applied"


def _handed_in(
    session: Session, who: Identity, case_id: UUID, package: PackageVersion
) -> tuple[datetime, UserTask] | None:
    keys = [element.id for element in bulletin.public_elements(package)]
    row = session.execute(
        select(Seat.submitted_at, UserTask)
        .join(UserTask, UserTask.id == Seat.task_id)
        .where(
            UserTask.case_id == case_id,
            UserTask.element_id.in_(keys),
            Seat.person_id == who.person_id,
            Seat.state == "handed_in",
        )
        .order_by(Seat.submitted_at.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row and row[0] else None


def _is_open(task: UserTask, now: datetime) -> bool:
    return task.state == "open" and (task.closes_at is None or now < task.closes_at)


def _notices(session: Session, who: Identity, case_id: UUID) -> list[Notice]:
    return list(
        session.scalars(
            select(Notice)
            .where(Notice.person_id == who.person_id, Notice.case_id == case_id)
            .order_by(Notice.at.desc(), Notice.id.desc())
            .limit(PAGE)
        )
    )


def _withdrawing(
    session: Session, who: Identity, case_id: UUID, package: PackageVersion, message: str
) -> bool:
    """Whether a withdrawal of this person has been received."""
    start = _start_of(package, message)
    if start is None:
        return False
    found = session.scalar(
        select(Seat.id)
        .join(UserTask, UserTask.id == Seat.task_id)
        .where(
            UserTask.case_id == case_id,
            UserTask.element_id == start.id,
            Seat.submitted_by == who.person_id,
        )
        .limit(1)
    )
    return found is not None


def _start_of(package: PackageVersion, message: str) -> Element | None:
    process = package.definition.messages.get(message)
    return package.definition.start_of(process) if process else None


def _to_do(session: Session, who: Identity, case_id: UUID) -> list[ToDo]:
    rows = session.execute(
        select(Seat.id, UserTask)
        .join(UserTask, UserTask.id == Seat.task_id)
        .where(
            Seat.case_id == case_id,
            Seat.person_id == who.person_id,
            Seat.state == "open",
            UserTask.state == "open",
        )
        .order_by(UserTask.opened_at, Seat.position)
    )
    return [
        ToDo(seat_id, _name(session, task), task.due_at or task.closes_at) for seat_id, task in rows
    ]


def _name(session: Session, task: UserTask) -> Words:
    return definitions.pinned(session, task.package_hash).element_name(task.element_id)


def _dates(session: Session, case: Case, package: PackageVersion, now: datetime) -> list[Dated]:
    """What comes next of the dates that the published texts name: the plan itself is not public."""
    texts = [text for path, text in package.files.items() if path.startswith("publications/")]
    public = {key for text in texts for key in _DATES.findall(text)}
    dates = plan.plan_of(session, case_id=case.id)
    lines: list[Any] = [line for line in package.plan_lines if line["key"] in public]
    coming = [
        Dated(Words(line["zh"], line.get("en", "")), dates[line["key"]])
        for line in lines
        if line["key"] in dates and dates[line["key"]] > now
    ]
    return sorted(coming, key=lambda each: each.at)
