"""Whether two ways of writing mean the same person or the same unit."""

import re

_BLANKS = re.compile(r"\s+")
_SHORTEST_UNIT = 3


def same(text: str) -> str:
    """The text as it is compared: without blanks, whatever the case of the letters."""
    return _BLANKS.sub("", text).casefold()


def differ(one: str, other: str) -> bool:
    """Whether two phone numbers are known and not the same."""
    return bool(_digits(one) and _digits(other)) and _digits(one) != _digits(other)


def elsewhere(one: str, other: str) -> bool:
    """Whether two units are known and neither holds the other."""
    a, b = same(one), same(other)
    return bool(a and b) and a not in b and b not in a


def one_unit(one: str, other: str) -> bool:
    """Whether two units, perhaps with a post behind them, begin alike: 县农牧局, 县农牧局副局长."""
    a, b = sorted((same(one), same(other)), key=len)
    return len(a) >= _SHORTEST_UNIT and b.startswith(a)


def known_phone(text: str) -> bool:
    return bool(_digits(text))


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)
