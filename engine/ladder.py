"""What the properties `reminders` and `escalate` say: rungs before and after a deadline.

Source: docs/properties.md, "Reminders and escalation".
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from engine.calendar import Calendar, local_instant, shift_days, shift_workdays

DEFAULT = "P3D P1D morning"
OFF = "off"
MORNING = "morning"
MOST_REPEATS = 30
VERBS = ("notify", "add", "reassign")
_RUNG = re.compile(
    r"(?P<after>\+)?P(?:(?P<workdays>\d{1,3})WD|"
    r"(?:(?P<weeks>\d{1,2})W)?(?:(?P<days>\d{1,3})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,3})H)?(?:(?P<minutes>\d{1,4})M)?)?)"
    r"(?:\*(?P<times>\d{1,2}))?"
)
_REMEDY = (
    "write for example P3D PT2H morning, +P1D*5 after it, P2WD in working days, default or off"
)


@dataclass(frozen=True)
class LocalDays:
    """What days mean where a selection is held."""

    zone: tzinfo
    calendar: Calendar
    begins: time
    """when people begin to work; `morning` is then"""


@dataclass(frozen=True)
class Rung:
    """One rung: so long before a deadline, or after it, and then perhaps again and again.

    Days and working days keep the local time of the deadline, whatever the clocks do between;
    hours and minutes are counted as they pass.
    """

    after: bool = False
    days: int = 0
    workdays: int = 0
    span: timedelta = timedelta()
    times: int = 1
    morning: bool = False

    def instants(self, due: datetime, local: LocalDays) -> list[datetime]:
        """When it is reached, in order."""
        if self.morning:
            return [_morning(due, local)]
        sign = 1 if self.after else -1
        return [self._shifted(due, sign * n, local) for n in range(1, self.times + 1)]

    def _shifted(self, due: datetime, n: int, local: LocalDays) -> datetime:
        if self.workdays:
            return shift_workdays(due, n * self.workdays, zone=local.zone, calendar=local.calendar)
        # Hours pass as they pass: they are added in UTC, where no clock is ever moved.
        return shift_days(due, n * self.days, zone=local.zone).astimezone(UTC) + n * self.span


def _morning(due: datetime, local: LocalDays) -> datetime:
    """The beginning of work on the day it is due; on the day before, if it is due by then."""
    day = due.astimezone(local.zone).date()
    begins = local_instant(day, local.begins, local.zone)
    return (
        begins if begins < due else local_instant(day - timedelta(days=1), local.begins, local.zone)
    )


def read_rung(word: str) -> Rung:
    """Read one word of a ladder.

    Raises:
        ValueError: naming the word and how it is written.
    """
    if word == MORNING:
        return Rung(morning=True)
    found = _RUNG.fullmatch(word)
    if found is None:
        raise ValueError(f"{word!r} is no step of a ladder; {_REMEDY}")
    number = {
        key: int(value) for key, value in found.groupdict().items() if value and key != "after"
    }
    rung = Rung(
        after=bool(found["after"]),
        days=7 * number.get("weeks", 0) + number.get("days", 0),
        workdays=number.get("workdays", 0),
        span=timedelta(hours=number.get("hours", 0), minutes=number.get("minutes", 0)),
        times=number.get("times", 1),
    )
    if not (rung.days or rung.workdays or rung.span):
        raise ValueError(f"{word!r} is no length of time; {_REMEDY}")
    if not 1 <= rung.times <= MOST_REPEATS:
        raise ValueError(f"{word!r}: repeat it 1 to {MOST_REPEATS} times")
    if rung.times > 1 and not rung.after:
        raise ValueError(f"{word!r}: only what comes after the deadline can be repeated; put a +")
    return rung


def read_ladder(text: str) -> list[Rung]:
    """Read the property `reminders`.

    Raises:
        ValueError: naming the word and how it is written.
    """
    words = text.split()
    if OFF in words:
        if len(words) > 1:
            raise ValueError("`off` stands alone: remove it, or everything else")
        return []
    return [
        read_rung(each)
        for word in words
        for each in (DEFAULT.split() if word == "default" else [word])
    ]


def ladder(text: str, due: datetime, local: LocalDays) -> list[datetime]:
    """The instants of a reminder ladder, each once, in order.

    Raises:
        ValueError: see `read_ladder`.
    """
    return sorted({at for rung in read_ladder(text) for at in rung.instants(due, local)})


@dataclass(frozen=True)
class Escalation:
    """One line of `escalate`: when, what is done, and who it is about."""

    rung: Rung
    verb: str
    who: str
    """a role, a function, or `role+function`"""

    def named(self, roles: Collection[str], functions: Collection[str]) -> tuple[str, str]:
        """Its role and function; either may be empty.

        Raises:
            ValueError: the procedure has no such role or function.
        """
        role, plus, function = self.who.partition("+")
        if plus and role in roles and function in functions:
            return role, function
        if not plus and role in roles:
            return role, ""
        if not plus and role in functions:
            return "", role
        raise ValueError(f"{self.who!r} is no role and no function of roles.yaml")


def read_escalations(text: str) -> list[Escalation]:
    """Read the property `escalate`: `P1D notify:office; +P1D add:scorer; +P2D reassign:leader`.

    Raises:
        ValueError: naming the line and how it is written.
    """
    return [_escalation(line.strip()) for line in text.split(";") if line.strip()]


def _escalation(line: str) -> Escalation:
    when, _, what = line.partition(" ")
    verb, _, who = what.strip().partition(":")
    if verb not in VERBS or not who.strip() or " " in who.strip():
        raise ValueError(
            f"{line!r} cannot be read; write for example +P1D notify:selection_office "
            "(notify, add or reassign, then a role, a function or role+function)"
        )
    rung = read_rung(when)
    if rung.times > 1 and verb != "notify":
        raise ValueError(f"{line!r}: only notify can be repeated")
    return Escalation(rung, verb, who.strip())
