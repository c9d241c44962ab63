"""Send what is due: lease, send outside of any transaction, mark; give up visibly."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import literal_column, select, update
from sqlalchemy.orm import Session

from engine import problems
from engine.clock import Clock
from engine.db import Sessions, transaction
from engine.model import ChatChannel, Outgoing, OutgoingAbout, Person
from engine.outbox.message import (
    HANDED,
    DeliveryFailed,
    Message,
    MessageNotFound,
    Sent,
    Transport,
)
from engine.outbox.posting import stand_in
from engine.outbox.ways import Rules, ways_for

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

UNDELIVERED = "message_failed"
"""The code of the problem that a message given up becomes."""

_LOOK_AGAIN = timedelta(seconds=30)
_NO_RESULT = timedelta(days=1)
_LONGEST_ERROR = 300


def send_due(
    sessions: Sessions,
    transport: Transport,
    clock: Clock,
    *,
    rules: Rules | None = None,
    limit: int = 50,
) -> Sent:
    """Send what is due, one by one: lease, send outside of any transaction, mark.

    Several workers may do so at once. One that dies in between leaves a lease that runs out; the
    message is then sent again under the same Message-ID, so that mail programs show it once.
    While a channel cannot be reached only one of its messages is tried each time.
    """
    total, away = Sent(), set[str]()
    for _ in range(limit):
        leased = _lease(sessions, without=away, now=clock.now())
        if leased is None:
            break
        message_id, message = leased
        try:
            state = transport.send(message, now=clock.now()) or "sent"
        except DeliveryFailed as error:
            total += _mark_failed(sessions, message_id, error, rules or Rules(), now=clock.now())
            if error.unreachable:
                away.add(message.channel)
        else:
            _mark(sessions, message_id, state, now=clock.now())
            total += Sent(sent=1)
    return total


def collect_results(
    sessions: Sessions,
    outcome: Callable[[Message], str | None],
    clock: Clock,
    *,
    rules: Rules | None = None,
    limit: int = 200,
) -> Sent:
    """Look what became of messages that were only handed over, e.g. to a modem.

    Args:
        sessions: each message is one transaction.
        outcome: `sent`, `failed: <reason>`, or None while there is no result.
        clock: a message without a result for a day is given up.
        rules: the ways of the installation.
        limit: messages in one round.
    """
    total = Sent()
    for _ in range(limit):
        with transaction(sessions) as session:
            now = clock.now()
            row = _first(
                session,
                Outgoing.state == literal_column(f"'{HANDED}'"),
                Outgoing.next_try_at <= now,
            )
            if row is None:
                break
            row.next_try_at = now + _LOOK_AGAIN
            seen = outcome(_message(session, row, attempt=row.attempts))
            if seen == "sent":
                row.state, row.sent_at = "sent", now
                total += Sent(sent=1)
            elif seen is not None:
                error = DeliveryFailed(seen.removeprefix("failed: "))
                total += _failed(session, row, error, rules or Rules(), now=now)
            elif row.sent_at is not None and now - row.sent_at >= _NO_RESULT:
                lost = DeliveryFailed("the modem gave no result for a day", permanent=True)
                total += _failed(session, row, lost, rules or Rules(), now=now)
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

    The way to its person is chosen anew: the number may have been corrected meanwhile.

    Raises:
        MessageNotFound: it does not exist, or is not given up.

    """
    message = session.scalar(
        select(Outgoing)
        .where(Outgoing.id == message_id, Outgoing.state.in_(("dead", "no_way")))
        .with_for_update()
    )
    if message is None:
        raise MessageNotFound(message_id)
    message.state, message.attempts, message.next_try_at = "new", 0, now
    message.leased_until, message.last_error, message.urgent = None, "", True
    for case_id in _about(session, message_id):
        problems.resolve(
            session, kind="message", step=str(message_id), instance_id=case_id, now=now
        )
    if message.person_id is not None and message.language:
        message.channel, message.address, message.chat_id = "", "", None


def _lease(
    sessions: Sessions, *, without: Collection[str], now: datetime
) -> tuple[UUID, Message] | None:
    with transaction(sessions) as session:
        row = _first(
            session,
            Outgoing.state == literal_column("'new'"),  # so that the partial index is used
            Outgoing.channel.not_in(("", *without)),
            Outgoing.next_try_at <= now,
            Outgoing.leased_until.is_(None) | (Outgoing.leased_until <= now),
        )
        if row is None:
            return None
        row.leased_until = now + LEASE
        return row.id, _message(session, row, attempt=row.attempts + 1)


def _first(session: Session, *asked: object) -> Outgoing | None:
    """The earliest row that nobody else has, locked."""
    found: Outgoing | None = session.scalar(
        select(Outgoing)
        .where(*asked)  # type: ignore[arg-type]  # conditions, of whatever column
        .order_by(Outgoing.next_try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return found


def _message(session: Session, row: Outgoing, *, attempt: int) -> Message:
    address = row.address
    if row.channel == "chat":
        chat = session.get(ChatChannel, row.chat_id) if row.chat_id else None
        address = chat.address if chat is not None and chat.person_id == row.person_id else ""
    return Message(
        row.dedupe_key, address, row.subject, row.body, channel=row.channel, short=row.short,
        calendar=row.calendar, language=row.language, attempt=attempt,
    )  # fmt: skip


def _mark(sessions: Sessions, message_id: UUID, state: str, *, now: datetime) -> None:
    with transaction(sessions) as session:
        session.execute(
            update(Outgoing)
            .where(Outgoing.id == message_id, Outgoing.state == "new")
            .values(
                state=state, sent_at=now, leased_until=None, next_try_at=now,
                attempts=Outgoing.attempts + 1,
            )
        )  # fmt: skip


def _mark_failed(
    sessions: Sessions, message_id: UUID, error: DeliveryFailed, rules: Rules, *, now: datetime
) -> Sent:
    with transaction(sessions) as session:
        row = session.get_one(Outgoing, message_id, with_for_update=True)
        if row.state != "new":
            return Sent()  # somebody whose lease had run out sent it all the same
        row.attempts += 1
        return _failed(session, row, error, rules, now=now)


def _failed(
    session: Session, row: Outgoing, error: DeliveryFailed, rules: Rules, *, now: datetime
) -> Sent:
    """Set a message back, or give it up: `attempts` has been counted."""
    row.last_error, row.leased_until = error.reason[:_LONGEST_ERROR], None
    if error.permanent or row.attempts > len(BACK_OFF):
        row.state, row.next_try_at = "dead", now
        _give_up(session, row, rules, now=now)
        return Sent(dead=1)
    wait = BACK_OFF[max(row.attempts, 1) - 1]
    row.state, row.next_try_at = "new", now + max(wait, error.after or wait)
    return Sent(failed=1)


def _give_up(session: Session, row: Outgoing, rules: Rules, *, now: datetime) -> None:
    """Put a problem before every office concerned, and try the person's next channel."""
    cases = _about(session, row.id)
    for case_id in cases:
        report_undelivered(session, case_id=case_id, message=row, now=now)
    if row.person_id is None or not row.language:
        return
    origin = row.origin_id or row.id
    tried = {
        (channel, chat_id)
        for channel, chat_id in session.execute(
            select(Outgoing.channel, Outgoing.chat_id).where(
                (Outgoing.id == origin) | (Outgoing.origin_id == origin)
            )
        )
    }
    for way in ways_for(session, row.person_id, rules):
        if (way.channel, way.chat_id) not in tried:
            stand_in(
                session, row, channel=way.channel, address=way.address, chat_id=way.chat_id,
                case_ids=cases, now=now,
            )  # fmt: skip
            return


def _name_of(session: Session, message: Outgoing) -> str:
    person = session.get(Person, message.person_id) if message.person_id else None
    return person.name if person else ""


def _about(session: Session, message_id: UUID) -> Sequence[UUID]:
    return session.scalars(
        select(OutgoingAbout.case_id).where(OutgoingAbout.message_id == message_id)
    ).all()


def report_undelivered(
    session: Session, *, case_id: UUID, message: Outgoing, now: datetime
) -> None:
    """The one place where a message that is given up becomes a problem to deal with.

    `step` names the message, so that trying the problem again sends it again (`retry`). The
    selection's root instance has the selection's id.
    """
    problems.report(
        session, case_id=case_id, kind="message", instance_id=case_id, step=str(message.id),
        code=UNDELIVERED, message=f"{message.channel} {message.address}: {message.last_error}",
        facts={"person": _name_of(session, message), "address": message.address},
        attempts=message.attempts, now=now,
    )  # fmt: skip
