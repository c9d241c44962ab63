"""What comes in from the public page: an application with its files, a report, a withdrawal."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import applications, bulletin, definitions, files, forms, options, seats, tasks
from engine.bpmn import Element
from engine.clock import Clock
from engine.db import Sessions, transaction
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.facts import CaseFacts
from engine.forms import Choice, Field, Form
from engine.identity import Identity
from engine.model import Candidate, Case, Instance, Seat, StoredFile, UserTask
from engine.run import registering, starting
from engine.run.context import Context, require_running


class CannotWithdraw(EngineError):
    """There is nothing to withdraw, or it was withdrawn before; nothing is changed."""

    code = "cannot_withdraw"

    def __init__(self) -> None:
        super().__init__("there is no application to withdraw, or it was withdrawn before")


@dataclass(frozen=True)
class Asked:
    """A form that anybody may fill in, with what belongs to it."""

    case: Case
    form: Form
    choices: Mapping[str, tuple[Choice, ...]]
    task_id: UUID | None


def application_form(session: Session, *, case_id: UUID, now: datetime) -> Asked:
    """The application form of a selection while it is open.

    Raises:
        NothingPublished: there is no such page.
        TaskClosed: one cannot apply (any more, or yet).
        CasePaused: the selection is stopped.
    """
    front = bulletin.front_of(session, case_id=case_id, now=now)
    case = session.get_one(Case, case_id)
    if front.window.state == "paused":
        require_running(case)
    if front.window.state != "open" or front.window.task_id is None:
        raise seats.TaskClosed("applications are not open")
    task = session.get_one(UserTask, front.window.task_id)
    package = definitions.pinned(session, task.package_hash)
    form = package.form_of(package.element(task.element_id))
    if form is None:
        raise tasks.TaskNotFound(task.id)
    choices = _choices(session, form, case, package, task.context, now)
    return Asked(case, form, choices, task.id)


def report_form(session: Session, *, case_id: UUID, now: datetime) -> Asked:
    """The form in which anybody may report a matter.

    Raises:
        NothingPublished: nothing can be reported here (any more).
    """
    front = bulletin.front_of(session, case_id=case_id, now=now)
    case = session.get_one(Case, case_id)
    package, start = _start(session, case_id, front.report)
    form = package.form_of(start) if start else None
    if form is None:
        raise bulletin.NothingPublished(case_id)
    return Asked(case, form, _choices(session, form, case, package, {}, now), None)


def _start(session: Session, case_id: UUID, message: str) -> tuple[PackageVersion, Element | None]:
    package = definitions.pinned(session, session.get_one(Instance, case_id).package_hash)
    process = package.definition.messages.get(message)
    return package, package.definition.start_of(process) if process else None


def _choices(
    session: Session,
    form: Form,
    case: Case,
    package: PackageVersion,
    variables: Mapping[str, Any],
    now: datetime,
) -> dict[str, tuple[Choice, ...]]:
    found = options.options_of(
        session, form, case=case, package=package, variables=variables,
        facts=CaseFacts(session, case, now),
    )  # fmt: skip
    return {path: tuple(choices) for path, choices in found.items()}


def store_file(
    session: Session, asked: Asked, *, field: Field, name: str, content: bytes, root: Path,
    now: datetime,
) -> StoredFile:  # fmt: skip
    """Keep a file sent with a public form; it belongs to nobody until the form is handed in.

    Raises:
        FileTooLarge, FileNotAllowed: nothing is stored.
    """
    assert field.file is not None  # noqa: S101 - the caller asks for fields that take files
    return files.store_file(
        session, root=root, name=name, content=content, limit=field.file.size_bytes,
        accept=field.file.accept, case_id=asked.case.id, task_id=asked.task_id, now=now,
    )  # fmt: skip


def apply(
    sessions: Sessions,
    clock: Clock,
    *,
    task_id: UUID,
    answers: Mapping[str, Any],
    file_ids: Collection[UUID],
    secret_key: str,
) -> registering.Registered:
    """Hand in an application; the files sent with it become the applicant's.

    Args:
        file_ids: stored for this form by the same browser, and nobody else's.

    Raises:
        as `registering.register`.
    """
    registered = registering.register(
        sessions, clock, task_id=task_id, answers=answers, secret_key=secret_key,
        applicant=applicant_of(answers),
    )  # fmt: skip
    with transaction(sessions) as session:
        owner = session.scalar(select(Seat.person_id).where(Seat.id == registered.receipt.seat_id))
        session.execute(
            update(StoredFile)
            .where(StoredFile.id.in_(file_ids), StoredFile.owner_id.is_(None))
            .values(owner_id=owner)
        )
    return registered


def applicant_of(answers: Mapping[str, Any]) -> registering.Applicant:
    """Who applies, read from the fields of an application."""

    def text(key: str) -> str:
        return str(answers.get(key) or "").strip()

    try:
        born = date.fromisoformat(text("birth_date"))
    except ValueError:
        born = None
    return registering.Applicant(
        name=text("name"), unit=text("unit"), post=text("post"), email=text("email"),
        phone=text("phone"), born=born,
    )  # fmt: skip


def check_application(session: Session, asked: Asked, answers: Mapping[str, Any]) -> None:
    """Say what is wrong before the applicant is asked to confirm.

    Raises:
        InvalidAnswers: naming each field and the remedy.
    """
    known = options.files_of(session, asked.form, answers, case_id=asked.case.id, person_id=None)
    forms.validate(asked.form, answers, asked.choices, files=known)


def report(
    session: Session, *, case_id: UUID, answers: Mapping[str, Any], now: datetime
) -> tuple[Context, str]:
    """Take in a report; who sent it is not kept unless they write their name into it.

    Returns:
        The context, whose `touched` tasks the caller closes after its commit, and the receipt.

    Raises:
        NothingPublished: nothing can be reported here.
        InvalidAnswers: nothing is kept.
    """
    front = bulletin.front_of(session, case_id=case_id, now=now)
    if not front.report:
        raise bulletin.NothingPublished(case_id)
    ctx = starting.receive(
        session, case_id=case_id, message=front.report, answers=answers, actor_id=None, now=now
    )
    _package, start = _start(session, case_id, front.report)
    session.flush()  # the row that was just made is asked for
    instance_id = session.scalar(
        select(UserTask.instance_id)
        .where(UserTask.case_id == case_id, UserTask.element_id == (start.id if start else ""))
        .order_by(UserTask.opened_at.desc(), UserTask.id)
        .where(UserTask.opened_at == ctx.now)
        .limit(1)
    )
    return ctx, receipt_of(instance_id) if instance_id else ""


def receipt_of(instance_id: UUID) -> str:
    """The code under which both sides speak of what was received, e.g. "3F2A-91C0"."""
    text = instance_id.hex[:8].upper()
    return f"{text[:4]}-{text[4:]}"


def withdraw(
    session: Session, who: Identity, *, case_id: UUID, reason: str, now: datetime
) -> Context:
    """Take in the withdrawal of the person who is signed in, of nobody else.

    Raises:
        NoApplication: this person has not applied here.
        CannotWithdraw: it is done, not possible yet, or the selection has ended.
    """
    own = applications.application_of(session, who, case_id=case_id, now=now)
    if not own.may_withdraw:
        raise CannotWithdraw
    package, _ = _start(session, case_id, "")
    message = bulletin.message_of(package, "candidate")
    code = session.scalar(
        select(Candidate.code).where(
            Candidate.case_id == case_id, Candidate.person_id == who.person_id
        )
    )
    answers = {"candidate": code, **({"reason": reason} if reason else {})}
    return starting.receive(
        session, case_id=case_id, message=message, answers=answers, actor_id=who.person_id,
        now=now,
    )  # fmt: skip
