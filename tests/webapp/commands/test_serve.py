"""The address of whoever asks is their own, also behind a proxy."""

import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import waitress

from engine.settings import BadSetting
from tests.support.sockets import free_port
from webapp.proxy import TrustedProxy, networks

Ask = Callable[[], str]


@pytest.fixture
def ask(request: pytest.FixtureRequest) -> Iterator[Ask]:
    """Ask a server that answers with the address it sees, through a forwarding header."""
    port = free_port()

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{environ['wsgi.url_scheme']} {environ['REMOTE_ADDR']}".encode()]

    server = waitress.create_server(
        TrustedProxy(answer, request.param), host="127.0.0.1", port=port,
        clear_untrusted_proxy_headers=False,
    )  # fmt: skip
    thread = threading.Thread(target=server.run)
    thread.start()

    def asked() -> str:
        headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
        address = f"http://127.0.0.1:{port}/"
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as reply:
            return str(reply.read().decode())

    yield asked
    server.close()
    thread.join()


@pytest.mark.parametrize("ask", [""], indirect=True)
def test_without_a_proxy_nobody_can_lend_themselves_an_address(ask: Ask) -> None:
    assert ask() == "http 127.0.0.1"


@pytest.mark.parametrize("ask", ["127.0.0.1", "127.0.0.0/8", "192.0.2.1, 127.0.0.1"], indirect=True)
def test_behind_the_proxy_people_keep_their_address(ask: Ask) -> None:
    assert ask() == "https 192.0.2.7"


@pytest.mark.parametrize("ask", ["192.0.2.1"], indirect=True)
def test_another_proxys_word_is_not_taken(ask: Ask) -> None:
    assert ask() == "http 127.0.0.1"


def test_what_is_no_address_is_refused_with_the_remedy() -> None:
    with pytest.raises(BadSetting, match="give addresses or networks"):
        networks("proxy.example.org")
