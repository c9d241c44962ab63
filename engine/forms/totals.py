"""Exact sums of the numbers of a form."""

from collections.abc import Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation

from engine.forms.model import Form
from engine.forms.reading import plain_decimal

EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])
"""Wide enough for every number a form accepts; rounding would raise."""


def number_of(value: object) -> Decimal | None:
    """Give the number an answer stands for, or None; floats and ticks are no numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value) if abs(value) < 10**15 else None
    plain = plain_decimal(value) if isinstance(value, str) and value.isascii() else None
    return None if plain is None else Decimal(plain)


def totals(form: Form, answers: Mapping[str, object]) -> dict[str, str]:
    """Add up what is there; a total none of whose parts is given, or one is no number, is left out.

    Returns:
        Total's key → exact decimal text, with as many decimals as the finest part.

    """
    found: dict[str, str] = {}
    for field in form.fields:
        given = [answers.get(part) for part in field.parts]
        numbers = [number_of(value) for value in given if value not in (None, "")]
        if numbers and None not in numbers:
            total = Decimal(0)
            for number in numbers:
                total = EXACT.add(total, number or Decimal(0))
            found[field.key] = format(total, "f")
    return found
