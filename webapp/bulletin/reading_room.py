"""What everybody may read: the list of selections, a selection's page, one publication."""

from uuid import UUID

from flask import Response, make_response, render_template, request

from engine import bulletin, inbox
from engine.db import reading
from webapp import context

_ROBOTS = "User-agent: *\nDisallow: /\n"
"""Notices are public for a time; the memory of a search engine has no end."""


def index() -> str:
    after = inbox.read_mark(request.args.get("after", ""))
    with reading(context.sessions()) as session:
        page = bulletin.listed(session, now=context.now(), after=after)
    return render_template("bulletin/index.html", page=page)


def selection(case_id: UUID) -> str:
    after = inbox.read_mark(request.args.get("after", ""))
    with reading(context.sessions()) as session:
        front = bulletin.front_of(session, case_id=case_id, now=context.now())
        page = bulletin.publications(
            session, case_id=case_id, zone=front.zone, now=context.now(), after=after
        )
    return render_template("bulletin/selection.html", front=front, page=page, first=after is None)


def publication(case_id: UUID, publication_id: UUID) -> str:
    with reading(context.sessions()) as session:
        front = bulletin.front_of(session, case_id=case_id, now=context.now())
        shown = bulletin.publication(
            session, case_id=case_id, publication_id=publication_id, zone=front.zone,
            now=context.now(),
        )  # fmt: skip
    return render_template("bulletin/publication.html", front=front, publication=shown)


def robots() -> Response:
    return make_response(_ROBOTS, {"Content-Type": "text/plain; charset=utf-8"})


def add_headers(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response
