"""What is under way in this person's selections."""

from flask import render_template, request

from engine import inbox, meetings
from engine.db import reading
from webapp import context


def show() -> str:
    after = inbox.read_mark(request.args.get("after", ""))
    with reading(context.sessions()) as session:
        page = meetings.under_way(session, context.me(), now=context.now(), after=after)
    return render_template("meeting/index.html", page=page)
