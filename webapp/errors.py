"""What people read when something is refused: status, what happened, and the remedy.

The only place that knows HTTP statuses of errors; a test asserts that every error has its words.
"""

import logging
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import EngineError
from webapp.context import SignInNeeded

log = logging.getLogger("gongxuan")


def N_(text: str) -> str:  # noqa: N802 - the name by which message ids are found
    """Mark a message id; it is put into words when it is shown."""
    return text


@dataclass(frozen=True)
class Said:
    """What happened and what to do now; both may use the facts of the error, `%(limit)s`."""

    status: int
    what: str
    remedy: str


_PROCEDURE = N_("Correct the procedure with the procedure manager, check it and try again.")
_OFFICE = N_("Tell the selection office; the problem is on its page.")
_NOTHING_HERE = Said(
    404,
    N_("There is nothing here for you"),
    N_("The address is wrong, or this is meant for somebody else. Go back to your to-do list."),
)

WORDS: dict[str, Said] = {
    "engine_error": Said(400, N_("This cannot be done"), _OFFICE),
    # not found, and not yours: the two must look alike
    "seat_not_found": _NOTHING_HERE,
    "task_not_found": _NOTHING_HERE,
    "case_not_found": _NOTHING_HERE,
    "notice_not_found": _NOTHING_HERE,
    "box_not_found": _NOTHING_HERE,
    "step_not_found": _NOTHING_HERE,
    "result_not_found": _NOTHING_HERE,
    "publication_not_found": _NOTHING_HERE,
    "unknown_message": _NOTHING_HERE,
    # handing in
    "seat_taken": Said(
        409,
        N_("Somebody else has taken this"),
        N_("Choose another item from the list. Nothing was changed."),
    ),
    "already_handed_in": Said(
        409,
        N_("This was handed in before"),
        N_("Nothing was changed; what was handed in first counts."),
    ),
    "task_closed": Said(
        409,
        N_("Nothing can be handed in here now"),
        N_("Look at the times on this page; ask the selection office if you should still act."),
    ),
    "case_paused": Said(
        409,
        N_("The selection is stopped"),
        N_("Everything can be read. It goes on once the body in charge has decided."),
    ),
    "same_person": Said(
        409,
        N_("Another person must do this"),
        N_("You did the step that is checked here. Put it back so that a colleague can take it."),
    ),
    "not_allowed": Said(
        403,
        N_("You may not do this in this selection"),
        N_("Ask the selection office if you think you should."),
    ),
    "invalid_answers": Said(
        422, N_("Some answers need correction"), N_("Go back and correct what is marked.")
    ),
    "unreadable_sheet": Said(
        422,
        N_("The spreadsheet cannot be read"),
        N_("Save it as .xlsx or .csv with the headings in the first row and upload it again."),
    ),
    # ballots and seals
    "already_voted": Said(409, N_("You have voted"), N_("The first ballot counts.")),
    "ballot_closed": Said(
        409,
        N_("Nobody can vote now"),
        N_("Voting has not started or has ended. The scrutineers start and end it."),
    ),
    "not_entitled": Said(
        403,
        N_("Only who is present in this meeting may vote"),
        N_("Sign in at the door first; the attendance list decides."),
    ),
    "envelope_unusable": Said(
        422,
        N_("This ballot could not be put into the box"),
        N_("Open the ballot paper again and vote once more."),
    ),
    "wrong_box_state": Said(
        409,
        N_("The ballot box is not ready for this"),
        N_("Check and lock the box, start voting, end voting, count: in this order."),
    ),
    "ballot_rules_wrong": Said(422, N_("The ballot paper cannot be made like this"), _PROCEDURE),
    "box_changed": Said(
        409,
        N_("The ballot box was changed after the end of voting"),
        N_("Nothing was opened. Tell the supervisor; this ballot must be repeated."),
    ),
    "seals_opened": Said(
        409, N_("The sealed writing has been opened"), N_("Nothing more is accepted.")
    ),
    "seal_damaged": Said(
        409,
        N_("Sealed writing has been damaged"),
        N_("Nothing was opened. Restore it from a backup, or let it be written again."),
    ),
    # the office
    "reason_needed": Said(
        422, N_("Give the reason"), N_("Write the reason; it becomes part of the record.")
    ),
    "problem_not_found": Said(
        409, N_("This problem has been dealt with"), N_("Open the page again to see what is left.")
    ),
    "message_not_found": Said(
        409, N_("This message is not waiting to be sent again"), N_("Open the page again.")
    ),
    # results
    "too_few_scores": Said(
        422,
        N_("%(scores)s scores are in, at least %(needed)s are needed"),
        N_("Wait for the missing judges."),
    ),
    "paper_counts_wrong": Said(
        422,
        N_("The numbers of the paper ballots cannot be right"),
        N_("Count this bundle again and enter it again."),
    ),
    # the plan
    "plan_refused": Said(
        422,
        N_("The dates of the plan do not fit together"),
        N_("Correct the lines that are marked."),
    ),
    "unreadable_plan": Said(422, N_("The plan table of the procedure cannot be read"), _PROCEDURE),
    # the procedure: the office sees these as problems to deal with
    "bad_package": Said(422, N_("A file of the procedure cannot be used"), _PROCEDURE),
    "invalid_form": Said(422, N_("A form of the procedure cannot be used"), _PROCEDURE),
    "unknown_package": Said(404, N_("There is no such procedure"), _PROCEDURE),
    "unsafe_expression": Said(422, N_("An expression is not allowed"), _PROCEDURE),
    "expression_failed": Said(422, N_("An expression could not be worked out"), _PROCEDURE),
    "unknown_operation": Said(422, N_("The procedure asks for an unknown step"), _PROCEDURE),
    "bad_parameters": Said(422, N_("A step of the procedure lacks what it needs"), _PROCEDURE),
    "write_conflict": Said(409, N_("Two parts of the procedure contradict each other"), _PROCEDURE),
    "step_failed": Said(409, N_("The next step could not be taken"), _OFFICE),
    "lost_elements": Said(409, N_("The procedure lacks a step that is in progress"), _PROCEDURE),
    "message_not_awaited": Said(409, N_("Nothing waits for this any more"), _OFFICE),
    "never_reached": Said(
        409, N_("This step has not run yet"), N_("Only a step that has run can be repeated.")
    ),
    # the installation
    "bad_setting": Said(
        500, N_("A setting cannot be used"), N_("The administrator finds the reason in the log.")
    ),
    "clock_goes_back": Said(
        409, N_("The clock only goes forward"), N_("Start the demonstration again to go back.")
    ),
    "sign_in_needed": Said(401, N_("Sign in first"), N_("Then open the page again.")),
}

_OF_STATUS: dict[int, Said] = {
    400: Said(400, N_("The page could not be understood"), N_("Go back and send it once more.")),
    404: _NOTHING_HERE,
    405: _NOTHING_HERE,
    413: Said(413, N_("This is too large"), N_("Send smaller files, or several files one by one.")),
    429: Said(429, N_("Too many attempts"), N_("Wait a few minutes and try again.")),
}
_STALE = Said(
    409,
    N_("Somebody else has just changed the same thing"),
    N_("Nothing was changed. Open the page again and check what still has to be done."),
)
_FORGED = Said(
    400,
    N_("This page was open for too long"),
    N_("Nothing was sent. Sign in again, open the page again and repeat what you did."),
)
_OUR_FAULT = Said(
    500,
    N_("Something went wrong on our side"),
    N_("Nothing was changed. Try again; if it fails again, tell the administrator the time."),
)


def said(error: EngineError) -> Said:
    """The words for an error, in the language of this page, with its facts filled in."""
    found = WORDS.get(error.code, WORDS["engine_error"])
    facts = _Facts(vars(error))
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
    return page(worded(_STALE))


def _forged(_error: CSRFError) -> Response:
    return page(worded(_FORGED))


def _http(error: HTTPException) -> AnyResponse:
    if error.code is None or error.code < 400:  # noqa: PLR2004 - redirects of the router
        return error.get_response()
    known = _OF_STATUS.get(error.code) or (_OUR_FAULT if error.code >= 500 else _OF_STATUS[400])  # noqa: PLR2004
    words = worded(known)
    return page(Said(error.code, words.what, words.remedy))


def worded(words: Said) -> Said:
    """Words without facts, in the language of this page."""
    return Said(words.status, gettext(words.what), gettext(words.remedy))
