"""What is told to people: reminders, notices inside, messages that leave, how to reach them."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.model.base import Base


class Notice(Base):
    """Something a person is told inside the application; the words are kept as they were."""

    __tablename__ = "notice"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("selection.id"), comment="none: about several selections"
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    element_id: Mapped[str] = mapped_column(String(80), default="")
    content: Mapped[dict[str, Any]] = mapped_column(
        comment="{zh: …, en: …} of title, paragraphs, tables"
    )
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "person_id", "at"),
        Index(None, "case_id", "at"),
        Index(
            "ix_notice_unread",
            "person_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )


class Reminder(Base):
    """One reason to remind one person; many become one message. Written by `engine.run`."""

    __tablename__ = "reminder"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"))
    kind: Mapped[str] = mapped_column(String(20), comment="reminder, office, moved, escalation")
    dedupe_key: Mapped[str] = mapped_column(String(200), unique=True)
    at: Mapped[datetime] = mapped_column(comment="when the rung of the ladder was reached")
    not_before: Mapped[datetime] = mapped_column(comment="set back while the digest is held")
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    settled_at: Mapped[datetime | None]
    message_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("outgoing.id", ondelete="SET NULL"), comment="the digest, while it is kept"
    )

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'told', 'dropped')", name="state"),
        Index(
            "ix_reminder_waiting",
            "not_before",
            "person_id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_reminder_person",
            "person_id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(None, "message_id"),
    )


class Outgoing(Base):
    """A message to be sent, at least once, always with the same Message-ID.

    Without a channel it waits for the way to its person to be chosen. Written by `engine.outbox`.
    """

    __tablename__ = "outgoing"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("selection.id"), comment="the selection it is about, if it is one"
    )
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(12), default="message")
    channel: Mapped[str] = mapped_column(String(12), default="email")
    address: Mapped[str] = mapped_column(String(254))
    chat_id: Mapped[UUID | None] = mapped_column(
        comment="channel chat: where its secret address stands"
    )
    dedupe_key: Mapped[str] = mapped_column(String(200), unique=True)
    language: Mapped[str] = mapped_column(String(12), default="")
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    short: Mapped[str] = mapped_column(Text, default="", comment="for a telephone or a chat")
    calendar: Mapped[str] = mapped_column(Text, default="", comment="an iCalendar invitation")
    urgent: Mapped[bool] = mapped_column(default=False, comment="quiet hours do not hold it")
    origin_id: Mapped[UUID | None] = mapped_column(
        comment="the message it stands in for, which could not be delivered"
    )
    state: Mapped[str] = mapped_column(String(10), default="new")
    attempts: Mapped[int] = mapped_column(default=0)
    posted_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint("state IN ('new', 'handed', 'sent', 'dead', 'no_way')", name="state"),
        CheckConstraint("channel IN ('', 'email', 'sms', 'chat')", name="channel"),
        Index(
            "ix_outgoing_next",
            "next_try_at",
            sqlite_where=text("state = 'new'"),
            postgresql_where=text("state = 'new'"),
        ),
        Index(
            "ix_outgoing_unrouted",
            "next_try_at",
            sqlite_where=text("state = 'new' AND channel = ''"),
            postgresql_where=text("state = 'new' AND channel = ''"),
        ),
        Index(
            "ix_outgoing_handed",
            "next_try_at",
            sqlite_where=text("state = 'handed'"),
            postgresql_where=text("state = 'handed'"),
        ),
        Index(
            "ix_outgoing_undelivered",
            "id",
            sqlite_where=text("state IN ('dead', 'no_way')"),
            postgresql_where=text("state IN ('dead', 'no_way')"),
        ),
        Index(None, "origin_id"),
    )


class OutgoingAbout(Base):
    """A message and a selection it is about: the office of each may see what became of it."""

    __tablename__ = "outgoing_about"
    case_id: Mapped[UUID] = mapped_column(ForeignKey("selection.id"), primary_key=True)
    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("outgoing.id", ondelete="CASCADE"), primary_key=True
    )
    posted_at: Mapped[datetime]

    __table_args__ = (Index(None, "case_id", "posted_at", "message_id"), Index(None, "message_id"))


class Contact(Base):
    """How a person wants to be reached; without a row as the installation says.

    Written by `engine.contacts`; the digest locks it, so that two workers make one.
    """

    __tablename__ = "contact"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    channels: Mapped[list[Any]] = mapped_column(
        default=list, comment="in this order; empty: as the installation says"
    )
    quiet_from: Mapped[str] = mapped_column(
        String(5), default="", comment="HH:MM; equal ends: never; empty: as the installation says"
    )
    quiet_until: Mapped[str] = mapped_column(String(5), default="")
    confirmed: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="channel → the address this person has confirmed"
    )
    code_hash: Mapped[str] = mapped_column(String(64), default="")
    code_for: Mapped[str] = mapped_column(
        String(300), default="", comment="channel and address that the code was sent to"
    )
    code_until: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
    last_digest_at: Mapped[datetime | None]


class ChatChannel(Base):
    """A person's own chat account. The address is a secret: shown to nobody, never logged."""

    __tablename__ = "chat_channel"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    label: Mapped[str] = mapped_column(String(40))
    service: Mapped[str] = mapped_column(String(40), comment="the first word of the address")
    address: Mapped[str] = mapped_column(Text, comment="an Apprise URL; it carries a password")
    added_at: Mapped[datetime]

    __table_args__ = (Index(None, "person_id"),)


class CalendarFeed(Base):
    """A secret address under which a person's calendar program reads; only its digest is kept."""

    __tablename__ = "calendar_feed"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]


class Invitation(Base):
    """One person invited to the meeting of one task. Written by `engine.invitations`."""

    __tablename__ = "invitation"
    task_id: Mapped[UUID] = mapped_column(ForeignKey("user_task.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)

    __table_args__ = (Index(None, "person_id"),)
