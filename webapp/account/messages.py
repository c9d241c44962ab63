"""My messages: by which ways, in which order, when not; my chats; my calendar."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response as FlaskResponse
from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from engine import contacts, feeds, identity
from engine.db import reading, transaction
from engine.errors import EngineError
from engine.identity import Identity
from engine.model import Person
from webapp import context
from webapp.errors import N_, Said, said
from webapp.i18n import remember_language
from webapp.messaging import rules_of

CHANNELS = {"sms": N_("Short message"), "email": N_("E-mail"), "chat": N_("Chat")}


def messages() -> str:
    return _page()


def save() -> Response:
    order = _order()
    language = "en" if request.form.get("language") == "en" else "zh"

    def act(session: Session, who: Identity) -> None:
        if order is None:
            raise contacts.BadPreferences("order")
        contacts.save_preferences(
            session, who, order=order, quiet_from=request.form.get("quiet_from", ""),
            quiet_until=request.form.get("quiet_until", ""),
        )  # fmt: skip
        identity.choose_language(session, who, language=language)

    answer = _carry_out(act, gettext("Saved."))
    if answer.status_code < 400:  # noqa: PLR2004 - it was not refused
        remember_language(answer, language)
    return answer


def usual() -> Response:
    """Forget the own order and hours."""

    def act(session: Session, who: Identity) -> None:
        contacts.save_preferences(session, who, order=[], quiet_from="", quiet_until="")

    return _carry_out(act, gettext("Messages reach you in the usual way again."))


def _order() -> list[str] | None:
    """The channels in the order of the numbers chosen; None where a number stands twice."""
    numbered = {
        key.removeprefix("place:"): int(value)
        for key, value in request.form.items()
        if key.startswith("place:") and value.isdigit()
    }
    if len(set(numbered.values())) < len(numbered):
        return None
    return sorted(numbered, key=lambda key: numbered[key])


def send_code(channel: str) -> Response:
    return _carry_out(
        lambda session, who: contacts.send_code(
            session, who, channel=channel, secret_key=context.settings().secret_key,
            rules=rules_of(context.settings()), now=context.now(),
        ),
        gettext("A code is on its way. Type it below within 15 minutes."),
    )  # fmt: skip


def confirm() -> Response:
    with transaction(context.sessions()) as session:  # a wrong code is counted, so it commits
        right = contacts.confirm_code(
            session, _me(), code=request.form.get("code", ""),
            secret_key=context.settings().secret_key, now=context.now(),
        )  # fmt: skip
    if not right:
        words = said(contacts.BadCode())
        return make_response(_page(words, "code"), words.status)
    flash(gettext("Confirmed."), "success")
    return _back()


def add_chat() -> Response:
    return _carry_out(
        lambda session, who: contacts.add_chat(
            session, who, label=request.form.get("label", ""),
            address=request.form.get("address", ""), rules=rules_of(context.settings()),
            now=context.now(),
        ),
        gettext("The chat is added. Send a test, and give it a place in the order."),
        label=request.form.get("label", ""),
    )  # fmt: skip


def try_chat(chat_id: UUID) -> Response:
    return _carry_out(
        lambda session, who: contacts.try_chat(session, who, chat_id=chat_id, now=context.now()),
        gettext("A test message is on its way."),
    )


def remove_chat(chat_id: UUID) -> Response:
    return _carry_out(
        lambda session, who: contacts.remove_chat(session, who, chat_id=chat_id),
        gettext("The chat is removed and its address forgotten."),
    )


def make_feed() -> Response:
    """Shown in the answer itself: only its digest is kept, so it can never be shown again."""
    with transaction(context.sessions()) as session:
        token = feeds.make(session, _me(), now=context.now())
    address = context.settings().public_url + url_for("account.calendar", token=token)
    return make_response(_page(address=address))


def revoke_feed() -> Response:
    return _carry_out(
        feeds.revoke, gettext("The address of your calendar is good for nothing now.")
    )


def calendar(token: str) -> FlaskResponse:
    """For calendar programs, which cannot sign in: whoever has the address may read."""
    with reading(context.sessions()) as session:
        text = feeds.read(session, token, now=context.now())
    answer = FlaskResponse(text, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'inline; filename="gongxuan.ics"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _me() -> Identity:
    """Who is signed in for more than one ballot.

    Raises:
        NotFound: a slip for one task has no page of its own.
    """
    who = context.me()
    if who.only_element:
        raise NotFound
    return who


def _carry_out(act: Callable[[Session, Identity], object], done: str, **typed: str) -> Response:
    try:
        with transaction(context.sessions()) as session:
            act(session, _me())
    except EngineError as error:
        words = said(error)
        if words.status == NotFound.code:
            raise
        field = getattr(error, "field", "address" if error.code == "bad_chat" else "")
        return make_response(_page(words, field, **typed), words.status)
    flash(done, "success")
    return _back()


def _page(refused: Said | None = None, field: str = "", **more: Any) -> str:
    who = _me()
    with reading(context.sessions()) as session:
        shown = contacts.preferences(
            session, who, rules=rules_of(context.settings()), now=context.now()
        )
        person = session.get_one(Person, who.person_id)
        feed_at = feeds.made_at(session, who)
        channels = {code: gettext(text) for code, text in CHANNELS.items()}
        form = request.form if refused is not None else {}
        return render_template(
            "account/messages.html", shown=shown, person=person, feed_at=feed_at, refused=refused,
            field=field, channels=channels, form=form, **more,
        )  # fmt: skip


def _back() -> Response:
    return redirect(url_for("account.messages"), 303)
