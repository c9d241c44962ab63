import socket

import pytest


def test_another_machine_cannot_be_reached() -> None:
    with socket.socket() as outgoing, pytest.raises(OSError, match="only loopback is allowed"):
        outgoing.connect(("192.0.2.1", 25))


def test_this_machine_can_be_reached() -> None:
    with socket.socket() as listener, socket.socket() as outgoing:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        outgoing.connect(listener.getsockname())
