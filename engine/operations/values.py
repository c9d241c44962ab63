"""Values on their way in and out of operations: plain JSON, exact numbers, never a float."""

from collections.abc import Iterable, Mapping
from datetime import date, time
from fractions import Fraction
from typing import Any
from uuid import UUID

from engine.model.base import Json
from engine.selection.working import Result


def plain(value: Any) -> Json:
    """Turn a value of expressions and rules into plain JSON: fractions and instants become text.

    Raises:
        TypeError: a value without a JSON form; floats too, since they are rounded already.

    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Fraction | UUID):
        return str(value)
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, Result):
        return value.to_json()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def whole(value: Any) -> Any:
    """Give a fraction without a rest as the whole number it is: 12/2 in an expression is 6."""
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value
