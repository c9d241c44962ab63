"""Files of a task: stored before the form is handed in, given out only as attachments."""

from collections.abc import Sequence
from urllib.parse import quote
from uuid import UUID

from flask import Response, request

from engine.db import reading, transaction
from engine.files import FileNotAllowed, FileTooLarge, read_file
from engine.forms import Form, Problem
from engine.run.filing import file_for, store_for
from engine.run.viewing import view_seat
from webapp import context

_MEGABYTE = 1024 * 1024


def store_uploads(
    seat_id: UUID, form: Form | None
) -> tuple[dict[str, Sequence[str]], list[Problem]]:
    """Store what was sent at the form's file fields, in a transaction of its own.

    Returns:
        HTML name → ids, as `collect` takes them; and what could not be stored.
    """
    stored: dict[str, list[str]] = {}
    problems: list[Problem] = []
    sent = [
        (name, upload)
        for name, upload in request.files.items(multi=True)
        if upload.filename and not name.startswith("_")
    ]
    if form is None or not sent:
        return {}, []
    with transaction(context.sessions()) as session:
        view = view_seat(session, context.me(), seat_id=seat_id, now=context.now())
        for name, upload in sent:
            field = form.field(name)
            if field is None or field.file is None:
                continue
            try:
                file = store_for(
                    view, field=field, name=upload.filename or "", content=upload.read(),
                    root=context.settings().files_dir,
                )  # fmt: skip
                stored.setdefault(name, []).append(str(file.id))
            except FileTooLarge:
                problems.append(
                    Problem(name, "file_size", {"megabytes": field.file.size_bytes // _MEGABYTE})
                )
            except FileNotAllowed:
                problems.append(Problem(name, "file_type", {"accept": " ".join(field.file.accept)}))
    return dict(stored), problems


def download(file_id: UUID) -> Response:
    with reading(context.sessions()) as session:
        stored = file_for(session, context.me(), file_id=file_id, now=context.now())
    content = read_file(stored, root=context.settings().files_dir)
    return Response(
        content,
        mimetype="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(stored.name)}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )
