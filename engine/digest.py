"""The words of a digest: what, for which selection, by when, how late. Never any content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.definitions import Words
from engine.outbox import Draft

_MOST_LINES = 30
_MARKS = {"escalation": ("催办", "Chase"), "moved": ("时间调整", "New time")}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One task that waits. `hidden`: its name and its selection must not leave the system."""

    what: Words
    selection: Words
    due: datetime | None
    closes: bool
    zone: str
    mark: str = ""
    """`escalation`: others are late; `moved`: the deadline is another now"""
    hidden: bool = False


@dataclass(frozen=True)
class Digest:
    """A digest in one language: for sending, and as a notice inside."""

    draft: Draft
    content: dict[str, Any]


def local_moment(instant: datetime, language: str, *, zone: str, own_zone: str = "") -> str:
    """Word an instant in the time of a selection; names the zone where it is not the usual one."""
    local = instant.astimezone(ZoneInfo(zone))
    if language == "zh":
        text = f"{local.month}月{local.day}日{local:%H:%M}"
    else:
        text = f"{local.day} {_MONTHS[local.month - 1]}, {local:%H:%M}"
    if own_zone and local.utcoffset() != instant.astimezone(ZoneInfo(own_zone)).utcoffset():
        text += f"（{zone}）" if language == "zh" else f" ({zone})"
    return text


def write(lines: Sequence[Line], language: str, *, now: datetime, zone: str) -> Digest:
    """Word a digest.

    Args:
        lines: the earliest deadline first; at least one.
        language: `zh` or `en`.
        now: tells what is late.
        zone: of the installation; a selection elsewhere has its zone named.
    """
    words = [_line(line, language, now, zone) for line in lines[:_MOST_LINES]]
    more = len(lines) - len(words)
    if more:
        words.append(f"另有{more}项。" if language == "zh" else f"And {more} more.")
    subject = _subject(lines, language, now, zone)
    listed = "\n".join(f"· {each}" for each in words)
    if language == "zh":
        first = "以下工作超时未完成：" if _only_others(lines) else "您有以下待办事项："
        body = f"{first}\n\n{listed}\n\n请登录系统办理。"
        short = f"{subject}。请登录系统办理。"
    else:
        first = "This is late:" if _only_others(lines) else "This waits for you:"
        body = f"{first}\n\n{listed}\n\nPlease sign in."
        short = f"{subject}. Please sign in."
    return Digest(Draft(subject, body, short), {"title": subject, "paragraphs": words})


def _subject(lines: Sequence[Line], language: str, now: datetime, zone: str) -> str:
    late = sum(1 for line in lines if line.due is not None and line.due <= now)
    ahead = [line for line in lines if line.due is not None and line.due > now]
    first = ""
    if ahead and ahead[0].due is not None:
        first = local_moment(ahead[0].due, language, zone=ahead[0].zone, own_zone=zone)
    number = len(lines)
    if _only_others(lines):
        if language == "zh":
            return f"有{number}项工作超时未完成，请督促办理"
        return f"{number} tasks of others are late" if number > 1 else "a task of others is late"
    if language == "zh":
        text = f"您有{number}项待办"
        text += f"，其中{late}项已超时" if late else ""
        return text + (f"，最近的截止时间是{first}" if first else "")
    text = f"{number} item{'s' if number > 1 else ''} to do"
    text += f", {late} of them late" if late else ""
    return text + (f", the next by {first}" if first else "")


def _only_others(lines: Sequence[Line]) -> bool:
    """Whether its reader is only told that others are late."""
    return all(line.mark == "escalation" for line in lines)


def _line(line: Line, language: str, now: datetime, zone: str) -> str:
    when = _when(line, language, now, zone)
    if line.hidden:
        what = "一项会议事项" if language == "zh" else "something about a meeting"
    else:
        name = line.what.in_language(language)
        selection = line.selection.in_language(language)
        what = f"{name}（{selection}）" if language == "zh" else f"{_capital(name)} ({selection})"
    if line.mark in _MARKS:
        zh, en = _MARKS[line.mark]
        what = f"【{zh}】{what}" if language == "zh" else f"{en}: {what}"
    return f"{what}：{when}" if language == "zh" else f"{what}: {when}"


def _when(line: Line, language: str, now: datetime, zone: str) -> str:
    if line.due is None:
        return "没有规定时间" if language == "zh" else "no deadline"
    moment = local_moment(line.due, language, zone=line.zone, own_zone=zone)
    if line.due > now:
        if language == "zh":
            return f"{moment}{'截止' if line.closes else '前'}"
        return f"{'closes' if line.closes else 'by'} {moment}"
    late = _span(now - line.due, language)
    if language == "zh":
        return f"应于{moment}前完成，已超过{late}"
    return f"was due {moment}, {late} late"


def _span(length: timedelta, language: str) -> str:
    """The largest whole unit, never rounded up."""
    minutes = int(length.total_seconds()) // 60
    for size, zh, en in ((1440, "天", "day"), (60, "小时", "hour"), (1, "分钟", "minute")):
        number = minutes // size
        if number:
            return f"{number}{zh}" if language == "zh" else f"{number} {en}{'s' * (number > 1)}"
    return "不到1分钟" if language == "zh" else "less than a minute"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
