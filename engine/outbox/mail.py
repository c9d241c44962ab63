"""Mail: one message as text and as HTML, an invitation beside it, handed to the server."""

import smtplib
from datetime import datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from html import escape

from engine.outbox.message import DeliveryFailed, Message
from engine.outbox.posting import BETWEEN_LANGUAGES

_OPEN_PAGE = {"zh": "登录系统查看", "en": "Sign in to see"}


class SmtpTransport:
    """Hands messages to a mail server on the network of the house, one connection each."""

    def __init__(
        self, *, host: str, port: int, sender: str, public_url: str = "", timeout: float = 20.0
    ) -> None:
        self._host, self._port, self._sender, self._timeout = host, port, sender, timeout
        self._public_url = public_url

    def send(self, message: Message, *, now: datetime) -> str | None:
        try:
            mail = compose(message, sender=self._sender, now=now, public_url=self._public_url)
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        except OSError as error:
            reason = f"{self._host}:{self._port} does not answer ({type(error).__name__})"
            raise DeliveryFailed(reason, unreachable=True) from error
        except (ValueError, IndexError, MessageError) as error:  # an address nobody can have
            reason = f"no mail can be made ({type(error).__name__})"
            raise DeliveryFailed(reason, permanent=True) from error
        try:
            with server:
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryFailed(_reason(error), permanent=_is_final(error)) from error
        return None


def compose(message: Message, *, sender: str, now: datetime, public_url: str = "") -> EmailMessage:
    """Make the mail: text and HTML of the same words, a Message-ID that follows from the key.

    An invitation stands there twice: beside the words, where calendar programs look for it, and
    as a file for those that do not.

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
    zh, both, en = message.body.partition(BETWEEN_LANGUAGES)
    parts = [("zh", zh), ("en", en)] if both else [(message.language or "zh", zh)]
    mail.set_content(BETWEEN_LANGUAGES.join(_text(*part, public_url) for part in parts) + "\n")
    mail.add_alternative(_html(parts, public_url), subtype="html")
    if len(parts) == 1:
        mail["Content-Language"] = parts[0][0]
    if message.calendar:
        method = "CANCEL" if "\nMETHOD:CANCEL" in message.calendar else "REQUEST"
        mail.add_alternative(message.calendar, subtype="calendar", params={"method": method})
        mail.add_attachment(
            message.calendar.encode(), maintype="application", subtype="ics",
            filename="invite.ics",
        )  # fmt: skip
    return mail


def _text(language: str, words: str, public_url: str) -> str:
    link = f"\n\n{_OPEN_PAGE[language]}: {public_url}" if public_url else ""
    return words.strip() + link


def _html(parts: list[tuple[str, str]], public_url: str) -> str:
    """Plain paragraphs: nothing is fetched, nothing is styled, nothing says who opened it."""
    sections = []
    for language, words in parts:
        paragraphs = "".join(
            f"<p>{'<br>'.join(escape(line) for line in block.splitlines())}</p>"
            for block in words.strip().split("\n\n")
        )
        if public_url:
            address = escape(public_url, quote=True)
            paragraphs += f'<p><a href="{address}">{_OPEN_PAGE[language]}</a></p>'
        sections.append(f'<div lang="{"zh-Hans" if language == "zh" else "en"}">{paragraphs}</div>')
    body = "<hr>".join(sections)
    head = '<!doctype html><html><head><meta charset="utf-8"></head>'
    return f"{head}<body>{body}</body></html>\n"


def _is_final(error: Exception) -> bool:
    """Whether the server says that this address will never do: 5xx; 4xx asks to come again."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(500 <= code < 600 for code, _text in error.recipients.values())  # noqa: PLR2004


def _reason(error: Exception) -> str:
    """Say what went wrong without the content of the message."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _text in error.recipients.values()})
        return f"recipient refused ({', '.join(codes)})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} ({error.smtp_code})"
    return f"{type(error).__name__}: {getattr(error, 'strerror', None) or 'no answer'}"
