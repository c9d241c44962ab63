"""The session of a browser: which token it keeps, and the person behind it."""

from flask import Flask, request
from flask import session as browser
from flask_login import LoginManager, current_user, login_user

from engine.db import reading
from engine.identity import Identity, identify
from webapp import context


class SignedIn:
    """What Flask-Login and base.html see of an identity."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.display_name = identity.name

    def get_id(self) -> str:
        return self.identity.token


def init_sign_in(app: Flask) -> None:
    login = LoginManager(app)
    login.session_protection = "basic"  # phones change their address in the middle of a meeting
    login.user_loader(load)
    app.before_request(_know_who)


def _know_who() -> None:
    """Load the person before anything else: a page never holds two connections at once."""
    if request.endpoint != "static":
        current_user.is_authenticated  # noqa: B018 - asking is what loads


def load(token: str) -> SignedIn | None:
    """Find the person of a request: one statement."""
    with reading(context.sessions()) as session:
        identity = identify(session, token, now=context.now(), demo=context.settings().demo)
    return SignedIn(identity) if identity else None


def begin(token: str) -> bool:
    """Sign a browser in under a token; what it did before is forgotten."""
    user = load(token)
    if user is None:
        return False
    browser.clear()
    browser.permanent = True
    return bool(login_user(user))
