"""Files of forms: stored for a seat, named on its page, read by who may read the answers."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import definitions, files, forms, permissions, seats
from engine.forms import Field, Form
from engine.identity import Identity
from engine.model import StoredFile, UserTask
from engine.run.viewing import SeatView


def store_for(view: SeatView, *, field: Field, name: str, content: bytes, root: Path) -> StoredFile:
    """Store a file handed in at a field of an open seat.

    Raises:
        TaskClosed: the seat accepts nothing now.
        FileTooLarge, FileNotAllowed: nothing is stored.
    """
    if view.state != "open" or view.manner == "read" or field.file is None:
        raise seats.TaskClosed("it is closed")
    return files.store_file(
        view.session, root=root, name=name, content=content, limit=field.file.size_bytes,
        accept=field.file.accept, case_id=view.case.id, task_id=view.task.id,
        owner_id=view.who.person_id, now=view.now,
    )  # fmt: skip


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

    Sealed writing is for its author alone; scores are for the readers once all are in.

    Raises:
        FileNotFound: no such file, or not for this person: the two look alike.
    """
    stored = files.find_file(session, file_id=file_id)
    if stored.owner_id == who.person_id and who.sees(case_id=stored.case_id):
        return stored
    task = session.get(UserTask, stored.task_id) if stored.task_id else None
    if task is None or not who.sees(case_id=task.case_id):
        raise files.FileNotFound(file_id)
    element = definitions.pinned(session, task.package_hash).element(task.element_id)
    standing = permissions.standing(session, person_id=who.person_id, case_id=task.case_id, now=now)
    open_to_readers = task.kind in ("single", "open") or (
        task.kind == "scores" and task.state == "done"
    )
    if not open_to_readers or not permissions.may_read_answers(element, standing):
        raise files.FileNotFound(file_id)
    return stored
