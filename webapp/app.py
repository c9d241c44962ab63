"""The application: the only place where its parts meet. Nothing happens on import."""

from flask import Flask, redirect, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from engine.clock import Clock
from engine.db import Sessions
from engine.settings import Settings
from webapp import account, admin, bulletin, cases, demo, inbox, meeting, studio
from webapp.account.signed_in import init_sign_in
from webapp.context import EXTENSION, Parts
from webapp.errors import init_errors
from webapp.frame import init_frame
from webapp.health import init_health
from webapp.i18n import init_i18n
from webapp.look import init_look
from webapp.proxy import TrustedProxy
from webapp.security import init_security


def create_app(settings: Settings, sessions: Sessions, clock: Clock) -> Flask:
    """Put an application together.

    Args:
        settings: read once at start-up; `secret_key` must not be empty.
        sessions: of a database that has its tables.
        clock: the only source of the present instant; a `DemoClock` in demonstrations.
    """
    if not settings.secret_key:
        raise ValueError("the application needs a secret key: set GONGXUAN_SECRET_KEY")
    app = Flask("webapp")
    app.config["BABEL_DEFAULT_TIMEZONE"] = settings.time_zone
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # of the default provider
    app.wsgi_app = TrustedProxy(app.wsgi_app, settings.trusted_proxy)  # type: ignore[assignment, method-assign]
    app.extensions[EXTENSION] = Parts(settings, sessions, clock)
    init_look(app)
    init_security(app, settings)
    init_sign_in(app)
    init_i18n(app)
    init_frame(app)
    init_errors(app)
    init_health(app)
    app.add_url_rule("/", "home", home)
    app.register_blueprint(account.blueprint)
    app.register_blueprint(inbox.blueprint)
    app.register_blueprint(cases.blueprint)
    app.register_blueprint(meeting.blueprint)
    app.register_blueprint(bulletin.blueprint)
    app.register_blueprint(studio.blueprint)
    app.register_blueprint(admin.blueprint)
    if settings.demo:
        app.register_blueprint(demo.blueprint)
    return app


def home() -> Response:
    """Where everybody begins."""
    first = "inbox.todo" if current_user.is_authenticated else "account.sign_in"
    return redirect(url_for(first), 303)
