"""A person's calendar at a secret address."""

from datetime import timedelta
from uuid import UUID

import pytest
from icalendar import Calendar, Component
from sqlalchemy import select, update

from engine import feeds
from engine.db import Sessions, reading, transaction
from engine.identity import Identity
from engine.model import CalendarFeed, Recusal, Seat
from engine.run.inviting import send_invitations
from tests.support.clock import FakeClock
from tests.support.databases import count_sql, on_both
from tests.support.drawings import collective, package, process, single
from tests.support.worlds import TWO_JUDGES, World, begin


def who(world: World, name: str) -> Identity:
    return Identity(token="", person_id=world.people[name], name=name, language="zh")


def new_address(world: World, name: str) -> str:
    with transaction(world.sessions) as session:
        return feeds.make(session, who(world, name), now=world.now)


def events(world: World, token: str) -> list[Component]:
    with reading(world.sessions) as session:
        calendar = Calendar.from_ical(feeds.read(session, token, now=world.now))
    assert calendar["METHOD"] == "PUBLISH"
    return list(calendar.walk("VEVENT"))


def world_of(sessions: Sessions, clock: FakeClock, **properties: str) -> World:
    drawn = package(
        process(
            "main",
            collective("score", "members('judge')", due="now() + hours(30)", **properties),
            single("after"),
        )
    )
    return begin(sessions, clock, drawn, TWO_JUDGES)


def deadline(one: Component) -> tuple[str, str, int, str]:
    starts = one["DTSTART"]
    return (
        str(one["SUMMARY"]), f"{starts.dt:%m-%d %H:%M} {starts.params['TZID']}", one["SEQUENCE"],
        str(one["STATUS"]),
    )  # fmt: skip


@on_both
def test_it_holds_the_own_deadlines_in_the_zone_of_the_selection(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = world_of(sessions, clock)
    token = new_address(world, "ma")

    (one,) = events(world, token)

    assert deadline(one) == (
        "截止：score（副局长公开选拔）", "03-03 14:30 Asia/Shanghai", 0, "CONFIRMED",
    )  # fmt: skip
    assert one["DTSTAMP"].dt == clock.now()
    assert events(world, new_address(world, "office")) == []


@on_both
def test_a_moved_deadline_has_a_higher_number_and_a_done_one_is_called_off(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = world_of(sessions, clock)
    token = new_address(world, "ma")
    world.extend("score", clock.now() + timedelta(hours=54))
    clock.advance(timedelta(hours=1))

    (moved,) = events(world, token)
    world.submit("score", "ma")
    (done,) = events(world, token)

    assert deadline(moved)[1:] == ("03-04 14:30 Asia/Shanghai", 1, "CONFIRMED")
    assert deadline(done)[1:] == ("03-04 14:30 Asia/Shanghai", 2, "CANCELLED")
    assert moved["UID"] == done["UID"]
    clock.advance(timedelta(days=31))
    assert events(world, token) == []


def test_what_may_be_taken_from_a_queue_is_in_it(sessions: Sessions, clock: FakeClock) -> None:
    drawn = package(process("main", single("write", due="now() + hours(4)")))
    world = begin(sessions, clock, drawn, TWO_JUDGES)

    assert [len(events(world, new_address(world, name))) for name in ("office", "ma")] == [1, 0]


def test_meetings_are_in_it_with_their_length_and_hidden_topics_stay_hidden(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process(
            "main",
            single(
                "plenary",
                due="now() + days(2)",
                invites="members('judge')",
                lasts="PT3H",
                topic="hidden",
            ),
        )
    )
    world = begin(sessions, clock, drawn, TWO_JUDGES)

    (meeting,) = events(world, new_address(world, "ma"))
    (own,) = events(world, new_address(world, "office"))

    assert str(meeting["SUMMARY"]) == "会议（议题登录系统后查看）"
    assert meeting["DTEND"].dt - meeting["DTSTART"].dt == timedelta(hours=3)
    assert str(own["SUMMARY"]) == "待办截止"


def test_whoever_stepped_aside_finds_nothing_of_it_and_is_not_invited(
    sessions: Sessions, clock: FakeClock
) -> None:
    asked = {"due": "now() + days(2)", "invites": "members('judge')"}
    drawn = package(process("main", collective("score", "members('judge')", **asked)))
    world = begin(sessions, clock, drawn, TWO_JUDGES)
    token = new_address(world, "ma")
    assert len(events(world, token)) == 2

    with transaction(sessions) as session:
        session.add(
            Recusal(
                case_id=world.case_id, person_id=world.people["ma"], subject="", vote=True,
                deliberation=True, reason="a cousin", source="ordered", at=clock.now(),
                by_id=world.people["office"],
            )
        )  # fmt: skip

    assert events(world, token) == []
    assert send_invitations(sessions, clock, sender="a@b.c", zone="Asia/Shanghai") == 1


def test_only_the_digest_of_the_address_is_kept_and_a_new_one_ends_the_old(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = world_of(sessions, clock)
    old = new_address(world, "ma")
    new = new_address(world, "ma")

    assert len(events(world, new)) == 1
    with reading(sessions) as session:
        kept = session.scalars(select(CalendarFeed)).one()
        assert new not in (kept.token_hash, str(kept.id))
        with pytest.raises(feeds.FeedNotFound):
            feeds.read(session, old, now=clock.now())
    with transaction(sessions) as session:
        feeds.revoke(session, who(world, "ma"))
    with reading(sessions) as session, pytest.raises(feeds.FeedNotFound):
        feeds.read(session, new, now=clock.now())


def test_it_costs_the_same_however_much_it_holds(sessions: Sessions, clock: FakeClock) -> None:
    costs = []
    for number in (1, 5):
        worlds = [world_of(sessions, clock) for _ in range(number)]
        seen: UUID = worlds[0].people["ma"]
        with transaction(sessions) as session:
            for other in worlds[1:]:
                mine = Seat.case_id == other.case_id, Seat.position == 1
                session.execute(update(Seat).where(*mine).values(person_id=seen))
        token = new_address(worlds[0], "ma")
        with count_sql(sessions) as statements:
            assert len(events(worlds[0], token)) == number
        costs.append(len([s for s in statements if s.startswith("SELECT")]))

    assert costs == [4, 4]
