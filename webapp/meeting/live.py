"""Polled parts: answered with 304 while nothing has changed."""

from hashlib import sha256

from flask import Response, make_response, render_template, request
from werkzeug.http import quote_etag

from webapp import context


def tag_of(*state: object) -> str:
    """The ETag of what a part shows; states are dataclasses, equal ones look alike."""
    text = "\n".join([context.language(), *map(repr, state)])
    return quote_etag(sha256(text.encode()).hexdigest()[:32])


def polled(template: str, *state: object, **values: object) -> Response:
    """Answer a poll: 304, or the part anew.

    The tag is of the state and not of the words, which hold the clock of this very answer.
    """
    tag = tag_of(*state)
    if request.headers.get("If-None-Match") == tag:
        answer = Response(status=304)
    else:
        answer = make_response(render_template(template, **values))
    answer.headers["ETag"] = tag
    return answer
