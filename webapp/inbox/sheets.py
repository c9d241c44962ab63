"""Spreadsheets of a task's form: the empty one to download, a filled one to take over."""

from dataclasses import replace
from uuid import UUID

from flask import Response, request
from werkzeug.exceptions import NotFound

from engine.db import reading
from engine.run.viewing import SeatView, view_seat
from engine.spreadsheets import UnreadableSheet, read_rows, template
from webapp import context
from webapp.errors import Said, said
from webapp.forms import import_name
from webapp.inbox.page import Typed

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def empty_sheet(seat_id: UUID, path: str) -> Response:
    with reading(context.sessions()) as session:
        view = view_seat(session, context.me(), seat_id=seat_id, now=context.now())
        field = view.form.field(path) if view.form else None
        if view.form is None or field is None or field.rows is None or not field.rows.imports:
            raise NotFound
        rows = field.fixed_rows(view.choices)
        content = template(view.form, path, context.language(), rows=rows, options=view.choices)
    return Response(
        content,
        mimetype=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{view.element.id}-{path}.xlsx"'},
    )


def read_sheet(view: SeatView, path: str, typed: Typed) -> Typed:
    """Take rows over: all of them, or none with every error named."""
    form, sent = view.form, request.files.get(import_name(path))
    if form is None or form.field(path) is None:
        raise NotFound
    try:
        preview = read_rows(
            sent.read() if sent else b"", form, path, context.language(),
            options=view.choices, zone=view.zone,
        )  # fmt: skip
    except UnreadableSheet as error:
        words = said(error)
        reason = error.word(context.language())
        return replace(typed, refused=Said(words.status, words.what, reason))
    answers = dict(typed.answers or {})
    if preview.is_complete:
        answers[path] = list(preview.rows)
    return replace(typed, answers=answers, imports={path: preview})
