"""A small selection with a plan: tasks, ladders and timers that hang on its lines."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.run import replanning
from engine.run.closing import close_if_complete
from engine.run.replanning import Preview
from tests.support.clock import FakeClock
from tests.support.drawings import Node, package, process
from tests.support.worlds import TWO_JUDGES, World, begin

SHANGHAI = ZoneInfo("Asia/Shanghai")
PLAN = """
- {key: announcement, zh: 公告, en: announcement, day: 0, time: "08:30"}
- {key: applications_close, zh: 报名截止, en: applications close, day: 4, time: "17:30"}
- {key: test, zh: 考试, en: test, day: 8, time: "14:00"}
- {key: notice_start, zh: 公示开始, en: notice starts, day: 10, time: "09:00"}
- {key: notice_end, zh: 公示期满, en: notice ends, after: notice_start, working_days: 3}
"""


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """`03-06 17:30` of 2026, or with its year."""
    full = text if len(text) > 11 else f"2026-{text}"
    return datetime.fromisoformat(full).replace(tzinfo=zone)


DATES = {
    "announcement": at("03-02 08:30"),
    "applications_close": at("03-06 17:30"),
    "test": at("03-10 14:00"),
    "notice_start": at("03-12 09:00"),
    "notice_end": at("03-16 17:30"),
}


def planned(*steps: Node) -> PackageVersion:
    return package(process("tiny", *steps), plan=PLAN)


def start(
    sessions: Sessions,
    clock: FakeClock,
    *steps: Node,
    dates: Mapping[str, datetime] = DATES,
    **parameters: Any,
) -> World:
    return begin(sessions, clock, planned(*steps), TWO_JUDGES, plan=dates, **parameters)


def look(world: World, who: str = "office", **dates: datetime) -> Preview:
    with reading(world.sessions) as session:
        return replanning.preview(
            session, case_id=world.case_id, dates=dates, actor_id=world.people[who], now=world.now
        )


def move(
    world: World, who: str = "office", reason: str = "会场未定", *, publish: bool = False,
    **dates: datetime,
) -> None:  # fmt: skip
    with transaction(world.sessions) as session:
        ctx = replanning.move_plan(
            session, case_id=world.case_id, dates=dates, reason=reason, publish=publish,
            actor_id=world.people[who], now=world.now,
        )  # fmt: skip
    close_if_complete(world.sessions, world.clock, ctx.touched)
