"""What views reach for: the parts of the application, the instant, who is signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app, g
from flask_login import current_user

from engine.clock import Clock
from engine.db import Sessions
from engine.definitions import Words
from engine.errors import EngineError
from engine.forms import Lang
from engine.identity import Identity
from engine.settings import Settings
from webapp.i18n import current_language

EXTENSION = "gongxuan"


@dataclass(frozen=True)
class Parts:
    """What `create_app` was given."""

    settings: Settings
    sessions: Sessions
    clock: Clock


class SignInNeeded(EngineError):
    """Somebody who is not signed in asked for a page of a person; they are sent to sign in."""

    code = "sign_in_needed"

    def __init__(self) -> None:
        super().__init__("sign in first")


def parts() -> Parts:
    return cast(Parts, current_app.extensions[EXTENSION])


def sessions() -> Sessions:
    return parts().sessions


def clock() -> Clock:
    return parts().clock


def settings() -> Settings:
    return parts().settings


def now() -> datetime:
    """The instant of this request, read once."""
    if "now" not in g:
        g.now = clock().now()
    return cast(datetime, g.now)


def me() -> Identity:
    """Who is signed in.

    Raises:
        SignInNeeded: nobody is.
    """
    if not current_user.is_authenticated:
        raise SignInNeeded
    return cast(Identity, current_user.identity)


def language() -> Lang:
    """The language of this page as the engine calls it."""
    return "en" if current_language() == "en" else "zh"


def titled(words: Words) -> str:
    """A name at the beginning of a line: as `worded`, with a capital."""
    text = worded(words)
    return text[:1].upper() + text[1:]


def worded(words: Words) -> str:
    """A name kept in both languages, in the language of this page."""
    return words.in_language(language())
