"""Messages that leave: written with the action, sent outside any transaction, at least once.

A message tells people to sign in and see; it never carries a ballot, writing or a result.
"""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.clock import Clock
from engine.db import Sessions, transaction
from engine.errors import EngineError
from engine.model import Outgoing
from engine.rows import insert_if_absent

BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
"""Waits after the first to the fifth failure; after the sixth the message is dead."""

LEASE = timedelta(minutes=5)
"""How long one sender has; longer than any transport may take."""

_BETWEEN_LANGUAGES = "\n\n— — —\n\n"
_LONGEST_SUBJECT = 200


class DeliveryFailed(EngineError):
    """The transport did not take a message; it is tried again later.

    `unreachable`: it would take no other either, so the rest is not even tried.
    """

    code = "delivery_failed"
    heals = True

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        super().__init__(f"the message was not taken: {reason}")
        self.reason, self.unreachable = reason, unreachable


class MessageNotFound(EngineError):
    """There is no such undeliverable message."""

    code = "message_not_found"

    def __init__(self, message_id: UUID) -> None:
        super().__init__(f"there is no undeliverable message {message_id}")
        self.message_id = message_id


@dataclass(frozen=True)
class Message:
    """One message on its way; `key` is the same each time it is tried."""

    key: str
    address: str
    subject: str
    body: str = field(repr=False)


@dataclass(frozen=True)
class Sent:
    """What became of the messages that were due."""

    sent: int = 0
    failed: int = 0
    dead: int = 0

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(self.sent + other.sent, self.failed + other.failed, self.dead + other.dead)


class Transport(Protocol):
    """Hands one message over; raises DeliveryFailed if it was not taken."""

    def send(self, message: Message, *, now: datetime) -> None: ...


class MemoryTransport:
    """Keeps messages instead of sending them: for the demo and for tests."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, message: Message, *, now: datetime) -> None:  # noqa: ARG002 - the protocol's
        self.messages.append(message)


class SmtpTransport:
    """Hands messages to a mail server on the network of the house, one connection each."""

    def __init__(self, *, host: str, port: int, sender: str, timeout: float = 20.0) -> None:
        self._host, self._port, self._sender, self._timeout = host, port, sender, timeout

    def send(self, message: Message, *, now: datetime) -> None:
        try:
            mail = compose(message, sender=self._sender, now=now)
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        except OSError as error:
            reason = f"{self._host}:{self._port} does not answer ({type(error).__name__})"
            raise DeliveryFailed(reason, unreachable=True) from error
        except (ValueError, IndexError, MessageError) as error:  # an address nobody can have
            raise DeliveryFailed(f"no mail can be made ({type(error).__name__})") from error
        try:
            with server:
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryFailed(_reason(error)) from error


def bilingual(zh: str, en: str) -> str:
    """Join a body in two languages, Chinese first; a mail shows each as a part of its own."""
    return f"{zh.strip()}{_BETWEEN_LANGUAGES}{en.strip()}"


def post(
    session: Session,
    *,
    dedupe_key: str,
    address: str,
    subject: str,
    body: str,
    case_id: UUID | None = None,
    person_id: UUID | None = None,
    channel: str = "email",
    now: datetime,
) -> bool:
    """Put a message into the outbox, in the transaction of what it tells about.

    Args:
        session: the caller owns the transaction.
        dedupe_key: what the message is about and for whom; posted once, whatever happens.
        address: where to; a line break in it, or in the subject, becomes a blank.
        subject: one line in both languages, cut at 200 characters.
        body: what `bilingual` gives.
        case_id: the selection, if any; `person_id` the receiver, if known.
        person_id: see above.
        channel: how it is sent.
        now: due at once.

    Returns:
        False if it was posted before; nothing is changed then.

    """
    values = {
        "case_id": case_id,
        "person_id": person_id,
        "channel": channel,
        "address": " ".join(address.split()),
        "dedupe_key": dedupe_key,
        "subject": " ".join(subject.split())[:_LONGEST_SUBJECT],
        "body": body,
        "next_try_at": now,
    }
    return insert_if_absent(session, Outgoing, values)


def send_due(sessions: Sessions, transport: Transport, clock: Clock, *, limit: int = 50) -> Sent:
    """Send what is due, one by one: lease, send outside of any transaction, mark.

    Several workers may do so at once. One that dies in between leaves a lease that runs out; the
    message is then sent again under the same Message-ID, so that mail programs show it once.
    While the mail server cannot be reached only one message is tried each time.
    """
    total = Sent()
    for _ in range(limit):
        leased = _lease(sessions, now=clock.now())
        if leased is None:
            break
        message_id, message = leased
        try:
            transport.send(message, now=clock.now())
        except DeliveryFailed as error:
            total += _mark_failed(sessions, message_id, error.reason, now=clock.now())
            if error.unreachable:
                break
        else:
            _mark_sent(sessions, message_id, now=clock.now())
            total += Sent(sent=1)
    return total


def undeliverable(session: Session, *, limit: int = 100) -> Sequence[Outgoing]:
    """List the messages given up, latest first, for the office to see."""
    return session.scalars(
        select(Outgoing)
        .where(Outgoing.state == "dead")
        .order_by(Outgoing.next_try_at.desc())
        .limit(limit)
    ).all()


def retry(session: Session, *, message_id: UUID, now: datetime) -> None:
    """Try an undeliverable message again, from the beginning, still under its Message-ID.

    Raises:
        MessageNotFound: it does not exist, or is not dead.

    """
    message = session.scalar(
        select(Outgoing).where(Outgoing.id == message_id, Outgoing.state == "dead")
    )
    if message is None:
        raise MessageNotFound(message_id)
    message.state, message.attempts, message.next_try_at = "new", 0, now
    message.leased_until = None


def compose(message: Message, *, sender: str, now: datetime) -> EmailMessage:
    """Make the mail: a text part per language, a Message-ID that follows from the key.

    Raises:
        ValueError, IndexError, MessageError: the address is none.

    """
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, message.address, message.subject
    if [bool(each.domain) for each in mail["To"].addresses] != [True]:
        raise ValueError("it must be one address")  # smtplib would send to nobody and be content
    mail["Date"] = format_datetime(now)
    domain = sender.rpartition("@")[2].strip(" >") or "localhost"
    mail["Message-ID"] = f"<{sha256(message.key.encode()).hexdigest()[:32]}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    zh, both, en = message.body.partition(_BETWEEN_LANGUAGES)
    mail.set_content(zh)
    if both:
        mail.make_mixed()
        english = EmailMessage(policy=SMTP)
        english.set_content(en)
        english["Content-Language"] = "en"
        mail.attach(english)
    return mail


def _lease(sessions: Sessions, *, now: datetime) -> tuple[UUID, Message] | None:
    with transaction(sessions) as session:
        row = session.scalar(
            select(Outgoing)
            .where(
                Outgoing.state == "new",
                Outgoing.next_try_at <= now,
                Outgoing.leased_until.is_(None) | (Outgoing.leased_until <= now),
            )
            .order_by(Outgoing.next_try_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        row.leased_until = now + LEASE
        return row.id, Message(row.dedupe_key, row.address, row.subject, row.body)


def _mark_sent(sessions: Sessions, message_id: UUID, *, now: datetime) -> None:
    with transaction(sessions) as session:
        session.execute(
            update(Outgoing)
            .where(Outgoing.id == message_id)
            .values(state="sent", sent_at=now, leased_until=None, attempts=Outgoing.attempts + 1)
        )


def _mark_failed(sessions: Sessions, message_id: UUID, reason: str, *, now: datetime) -> Sent:
    with transaction(sessions) as session:
        row = session.get_one(Outgoing, message_id, with_for_update=True)
        if row.state != "new":
            return Sent()  # somebody whose lease had run out sent it all the same
        row.attempts += 1
        row.last_error, row.leased_until = reason, None
        if row.attempts > len(BACK_OFF):
            row.state, row.next_try_at = "dead", now
            return Sent(dead=1)
        row.next_try_at = now + BACK_OFF[row.attempts - 1]
        return Sent(failed=1)


def _reason(error: Exception) -> str:
    """Say what went wrong without the content of the message."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _text in error.recipients.values()})
        return f"recipient refused ({', '.join(codes)})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} ({error.smtp_code})"
    return f"{type(error).__name__}: {getattr(error, 'strerror', None) or 'no answer'}"
