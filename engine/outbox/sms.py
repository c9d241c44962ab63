"""Short messages: the number in its international form, the alphabet, how many parts it takes."""

import re
import unicodedata

from engine.errors import EngineError

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = frozenset("^{}\\[~]|€")
"""These take two places of the GSM alphabet."""


class BadNumber(EngineError):
    """This is no telephone number that takes short messages."""

    code = "bad_number"

    def __init__(self) -> None:
        super().__init__("this is no number of a mobile telephone; give 11 digits, or + and all")


def international(typed: str) -> str:
    """Give a number as `+8613800138000`: mainland mobiles need no country code.

    Blanks, dashes and brackets do not count, digits may be full-width. Landlines are refused.

    Raises:
        BadNumber: it is none.
    """
    text = re.sub(r"[\s\-().]", "", unicodedata.normalize("NFKC", typed))
    if re.fullmatch(r"(?:\+?86|0086)?1[3-9]\d{9}", text):
        return f"+86{text[-11:]}"
    if re.fullmatch(r"(?:\+|00)(?!86|0)\d{7,14}", text):
        return "+" + text.removeprefix("+").removeprefix("00")
    raise BadNumber


def is_gsm(text: str) -> bool:
    """Whether the 7-bit alphabet of GSM 03.38 has every character; Chinese needs UCS-2."""
    return all(each in _GSM or each in _GSM_TWO for each in text)


def segments(text: str) -> int:
    """How many parts a network bills: 160 characters or 70 Chinese ones, 153 or 67 when joined."""
    if is_gsm(text):
        length, alone, joined = sum(1 + (each in _GSM_TWO) for each in text), 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= alone else -(-length // joined)
