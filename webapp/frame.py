"""What base.html wants on every page: the main menu, the account, the clock of a demonstration."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext
from flask_login import current_user

from engine import timers
from engine.db import reading
from engine.identity import Identity
from engine.studio.access import may_read
from webapp import context
from webapp.errors import N_


def everybody(_who: Identity) -> bool:
    return True


def _with_account(who: Identity) -> bool:
    return who.only_case is None


def _administrator(who: Identity) -> bool:
    return who.only_case is None and "administrator" in who.duties


@dataclass(frozen=True)
class Entry:
    """One entry of the main menu; it is shown where its page exists."""

    endpoint: str
    text: str
    shown_to: Callable[[Identity], bool] = everybody


MENU = (
    Entry("inbox.todo", N_("To-do list")),
    Entry("cases.index", N_("Selections"), _with_account),
    Entry("meeting.index", N_("Meetings"), _with_account),
    Entry("studio.index", N_("Procedures"), may_read),
    Entry("inbox.done", N_("Handed in")),
    Entry("inbox.notices", N_("Notices")),
    Entry("admin.calendar", N_("Working days"), _administrator),
    Entry("account.details", N_("My details"), _with_account),
)


def init_frame(app: Flask) -> None:
    app.before_request(_look_at_clock)
    app.context_processor(_variables)
    app.add_template_filter(context.worded, "worded")
    app.add_template_filter(context.titled, "titled")


def _variables() -> dict[str, Any]:
    return {
        "nav_items": _menu() if current_user.is_authenticated else [],
        "sign_out_url": url_for("account.sign_out"),
        "demo": g.get("demo"),
        "now": context.now(),
    }


def _menu() -> list[dict[str, Any]]:
    who = context.me()
    return [
        {
            "href": url_for(entry.endpoint),
            "text": _text(entry, who),
            "active": request.endpoint == entry.endpoint,
        }
        for entry in MENU
        if entry.endpoint in current_app.view_functions and entry.shown_to(who)
    ]


def _text(entry: Entry, who: Identity) -> str:
    if entry.endpoint == "inbox.notices" and who.unread:
        return str(gettext("Notices (%(num)d new)", num=who.unread))
    return str(gettext(entry.text))


def _look_at_clock() -> None:
    """Read what the strip of a demonstration shows, before the page opens its own session."""
    if not context.settings().demo or request.endpoint == "static":
        return
    with reading(context.sessions()) as session:
        g.demo = {
            "now": context.now(),
            "next_deadline": timers.next_due(session),
            "clock_url": url_for("demo.move_clock"),
            "people_url": url_for("demo.people"),
        }
