"""Canonical JSON: the same content always gives the same bytes, so that digests can be compared."""

import json
from hashlib import sha256

from engine.model.base import Json


def canonical(content: Json) -> bytes:
    """Give JSON with sorted keys, without blanks, in ASCII.

    Raises:
        ValueError: NaN or an infinite number.
        TypeError: a value that is not plain JSON.

    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def digest(content: Json) -> str:
    """Give SHA-256 of the canonical JSON, in 64 hexadecimal digits."""
    return sha256(canonical(content)).hexdigest()
