"""The lines of `plan.yaml`: either a day and a time, or working days after another line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

import yaml

from engine.errors import EngineError

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_PARAMETER = re.compile(r"parameters\.([a-z][a-z0-9_]*)")
_BY_DAY = {"key", "zh", "en", "day", "time"}
_BY_WORKDAYS = {"key", "zh", "en", "after", "working_days"}


@dataclass(frozen=True)
class PlanLine:
    """One line of `plan.yaml`: either a day and a time, or working days after another line.

    `day` counts calendar days from the announcement (0). `working_days` is a number or the name
    of the parameter that holds it.
    """

    key: str
    zh: str
    en: str
    day: int | None = None
    at: time | None = None
    after: str | None = None
    working_days: int | str | None = None


class UnreadablePlan(EngineError):
    """`plan.yaml` does not say what a plan says. Correct the file."""

    code = "unreadable_plan"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"plan.yaml, {place}: {reason}")
        self.place, self.reason = place, reason


def load_plan(yaml_text: str) -> tuple[PlanLine, ...]:
    """Read `plan.yaml`.

    Raises:
        UnreadablePlan: naming the line and what is wrong with it.

    Source: docs/properties.md, "Files".

    """
    try:
        rows = yaml.safe_load(yaml_text)
    except yaml.YAMLError as error:
        raise UnreadablePlan("the file", f"not YAML: {error}") from error
    if not isinstance(rows, list) or not rows:
        raise UnreadablePlan("the file", "it must be a list with at least one line")
    lines: dict[str, PlanLine] = {}
    for number, row in enumerate(rows, start=1):
        line = _line(row, place=f"line {number}")
        if line.key in lines:
            raise UnreadablePlan(line.key, "the key stands there twice")
        if line.after is not None and line.after not in lines:
            raise UnreadablePlan(line.key, f"it comes after {line.after!r}, which is not above it")
        lines[line.key] = line
    return tuple(lines.values())


def _line(row: Any, *, place: str) -> PlanLine:
    if not isinstance(row, dict):
        raise UnreadablePlan(place, "it must be a mapping")
    key = row.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise UnreadablePlan(place, "`key` must be lower_snake_case")
    if set(row) not in (_BY_DAY, _BY_WORKDAYS):
        raise UnreadablePlan(
            key, "a line has `key, zh, en` and either `day, time` or `after, working_days`"
        )
    for language in ("zh", "en"):
        if not isinstance(row[language], str) or not row[language].strip():
            raise UnreadablePlan(key, f"`{language}` must be words")
    words = {"key": key, "zh": row["zh"], "en": row["en"]}
    if "after" in row:
        return PlanLine(**words, after=str(row["after"]), working_days=_days_or_name(key, row))
    if type(row["day"]) is not int:
        raise UnreadablePlan(key, "`day` must be a whole number of days from the announcement")
    if not isinstance(row["time"], str) or not _TIME.fullmatch(row["time"]):
        raise UnreadablePlan(key, '`time` must be text such as "08:30" (in quotation marks)')
    return PlanLine(**words, day=row["day"], at=time.fromisoformat(row["time"]))


def _days_or_name(key: str, row: Mapping[str, Any]) -> int | str:
    days = row["working_days"]
    if type(days) is int and days >= 1:
        return days
    named = _PARAMETER.fullmatch(days) if isinstance(days, str) else None
    if named is None:
        raise UnreadablePlan(key, "`working_days` must be 1 or more, or `parameters.<name>`")
    return named[1]


def working_days_of(line: PlanLine, parameters: Mapping[str, object]) -> int:
    """How many working days a line counts.

    Raises:
        UnreadablePlan: the parameter it names is not a number of days, 1 or more.
    """
    if isinstance(line.working_days, int):
        return line.working_days
    days = parameters.get(str(line.working_days))
    if type(days) is not int or days < 1:
        reason = f"the parameter {line.working_days!r} must be 1 or more working days, not {days!r}"
        raise UnreadablePlan(line.key, reason)
    return days
