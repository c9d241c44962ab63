"""The look: makes the GOV.UK macros available to our templates."""

from flask import Flask
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader


def init_look(app: Flask) -> None:
    """Let templates import `govuk_frontend_jinja/components/<name>/macro.html`."""
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    own = app.jinja_loader
    app.jinja_loader = ChoiceLoader([own, govuk] if own else [govuk])
