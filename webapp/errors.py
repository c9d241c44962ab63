"""Answers to what is refused: a page that says what happened, and the remedy."""

import logging
from collections.abc import Mapping
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import EngineError
from webapp.context import SignInNeeded
from webapp.error_words import FORGED, N_, OF_STATUS, OUR_FAULT, STALE, WORDS, Said

__all__ = ["N_", "Said", "init_errors", "page", "said", "said_of", "worded"]

log = logging.getLogger("gongxuan")


def said(error: EngineError) -> Said:
    """The words for an error, in the language of this page, with its facts filled in."""
    return said_of(error.code, vars(error))


def said_of(code: str, known: Mapping[str, Any]) -> Said:
    """The words for the code of an error that was kept, e.g. of a problem."""
    found = WORDS.get(code, WORDS["engine_error"])
    facts = _Facts(known)
    return Said(found.status, gettext(found.what) % facts, gettext(found.remedy) % facts)


class _Facts(dict[str, Any]):
    """A fact that an error lacks is left out rather than failing the page about the error."""

    def __missing__(self, key: str) -> str:
        return ""


def init_errors(app: Flask) -> None:
    app.register_error_handler(SignInNeeded, _to_sign_in)
    app.register_error_handler(EngineError, _engine_error)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)


def page(words: Said) -> Response:
    """A page of its own for something that was refused."""
    return make_response(render_template("error.html", said=words), words.status)


def _engine_error(error: EngineError) -> Response:
    log.info("refused %s at %s", error.code, request.endpoint)
    return page(said(error))


def _to_sign_in(_error: SignInNeeded) -> AnyResponse:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("account.sign_in", next=wanted), 303)


def _stale(_error: StaleDataError) -> Response:
    log.warning("two changed the same thing at %s", request.endpoint)
    return page(worded(STALE))


def _forged(_error: CSRFError) -> Response:
    return page(worded(FORGED))


def _http(error: HTTPException) -> AnyResponse:
    if error.code is None or error.code < 400:  # noqa: PLR2004 - redirects of the router
        return error.get_response()
    if error.code == 405 and request.method == "GET" and (above := _page_above(request.path)):  # noqa: PLR2004
        return redirect(above, 303)
    known = OF_STATUS.get(error.code) or (OUR_FAULT if error.code >= 500 else OF_STATUS[400])  # noqa: PLR2004
    words = worded(known)
    return page(Said(error.code, words.what, words.remedy))


def _page_above(address: str) -> str | None:
    """The nearest page above an address that only takes forms.

    Its answer was a page like any other: whoever changes the language there, reloads the address
    or goes back to it wants the form again.
    """
    routes = current_app.create_url_adapter(request)
    while address and routes is not None:
        address = address.rpartition("/")[0]
        if address and routes.test(address, method="GET"):
            return address
    return None


def worded(words: Said) -> Said:
    """Words without facts, in the language of this page."""
    return Said(words.status, gettext(words.what), gettext(words.remedy))
