"""An applicant's own page: what they were told, what comes next, withdraw."""

from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from engine import applications
from engine.applications import Application
from engine.db import reading, transaction
from engine.run import correcting, receiving
from engine.run.closing import close_if_complete
from engine.run.context import CasePaused
from engine.seats import TaskClosed
from webapp import context
from webapp.bulletin.forms import count_sent
from webapp.errors import said


def show(case_id: UUID) -> str | Response:
    if not current_user.is_authenticated:
        return redirect(url_for("account.slip", next=request.path), 303)
    return render_template("bulletin/mine.html", own=_own(case_id))


def _own(case_id: UUID) -> Application:
    with reading(context.sessions()) as session:
        return applications.application_of(
            session, context.me(), case_id=case_id, now=context.now()
        )


def confirm_withdrawal(case_id: UUID) -> str | Response:
    own = _own(case_id)
    if not (own.may_withdraw or own.may_change):
        return redirect(url_for("bulletin.mine", case_id=case_id), 303)
    return render_template("bulletin/withdraw.html", own=own, typed="", error="")


def withdraw(case_id: UUID) -> Response:
    count_sent()
    reason = request.form.get("reason", "").strip()
    if request.form.get("sure") != "yes":
        html = render_template(
            "bulletin/withdraw.html", own=_own(case_id), typed=reason,
            error=gettext("Tick that you want to withdraw."),
        )  # fmt: skip
        return make_response(html, 422)
    if _own(case_id).may_change:
        return _take_back(case_id, reason[:500])
    try:
        with transaction(context.sessions()) as session:
            ctx = receiving.withdraw(
                session, context.me(), case_id=case_id, reason=reason[:500], now=context.now()
            )
        close_if_complete(context.sessions(), context.clock(), ctx.touched)
        flash(gettext("Your withdrawal has been received."), "success")
    except receiving.CannotWithdraw as error:
        flash(said(error).what, "info")
    return redirect(url_for("bulletin.mine", case_id=case_id), 303)


def _take_back(case_id: UUID, reason: str) -> Response:
    try:
        with transaction(context.sessions()) as session:
            correcting.take_back(
                session, context.me(), case_id=case_id, reason=reason, now=context.now()
            )
    except (TaskClosed, CasePaused) as error:
        flash(said(error).what, "info")
        return redirect(url_for("bulletin.mine", case_id=case_id), 303)
    flash(gettext("Your application has been taken back."), "success")
    return redirect(url_for("bulletin.selection", case_id=case_id), 303)
