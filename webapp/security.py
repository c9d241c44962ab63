"""What every answer says about itself to the browser, and how sessions are kept."""

from datetime import timedelta

from flask import Flask, Response, request
from flask_wtf import CSRFProtect

from engine.settings import Settings

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
LARGEST_BODY = 64 * 1024 * 1024
LARGEST_FORM = 4 * 1024 * 1024
MOST_FIELDS = 20_000
"""A list of 200 people with ten columns is an ordinary form here."""

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def init_security(app: Flask, settings: Settings) -> None:
    """Set up cookies, limits, the check against forged requests and the headers of answers."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="gongxuan",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=MOST_FIELDS,
        WTF_CSRF_TIME_LIMIT=None,  # ends with the session: forms are filled in all afternoon
    )
    CSRFProtect(app)
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        # Pages differ by person and must not be found again by whoever sits down next.
        response.headers.setdefault("Cache-Control", "no-store")
    return response
