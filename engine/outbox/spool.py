"""Short messages through a modem: files in the folders of SMS Server Tools (smstools 3).

The format is that of its `fileformat` page: headers, an empty line, the text; what was sent is
moved to `sent`, what could not be to `failed`, with a header that says why.
"""

import os
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from engine.outbox.message import HANDED, DeliveryFailed, Message
from engine.outbox.sms import is_gsm

FOLDERS = ("outgoing", "sent", "failed")
_LONGEST = 10 * 67
"""The program splits a long text; ten parts are more than any message of ours takes."""


class SmsSpool:
    """Writes a file for each message and reads what became of it.

    The name of a file follows from the message and the attempt: whoever writes it again after a
    crash finds it and writes nothing, so that the modem sends one message.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Message, *, now: datetime) -> str | None:  # noqa: ARG002 - the protocol's
        name = _name(message)
        try:
            if any((self._folder / each / name).exists() for each in (*FOLDERS, "checked")):
                return HANDED
            target = self._folder / "outgoing" / name
            # smsd leaves alone what ends in .LOCK; the rename shows it the whole file at once.
            unfinished = target.with_name(f"{name}.LOCK")
            with unfinished.open("wb") as file:
                file.write(_content(message))
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(target)
        except OSError as error:
            reason = f"the folder of the modem cannot be used ({error.strerror})"
            raise DeliveryFailed(reason, unreachable=True) from error
        return HANDED

    def outcome(self, message: Message) -> str | None:
        """Look what became of a message: `sent`, `failed: <reason>`, or None so far."""
        name = _name(message)
        if (self._folder / "sent" / name).exists():
            return "sent"
        try:
            content = (self._folder / "failed" / name).read_bytes()
        except OSError:
            return None
        head = content.partition(b"\n\n")[0].decode("utf-8", "replace")
        said = [line for line in head.splitlines() if line.lower().startswith("fail_reason:")]
        reason = said[0].partition(":")[2].strip() if said else "the modem could not send it"
        return f"failed: {reason}"


def _name(message: Message) -> str:
    return f"gongxuan-{sha256(message.key.encode()).hexdigest()[:32]}-{message.attempt}"


def _content(message: Message) -> bytes:
    """Headers in ASCII; the text in the 16-bit alphabet where the 7-bit one does not do."""
    number, text = message.address.removeprefix("+"), message.short[:_LONGEST]
    if not number.isdigit():
        raise DeliveryFailed("the number cannot be dialled", permanent=True)
    if is_gsm(text):
        # Of the 7-bit alphabet only what Latin-9 has as well is used; the program converts it.
        try:
            return f"To: {number}\nAlphabet: ISO\n\n".encode() + text.encode("iso-8859-15")
        except UnicodeEncodeError:
            pass
    return f"To: {number}\nAlphabet: UCS2\n\n".encode() + text.encode("utf-16-be")
