"""The lists: to do, handed in, notices, and the seats of one task."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import deputies, inbox
from engine.db import reading, transaction
from engine.identity import Identity
from engine.run.places import view_task
from webapp import context
from webapp.errors import N_


class Part(NamedTuple):
    """One section of the to-do list."""

    key: str
    title: str
    hint: str
    ask: Callable[[Session, Identity, datetime, inbox.Mark | None], inbox.Page[inbox.Item]]


PARTS = (
    Part("own", N_("For you"), "", lambda s, who, _now, after: inbox.own(s, who, after=after)),
    Part(
        "queue",
        N_("To take"),
        N_("Anybody of your role may do these. Taken ones move to your own list."),
        lambda s, who, now, after: inbox.queued(s, who, now=now, after=after),
    ),
    Part(
        "away",
        N_("For those who are away"),
        N_("You stand in for them. What you hand in counts as theirs, and says that you did it."),
        lambda s, who, now, after: deputies.waiting(s, who, now=now, after=after),
    ),
    Part(
        "record",
        N_("To enter on behalf of others"),
        N_("Others decide or write these; you may enter them from the signed paper."),
        lambda s, who, now, after: inbox.to_record(s, who, now=now, after=after),
    ),
)


def todo() -> str:
    return _todo(PARTS, after=None)


def todo_part(which: str) -> str:
    return _todo([part for part in PARTS if part.key == which], after=_after())


def _todo(parts: Sequence[Part], *, after: inbox.Mark | None) -> str:
    who, now = context.me(), context.now()
    with reading(context.sessions()) as session:
        pages = [(part, part.ask(session, who, now, after)) for part in parts]
    return render_template("inbox/todo.html", pages=pages, whole=len(pages) > 1, address=address)


def address(part: Part, item: inbox.Item) -> str:
    """Straight to the one seat that is meant, or to the list of the task's seats."""
    one = item.open == 1 if part.key in ("queue", "away") else item.kind == "single"
    if part.key == "own" or one:
        return url_for("inbox.show", seat_id=item.seat_id)
    return url_for("inbox.task", task_id=item.task_id)


def done() -> str:
    with reading(context.sessions()) as session:
        page = inbox.done(session, context.me(), after=_after())
    return render_template("inbox/done.html", page=page)


def notices() -> str:
    with reading(context.sessions()) as session:
        page = inbox.notices(session, context.me(), after=_after())
        return render_template("inbox/notices.html", page=page)


def read_notice(notice_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        inbox.mark_read(session, context.me(), notice_id=notice_id, now=context.now())
    flash(gettext("The notice is marked as read."), "success")
    return redirect(url_for("inbox.notices"), 303)


def read_all_notices() -> Response:
    with transaction(context.sessions()) as session:
        inbox.mark_all_read(session, context.me(), now=context.now())
    flash(gettext("All notices are marked as read."), "success")
    return redirect(url_for("inbox.notices"), 303)


def task(task_id: UUID) -> str:
    with reading(context.sessions()) as session:
        view = view_task(session, context.me(), task_id=task_id, now=context.now())
        return render_template("inbox/task.html", view=view)


def _after() -> inbox.Mark | None:
    return inbox.read_mark(request.args.get("after", ""))
