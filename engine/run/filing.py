"""Files of forms: stored for a seat, named on its page, read by who may read the answers."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import absences, definitions, files, forms, permissions, seats
from engine.forms import Field, Form
from engine.identity import Identity
from engine.model import Candidate, StoredFile, UserTask
from engine.run.viewing import SeatView


def store_for(view: SeatView, *, field: Field, name: str, content: bytes, root: Path) -> StoredFile:
    """Store a file handed in at a field of an open seat.

    Raises:
        TaskClosed: the seat accepts nothing now.
        FileTooLarge, FileNotAllowed: nothing is stored.
    """
    if view.state != "open" or view.manner == "read" or field.file is None:
        raise seats.TaskClosed("it is closed")
    stored = files.store_file(
        view.session, root=root, name=name, content=content, limit=field.file.size_bytes,
        accept=field.file.accept, case_id=view.case.id, task_id=view.task.id,
        owner_id=view.who.person_id, now=view.now,
    )  # fmt: skip
    stored.subject = view.seat.subject or view.task.about
    return stored


def files_in(
    session: Session, form: Form, answers: Mapping[str, Any]
) -> dict[str, forms.StoredFile]:
    """The stored files that answers name, by id: one statement, or none where there are none."""
    ids = {key for key in _ids(form.fields, answers) if key is not None}
    if not ids:
        return {}
    rows = session.execute(
        select(StoredFile.id, StoredFile.name, StoredFile.size).where(StoredFile.id.in_(ids))
    )
    return {str(row.id): forms.StoredFile(row.name, row.size) for row in rows}


def _ids(fields: Any, answers: Mapping[str, Any]) -> Iterator[UUID | None]:
    for field in fields:
        value = answers.get(field.key)
        if field.file is not None:
            yield from map(_uuid, value if isinstance(value, list) else [value])
        elif field.rows and isinstance(value, list):
            for row in value:
                if isinstance(row, Mapping):
                    yield from _ids(field.columns, row)


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def file_for(session: Session, who: Identity, *, file_id: UUID, now: datetime) -> StoredFile:
    """Find a file for somebody who handed it in or may read the answers it belongs to.

    Sealed writing is for its author alone; scores are for the readers once all are in. Who is kept
    out of dealing with somebody gets no file about them, not even their own.

    Raises:
        FileNotFound: no such file, or not for this person: the two look alike.
    """
    stored = files.find_file(session, file_id=file_id)
    if not who.sees(case_id=stored.case_id):
        raise files.FileNotFound(file_id)
    task = session.get(UserTask, stored.task_id) if stored.task_id else None
    case_id = stored.case_id or (task.case_id if task else None)
    if case_id is None:
        if stored.owner_id == who.person_id:
            return stored
        raise files.FileNotFound(file_id)
    standing = permissions.standing(session, person_id=who.person_id, case_id=case_id, now=now)
    concerned = _subjects(session, stored, task)
    if standing.bars.reading(*concerned):
        raise files.FileNotFound(file_id)
    if stored.owner_id == who.person_id:
        return stored
    if task is None:
        raise files.FileNotFound(file_id)
    package = definitions.pinned(session, task.package_hash)
    element = package.element(task.element_id)
    if not permissions.may_read_answers(element, standing):
        standing = _as_stand_in(session, standing, package, task, concerned, now)
    open_to_readers = task.kind in ("single", "open") or (
        task.kind == "scores" and task.state == "done"
    )
    if not open_to_readers or not permissions.may_read_answers(element, standing):
        raise files.FileNotFound(file_id)
    return stored


def _subjects(session: Session, stored: StoredFile, task: UserTask | None) -> tuple[str, ...]:
    """Whom a file is about: as it was stored, the whole run, or the candidate who handed it in."""
    own = None
    if stored.owner_id is not None and stored.case_id is not None:
        own = session.scalar(
            select(Candidate.code).where(
                Candidate.case_id == stored.case_id, Candidate.person_id == stored.owner_id
            )
        )
    return tuple(filter(None, (stored.subject, task.about if task else "", own)))


def _as_stand_in(
    session: Session,
    own: permissions.Standing,
    package: definitions.PackageVersion,
    task: UserTask,
    concerned: tuple[str, ...],
    now: datetime,
) -> permissions.Standing:
    """The standing of somebody this person stands in for, where it lets them read what is named.

    What was once read on the absent person's behalf is not kept: it ends with the absence.
    """
    duties = absences.duties_of(
        session, person_id=own.person_id, case_id=task.case_id, roles=package.roles, now=now
    )
    element = package.element(task.element_id)
    for duty in duties:
        made = permissions.reading_for(own, duty)
        if permissions.may_read_answers(element, made) and not made.bars.reading(*concerned):
            return made
    return own
