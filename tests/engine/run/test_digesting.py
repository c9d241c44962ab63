"""One message for each person out of all that waits, none for what is done, nothing twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from engine.db import Sessions, reading, transaction
from engine.model import Case, CaseMember, Contact, Notice, Outgoing, Person, Reminder
from engine.outbox import MemoryTransport, Rules, quiet_end, route_due, send_due
from engine.run import assisting, digesting
from engine.run.context import locked_task
from engine.run.digesting import send_digests
from engine.run.reminding import remind
from tests.support.clock import FakeClock
from tests.support.databases import count_sql, on_both, on_postgres
from tests.support.drawings import collective, package, process, single
from tests.support.worlds import OFFICE, World, begin

HOUR = timedelta(hours=1)
QUIET = Rules(quiet=("22:00", "07:00"))


def write(sessions: Sessions, clock: FakeClock, name: str = "write", **properties: str) -> World:
    drawn = package(process(f"p_{name}", single(name, **properties)))
    return begin(sessions, clock, drawn)


def told(sessions: Sessions) -> list[Outgoing]:
    with reading(sessions) as session:
        return list(session.scalars(select(Outgoing).order_by(Outgoing.posted_at)))


def states(sessions: Sessions) -> list[str]:
    with reading(sessions) as session:
        return sorted(session.scalars(select(Reminder.state)))


def same_person(sessions: Sessions, *worlds: World, **facts: Any) -> None:
    """Let the office of the first selection be the office of the others as well."""
    first = worlds[0].people["office"]
    with transaction(sessions) as session:
        if facts:
            session.execute(update(Person).where(Person.id == first).values(**facts))
        for world in worlds[1:]:
            session.execute(
                update(CaseMember)
                .where(CaseMember.case_id == world.case_id)
                .values(person_id=first)
            )


@on_both
def test_reminders_of_several_selections_become_one_message_by_deadline(
    sessions: Sessions, clock: FakeClock
) -> None:
    later = write(sessions, clock, "minutes", due="now() + hours(50)", reminders="P1D")
    sooner = write(sessions, clock, "rooms", due="now() + hours(30)", reminders="PT4H")
    same_person(sessions, later, sooner)
    clock.advance(26 * HOUR)
    for world in (later, sooner):
        world.sweep()

    made = send_digests(sessions, clock)

    (message,) = told(sessions)
    assert (made, states(sessions)) == (1, ["told", "told"])
    assert message.subject == "您有2项待办，最近的截止时间是3月3日14:30"
    assert message.body.index("rooms") < message.body.index("minutes")
    assert "rooms（副局长公开选拔）：3月3日14:30前" in message.body
    assert message.short == "您有2项待办，最近的截止时间是3月3日14:30。请登录系统办理。"
    with reading(sessions) as session:
        (notice,) = session.scalars(select(Notice))
        assert notice.case_id is None
        assert notice.content["en"]["title"] == "2 items to do, the next by 3 March, 14:30"
        assert len(notice.content["zh"]["paragraphs"]) == 2


@on_both
def test_what_is_done_meanwhile_is_dropped_and_nobody_is_told(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = write(sessions, clock, due="now() + hours(4)", reminders="PT2H")
    clock.advance(2 * HOUR)
    world.sweep()
    world.submit("write", "office")

    assert send_digests(sessions, clock) == 0

    assert (told(sessions), states(sessions)) == ([], ["dropped"])


def test_several_rungs_of_one_task_are_one_line(sessions: Sessions, clock: FakeClock) -> None:
    world = write(sessions, clock, due="now() + hours(4)", reminders="PT3H PT2H PT1H +PT1H")
    for _ in range(6):
        clock.advance(HOUR)
        world.sweep()

    send_digests(sessions, clock)

    (message,) = told(sessions)
    assert states(sessions) == ["told"] * 4
    assert message.subject == "您有1项待办，其中1项已超时"
    assert message.body.count("write") == 1
    assert "应于3月2日12:30前完成，已超过2小时" in message.body


def test_a_digest_is_in_the_language_of_its_reader(sessions: Sessions, clock: FakeClock) -> None:
    world = write(sessions, clock, due="now() + hours(4)", reminders="PT2H +PT1H")
    same_person(sessions, world, language="en")
    clock.advance(5 * HOUR)
    world.sweep()

    send_digests(sessions, clock)

    (message,) = told(sessions)
    assert message.subject == "1 item to do, 1 of them late"
    assert "Write" in message.body
    assert "was due 2 March, 12:30, 1 hour late" in message.body


def test_times_are_those_of_the_selection_and_another_zone_is_named(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = write(sessions, clock, due="now() + hours(4)", reminders="PT2H")
    with transaction(sessions) as session:
        session.execute(update(Case).values(time_zone="Europe/Berlin"))
    clock.advance(2 * HOUR)
    world.sweep()

    send_digests(sessions, clock)

    assert "3月2日05:30（Europe/Berlin）前" in told(sessions)[0].body


# how often


def remind_office(world: World, clock: FakeClock) -> None:
    """A further reason to remind, as the office's button gives."""
    with transaction(world.sessions) as session:
        assisting.remind_now(
            session, task_id=world.task("write").id, actor_id=world.people["office"],
            now=clock.now(),
        )  # fmt: skip


def test_a_second_digest_waits_until_the_gap_is_over(sessions: Sessions, clock: FakeClock) -> None:
    world = write(sessions, clock, due="now() + days(3)")
    for _ in range(3):
        remind_office(world, clock)
        send_digests(sessions, clock)
        clock.advance(timedelta(minutes=10))

    assert len(told(sessions)) == 1
    clock.advance(timedelta(minutes=29))
    assert send_digests(sessions, clock) == 0
    clock.advance(timedelta(minutes=1))
    assert send_digests(sessions, clock) == 1

    assert (len(told(sessions)), states(sessions)) == (2, ["told"] * 3)


def test_a_deadline_inside_the_gap_is_told_at_once(sessions: Sessions, clock: FakeClock) -> None:
    world = write(sessions, clock, due="now() + hours(4)", reminders="PT40M PT20M")
    for _ in range(2):
        clock.advance(
            timedelta(hours=3, minutes=20) if not told(sessions) else timedelta(minutes=20)
        )
        world.sweep()
        send_digests(sessions, clock)

    assert len(told(sessions)) == 2


@pytest.mark.parametrize(("hours", "at_once"), [(30, False), (18, True)])
def test_quiet_hours_hold_a_digest_unless_the_deadline_would_pass(
    sessions: Sessions, clock: FakeClock, hours: int, *, at_once: bool
) -> None:
    """08:30 + 15 hours is 23:30; the deadline is at 14:30 on the day after, or at 02:30."""
    world = write(sessions, clock, due=f"now() + hours({hours})", reminders=f"PT{hours - 15}H")
    clock.advance(15 * HOUR)
    world.sweep()

    made = send_digests(sessions, clock, rules=QUIET)

    assert made == at_once
    if not at_once:
        clock.move_to(datetime(2026, 3, 2, 22, 59, tzinfo=UTC))
        assert send_digests(sessions, clock, rules=QUIET) == 0
        clock.move_to(datetime(2026, 3, 2, 23, 0, tzinfo=UTC))
        assert send_digests(sessions, clock, rules=QUIET) == 1
    transport = MemoryTransport()
    route_due(sessions, clock, rules=QUIET)
    send_due(sessions, transport, clock)
    assert [each.address for each in transport.messages] == ["office@example.org"]


@pytest.mark.parametrize(
    ("begins", "ends", "local", "until"),
    [
        ("22:00", "07:00", (2, 21, 59), None),
        ("22:00", "07:00", (2, 22, 0), (3, 7, 0)),
        ("22:00", "07:00", (3, 6, 59), (3, 7, 0)),
        ("22:00", "07:00", (3, 7, 0), None),
        ("12:00", "14:00", (2, 13, 0), (2, 14, 0)),
        ("00:00", "00:00", (2, 0, 0), None),
        ("", "", (2, 3, 0), None),
    ],
)
def test_quiet_hours_end_at_their_local_end(
    begins: str, ends: str, local: tuple[int, int, int], until: tuple[int, int, int] | None
) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    now = datetime(2026, 3, local[0], local[1], local[2], tzinfo=zone)

    end = quiet_end(None, Rules(quiet=(begins, ends)), now=now)

    expected = until and datetime(2026, 3, until[0], until[1], until[2], tzinfo=zone)
    assert end == expected


def test_quiet_hours_keep_their_local_end_when_the_clocks_change() -> None:
    rules = Rules(quiet=("22:00", "07:00"), zone="Europe/Berlin")

    end = quiet_end(None, rules, now=datetime(2026, 3, 28, 22, 0, tzinfo=UTC))

    assert end == datetime(2026, 3, 29, 5, 0, tzinfo=UTC), "07:00 is 05:00 UTC in summer"


def test_a_person_may_have_other_quiet_hours_than_the_installation() -> None:
    night = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai

    assert quiet_end(Contact(quiet_from="08:00", quiet_until="09:00"), QUIET, now=night) is None
    assert quiet_end(Contact(quiet_from="", quiet_until=""), QUIET, now=night) is not None


# nothing lost, nothing twice


class Killed(Exception):
    """A stand-in for kill -9."""


@on_both
def test_a_crash_before_the_commit_loses_and_doubles_nothing(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = write(sessions, clock, due="now() + hours(4)", reminders="PT2H")
    clock.advance(2 * HOUR)
    world.sweep()

    def crash() -> None:
        with transaction(sessions) as session:
            assert digesting._digest(session, world.people["office"], Rules(), clock.now())  # noqa: SLF001
            raise Killed

    with pytest.raises(Killed):
        crash()
    assert (told(sessions), states(sessions)) == ([], ["waiting"])

    assert [send_digests(sessions, clock) for _ in "ab"] == [1, 0]

    assert (len(told(sessions)), states(sessions)) == (1, ["told"])


@on_postgres
def test_several_workers_at_once_make_one_digest_for_each(
    sessions: Sessions, clock: FakeClock
) -> None:
    members = {**OFFICE, **{f"judge {n}": ["judge"] for n in range(12)}}
    drawn = package(
        process(
            "judging",
            collective("score", "members('judge')", due="now() + hours(4)", reminders="PT3H PT2H"),
        )
    )
    world = begin(sessions, clock, drawn, members)
    for _ in range(2):
        clock.advance(HOUR)
        world.sweep()

    with ThreadPoolExecutor(4) as threads:
        rounds = [threads.submit(send_digests, sessions, clock) for _ in range(8)]
        made = sum(each.result() for each in rounds)

    assert made == len(told(sessions)) == 12
    assert states(sessions) == ["told"] * 24


def test_a_digest_costs_the_same_however_many_reminders_wait(
    sessions: Sessions, clock: FakeClock
) -> None:
    costs = []
    for number in (1, 6):
        worlds = [
            write(sessions, clock, due="now() + hours(4)", reminders="PT2H") for _ in range(number)
        ]
        same_person(sessions, *worlds)
        clock.advance(2 * HOUR)
        for world in worlds:
            world.sweep()
        with count_sql(sessions) as statements:
            assert send_digests(sessions, clock) == 1
        costs.append(len([s for s in statements if s.startswith("SELECT")]))

    assert costs[1] <= costs[0], costs


def test_who_is_told_that_others_are_late_is_told_without_a_seat_until_all_is_in(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(process("main", single("write", due="now() + hours(1)")))
    world = begin(sessions, clock, drawn, {**OFFICE, "boss": ["leading_group"]})

    def chase(key: str) -> None:
        with transaction(sessions) as session:
            ctx, task = locked_task(session, world.task("write").id, now=clock.now())
            remind(ctx, task, key=key, person_ids=[world.people["boss"]], kind="escalation")

    clock.advance(2 * HOUR)
    chase("first")
    send_digests(sessions, clock)
    (message,) = told(sessions)
    assert message.person_id == world.people["boss"]
    assert message.subject == "有1项工作超时未完成，请督促办理"
    assert "【催办】write（副局长公开选拔）：应于3月2日09:30前完成，已超过1小时" in message.body

    chase("second")
    world.submit("write", "office")
    clock.advance(2 * HOUR)
    assert send_digests(sessions, clock) == 0
    assert states(sessions) == ["dropped", "told"]


def test_a_digest_that_fails_backs_off_and_stands_before_the_office(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = write(sessions, clock, due="now() + days(3)")
    remind_office(world, clock)
    with transaction(sessions) as session:
        session.execute(update(Case).values(time_zone="Nowhere/At_all"))

    assert [send_digests(sessions, clock) for _ in "ab"] == [0, 0]

    assert [code for _, code in world.problems()] == ["internal_fault"]
    with transaction(sessions) as session:
        session.execute(update(Case).values(time_zone="Asia/Shanghai"))
    clock.advance(timedelta(minutes=5))
    assert send_digests(sessions, clock) == 1
    assert world.problems() == []


def test_a_stop_holds_a_digest_until_the_selection_goes_on(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = write(sessions, clock, due="now() + days(3)")
    remind_office(world, clock)
    set_state(sessions, "paused")
    assert send_digests(sessions, clock) == 0

    set_state(sessions, "running")
    clock.advance(2 * HOUR)

    assert send_digests(sessions, clock) == 1


def set_state(sessions: Sessions, state: str) -> None:
    with transaction(sessions) as session:
        session.execute(update(Case).values(state=state))
