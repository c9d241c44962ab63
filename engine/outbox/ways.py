"""Ways to a person: what the installation has, what the person prefers, when not to disturb."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from engine.clock import Clock
from engine.db import Sessions, transaction
from engine.model import ChatChannel, Contact, Outgoing, Person
from engine.outbox.sms import BadNumber, international

_BATCH = 50


@dataclass(frozen=True)
class Rules:
    """What the installation says about messages (docs/settings.md).

    `order` is used for whoever has chosen nothing. `available` names the channels it has means
    for; where it has none at all, mail waits in the outbox. `quiet` is two local times of day
    (equal: never), `gap` how long a person is left in peace after a digest, `chats` the kinds of
    chat that people may add.
    """

    order: tuple[str, ...] = ("sms", "email")
    available: frozenset[str] = frozenset({"email"})
    quiet: tuple[str, str] = ("", "")
    gap: timedelta = timedelta(minutes=60)
    zone: str = "Asia/Shanghai"
    chats: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Way:
    """One way to a person; `address` of a chat is only its label, the secret stays in its row."""

    channel: str
    address: str
    chat_id: UUID | None = None


def ways_of(
    person: Person, contact: Contact | None, chats: Sequence[ChatChannel], rules: Rules
) -> list[Way]:
    """Every way to a person, the preferred first.

    What the person chose is all that is used; if none of it works any more, what the
    installation says.
    """
    known: dict[str, Way] = {}
    if "sms" in rules.available and person.phone:
        with suppress(BadNumber):
            known["sms"] = Way("sms", international(person.phone))
    if "email" in rules.available and person.email:
        known["email"] = Way("email", person.email)
    for chat in chats if "chat" in rules.available else ():
        if chat.service in rules.chats:
            known[f"chat:{chat.id}"] = Way("chat", f"{chat.label} ({chat.service})", chat.id)
    chosen = [known[name] for name in (contact.channels if contact else ()) if name in known]
    return chosen or [known[name] for name in rules.order if name in known]


def ways_for(session: Session, person_id: UUID, rules: Rules) -> list[Way]:
    """`ways_of` for one person, read here."""
    person = session.get_one(Person, person_id)
    contact = session.get(Contact, person_id)
    return ways_of(person, contact, _chats(session, [person_id]).get(person_id, []), rules)


def quiet_end(contact: Contact | None, rules: Rules, *, now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` lies; None outside of them.

    The person's own hours stand before those of the installation; they are hours of its zone.
    """
    begins, ends = rules.quiet
    if contact is not None and contact.quiet_from:
        begins, ends = contact.quiet_from, contact.quiet_until
    if not begins or begins == ends:
        return None
    local = now.astimezone(ZoneInfo(rules.zone))
    first, last = time.fromisoformat(begins), time.fromisoformat(ends)
    present = local.time()
    inside = first <= present < last if first < last else present >= first or present < last
    if not inside:
        return None
    day = local.date() + timedelta(days=present >= last)
    return datetime.combine(day, last, local.tzinfo).astimezone(UTC)


def route_due(sessions: Sessions, clock: Clock, *, rules: Rules) -> int:
    """Choose the way of every message that is due and has none; returns how many were looked at.

    In quiet hours a message is held, unless it is urgent. Whoever cannot be reached at all keeps
    the notice inside; the office sees it in the list of messages. Safe to run twice, anywhere.
    """
    looked = 0
    while True:
        with transaction(sessions) as session:
            rows = _unrouted(session, now=clock.now())
            _route(session, rows, rules, now=clock.now())
            looked += len(rows)
        if len(rows) < _BATCH:
            return looked


def _unrouted(session: Session, *, now: datetime) -> Sequence[Outgoing]:
    return session.scalars(
        select(Outgoing)
        .where(
            Outgoing.state == literal_column("'new'"),  # so that the partial index is used
            Outgoing.channel == literal_column("''"),
            Outgoing.next_try_at <= now,
        )
        .order_by(Outgoing.next_try_at)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()


def _route(session: Session, rows: Sequence[Outgoing], rules: Rules, *, now: datetime) -> None:
    ids = {row.person_id for row in rows if row.person_id}
    if not ids:
        return
    people = {p.id: p for p in session.scalars(select(Person).where(Person.id.in_(ids)))}
    asked = select(Contact).where(Contact.person_id.in_(ids))
    contacts = {c.person_id: c for c in session.scalars(asked)}
    chats = _chats(session, list(ids))
    for row in rows:
        assert row.person_id is not None  # noqa: S101 - `tell` gives it one; told to mypy
        contact = contacts.get(row.person_id)
        held = None if row.urgent else quiet_end(contact, rules, now=now)
        if held is not None:
            row.next_try_at = held
            continue
        ways = ways_of(people[row.person_id], contact, chats.get(row.person_id, []), rules)
        if not ways:
            row.state, row.last_error = "no_way", "no way of sending to this person is known"
            continue
        # An invitation is of use where a calendar program finds it.
        way = min(ways, key=lambda each: bool(row.calendar) and each.channel != "email")
        row.channel, row.address, row.chat_id = way.channel, way.address[:254], way.chat_id


def _chats(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, list[ChatChannel]]:
    made: dict[UUID, list[ChatChannel]] = {}
    asked = select(ChatChannel).where(ChatChannel.person_id.in_(ids)).order_by(ChatChannel.added_at)
    for chat in session.scalars(asked):
        made.setdefault(chat.person_id, []).append(chat)
    return made
