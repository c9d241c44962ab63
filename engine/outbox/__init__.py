"""Messages that leave: written with the action, sent outside any transaction, at least once.

A message tells people to sign in and see; it never carries a ballot, writing or a result.
"""

from engine.outbox.mail import SmtpTransport, compose
from engine.outbox.message import (
    DeliveryFailed,
    MemoryTransport,
    Message,
    MessageNotFound,
    Sent,
    Transport,
)
from engine.outbox.posting import Draft, bilingual, post, tell, tell_chat
from engine.outbox.sending import (
    BACK_OFF,
    LEASE,
    UNDELIVERED,
    collect_results,
    retry,
    send_due,
    undeliverable,
)
from engine.outbox.transports import Transports
from engine.outbox.ways import Rules, Way, quiet_end, route_due, ways_of

__all__ = [
    "BACK_OFF",
    "LEASE",
    "UNDELIVERED",
    "DeliveryFailed",
    "Draft",
    "MemoryTransport",
    "Message",
    "MessageNotFound",
    "Rules",
    "Sent",
    "SmtpTransport",
    "Transport",
    "Transports",
    "Way",
    "bilingual",
    "collect_results",
    "compose",
    "post",
    "quiet_end",
    "retry",
    "route_due",
    "send_due",
    "tell",
    "tell_chat",
    "undeliverable",
    "ways_of",
]
