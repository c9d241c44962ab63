"""Which way a message takes: the person's order, the installation's, the next after a failure."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import outbox
from engine.db import Sessions, reading, transaction
from engine.model import ChatChannel, Contact, Outgoing, Person, Problem
from engine.outbox import DeliveryFailed, Draft, MemoryTransport, Message, Rules, Sent, Transports
from tests.support.clock import FakeClock
from tests.support.databases import count_sql, on_both
from tests.support.drawings import package, process, single
from tests.support.worlds import World, begin

ALL = Rules(available=frozenset({"sms", "email", "chat"}), chats=frozenset({"wecombot"}))
WORDS = Draft("您有1项待办", "请登录系统办理。", "请登录。")
SECRET = "wecombot://s3cret"  # noqa: S105 - of nobody


class Refusing:
    """Takes nothing, ever."""

    def send(self, message: Message, *, now: datetime) -> str | None:  # noqa: ARG002 - the protocol's
        raise DeliveryFailed("recipient unknown", permanent=True)


def person(sessions: Sessions, **facts: str) -> UUID:
    with transaction(sessions) as session:
        made = Person(name="张三", **facts)
        session.add(made)
        session.flush()
        return made.id


def tell(
    sessions: Sessions,
    clock: FakeClock,
    who: UUID,
    *cases: UUID,
    key: str = "k",
    urgent: bool = False,
) -> None:
    with transaction(sessions) as session:
        outbox.tell(
            session, person=session.get_one(Person, who), dedupe_key=key, kind="notice", zh=WORDS,
            en=WORDS, case_ids=cases, urgent=urgent, now=clock.now(),
        )  # fmt: skip


def outgoing(sessions: Sessions) -> list[tuple[str, str, str]]:
    with reading(sessions) as session:
        asked = select(Outgoing.channel, Outgoing.address, Outgoing.state)
        return [
            tuple(row) for row in session.execute(asked.order_by(Outgoing.origin_id.is_not(None)))
        ]


def prefer(
    sessions: Sessions, who: UUID, *channels: str, quiet: tuple[str, str] = ("", "")
) -> None:
    with transaction(sessions) as session:
        session.add(
            Contact(
                person_id=who, channels=list(channels), quiet_from=quiet[0], quiet_until=quiet[1]
            )
        )


def add_chat(sessions: Sessions, clock: FakeClock, who: UUID, service: str = "wecombot") -> UUID:
    with transaction(sessions) as session:
        chat = ChatChannel(
            person_id=who, label="工作群", service=service, address=SECRET, added_at=clock.now()
        )
        session.add(chat)
        session.flush()
        return chat.id


@pytest.mark.parametrize(
    ("phone", "email", "available", "expected"),
    [
        ("138 0013 8000", "z@x.org", {"sms", "email"}, ("sms", "+8613800138000", "new")),
        ("", "z@x.org", {"sms", "email"}, ("email", "z@x.org", "new")),
        ("010-1234567", "z@x.org", {"sms", "email"}, ("email", "z@x.org", "new")),
        ("13800138000", "z@x.org", {"email"}, ("email", "z@x.org", "new")),
        ("13800138000", "", {"email"}, ("", "", "no_way")),
        ("", "", {"sms", "email"}, ("", "", "no_way")),
    ],
)
def test_whoever_has_chosen_nothing_gets_a_short_message_first(
    sessions: Sessions, clock: FakeClock, phone: str, email: str, available: set[str],
    expected: tuple[str, str, str],
) -> None:  # fmt: skip
    tell(sessions, clock, person(sessions, phone=phone, email=email))

    outbox.route_due(sessions, clock, rules=Rules(available=frozenset(available)))

    assert outgoing(sessions) == [expected]


def test_the_order_of_the_person_stands_before_that_of_the_installation(
    sessions: Sessions, clock: FakeClock
) -> None:
    who = person(sessions, phone="13800138000", email="z@x.org")
    prefer(sessions, who, "email")
    tell(sessions, clock, who)

    outbox.route_due(sessions, clock, rules=ALL)

    assert outgoing(sessions) == [("email", "z@x.org", "new")]


def test_the_secret_address_of_a_chat_stands_in_its_own_row_alone(
    sessions: Sessions, clock: FakeClock
) -> None:
    who = person(sessions, email="z@x.org")
    prefer(sessions, who, f"chat:{add_chat(sessions, clock, who)}")
    tell(sessions, clock, who)
    transport = MemoryTransport()

    outbox.route_due(sessions, clock, rules=ALL)
    outbox.send_due(sessions, transport, clock, rules=ALL)

    assert [each.address for each in transport.messages] == [SECRET]
    assert "s3cret" not in repr(transport.messages)
    assert outgoing(sessions) == [("chat", "工作群 (wecombot)", "sent")]


def test_a_chat_that_the_installation_no_longer_allows_is_left_out(
    sessions: Sessions, clock: FakeClock
) -> None:
    who = person(sessions, email="z@x.org")
    prefer(sessions, who, f"chat:{add_chat(sessions, clock, who, 'slack')}")
    tell(sessions, clock, who)

    outbox.route_due(sessions, clock, rules=ALL)

    assert outgoing(sessions) == [("email", "z@x.org", "new")]


def test_in_quiet_hours_only_what_is_urgent_is_routed(sessions: Sessions, clock: FakeClock) -> None:
    who = person(sessions, email="z@x.org")
    prefer(sessions, who, "email", quiet=("08:00", "12:00"))
    tell(sessions, clock, who)
    tell(sessions, clock, who, key="urgent", urgent=True)
    outbox.route_due(sessions, clock, rules=ALL)

    assert sorted(channel for channel, _, _ in outgoing(sessions)) == ["", "email"]
    clock.move_to(datetime(2026, 3, 2, 4, 0, tzinfo=UTC))  # 12:00 in Shanghai
    outbox.route_due(sessions, clock, rules=ALL)
    assert [channel for channel, _, _ in outgoing(sessions)] == ["email", "email"]


def selection(sessions: Sessions, clock: FakeClock) -> World:
    return begin(sessions, clock, package(process("main", single("write"))))


@on_both
def test_what_one_channel_refuses_goes_by_the_next_and_the_office_is_told(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = selection(sessions, clock)
    who = person(sessions, phone="13800138000", email="z@x.org")
    tell(sessions, clock, who, world.case_id)
    mail = MemoryTransport()
    transports = Transports({"sms": Refusing(), "email": mail})

    outbox.route_due(sessions, clock, rules=ALL)
    done = outbox.send_due(sessions, transports, clock, rules=ALL)

    assert done == Sent(sent=1, dead=1)
    assert outgoing(sessions) == [
        ("sms", "+8613800138000", "dead"), ("email", "z@x.org", "sent"),
    ]  # fmt: skip
    assert [each.subject for each in mail.messages] == [WORDS.subject]
    assert world.problems() == [("", "message_failed")]


def test_after_the_last_channel_there_is_none_and_no_circle(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = selection(sessions, clock)
    who = person(sessions, phone="13800138000", email="z@x.org")
    tell(sessions, clock, who, world.case_id)
    transports = Transports({"sms": Refusing(), "email": Refusing()})
    outbox.route_due(sessions, clock, rules=ALL)

    assert outbox.send_due(sessions, transports, clock, rules=ALL) == Sent(dead=2)
    clock.advance(timedelta(days=3))
    assert outbox.send_due(sessions, transports, clock, rules=ALL) == Sent()

    assert [state for _, _, state in outgoing(sessions)] == ["dead", "dead"]
    with reading(sessions) as session:
        steps = session.scalars(select(Problem.step)).all()
        assert sorted(steps) == sorted(str(id_) for id_ in session.scalars(select(Outgoing.id)))


def test_trying_the_problem_again_sends_the_message_by_the_corrected_way(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = selection(sessions, clock)
    who = person(sessions, email="wrong@x.org")
    tell(sessions, clock, who, world.case_id)
    outbox.route_due(sessions, clock, rules=ALL)
    outbox.send_due(sessions, Transports({"email": Refusing()}), clock, rules=ALL)
    with transaction(sessions) as session:
        session.get_one(Person, who).email = "right@x.org"

    world.retry()
    outbox.route_due(sessions, clock, rules=ALL)
    transport = MemoryTransport()
    outbox.send_due(sessions, transport, clock, rules=ALL)

    assert [(each.address, each.key) for each in transport.messages] == [("right@x.org", "k")]
    assert world.problems() == []


def test_a_digest_over_two_selections_that_fails_is_a_problem_of_both(
    sessions: Sessions, clock: FakeClock
) -> None:
    worlds = [selection(sessions, clock) for _ in "ab"]
    who = person(sessions, email="z@x.org")
    tell(sessions, clock, who, *(world.case_id for world in worlds))
    outbox.route_due(sessions, clock, rules=ALL)
    outbox.send_due(sessions, Transports({"email": Refusing()}), clock, rules=ALL)

    assert [world.problems() for world in worlds] == [[("", "message_failed")]] * 2


def test_while_one_channel_is_away_the_others_go_on(sessions: Sessions, clock: FakeClock) -> None:
    class Away:
        def send(self, message: Message, *, now: datetime) -> str | None:  # noqa: ARG002
            raise DeliveryFailed("no line", unreachable=True)

    for number in range(3):
        who = person(sessions, phone=f"1380013800{number}")
        tell(sessions, clock, who, key=f"sms {number}")
        tell(sessions, clock, person(sessions, email=f"{number}@x.org"), key=f"mail {number}")
    outbox.route_due(sessions, clock, rules=ALL)

    done = outbox.send_due(
        sessions, Transports({"sms": Away(), "email": MemoryTransport()}), clock, rules=ALL
    )

    assert done == Sent(sent=3, failed=1)


def test_routing_costs_the_same_for_many_as_for_two(sessions: Sessions, clock: FakeClock) -> None:
    costs = []
    for number in (2, 40):
        for each in range(number):
            who = person(sessions, email=f"{each}@x.org")
            tell(sessions, clock, who, key=f"{number} {each}")
        with count_sql(sessions) as statements:
            outbox.route_due(sessions, clock, rules=ALL)
        costs.append(len([s for s in statements if s.startswith("SELECT")]))

    assert costs[0] == costs[1]
