"""Sign in with an account or with a slip, sign out, my details."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user, logout_user
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from engine import identity, people
from engine.db import reading, transaction
from engine.errors import EngineError
from engine.model import Person
from webapp import context
from webapp.account.signed_in import begin
from webapp.addresses import own_address
from webapp.errors import N_, Said, said, worded
from webapp.i18n import remember_language

WRONG_PASSWORD = Said(
    401,
    N_("The account name or the password is not right"),
    N_("Check both and try again; the selection office can set a new password."),
)
UNKNOWN_SLIP = Said(
    401,
    N_("There is no slip with this code"),
    N_("Compare the letters and figures with the slip and type the code again."),
)
NOT_TWICE = Said(422, N_("The two new passwords differ"), N_("Type the new password twice."))

blueprint = Blueprint("account", __name__)


@blueprint.get("/sign-in")
def sign_in() -> str | Response:
    if current_user.is_authenticated:
        return redirect(_home(), 303)
    return render_template("account/sign_in.html", login="", refused=None)


@blueprint.post("/sign-in")
def sign_in_now() -> Response:
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    try:
        with transaction(context.sessions()) as session:
            account = people.sign_in(
                session, login=login, password=password, address=_address(),
                hash_cost=context.settings().hash_cost, now=context.now(),
            )  # fmt: skip
            token = identity.account_token(account) if account else ""
    except EngineError as error:
        return _refused("account/sign_in.html", said(error), login=login)
    if not token or not begin(token):
        return _refused("account/sign_in.html", worded(WRONG_PASSWORD), login=login)
    return redirect(own_address(request.form.get("next")) or _home(), 303)


@blueprint.get("/slip")
def slip() -> str:
    return render_template("account/slip.html", code=request.args.get("code", ""), refused=None)


@blueprint.post("/slip")
def use_slip() -> Response:
    code = request.form.get("code", "")
    try:
        with transaction(context.sessions()) as session:
            used = people.use_slip(
                session, code=code, address=_address(),
                secret_key=context.settings().secret_key, now=context.now(),
            )  # fmt: skip
            token = identity.slip_token(used) if used else ""
    except EngineError as error:
        return _refused("account/slip.html", said(error), code=code)
    if not token or not begin(token):
        return _refused("account/slip.html", worded(UNKNOWN_SLIP), code=code)
    return redirect(own_address(request.form.get("next")) or _home(), 303)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    logout_user()
    flash(gettext("You are signed out."), "success")
    return redirect(url_for("account.sign_in"), 303)


@blueprint.get("/me")
def details() -> str:
    return _details(None)


@blueprint.post("/me/language")
def save_language() -> Response:
    chosen = "en" if request.form.get("language") == "en" else "zh"
    with transaction(context.sessions()) as session:
        identity.choose_language(session, context.me(), language=chosen)
    answer = redirect(url_for("account.details"), 303)
    remember_language(answer, chosen)
    return answer


@blueprint.post("/me/password")
def change_password() -> Response | tuple[str, int]:
    account_id = context.me().account_id
    if account_id is None:
        raise NotFound
    old, new = request.form.get("old", ""), request.form.get("new", "")
    if new != request.form.get("again", ""):
        return _details(worded(NOT_TWICE)), NOT_TWICE.status
    try:
        with transaction(context.sessions()) as session:
            account = people.change_password(
                session, account_id=account_id, old=old, new=new,
                hash_cost=context.settings().hash_cost,
            )  # fmt: skip
            token = identity.account_token(account)
    except EngineError as error:
        words = said(error)
        return _details(words), words.status
    begin(token)
    flash(gettext("Your password is changed; other devices are signed out."), "success")
    return redirect(url_for("account.details"), 303)


def _details(refused: Said | None) -> str:
    who = context.me()
    with reading(context.sessions()) as session:
        person = session.get_one(Person, who.person_id)
        return render_template("account/details.html", person=person, who=who, refused=refused)


def _refused(template: str, words: Said, **typed: str) -> Response:
    return make_response(render_template(template, refused=words, **typed), words.status)


def _home() -> str:
    return url_for("inbox.todo")


def _address() -> str:
    return request.remote_addr or ""
