"""One transport out of several: each channel has its own."""

from collections.abc import Mapping
from datetime import datetime

from engine.outbox.message import DeliveryFailed, Message, Transport


class Transports:
    """Hands each message to the transport of its channel."""

    def __init__(self, by_channel: Mapping[str, Transport]) -> None:
        self._by_channel = dict(by_channel)

    def send(self, message: Message, *, now: datetime) -> str | None:
        transport = self._by_channel.get(message.channel)
        if transport is None:
            raise DeliveryFailed(f"nothing is set up for {message.channel}", unreachable=True)
        return transport.send(message, now=now)
