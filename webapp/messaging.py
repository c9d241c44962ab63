"""What the settings say about messages: the rules, the transports, the steps of the worker."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from engine import outbox
from engine.clock import Clock
from engine.db import Sessions
from engine.outbox import MemoryTransport, Rules, SmtpTransport, Transport, Transports
from engine.outbox.chat import ChatTransport
from engine.outbox.gateway import Gateway, HttpGateway
from engine.outbox.spool import SmsSpool
from engine.run.digesting import send_digests
from engine.run.inviting import send_invitations
from engine.settings import BadSetting, Settings


@dataclass(frozen=True)
class Step:
    """Something the worker does every `seconds`; safe to run twice and on several machines.

    `run` returns how many things were done.
    """

    name: str
    seconds: int
    run: Callable[[Sessions, Clock], int]


def rules_of(settings: Settings) -> Rules:
    """What holds for everybody's messages here. A demonstration pretends to have everything."""
    begins, _, ends = settings.quiet_hours.partition("-")
    found = {
        "email": bool(settings.smtp_host),
        "sms": bool(settings.sms_url or settings.sms_spool),
        "chat": bool(settings.chats),
    }
    available = {name for name, there in found.items() if there or settings.demo}
    return Rules(
        order=tuple(settings.channels.split()),
        available=frozenset(available or {"email"}),  # it waits in the outbox for a server
        quiet=(begins, ends),
        gap=timedelta(minutes=settings.digest_gap),
        zone=settings.time_zone,
        chats=frozenset(settings.chats.split()),
    )


def steps(settings: Settings) -> Sequence[Step]:
    """Everything the worker does about messages, in the order in which one leads to the next.

    Raises:
        BadSetting: a file that a setting names cannot be read.
    """
    rules, transport, spool = rules_of(settings), transport_of(settings), _spool(settings)
    made = [
        Step("digests", 1, lambda s, clock: send_digests(s, clock, rules=rules)),
        Step("invitations", 1, lambda s, clock: send_invitations(
            s, clock, sender=settings.mail_from, zone=settings.time_zone)),
        Step("routing", 1, lambda s, clock: outbox.route_due(s, clock, rules=rules)),
    ]  # fmt: skip
    if transport is not None:
        made.append(
            Step(
                "sending",
                1,
                lambda s, clock: outbox.send_due(s, transport, clock, rules=rules).sent,
            )
        )
    if spool is not None:
        made.append(
            Step("modem", 5, lambda s, clock: outbox.collect_results(
                s, spool.outcome, clock, rules=rules).sent)
        )  # fmt: skip
    return made


def transport_of(settings: Settings) -> Transport | None:
    """Where messages go; None where nothing is set up: they wait in the outbox."""
    if settings.demo:
        return MemoryTransport()
    made: dict[str, Transport] = {}
    if settings.smtp_host:
        made["email"] = SmtpTransport(
            host=settings.smtp_host, port=settings.smtp_port, sender=settings.mail_from,
            public_url=settings.public_url,
        )  # fmt: skip
    spool = _spool(settings)
    if spool is not None:
        made["sms"] = spool
    if settings.sms_url:
        made["sms"] = HttpGateway(
            Gateway(
                settings.sms_url,
                settings.sms_body,
                method=settings.sms_method,
                headers=_headers(settings.sms_auth_file),
                success=settings.sms_success,
            )
        )
    if settings.chats:
        made["chat"] = ChatTransport()
    return Transports(made) if made else None


def _spool(settings: Settings) -> SmsSpool | None:
    return SmsSpool(Path(settings.sms_spool)) if settings.sms_spool and not settings.demo else None


def _headers(path: str) -> dict[str, str]:
    """Read header lines; what is wrong with them is said without repeating them."""
    if not path:
        return {}
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting("GONGXUAN_SMS_AUTH_FILE", path, "the file cannot be read") from error
    pairs = [line.partition(":") for line in lines if line.strip()]
    if not pairs or not all(
        name.strip() and colon and value.strip() for name, colon, value in pairs
    ):
        remedy = "each line of the file must be a header, e.g. Authorization: Bearer …"
        raise BadSetting("GONGXUAN_SMS_AUTH_FILE", path, remedy)
    return {name.strip(): value.strip() for name, _, value in pairs}
