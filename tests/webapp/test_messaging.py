"""From the settings to the message: what the worker does, with real servers on this machine."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from engine.db import Sessions, reading, transaction
from engine.model import Outgoing, Person
from engine.outbox import MemoryTransport
from engine.settings import BadSetting, Settings, load_settings
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.drawings import package, process, single
from tests.support.http import web_server
from tests.support.mail import mail_server
from tests.support.worlds import World, begin
from webapp.messaging import rules_of, steps, transport_of


def settings(folder: Path, **values: str) -> Settings:
    named: Mapping[str, str] = {f"GONGXUAN_{name}": value for name, value in values.items()}
    return load_settings(named, var_dir=folder)


def reminded(sessions: Sessions, clock: FakeClock, **facts: str) -> World:
    """A selection whose office has just reached a rung of a ladder."""
    drawn = package(process("main", single("write", due="now() + hours(4)", reminders="PT2H")))
    world = begin(sessions, clock, drawn)
    if facts:
        with transaction(sessions) as session:
            session.execute(update(Person).values(**facts))
    clock.advance(timedelta(hours=2))
    world.sweep()
    return world


def work(made: Settings, sessions: Sessions, clock: FakeClock) -> dict[str, int]:
    return {step.name: step.run(sessions, clock) for step in steps(made)}


@on_both
def test_a_reminder_becomes_a_mail_in_one_round_and_only_once(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    reminded(sessions, clock)
    with mail_server() as mailbox:
        made = settings(
            tmp_path, SMTP_HOST="127.0.0.1", SMTP_PORT=str(mailbox.port),
            MAIL_FROM="公选办 <office@example.org>", PUBLIC_URL="https://gx.example.org",
        )  # fmt: skip
        rounds = [work(made, sessions, clock) for _ in "ab"]

    assert [each["digests"] for each in rounds] == [1, 0]
    assert [each["sending"] for each in rounds] == [1, 0]
    (mail,) = mailbox.mails
    text = mail.get_body(("plain",))
    assert text is not None
    assert mail["To"] == "office@example.org"
    assert mail["Subject"] == "您有1项待办，最近的截止时间是3月2日12:30"
    assert text.get_content().replace("\r", "").endswith("登录系统查看: https://gx.example.org\n")


def test_a_short_message_goes_to_the_gateway_with_its_headers(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    secret = tmp_path / "sms-auth"
    secret.write_text("Authorization: Bearer s3cret\nX-Client: 7\n", "utf-8")
    reminded(sessions, clock, phone="13800138000")
    with web_server() as site:
        site.body = b'{"code": 0}'
        made = settings(
            tmp_path, SMS_URL=site.url, SMS_BODY='{"to": "{national}", "text": "{text}"}',
            SMS_AUTH_FILE=str(secret), SMS_SUCCESS="code=0",
        )  # fmt: skip
        work(made, sessions, clock)

    (asked,) = site.asked
    assert (asked.headers["Authorization"], asked.headers["X-Client"]) == ("Bearer s3cret", "7")
    assert "s3cret" not in repr(transport_of(made))
    with reading(sessions) as session:
        assert session.scalars(select(Outgoing.state)).all() == ["sent"]


def test_a_modem_is_asked_for_its_results(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    for name in ("outgoing", "sent", "failed"):
        (tmp_path / name).mkdir()
    reminded(sessions, clock, phone="13800138000")
    made = settings(tmp_path, SMS_SPOOL=str(tmp_path))

    assert work(made, sessions, clock)["modem"] == 0
    (file,) = (tmp_path / "outgoing").iterdir()
    file.rename(tmp_path / "sent" / file.name)
    clock.advance(timedelta(seconds=30))

    assert work(made, sessions, clock)["modem"] == 1


@pytest.mark.parametrize(
    ("values", "available"),
    [
        ({}, {"email"}),
        ({"SMTP_HOST": "m"}, {"email"}),
        ({"SMS_URL": "https://s.example"}, {"sms"}),
        ({"SMTP_HOST": "m", "SMS_URL": "https://s.example", "CHATS": "feishu"},
         {"email", "sms", "chat"}),
        ({"DEMO": "1"}, {"email", "sms", "chat"}),
    ],
)  # fmt: skip
def test_only_what_is_set_up_is_used(
    tmp_path: Path, values: dict[str, str], available: set[str]
) -> None:
    assert rules_of(settings(tmp_path, **values)).available == available


def test_without_any_transport_messages_wait(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    reminded(sessions, clock)

    assert "sending" not in work(settings(tmp_path), sessions, clock)

    with reading(sessions) as session:
        assert session.scalars(select(Outgoing.state)).all() == ["new"]
    assert isinstance(transport_of(settings(tmp_path, DEMO="1")), MemoryTransport)


@pytest.mark.parametrize("content", [None, "", "Bearer s3cret", "Authorization:"])
def test_a_file_with_headers_that_cannot_be_used_stops_the_start_without_quoting_it(
    tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "auth"
    if content is not None:
        path.write_text(content, "utf-8")
    made = settings(tmp_path, SMS_URL="https://sms.example", SMS_AUTH_FILE=str(path))

    with pytest.raises(BadSetting, match="GONGXUAN_SMS_AUTH_FILE") as refused:
        steps(made)

    assert "s3cret" not in str(refused.value)
