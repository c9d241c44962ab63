"""Put messages into the outbox, in the transaction of what they tell about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from engine.model import ChatChannel, Outgoing, OutgoingAbout, Person
from engine.rows import insert_if_absent

BETWEEN_LANGUAGES = "\n\n— — —\n\n"
_LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Draft:
    """The words of a message in one language: for mail, and `short` for a telephone or a chat."""

    subject: str
    body: str
    short: str


def bilingual(zh: str, en: str) -> str:
    """Join a body in two languages, Chinese first; a mail shows each as a part of its own."""
    return f"{zh.strip()}{BETWEEN_LANGUAGES}{en.strip()}"


def tell(
    session: Session,
    *,
    person: Person,
    dedupe_key: str,
    kind: str,
    zh: Draft,
    en: Draft,
    case_ids: Iterable[UUID],
    calendar: str = "",
    urgent: bool = False,
    now: datetime,
) -> UUID | None:
    """Tell a person something in their language, by whichever way they are reached.

    The way is chosen when the message is due (`route_due`), so that whoever tells needs to know
    neither the settings nor what the person prefers.

    Args:
        session: the caller owns the transaction.
        person: the receiver.
        dedupe_key: what the message is about and for whom; posted once, whatever happens.
        kind: `digest`, `notice`, `invitation`.
        zh: the words in Chinese.
        en: the words in English.
        case_ids: the selections it is about; their offices see what becomes of it.
        calendar: an iCalendar invitation, for those who get mail.
        urgent: quiet hours do not hold it.
        now: due at once.

    Returns:
        Its id; None if it was posted before; nothing is changed then.

    """
    words = en if person.language == "en" else zh
    return _insert(
        session, case_ids, now,
        person_id=person.id, kind=kind, channel="", address="", dedupe_key=dedupe_key,
        language="en" if person.language == "en" else "zh", subject=words.subject,
        body=words.body, short=words.short, calendar=calendar, urgent=urgent,
    )  # fmt: skip


def tell_chat(
    session: Session, *, person: Person, chat: ChatChannel, dedupe_key: str, words: str,
    now: datetime,
) -> UUID | None:  # fmt: skip
    """Post words to one chat of a person, by that way alone; None if they were posted before."""
    return _insert(
        session, [], now, subject=words,
        person_id=person.id, kind="test", channel="chat", address=f"{chat.label} ({chat.service})",
        chat_id=chat.id, dedupe_key=dedupe_key, language="", body=words, short=words, calendar="",
        urgent=True,
    )  # fmt: skip


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
    kind: str = "message",
    now: datetime,
) -> bool:
    """Put a message to a given address into the outbox.

    Args:
        session: the caller owns the transaction.
        dedupe_key: what the message is about and for whom; posted once, whatever happens.
        address: where to; a line break in it, or in the subject, becomes a blank.
        subject: one line in both languages, cut at 200 characters.
        body: what `bilingual` gives; for a telephone a few words.
        case_id: the selection, if any.
        person_id: the receiver, if known.
        channel: how it is sent.
        kind: what it is, for the lists.
        now: due at once.

    Returns:
        False if it was posted before; nothing is changed then.

    """
    made = _insert(
        session, [case_id] if case_id else [], now,
        person_id=person_id, kind=kind, channel=channel, address=" ".join(address.split()),
        dedupe_key=dedupe_key, language="", subject=subject, body=body,
        short=body if channel == "sms" else "",
        calendar="", urgent=True,
    )  # fmt: skip
    return made is not None


def stand_in(
    session: Session, failed: Outgoing, *, channel: str, address: str, chat_id: UUID | None,
    case_ids: Iterable[UUID], now: datetime,
) -> UUID | None:  # fmt: skip
    """Post the words of a message that could not be delivered once more, by another channel."""
    origin = failed.origin_id or failed.id
    return _insert(
        session, case_ids, now,
        person_id=failed.person_id, kind=failed.kind, channel=channel, address=address,
        chat_id=chat_id, dedupe_key=f"{origin}>{channel}:{chat_id or ''}",
        language=failed.language, subject=failed.subject, body=failed.body, short=failed.short,
        calendar=failed.calendar, urgent=failed.urgent, origin_id=origin,
    )  # fmt: skip


def _insert(
    session: Session, case_ids: Iterable[UUID], now: datetime, *, subject: str, **values: object
) -> UUID | None:
    cases, message_id = list(dict.fromkeys(case_ids)), uuid4()
    row = {
        **values,
        "id": message_id,
        "case_id": cases[0] if len(cases) == 1 else None,
        "subject": " ".join(subject.split())[:_LONGEST_SUBJECT],
        "posted_at": now,
        "next_try_at": now,
    }
    if not insert_if_absent(session, Outgoing, row):
        return None
    for case_id in cases:
        about = {"case_id": case_id, "message_id": message_id, "posted_at": now}
        insert_if_absent(session, OutgoingAbout, about)
    return message_id
