"""Sign in as anybody by a click; let the clock jump, then do what has become due."""

from datetime import timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from engine import timers
from engine.clock import DemoClock
from engine.db import reading
from engine.identity import demo_token
from engine.run.sweeping import sweep
from webapp import context
from webapp.account.signed_in import begin
from webapp.addresses import own_address
from webapp.demo import cast
from webapp.i18n import moment

STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


def people() -> str:
    with reading(context.sessions()) as session:
        return render_template("demo/people.html", roles=cast.roles(session))


def sign_in() -> Response:
    try:
        person_id = UUID(request.form.get("person", ""))
    except ValueError as error:
        raise NotFound from error
    if not begin(demo_token(person_id)):
        raise NotFound
    return redirect(url_for("inbox.todo"), 303)


def move_clock() -> Response:
    """Jump to the next deadline, or on by an hour or a day; then sweep at once."""
    clock = context.clock()
    if not isinstance(clock, DemoClock):
        raise NotFound
    step = STEPS.get(request.form.get("to", ""))
    with reading(context.sessions()) as session:
        target = clock.now() + step if step else timers.next_due(session)
    if target is None:
        flash(gettext("Nothing waits for a deadline."), "info")
    else:
        clock.jump_to(max(target, clock.now()))
        sweep(context.sessions(), clock)
        flash(gettext("The clock shows %(moment)s.", moment=moment(clock.now())), "success")
    return redirect(own_address(request.form.get("back")) or url_for("inbox.todo"), 303)
