"""The envelope: a voter's choices as bytes of one size, so that its length tells nothing.

It is not encrypted: until the count, whoever reads the database itself can read it. Everything
above takes bytes, so that an envelope sealed on the voter's device can take its place.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from engine.canonical import canonical
from engine.errors import EngineError

ENVELOPE_BYTES = 1536
"""Room for about 100 marks; below the size from which PostgreSQL compresses a value."""

_NONCE_BYTES = 16
_STRANGE = "?"

Choices = Mapping[str, Any]
"""{contest: {option: mark}}, for recommendations also {contest: [option, …]}."""


@dataclass(frozen=True)
class Receipt:
    """Proof that an envelope is in the box (已投票凭证); it says nothing about the choices."""

    box_id: UUID
    digest: str


class EnvelopeUnusable(EngineError):
    """An envelope does not have the one size all have, or cannot be read. Make it again."""

    code = "envelope_unusable"

    def __init__(self, problem: str) -> None:
        super().__init__(f"the envelope cannot be used: {problem}")
        self.problem = problem


def encode_choice(choices: Choices, *, nonce: bytes | None = None) -> bytes:
    """Put choices into an envelope of `ENVELOPE_BYTES`.

    A nonce goes in with them, so that a receipt, which is a digest of the envelope, does not
    betray the choices to whoever tries all of them. A page that may be sent twice hands over the
    same nonce each time and so makes the same envelope; it must not store it.

    Raises:
        EnvelopeUnusable: more marks than there is room for.

    """
    nonce = secrets.token_bytes(_NONCE_BYTES) if nonce is None else nonce
    content = canonical({"choices": choices, "nonce": nonce.hex()})
    if len(content) > ENVELOPE_BYTES:
        raise EnvelopeUnusable("too_many_marks")
    return content.ljust(ENVELOPE_BYTES)


def decode_choice(envelope: bytes) -> dict[str, Any]:
    """Read the choices; the nonce is dropped.

    What could sign a ballot or harm the reader (numbers, nesting, odd characters) is replaced by
    "?", which no ballot paper knows: such a part stays as invalid as it was.

    Raises:
        EnvelopeUnusable: there is no ballot in it.

    """
    try:
        content = json.loads(envelope)
    except (ValueError, RecursionError):
        content = None  # the error would quote the ballot
    choices = content.get("choices") if isinstance(content, dict) else None
    if not isinstance(choices, dict):
        raise EnvelopeUnusable("unreadable")
    return {_word(contest): _part(part) for contest, part in choices.items()}


def receipt_of(box_id: UUID, voter_id: UUID, envelope: bytes) -> Receipt:
    """Make the receipt; the nonce inside the envelope keeps it from being guessed."""
    content = b"gongxuan receipt 1\0" + box_id.bytes + voter_id.bytes + envelope
    return Receipt(box_id, sha256(content).hexdigest())


def _part(part: object) -> Any:
    if isinstance(part, dict):
        return {_word(option): _mark(mark) for option, mark in part.items()}
    if isinstance(part, list):
        return [_word(option) for option in part]
    return None if part is None else _STRANGE


def _mark(mark: object) -> str | None:
    return None if mark is None else _word(mark)


def _word(text: object) -> str:
    return text if isinstance(text, str) and text.isprintable() else _STRANGE
