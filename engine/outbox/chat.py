"""Chats through Apprise: each message in a process of its own, which ends when its time is up.

The address of a chat carries a password. It goes to the other process through a pipe, never
through its command line, and neither process logs it.
"""

import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from engine.outbox.message import DeliveryFailed, Message

_SERVICE = re.compile(r"([a-z][a-z0-9+.-]{1,39})://\S+", re.IGNORECASE)
_LONGEST = 2000
_SENDER = Path(__file__).with_name("chat_sender.py")


def service_of(address: str) -> str:
    """Give the kind of chat an address is for, e.g. `wecombot`; empty: it is no address."""
    found = _SERVICE.fullmatch(address.strip())
    return found[1].lower() if found else ""


class ChatTransport:
    """Hands messages to chats; `timeout` in seconds, for one message."""

    def __init__(self, *, timeout: float = 20.0) -> None:
        self._timeout = timeout

    def send(self, message: Message, *, now: datetime) -> str | None:  # noqa: ARG002 - the protocol's
        if not message.address:
            raise DeliveryFailed("its owner has removed this chat", permanent=True)
        order = {
            "address": message.address,
            "title": message.subject,
            "body": message.short[:_LONGEST],
        }
        try:
            done = subprocess.run(  # noqa: S603 - our own file, nothing of theirs in the command
                [sys.executable, "-P", str(_SENDER)],  # alone: it needs nothing of ours
                input=json.dumps(order), text=True, capture_output=True, check=False,
                timeout=self._timeout,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise DeliveryFailed("the chat did not answer in time") from error
        except OSError as error:
            raise DeliveryFailed(f"no process can be started ({error.strerror})") from error
        if done.returncode == 2:  # noqa: PLR2004 - what chat_sender says
            raise DeliveryFailed("the address of the chat cannot be used", permanent=True)
        if done.returncode != 0:
            raise DeliveryFailed("the chat did not take the message")
        return None
