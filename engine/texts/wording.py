"""Wording: a value as people tell it, in either language."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction

LANGUAGES = ("zh", "en")

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_ISO_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


def word_value(value: object, language: str, *, zone: tzinfo) -> str | None:
    """Word one value; None where it has no words (dictionaries, floats, objects).

    {zh, en} gives the word of that language, lists are joined, instants and dates (also as ISO
    text, as they stand in variables) are told as people tell them.
    """
    if isinstance(value, Mapping):
        word = value.get(language) if value.keys() == set(LANGUAGES) else None
        return word if isinstance(word, str) else None
    if isinstance(value, list | tuple):
        words = [word_value(item, language, zone=zone) for item in value]
        joint = "、" if language == "zh" else ", "
        return None if None in words else joint.join(word for word in words if word is not None)
    if isinstance(value, bool):
        return {"zh": "是" if value else "否", "en": "yes" if value else "no"}[language]
    if isinstance(value, str):
        return _word_text(value, language, zone)
    if isinstance(value, int | Decimal | Fraction):
        return str(value)
    return "—" if value is None else _word_time(value, language, zone)


def _word_text(text: str, language: str, zone: tzinfo) -> str:
    try:
        if _ISO_INSTANT.fullmatch(text):
            return _word_time(datetime.fromisoformat(text), language, zone) or text
        if _ISO_DATE.fullmatch(text):
            return _word_time(date.fromisoformat(text), language, zone) or text
    except ValueError:
        return text  # it only looked like a date
    return text


def _word_time(value: object, language: str, zone: tzinfo) -> str | None:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return None
        local = value.astimezone(zone)
        day, clock = _word_time(local.date(), language, zone), f"{local:%H:%M}"
        return f"{day}{clock}" if language == "zh" else f"{day}, {clock}"
    if isinstance(value, date):
        if language == "zh":
            return f"{value.year}年{value.month}月{value.day}日"
        return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return _word_duration(value, language) if isinstance(value, timedelta) else None


def _word_duration(value: timedelta, language: str) -> str:
    minutes = round(value.total_seconds() / 60)
    units = ((24 * 60, "天", "day"), (60, "小时", "hour"), (1, "分钟", "minute"))
    size, zh, en = next(unit for unit in units if minutes % unit[0] == 0)
    number = minutes // size
    return f"{number}{zh}" if language == "zh" else f"{number} {en}{'' if number == 1 else 's'}"
