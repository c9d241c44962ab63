"""Exact numbers in and out: reading without loss, rounding once where a list is published."""

import re
from fractions import Fraction
from typing import TypeAlias

Number: TypeAlias = Fraction | int | str
"""What the rules accept as a number: an int, a Fraction, or text like "27.46" or "23/58"."""

HUNDRED = 100
PUBLISHED_PLACES = 2

# ASCII digits only, no exponent: "1e9" in a score sheet is a slip of the pen, not a score. The
# length is bounded because Python refuses to read integers of more than 4300 digits.
_TEXT = re.compile(r"[+-]?[0-9]{1,1000}(?:\.[0-9]{1,1000}|/[0-9]{1,1000})?")


def exact(number: Number) -> Fraction:
    """Read a number without losing anything.

    Raises:
        TypeError: a float (already rounded by whoever made it), a bool, or no number at all.
        ValueError: text that is neither a decimal ("27.46") nor a fraction ("23/58").

    """
    if isinstance(number, bool) or not isinstance(number, Fraction | int | str):
        raise TypeError(
            f"{number!r} is a {type(number).__name__}; "
            'pass an int, a Fraction, or text such as "27.46" or "23/58"'
        )
    if isinstance(number, str) and not _TEXT.fullmatch(number):
        raise ValueError(f'{number!r} is not a number; write "27.46" or "23/58"')
    try:
        return Fraction(number)
    except ZeroDivisionError as error:
        raise ValueError(f"{number!r} divides by zero") from error


def publish(value: Number, places: int = PUBLISHED_PLACES) -> str:
    """Round half up (away from zero) to `places` decimals, as text: 23/58 of 30 is "11.90".

    Source: domain.md §6.2-25. Call it once per item, where the list is published.
    """
    if places < 0:
        raise ValueError(f"{places} decimals cannot be shown; places must be 0 or more")
    scaled = exact(value) * 10**places
    digits = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    sign = "-" if scaled < 0 and digits else ""
    text = str(digits).zfill(places + 1)
    return f"{sign}{text[:-places]}.{text[-places:]}" if places else f"{sign}{text}"


def publish_percent(share: Fraction) -> str:
    """Show a share as percent: 23/58 is "39.66"."""
    return publish(share * HUNDRED)


def decimal_text(value: Number) -> str:
    """Show a value in full: the shortest exact decimal ("247.1"), else the fraction ("23/58").

    Text is shown as it was handed in, so that "27.40" stays "27.40".
    """
    number = exact(value)
    if isinstance(value, str):
        return value
    rest, places = number.denominator, 0
    while rest % 10 == 0:
        rest, places = rest // 10, places + 1
    while rest % 2 == 0:
        rest, places = rest // 2, places + 1
    while rest % 5 == 0:
        rest, places = rest // 5, places + 1
    if rest != 1:
        return str(number)
    text = publish(number, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(number: int, name: str) -> int:
    """Refuse what is not a whole number from 0 up; `name` says in the error which one it was.

    Raises:
        TypeError: not an int. ValueError: below 0.

    """
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"{name} must be a whole number, not {number!r}")
    if number < 0:
        raise ValueError(f"{name} must be 0 or more, not {number}")
    return number
