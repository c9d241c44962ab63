"""How a person wants to be reached: channels, quiet hours, confirmed addresses, chats."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import outbox
from engine.errors import EngineError
from engine.identity import Identity
from engine.model import ChatChannel, Contact, Person
from engine.outbox import Rules
from engine.outbox.chat import service_of
from engine.outbox.sms import BadNumber, international
from engine.rows import insert_if_absent

CODE_LASTS = timedelta(minutes=15)
MOST_TRIES = 5
MOST_CHATS = 5
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_ABSENT = {
    "channels": [], "quiet_from": "", "quiet_until": "", "confirmed": {}, "code_hash": "",
    "code_for": "", "code_tries": 0,
}  # fmt: skip


class BadPreferences(EngineError):
    """What was typed about messages cannot be used; nothing is changed. `field` names it."""

    code = "bad_preferences"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} cannot be used; correct it")
        self.field = field


class BadCode(EngineError):
    """The code is not the one that was sent, is too old, or was tried too often."""

    code = "bad_code"

    def __init__(self) -> None:
        super().__init__("the code is not right or not valid any more; ask for another")


class BadChat(EngineError):
    """This is no address of a chat that the installation allows."""

    code = "bad_chat"

    def __init__(self, services: str) -> None:
        super().__init__(f"this is no address of a chat that may be used ({services})")
        self.services = services


class ChatNotFound(EngineError):
    """No such chat of this person."""

    code = "chat_not_found"

    def __init__(self, chat_id: UUID) -> None:
        super().__init__(f"there is no chat {chat_id}, or not yours")
        self.chat_id = chat_id


class TooSoon(EngineError):
    """A code or a test was sent a moment ago."""

    code = "too_soon"

    def __init__(self) -> None:
        super().__init__("one was sent a moment ago; wait a minute")


@dataclass(frozen=True)
class Reach:
    """One way to this person as their own page shows it. `masked` hides what is secret."""

    key: str
    channel: str
    masked: str
    usable: bool
    confirmed: bool
    chosen: int
    """its place in the order, from 1; 0: not used"""
    chat_id: UUID | None = None


@dataclass(frozen=True)
class Preferences:
    """What a person's page about messages shows."""

    ways: Sequence[Reach]
    own_order: bool
    quiet_from: str
    quiet_until: str
    installation_quiet: tuple[str, str]
    waiting_for_code: str
    """the channel a code was sent to and is still good for; else empty"""
    chats_allowed: Sequence[str]


def locked(session: Session, *, person_id: UUID) -> Contact | None:
    """Lock a person's row, made if there is none; None while somebody else holds it."""
    insert_if_absent(session, Contact, {"person_id": person_id, **_ABSENT})
    return session.scalar(
        select(Contact)
        .where(Contact.person_id == person_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def preferences(session: Session, who: Identity, *, rules: Rules, now: datetime) -> Preferences:
    """Read what this person has chosen: three statements."""
    person = session.get_one(Person, who.person_id)
    contact = session.get(Contact, who.person_id)
    chats = chats_of(session, who.person_id)
    used = _keys(outbox.ways_of(person, contact, chats, rules))
    confirmed = contact.confirmed if contact else {}
    ways = [
        Reach(
            key=channel, channel=channel, masked=address, usable=channel in rules.available,
            confirmed=bool(address) and confirmed.get(channel) == address,
            chosen=used.index(channel) + 1 if channel in used else 0,
        )
        for channel, address in (("sms", person.phone), ("email", person.email))
        if channel in rules.available or address
    ] + [
        Reach(
            key=f"chat:{chat.id}", channel="chat", masked=f"{chat.label}（{chat.service}://…）",
            usable="chat" in rules.available and chat.service in rules.chats, confirmed=True,
            chosen=used.index(f"chat:{chat.id}") + 1 if f"chat:{chat.id}" in used else 0,
            chat_id=chat.id,
        )
        for chat in chats
    ]  # fmt: skip
    good = contact is not None and contact.code_until is not None and contact.code_until > now
    return Preferences(
        ways=ways,
        own_order=bool(contact and contact.channels),
        quiet_from=contact.quiet_from if contact else "",
        quiet_until=contact.quiet_until if contact else "",
        installation_quiet=rules.quiet,
        waiting_for_code=contact.code_for.partition(" ")[0] if contact and good else "",
        chats_allowed=sorted(rules.chats) if "chat" in rules.available else (),
    )


def _keys(ways: Sequence[outbox.Way]) -> list[str]:
    return [f"chat:{way.chat_id}" if way.chat_id else way.channel for way in ways]


def chats_of(session: Session, person_id: UUID) -> Sequence[ChatChannel]:
    return session.scalars(
        select(ChatChannel)
        .where(ChatChannel.person_id == person_id)
        .order_by(ChatChannel.added_at, ChatChannel.id)
    ).all()


def save_preferences(
    session: Session,
    who: Identity,
    *,
    order: Sequence[str],
    quiet_from: str,
    quiet_until: str,
) -> None:
    """Keep the order of channels and the quiet hours.

    Args:
        session: the caller owns the transaction.
        who: whose they are.
        order: `sms`, `email`, `chat:<id>`; empty: as the installation says.
        quiet_from: HH:MM in the installation's zone; both empty: as the installation says; equal:
            never quiet.
        quiet_until: HH:MM.

    Raises:
        BadPreferences: naming the field; nothing is changed.
    """
    known = {"sms", "email", *(f"chat:{chat.id}" for chat in chats_of(session, who.person_id))}
    if len(set(order)) != len(order) or not set(order) <= known:
        raise BadPreferences("order")
    for field, value in (("quiet_from", quiet_from), ("quiet_until", quiet_until)):
        if value and not _TIME.fullmatch(value):
            raise BadPreferences(field)
    if bool(quiet_from) != bool(quiet_until):
        raise BadPreferences("quiet_until" if quiet_from else "quiet_from")
    contact = _own(session, who)
    contact.channels = list(order)
    contact.quiet_from, contact.quiet_until = quiet_from, quiet_until


def add_chat(
    session: Session, who: Identity, *, label: str, address: str, rules: Rules, now: datetime
) -> UUID:
    """Keep a chat of this person; its address is never shown again.

    Raises:
        BadChat: no address, or of a kind that the installation does not allow.
        BadPreferences: it has no name, or there are too many.
    """
    label = " ".join(label.split())[:40]
    if not label:
        raise BadPreferences("label")
    service = service_of(address)
    if "chat" not in rules.available or service not in rules.chats:
        raise BadChat(", ".join(sorted(rules.chats)))
    asked = select(func.count()).where(ChatChannel.person_id == who.person_id)
    if (session.scalar(asked) or 0) >= MOST_CHATS:
        raise BadPreferences("label")
    chat = ChatChannel(
        person_id=who.person_id, label=label, service=service, address=address.strip(),
        added_at=now,
    )  # fmt: skip
    session.add(chat)
    session.flush()  # gives it an id
    return chat.id


def remove_chat(session: Session, who: Identity, *, chat_id: UUID) -> None:
    """Forget a chat; messages on their way to it go by the next channel.

    Raises:
        ChatNotFound: not theirs.
    """
    chat = session.get(ChatChannel, chat_id)
    if chat is None or chat.person_id != who.person_id:
        raise ChatNotFound(chat_id)
    session.delete(chat)
    contact = _own(session, who)
    contact.channels = [key for key in contact.channels if key != f"chat:{chat_id}"]


def try_chat(session: Session, who: Identity, *, chat_id: UUID, now: datetime) -> None:
    """Send a few words to a chat, to see whether it works; once a minute.

    Raises:
        ChatNotFound, TooSoon.
    """
    chat = session.get(ChatChannel, chat_id)
    if chat is None or chat.person_id != who.person_id:
        raise ChatNotFound(chat_id)
    person = session.get_one(Person, who.person_id)
    english = person.language == "en"
    words = "This is a test message." if english else "这是一条测试消息。"
    posted = outbox.tell_chat(
        session, person=person, chat=chat, dedupe_key=f"test:{chat_id}:{now:%Y%m%d%H%M}",
        words=words, now=now,
    )  # fmt: skip
    if posted is None:
        raise TooSoon


def send_code(
    session: Session, who: Identity, *, channel: str, secret_key: str, rules: Rules, now: datetime
) -> None:
    """Send a code to the number or address the office keeps, so that the person can confirm it.

    Raises:
        BadPreferences: there is no such address, or no means of sending to it.
        TooSoon: one was sent less than a minute ago.
    """
    person = session.get_one(Person, who.person_id)
    address = {"sms": person.phone, "email": person.email}.get(channel, "")
    if not address or channel not in rules.available:
        raise BadPreferences(channel)
    try:
        target = international(address) if channel == "sms" else address
    except BadNumber as error:
        raise BadPreferences(channel) from error
    contact = _own(session, who)
    if contact.code_until is not None and contact.code_until - CODE_LASTS > now - timedelta(
        minutes=1
    ):
        raise TooSoon
    code = f"{secrets.randbelow(1_000_000):06d}"
    contact.code_hash = _code_hash(code, who.person_id, secret_key)
    contact.code_for, contact.code_tries = f"{channel} {address}", 0
    contact.code_until = now + CODE_LASTS
    zh = f"您的确认码是{code}，15分钟内有效。不是本人操作请忽略。"
    en = f"Your code is {code}, good for 15 minutes. If you did not ask for it, ignore this."
    english = person.language == "en"
    outbox.post(
        session, dedupe_key=f"code:{who.person_id}:{now.isoformat()}", address=target,
        subject="Confirm your address" if english else "确认联系方式", person_id=who.person_id,
        body=en if english else zh, channel=channel, kind="code",
        now=now,
    )  # fmt: skip


def confirm_code(
    session: Session, who: Identity, *, code: str, secret_key: str, now: datetime
) -> bool:
    """Take the code a person typed; five wrong ones make it worthless.

    Returns:
        Whether it was right; the caller commits either way, so that wrong ones are counted.
    """
    contact = _own(session, who)
    if contact.code_until is None or contact.code_until <= now or not contact.code_hash:
        return False
    digest = _code_hash(re.sub(r"\D", "", code), who.person_id, secret_key)
    if not hmac.compare_digest(digest, contact.code_hash):
        contact.code_tries += 1
        if contact.code_tries >= MOST_TRIES:
            contact.code_hash, contact.code_until = "", None
        return False
    channel, _, address = contact.code_for.partition(" ")
    contact.confirmed = {**contact.confirmed, channel: address}
    contact.code_hash, contact.code_for, contact.code_until = "", "", None
    return True


def _own(session: Session, who: Identity) -> Contact:
    """This person's row, locked, made if there is none."""
    insert_if_absent(session, Contact, {"person_id": who.person_id, **_ABSENT})
    return session.execute(
        select(Contact)
        .where(Contact.person_id == who.person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def _code_hash(code: str, person_id: UUID, secret_key: str) -> str:
    return hmac.new(secret_key.encode(), f"{person_id}:{code}".encode(), hashlib.sha256).hexdigest()
