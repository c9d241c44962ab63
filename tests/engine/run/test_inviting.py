"""Invitations to meetings: sent once, moved with a higher number, withdrawn, topics hidden."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from icalendar import Calendar
from sqlalchemy import select, update

from engine import outbox
from engine.db import Sessions, reading, transaction
from engine.model import Notice, Outgoing, Person, UserTask
from engine.outbox import Rules
from engine.run.inviting import send_invitations
from tests.support.clock import FakeClock
from tests.support.databases import on_both, on_postgres
from tests.support.drawings import package, process, single
from tests.support.mail import mail_server
from tests.support.worlds import World, begin

MEMBERS = {"office": ["selection_office"], "ma": ["judge"], "li": ["judge"]}
SENDER = "公选办 <office@example.org>"


def meeting(sessions: Sessions, clock: FakeClock, **properties: str) -> World:
    asked = {"due": "now() + days(2)", "invites": "members('judge')", **properties}
    drawn = package(process("main", single("plenary", **asked), single("after")))
    return begin(sessions, clock, drawn, MEMBERS)


def invite(sessions: Sessions, clock: FakeClock) -> int:
    return send_invitations(sessions, clock, sender=SENDER, zone="Asia/Shanghai")


def posted(sessions: Sessions) -> list[Outgoing]:
    with reading(sessions) as session:
        return list(session.scalars(select(Outgoing).order_by(Outgoing.posted_at, Outgoing.id)))


def event(message: Outgoing) -> dict[str, object]:
    calendar = Calendar.from_ical(message.calendar)
    (found,) = calendar.walk("VEVENT")
    return {
        "method": str(calendar["METHOD"]), "uid": str(found["UID"]), "sequence": found["SEQUENCE"],
        "starts": found["DTSTART"].dt, "zone": found["DTSTART"].params["TZID"],
        "lasts": found["DTEND"].dt - found["DTSTART"].dt, "status": str(found["STATUS"]),
        "summary": str(found["SUMMARY"]), "to": str(found["ATTENDEE"]),
    }  # fmt: skip


@on_both
def test_everybody_invited_is_told_once_when_the_task_opens(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = meeting(sessions, clock, lasts="PT90M", place="'县委礼堂'")

    assert [invite(sessions, clock) for _ in "ab"] == [2, 0]

    found = event(posted(sessions)[0])
    assert found == {
        "method": "REQUEST", "uid": f"{world.task('plenary').id}@gongxuan", "sequence": 0,
        "starts": datetime(2026, 3, 4, 0, 30, tzinfo=UTC), "zone": "Asia/Shanghai",
        "lasts": timedelta(minutes=90), "status": "CONFIRMED",
        "summary": "plenary（副局长公开选拔）", "to": found["to"],
    }  # fmt: skip
    assert {event(each)["to"] for each in posted(sessions)} == {
        "mailto:ma@example.org", "mailto:li@example.org",
    }  # fmt: skip
    assert posted(sessions)[0].short == (
        "会议通知。请参加：plenary（副局长公开选拔），时间：3月4日08:30，地点：县委礼堂。请登录系统查看。"
    )
    with reading(sessions) as session:
        assert len(session.scalars(select(Notice)).all()) == 2


@on_both
def test_a_move_is_told_with_the_same_uid_and_a_higher_number(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = meeting(sessions, clock)
    invite(sessions, clock)
    clock.advance(timedelta(hours=1))
    world.extend("plenary", clock.now() + timedelta(days=5))

    assert [invite(sessions, clock) for _ in "ab"] == [2, 0]

    first, *_, last = (event(each) for each in posted(sessions))
    assert (first["uid"], first["sequence"]) == (last["uid"], 0)
    assert (last["method"], last["sequence"]) == ("REQUEST", 1)
    assert last["starts"] == clock.now() + timedelta(days=5)
    assert posted(sessions)[-1].subject == "会议改期：3月7日09:30"


@on_both
def test_a_cancelled_task_withdraws_the_invitation(sessions: Sessions, clock: FakeClock) -> None:
    world = meeting(sessions, clock)
    invite(sessions, clock)
    clock.advance(timedelta(hours=1))
    with transaction(sessions) as session:
        session.get_one(UserTask, world.task("plenary").id).state = "cancelled"

    assert invite(sessions, clock) == 2

    last = event(posted(sessions)[-1])
    assert (last["method"], last["status"], last["sequence"]) == ("CANCEL", "CANCELLED", 1)


def test_who_was_never_invited_is_not_told_that_there_is_no_meeting(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = meeting(sessions, clock)
    with transaction(sessions) as session:
        session.get_one(UserTask, world.task("plenary").id).state = "cancelled"

    assert [invite(sessions, clock) for _ in "ab"] == [0, 0]


def test_nobody_is_invited_to_what_is_over_or_done(sessions: Sessions, clock: FakeClock) -> None:
    late = meeting(sessions, clock)
    clock.advance(timedelta(days=2))
    assert invite(sessions, clock) == 0

    done = meeting(sessions, clock)
    done.submit("plenary", "office")
    assert invite(sessions, clock) == 0
    assert posted(sessions) == []
    assert late.task("plenary").invited == 0


def test_a_hidden_topic_leaves_the_system_nowhere(sessions: Sessions, clock: FakeClock) -> None:
    meeting(sessions, clock, topic="hidden")

    invite(sessions, clock)

    for message in posted(sessions):
        everything = f"{message.subject}{message.body}{message.short}{message.calendar}"
        assert "副局长" not in everything
        assert "plenary" not in everything
        assert event(message)["summary"] == "会议（议题登录系统后查看）"


def test_an_invitation_goes_by_mail_though_short_messages_come_first(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = meeting(sessions, clock)
    with transaction(sessions) as session:
        session.execute(update(Person).values(phone="13800138000"))
        session.get_one(Person, world.people["li"]).email = ""
    invite(sessions, clock)

    outbox.route_due(sessions, clock, rules=Rules(available=frozenset({"sms", "email"})))

    assert sorted(each.channel for each in posted(sessions)) == ["email", "sms"]


def test_calendar_programs_find_the_invitation_in_the_mail(
    sessions: Sessions, clock: FakeClock
) -> None:
    meeting(sessions, clock)
    invite(sessions, clock)
    outbox.route_due(sessions, clock, rules=Rules())
    with mail_server() as mailbox:
        transport = outbox.SmtpTransport(host="127.0.0.1", port=mailbox.port, sender=SENDER)
        outbox.send_due(sessions, transport, clock)

    mail = mailbox.mails[0]
    alternatives, file = mail.iter_parts()
    kinds = [part.get_content_type() for part in alternatives.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    invitation = list(alternatives.iter_parts())[2]
    assert invitation.get_param("method") == "REQUEST"
    assert Calendar.from_ical(invitation.get_content())["METHOD"] == "REQUEST"
    assert file.get_filename() == "invite.ics"


@on_postgres
def test_several_workers_at_once_invite_each_person_once(
    sessions: Sessions, clock: FakeClock
) -> None:
    for _ in range(6):
        meeting(sessions, clock)

    with ThreadPoolExecutor(4) as threads:
        rounds = [threads.submit(invite, sessions, clock) for _ in range(8)]
        assert sum(each.result() for each in rounds) == 12

    assert len(posted(sessions)) == 12
