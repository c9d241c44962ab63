"""Short messages over HTTP, against a real server on this machine."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from engine import outbox
from engine.db import Sessions, reading, transaction
from engine.model import Outgoing
from engine.outbox import DeliveryFailed, Message, Sent, Transports
from engine.outbox.gateway import Gateway, HttpGateway
from tests.support.clock import FakeClock
from tests.support.http import Site, web_server
from tests.support.sockets import free_port

TEXT = '您有2项待办，最近的截止时间是3月5日17:30。"{key}" & 请登录系统办理。'
JSON = '{"to": "{national}", "sign": "公选办", "params": ["{text}"], "id": "{key}"}'
SMS = Message("digest:7", "+8613800138000", "s", "b", channel="sms", short=TEXT)


@pytest.fixture
def site() -> Iterator[Site]:
    with web_server() as site:
        yield site


def send(clock: FakeClock, url: str, template: str = JSON, **more: object) -> None:
    HttpGateway(Gateway(url, template, **more)).send(SMS, now=clock.now())  # type: ignore[arg-type]


def test_a_json_template_is_filled_without_being_broken_by_the_text(
    site: Site, clock: FakeClock
) -> None:
    site.body = b'{"code": 0, "data": {"results": [{"state": "OK"}]}}'

    send(
        clock, f"{site.url}/v2/send?region=cn", headers={"Authorization": "Bearer s3cret"},
        success="data.results.0.state=OK",
    )  # fmt: skip

    (asked,) = site.asked
    assert json.loads(asked.body) == {
        "to": "13800138000", "sign": "公选办", "params": [TEXT], "id": "digest:7",
    }  # fmt: skip
    assert (asked.method, asked.path) == ("POST", "/v2/send?region=cn")
    assert asked.headers["Authorization"] == "Bearer s3cret"
    assert asked.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_form_goes_in_the_body_or_in_the_address(
    site: Site, clock: FakeClock, method: str
) -> None:
    site.body = b"OK: 1 accepted"

    send(clock, f"{site.url}/sms?k=1", "mobile={number}&content={text}", method=method,
         success="accepted")  # fmt: skip

    (asked,) = site.asked
    query = urlsplit(asked.path).query
    form = asked.body.decode() if method == "POST" else query.removeprefix("k=1&")
    assert parse_qs(form) == {"mobile": ["+8613800138000"], "content": [TEXT]}
    assert query.startswith("k=1")


@pytest.mark.parametrize(
    ("status", "headers", "permanent", "unreachable", "after"),
    [
        (500, {}, False, False, None),
        (503, {"Retry-After": "120"}, False, True, timedelta(seconds=120)),
        (429, {"Retry-After": "3600"}, False, True, timedelta(hours=1)),
        (429, {"Retry-After": "Mon, 02 Mar 2026 02:30:00 GMT"}, False, True, timedelta(hours=2)),
        (429, {"Retry-After": "soon"}, False, True, None),
        (400, {}, True, False, None),
        (401, {}, False, True, None),
        (302, {"Location": "http://127.0.0.1:1/elsewhere"}, False, False, None),
    ],
)
def test_what_a_gateway_refuses_with(
    site: Site, clock: FakeClock, status: int, headers: dict[str, str],
    after: timedelta | None, *, permanent: bool, unreachable: bool,
) -> None:  # fmt: skip
    site.status, site.headers = status, headers

    with pytest.raises(DeliveryFailed) as refused:
        send(clock, site.url)

    assert (refused.value.permanent, refused.value.unreachable) == (permanent, unreachable)
    assert refused.value.after == after
    assert str(status) in refused.value.reason
    assert len(site.asked) == 1, "redirects are not followed"


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ("code=0", b'{"code": 7, "message": "no credit"}'),
        ("code=0", b"<html>maintenance</html>"),
        ("ok=true", b'{"ok": false}'),
        ("accepted", b"rejected"),
    ],
)
def test_a_friendly_status_with_an_unfriendly_answer_is_a_failure(
    site: Site, clock: FakeClock, condition: str, answer: bytes
) -> None:
    site.body = answer

    with pytest.raises(DeliveryFailed, match="but not that it took the message"):
        send(clock, site.url, success=condition)


def test_a_gateway_that_never_answers_is_left_after_the_time_limit(
    site: Site, clock: FakeClock
) -> None:
    done = threading.Event()
    site.hold = lambda: done.wait(30) and None

    with pytest.raises(DeliveryFailed, match="in time") as refused:
        send(clock, site.url, timeout=0.3)
    done.set()

    assert refused.value.unreachable


def test_a_gateway_that_drips_its_answer_is_left_after_the_time_limit(
    site: Site, clock: FakeClock
) -> None:
    done, pause = threading.Event(), threading.Event()

    def more() -> bool:
        pause.wait(0.05)
        return not done.is_set()

    site.drip = more
    with pytest.raises(DeliveryFailed, match="in time"):
        send(clock, site.url, timeout=0.4)
    done.set()


def test_a_gateway_that_is_away_says_so_without_its_address(clock: FakeClock) -> None:
    with pytest.raises(DeliveryFailed, match="ConnectionRefusedError") as refused:
        send(clock, f"http://127.0.0.1:{free_port()}/?key=s3cret")

    assert refused.value.unreachable
    assert "s3cret" not in str(refused.value)


def test_the_outbox_waits_as_long_as_the_gateway_asks(
    sessions: Sessions, clock: FakeClock, site: Site
) -> None:
    with transaction(sessions) as session:
        outbox.post(
            session, dedupe_key="k", address="+8613800138000", subject="s", body="b",
            channel="sms", now=clock.now(),
        )  # fmt: skip
    transport = Transports({"sms": HttpGateway(Gateway(site.url, JSON))})
    site.status, site.headers = 429, {"Retry-After": "3600"}
    assert outbox.send_due(sessions, transport, clock) == Sent(failed=1)
    site.status = 200

    clock.advance(timedelta(minutes=59))
    assert outbox.send_due(sessions, transport, clock) == Sent()
    clock.advance(timedelta(minutes=1))
    assert outbox.send_due(sessions, transport, clock) == Sent(sent=1)

    assert len({json.loads(asked.body)["id"] for asked in site.asked}) == 1
    with reading(sessions) as session:
        assert session.scalars(select(Outgoing.state)).all() == ["sent"]
