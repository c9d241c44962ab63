import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import outbox
from engine.db import Sessions, reading, transaction
from engine.model import Outgoing
from engine.outbox import BACK_OFF, LEASE, DeliveryFailed, MemoryTransport, Message, Sent
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.mail import Mailbox, mail_server

ROOT = Path(__file__).resolve().parents[3]
BODY = outbox.bilingual("您有一项待办，请登录查看。", "You have something to do. Please sign in.")


class BrokenTransport:
    """Takes nothing."""

    def __init__(self, *, unreachable: bool = False) -> None:
        self.tries = 0
        self._unreachable = unreachable

    def send(self, message: Message, *, now: datetime) -> None:  # noqa: ARG002 - the protocol's
        self.tries += 1
        raise DeliveryFailed("out of order", unreachable=self._unreachable)


def post(sessions: Sessions, clock: FakeClock, key: str = "reminder:1", **facts: str) -> bool:
    message = {"address": "zhang@example.org", "subject": "公选：待办", "body": BODY} | facts
    with transaction(sessions) as session:
        return outbox.post(session, dedupe_key=key, now=clock.now(), **message)


def rows(sessions: Sessions) -> list[tuple[str, int, str]]:
    with reading(sessions) as session:
        found = select(Outgoing.state, Outgoing.attempts, Outgoing.last_error)
        return [(state, attempts, error) for state, attempts, error in session.execute(found)]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as mailbox:
        yield mailbox


def smtp(mailbox: Mailbox) -> outbox.SmtpTransport:
    return outbox.SmtpTransport(
        host="127.0.0.1", port=mailbox.port, sender="公选办 <office@example.org>", timeout=5
    )


@on_both
def test_a_message_is_posted_and_sent_once(sessions: Sessions, clock: FakeClock) -> None:
    transport = MemoryTransport()

    assert post(sessions, clock)
    assert not post(sessions, clock, body="something else")
    assert outbox.send_due(sessions, transport, clock) == Sent(sent=1)
    assert not post(sessions, clock)
    assert outbox.send_due(sessions, transport, clock) == Sent()

    assert transport.messages == [Message("reminder:1", "zhang@example.org", "公选：待办", BODY)]
    assert rows(sessions) == [("sent", 1, "")]


def test_a_message_of_a_failed_action_is_never_sent(sessions: Sessions, clock: FakeClock) -> None:
    with sessions() as session:
        outbox.post(
            session, dedupe_key="k", address="a@b.c", subject="s", body="b", now=clock.now()
        )
        session.rollback()

    assert outbox.send_due(sessions, MemoryTransport(), clock) == Sent()


def test_a_failing_message_waits_longer_each_time_and_is_given_up_visibly(
    sessions: Sessions, clock: FakeClock
) -> None:
    post(sessions, clock)
    transport = BrokenTransport()

    for wait in BACK_OFF:
        assert outbox.send_due(sessions, transport, clock) == Sent(failed=1)
        clock.advance(wait - timedelta(seconds=1))
        assert outbox.send_due(sessions, transport, clock) == Sent()
        clock.advance(timedelta(seconds=1))
    assert outbox.send_due(sessions, transport, clock) == Sent(dead=1)
    clock.advance(timedelta(days=30))
    assert outbox.send_due(sessions, transport, clock) == Sent()

    assert [wait.total_seconds() / 60 for wait in BACK_OFF] == [1, 5, 30, 120, 720]
    assert transport.tries == 6
    with reading(sessions) as session:
        (dead,) = outbox.undeliverable(session)
        assert (dead.address, dead.last_error) == ("zhang@example.org", "out of order")


def test_the_office_may_have_a_dead_message_tried_again(
    sessions: Sessions, clock: FakeClock
) -> None:
    post(sessions, clock)
    while not outbox.send_due(sessions, BrokenTransport(), clock).dead:
        clock.advance(timedelta(days=1))
    with transaction(sessions) as session:
        message_id = outbox.undeliverable(session)[0].id
        outbox.retry(session, message_id=message_id, now=clock.now())

    assert outbox.send_due(sessions, MemoryTransport(), clock) == Sent(sent=1)
    with pytest.raises(outbox.MessageNotFound), transaction(sessions) as session:
        outbox.retry(session, message_id=message_id, now=clock.now())


def test_one_bad_message_does_not_hold_up_the_others(
    sessions: Sessions, clock: FakeClock, mailbox: Mailbox
) -> None:
    mailbox.refused = {"gone@example.org"}
    for number, address in enumerate(
        ["gone@example.org", "]", "", "a@b.c, d@e.f", "zhang@example.org"]
    ):
        post(sessions, clock, f"key {number}", address=address)

    assert outbox.send_due(sessions, smtp(mailbox), clock) == Sent(sent=1, dead=4)

    assert [mail["To"] for mail in mailbox.mails] == ["zhang@example.org"]
    assert "recipient refused (550)" in [error for _, _, error in rows(sessions)]


def test_while_the_server_is_away_one_message_is_tried_and_the_rest_wait(
    sessions: Sessions, clock: FakeClock
) -> None:
    for number in range(3):
        post(sessions, clock, f"key {number}")
    with mail_server() as mailbox:
        away = smtp(mailbox)

    assert outbox.send_due(sessions, away, clock) == Sent(failed=1)

    assert sorted(rows(sessions))[:2] == [("new", 0, ""), ("new", 0, "")]
    assert "does not answer (ConnectionRefusedError)" in sorted(rows(sessions))[2][2]


def test_a_mail_has_a_part_for_each_language_and_says_it_is_automatic(
    sessions: Sessions, clock: FakeClock, mailbox: Mailbox
) -> None:
    post(sessions, clock, subject="公选：待办\r\nBcc: everybody@example.org")
    outbox.send_due(sessions, smtp(mailbox), clock)

    (mail,) = mailbox.mails
    text, html = mail.iter_parts()
    assert mail.get_content_type() == "multipart/alternative"
    assert text.get_content().replace("\r", "").split("— — —") == [
        "您有一项待办，请登录查看。\n\n",
        "\n\nYou have something to do. Please sign in.\n",
    ]
    assert '<div lang="zh-Hans"><p>您有一项待办，请登录查看。</p></div>' in html.get_content()
    assert '<div lang="en"><p>You have something to do.' in html.get_content()
    assert mail["From"] == "公选办 <office@example.org>"
    assert mail["Subject"] == "公选：待办 Bcc: everybody@example.org"
    assert mail["Bcc"] is None
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == clock.now()
    assert mail["Message-ID"].endswith("@example.org>")


def test_a_mail_in_one_language_says_which_and_leads_to_the_page(clock: FakeClock) -> None:
    mail = outbox.compose(
        Message("k", "a@b.c", "s", "one <b>\n\ntwo", language="en"), sender="gongxuan@localhost",
        now=clock.now(), public_url="https://gx.example.org/?a=1&b=2",
    )  # fmt: skip

    text, html = (part.get_content() for part in mail.iter_parts())
    assert mail["Content-Language"] == "en"
    assert text == "one <b>\n\ntwo\n\nSign in to see: https://gx.example.org/?a=1&b=2\n"
    assert "<p>one &lt;b&gt;</p><p>two</p>" in html
    assert '<a href="https://gx.example.org/?a=1&amp;b=2">Sign in to see</a>' in html


@on_both
def test_two_workers_do_not_send_the_same_message(sessions: Sessions, clock: FakeClock) -> None:
    for number in range(20):
        post(sessions, clock, f"key {number}")
    transport = MemoryTransport()

    with ThreadPoolExecutor(4) as threads:
        work = [threads.submit(outbox.send_due, sessions, transport, clock) for _ in range(4)]
        done = sum((each.result() for each in work), Sent())

    assert done == Sent(sent=20)
    assert len({message.key for message in transport.messages}) == 20


KILLED = """
import os, sys
from datetime import datetime
from sqlalchemy.orm import sessionmaker
from engine import outbox
from engine.db import open_database
from tests.support.clock import FakeClock

class KilledAfterAccept(outbox.SmtpTransport):
    def send(self, message, *, now):
        super().send(message, now=now)
        os._exit(9)

url, port, now = sys.argv[1:]
outbox.send_due(
    sessionmaker(open_database(url)),
    KilledAfterAccept(host="127.0.0.1", port=int(port), sender="office@example.org"),
    FakeClock(datetime.fromisoformat(now)),
)
"""


def test_a_sender_killed_after_the_server_accepted_sends_again_under_the_same_id(
    file_sessions: Sessions, clock: FakeClock, mailbox: Mailbox
) -> None:
    post(file_sessions, clock)
    url = str(file_sessions.kw["bind"].url)
    arguments = [url, str(mailbox.port), clock.now().isoformat()]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=ROOT, check=False)
    assert killed.returncode == 9

    assert outbox.send_due(file_sessions, smtp(mailbox), clock) == Sent()  # leased still
    clock.advance(LEASE)
    assert outbox.send_due(file_sessions, smtp(mailbox), clock) == Sent(sent=1)

    assert len(mailbox.mails) == 2
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1
    assert rows(file_sessions) == [("sent", 1, "")]


def test_a_slow_sender_whose_lease_ran_out_does_not_undo_what_another_did(
    sessions: Sessions, clock: FakeClock
) -> None:
    post(sessions, clock)

    class Slow(BrokenTransport):
        def send(self, message: Message, *, now: datetime) -> None:
            clock.advance(LEASE)
            assert outbox.send_due(sessions, MemoryTransport(), clock) == Sent(sent=1)
            super().send(message, now=now)

    assert outbox.send_due(sessions, Slow(), clock) == Sent()
    assert rows(sessions) == [("sent", 1, "")]
