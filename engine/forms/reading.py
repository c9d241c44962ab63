"""Turns typed text into values; what cannot be read stays as typed, to be shown and refused."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from engine.forms.model import Field, Kind

LOCAL = ZoneInfo("Asia/Shanghai")
"""The zone of typed instants where the caller names no other."""

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0x2212: "-"}
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_DECIMAL = re.compile(r"([+-]?)0*([0-9]{1,15}(?:\.[0-9]{1,10})?)")
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_TIME = re.compile(r"([0-9]{1,2})[:时]([0-9]{2})分?(?::([0-9]{2})(?:\.0+)?)?")
_INSTANT = re.compile(r"([^T ]+)[T ]+([^+Z]+?)")
_YES = frozenset({"true", "on", "yes", "1"})
_NO = frozenset({"false", "no", "0"})


def clean(text: str, *, lines: bool = False) -> str:
    """Trim, and drop what no database or document can hold; without `lines`, make it one line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not lines:
        text = " ".join(text.split("\n"))
    return "".join(each for each in text if storable(each)).strip()


def storable(character: str) -> bool:
    """Line ends and tabs are; other control characters and halves of a pair are not."""
    return character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")


def narrow(text: str) -> str:
    """Full-width digits and signs, as Chinese keyboards type them, become plain ones."""
    return text.translate(_WIDE).strip()


def read_text(field: Field, text: str, *, zone: tzinfo = LOCAL) -> str | int | bool | None:
    """Give the value one typed text stands for, or None when it is blank."""
    text = clean(text, lines=field.text.long)
    if not text:
        return None
    if field.kind is Kind.INSTANT:
        return _instant(narrow(text), zone) or text
    read = _READERS.get(field.kind)
    if read is None:  # what has a pattern is a number or code, typed with any keyboard
        return narrow(text) if field.text.pattern else text
    value = read(narrow(text))
    return text if value is None else value


def plain_decimal(text: str) -> str | None:
    """Drop a plus sign and leading zeros; decimals stay as they are, "27.0" is not "27"."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    sign, digits = found.groups()
    is_zero = not digits.strip("0.")
    return f"-{digits}" if sign == "-" and not is_zero else digits


def _integer(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None


def _decimal(text: str) -> str | None:
    return plain_decimal(text.replace("。", "."))


def _tick(text: str) -> bool | None:
    known = text.lower()
    return known in _YES if known in _YES | _NO else None


def _date(text: str) -> str | None:
    found = _DATE.fullmatch(text)
    return "{}-{:0>2}-{:0>2}".format(*found.groups()) if found else None


def _time(text: str) -> str | None:
    found = _TIME.fullmatch(text)
    if found is None or found[3] not in (None, "00"):
        return None
    return f"{found[1]:0>2}:{found[2]}"


def _instant(text: str, zone: tzinfo) -> str | None:
    """Read local date and time; an instant with its own offset is already exact."""
    found = _INSTANT.fullmatch(text)
    day, clock = (_date(found[1]), _time(found[2])) if found else (None, None)
    if day is None or clock is None:
        return None
    try:
        local = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)
        return local.isoformat()
    except (ValueError, OverflowError):
        return None


_READERS: dict[Kind, Callable[[str], str | int | bool | None]] = {
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.EMAIL: str,
    Kind.TICK: _tick,
}
