"""One message on its way, and what takes it: the interface of every channel."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from engine.errors import EngineError

HANDED = "handed"
"""What a transport answers that only passes a message on: the result is seen later."""


class DeliveryFailed(EngineError):
    """The transport did not take a message; it is tried again later.

    `unreachable`: it would take no other either, so the rest is not even tried. `permanent`: this
    one never; the next channel of the person is tried at once. `after`: not before that long.
    """

    code = "delivery_failed"
    heals = True

    def __init__(
        self,
        reason: str,
        *,
        unreachable: bool = False,
        permanent: bool = False,
        after: timedelta | None = None,
    ) -> None:
        super().__init__(f"the message was not taken: {reason}")
        self.reason, self.unreachable = reason, unreachable
        self.permanent, self.after = permanent, after


class MessageNotFound(EngineError):
    """There is no such undeliverable message."""

    code = "message_not_found"

    def __init__(self, message_id: UUID) -> None:
        super().__init__(f"there is no undeliverable message {message_id}")
        self.message_id = message_id


@dataclass(frozen=True)
class Message:
    """One message on its way; `key` is the same each time it is tried.

    `address` is a mail address, a number in the international form, or the secret address of a
    chat: it is never logged. `attempt` counts from 1.
    """

    key: str
    address: str = field(repr=False)
    subject: str
    body: str = field(repr=False)
    channel: str = "email"
    short: str = field(default="", repr=False)
    calendar: str = field(default="", repr=False)
    language: str = ""
    attempt: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Sent:
    """What became of the messages that were due."""

    sent: int = 0
    failed: int = 0
    dead: int = 0

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(self.sent + other.sent, self.failed + other.failed, self.dead + other.dead)


class Transport(Protocol):
    """Hands one message over; gives `HANDED` where the result is seen later.

    Raises:
        DeliveryFailed: it was not taken.
    """

    def send(self, message: Message, *, now: datetime) -> str | None: ...


class MemoryTransport:
    """Keeps messages instead of sending them: for the demo and for tests."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, message: Message, *, now: datetime) -> str | None:  # noqa: ARG002 - the protocol's
        self.messages.append(message)
        return None
