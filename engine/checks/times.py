"""Rules for times: timer texts and due, opens, closes must give an instant or a duration."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.bpmn import UnsafeExpression, compile_expression, evaluate
from engine.calendar import (
    ChinaCalendar,
    on_day,
    on_workday,
    read_local,
    read_time,
    workdays_after,
)
from engine.checks.findings import Finding, error
from engine.checks.model import Package
from engine.checks.uses import Use, in_diagrams
from engine.errors import EngineError
from engine.plan import UnreadablePlan, propose_dates

_ZONE = ZoneInfo("Asia/Shanghai")
_DAY = date(2026, 9, 7)
_NOW = datetime(2026, 9, 1, 1, tzinfo=UTC)
_INSTANTS = ("due", "opens", "closes", "timeDate")
_KNOWN = frozenset({"parameters", "plan"})
_DURATION = re.compile(r"P(?=.)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?)")

NOT_AN_INSTANT = error(
    "time_not_instant",
    zh=(
        "{place}得出的不是时刻，而是{value}",
        '写成plan.…、on_day(3, "12:00")、workdays(2)、date("2027-03-05 12:00")等',
    ),
    en=(
        "{place} gives no instant but {value}",
        'write plan.…, on_day(3, "12:00"), workdays(2), date("2027-03-05 12:00") …',
    ),
)
NOT_A_DURATION = error(
    "time_not_duration",
    zh=("{place}得出的不是时长，而是{value}", "写成days(3)、hours(2)，或者带引号的'P3D'"),
    en=("{place} gives no duration but {value}", "write days(3), hours(2), or 'P3D' in quotes"),
)
UNQUOTED = error(
    "time_unquoted",
    zh=("{place}的{text}没有引号，会被当作变量，永不触发", "写成'{text}'"),
    en=("{place}: {text} without quotes is a variable and never fires", "write '{text}'"),
)
FAILS = error(
    "time_fails",
    zh=("{place}算不出来：{reason}", "改正表达式"),
    en=("{place} cannot be worked out: {reason}", "correct the expression"),
)
NEVER_OPEN = error(
    "time_order",
    zh=("opens（{opens}）不早于{name}（{end}），没有时间可以提交", "把opens提前，或者把{name}推后"),
    en=(
        "opens ({opens}) is not before {name} ({end}): nobody has time to hand in",
        "let it open earlier, or put {name} off",
    ),
)
TIMER_EMPTY = error(
    "timer_empty",
    zh=("定时事件没有写时间", "写上timeDate或timeDuration"),
    en=("the timer has no time", "give it a timeDate or a timeDuration"),
)


class TrialFacts:
    """Facts of a selection that has just begun, with the default numbers and the proposed plan."""

    def __init__(self, parameters: Mapping[str, Any], plan: Mapping[str, datetime]) -> None:
        self._parameters, self._plan = parameters, plan

    @property
    def now(self) -> datetime:
        return _NOW

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self._parameters

    @property
    def plan(self) -> Mapping[str, datetime]:
        return self._plan

    def active(self, codes: Sequence[str]) -> list[str]:
        return list(codes)

    def status(self, code: str) -> str:  # noqa: ARG002 - one signature with the facts of a case
        return "active"

    def rounds(self, element_id: str) -> int:  # noqa: ARG002 - as above
        return 0

    def result_of(self, element_id: str) -> Any:  # noqa: ARG002 - as above
        return None

    def workdays(self, number: int, after: Any = None) -> datetime:
        return workdays_after(_base(after), number, zone=_ZONE, calendar=ChinaCalendar())

    def on_day(self, number: int, at: str, after: Any = None) -> datetime:
        return on_day(_base(after), number, read_time(at), zone=_ZONE)

    def on_workday(self, number: int, at: str, after: Any = None) -> datetime:
        base, time = _base(after), read_time(at)
        return on_workday(base, number, time, zone=_ZONE, calendar=ChinaCalendar())

    def date(self, text: str) -> datetime:
        return read_local(text, _ZONE)

    def done(self, element_id: str) -> datetime:  # noqa: ARG002 - as above
        return _NOW

    def opened(self, element_id: str) -> datetime:  # noqa: ARG002 - as above
        return _NOW

    def published(self, text_id: str) -> datetime:  # noqa: ARG002 - as above
        return _NOW


def _base(after: Any) -> datetime:
    if after is None:
        return _NOW
    return read_local(after, _ZONE) if isinstance(after, str) else after


def trial_facts(package: Package) -> TrialFacts:
    parameters = {
        key: schema.get("default")
        for key, schema in package.parameters.items()
        if isinstance(schema, Mapping)
    }
    try:
        plan = propose_dates(
            package.plan, announced_on=_DAY, parameters=parameters, zone=_ZONE,
            calendar=ChinaCalendar(),
        )  # fmt: skip
    except UnreadablePlan:
        plan = {}
    return TrialFacts(parameters, plan)


def times_are_times(package: Package) -> Iterator[Finding]:
    facts = trial_facts(package)
    for use in in_diagrams(package):
        if use.place in (*_INSTANTS, "timeDuration"):
            yield from _timed(use, facts)


def tasks_open_before_they_close(package: Package) -> Iterator[Finding]:
    """With the default numbers and the proposed plan; what depends on variables is left aside."""
    facts = trial_facts(package)
    for node in package.nodes():
        if node.kind != "userTask" or "opens" not in node.properties:
            continue
        opens = _worked_out(node.properties["opens"], facts)
        for name in ("closes", "due"):
            end = _worked_out(node.properties.get(name, ""), facts)
            if opens is not None and end is not None and end <= opens:
                yield NEVER_OPEN.at(node.file, node.id, name=name, opens=opens, end=end)
                break


def _worked_out(text: str, facts: TrialFacts) -> datetime | None:
    try:
        if not text or not compile_expression(text).names <= _KNOWN:
            return None
        value = evaluate(text, {}, facts)
    except EngineError:  # said by another rule
        return None
    return value if isinstance(value, datetime) and value.tzinfo is not None else None


def timers_have_a_time(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        for event in node.events:
            if event.kind == "timer" and not event.text.strip():
                yield TIMER_EMPTY.at(node.file, node.id)


def _timed(use: Use, facts: TrialFacts) -> Iterator[Finding]:
    if _DURATION.fullmatch(use.text.strip()):
        yield UNQUOTED.at(use.file, use.element, place=use.place, text=use.text.strip())
        return
    try:
        if not compile_expression(use.text).names <= _KNOWN:
            return  # it depends on variables
        value = evaluate(use.text, {}, facts)
    except UnsafeExpression:
        return  # said by another rule
    except EngineError as failed:
        yield FAILS.at(use.file, use.element, place=use.place, reason=failed)
        return
    if use.place == "timeDuration":
        if not _is_duration(value):
            yield NOT_A_DURATION.at(use.file, use.element, place=use.place, value=repr(value))
    elif not _is_instant(value):
        yield NOT_AN_INSTANT.at(use.file, use.element, place=use.place, value=repr(value))


def _is_instant(value: object) -> bool:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return False
    return isinstance(value, datetime) and value.tzinfo is not None


def _is_duration(value: object) -> bool:
    if isinstance(value, str):
        return _DURATION.fullmatch(value) is not None
    return isinstance(value, timedelta)


RULES = (times_are_times, tasks_open_before_they_close, timers_have_a_time)
