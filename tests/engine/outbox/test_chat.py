"""Chats through Apprise, against a real server on this machine."""

import json
import logging
import threading

import pytest

from engine.outbox import DeliveryFailed, Message
from engine.outbox.chat import ChatTransport, service_of
from tests.support.clock import FakeClock
from tests.support.http import web_server


def chat(address: str) -> Message:
    return Message("k", address, "您有1项待办", "b", channel="chat", short="请登录系统办理。")


def test_a_chat_gets_the_words_and_nothing_is_logged(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with web_server() as site, caplog.at_level(logging.DEBUG):
        address = f"json://127.0.0.1:{site.port}/hook/s3cret"
        ChatTransport().send(chat(address), now=clock.now())

    (asked,) = site.asked
    said = json.loads(asked.body)
    assert (asked.path, said["title"], said["message"]) == (
        "/hook/s3cret", "您有1项待办", "请登录系统办理。",
    )  # fmt: skip
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("status", [403, 500])
def test_a_chat_that_refuses_is_a_failure(clock: FakeClock, status: int) -> None:
    with web_server() as site:
        site.status = status
        with pytest.raises(DeliveryFailed, match="did not take") as refused:
            ChatTransport().send(chat(f"json://127.0.0.1:{site.port}/s3cret"), now=clock.now())

    assert not refused.value.permanent
    assert "s3cret" not in str(refused.value)


def test_a_chat_that_never_answers_is_left_after_the_time_limit(clock: FakeClock) -> None:
    done = threading.Event()
    with web_server() as site:
        site.hold = lambda: done.wait(30) and None
        with pytest.raises(DeliveryFailed, match="in time"):
            ChatTransport(timeout=3).send(
                chat(f"json://127.0.0.1:{site.port}/?rto=60&cto=60"), now=clock.now()
            )
        done.set()


@pytest.mark.parametrize("address", ["nonsense://x", "json://", ""])
def test_an_address_that_is_none_is_given_up(clock: FakeClock, address: str) -> None:
    with pytest.raises(DeliveryFailed) as refused:
        ChatTransport().send(chat(address), now=clock.now())

    assert refused.value.permanent


@pytest.mark.parametrize(
    ("address", "service"),
    [("wecombot://KEY", "wecombot"), (" DingTalk://token@secret ", "dingtalk"), ("http:/x", ""),
     ("file:///etc/passwd", "file"), ("a b://c", ""), ("", "")],
)  # fmt: skip
def test_the_kind_of_a_chat_is_its_first_word(address: str, service: str) -> None:
    assert service_of(address) == service
