"""Files sent with a form that belongs to no seat: kept before the form is accepted."""

from collections.abc import Sequence
from uuid import UUID

from flask import request

from engine import files
from engine.db import transaction
from engine.forms import Form, Problem
from webapp import context

_MEGABYTE = 1024 * 1024


def store_uploads(
    form: Form | None, case_id: UUID | None
) -> tuple[dict[str, Sequence[str]], list[Problem]]:
    """Store what was sent at the form's file fields, in a transaction of its own.

    Returns:
        HTML name → ids, as `collect` takes them; and what could not be stored.
    """
    sent = [(n, u) for n, u in request.files.items(multi=True) if u.filename]
    sent = [(name, upload) for name, upload in sent if not name.startswith("_")]
    stored: dict[str, list[str]] = {}
    problems: list[Problem] = []
    if form is None or not sent:
        return {}, []
    with transaction(context.sessions()) as session:
        for name, upload in sent:
            field = form.field(name)
            if field is None or field.file is None:
                continue
            try:
                file = files.store_file(
                    session, root=context.settings().files_dir, name=upload.filename or "",
                    content=upload.read(), limit=field.file.size_bytes,
                    accept=field.file.accept, case_id=case_id,
                    owner_id=context.me().person_id, now=context.now(),
                )  # fmt: skip
                stored.setdefault(name, []).append(str(file.id))
            except files.FileTooLarge:
                size = field.file.size_bytes // _MEGABYTE
                problems.append(Problem(name, "file_size", {"megabytes": size}))
            except files.FileNotAllowed:
                accept = " ".join(field.file.accept)
                problems.append(Problem(name, "file_type", {"accept": accept}))
    return dict(stored), problems
