"""Sockets: no test talks to another machine, and ports for servers on this one."""

import socket
from typing import Any

import pytest

_HERE = ("127.0.0.1", "::1", "localhost", "")


def allow_loopback_only(patch: pytest.MonkeyPatch) -> None:
    """Let sockets of this process connect to this machine alone."""

    def guard(method: Any) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            if isinstance(address, tuple) and address[0] not in _HERE:
                raise OSError(f"a test wanted to connect to {address[0]}; only loopback is allowed")
            return method(self, address)

        return connect

    patch.setattr(socket.socket, "connect", guard(socket.socket.connect))
    patch.setattr(socket.socket, "connect_ex", guard(socket.socket.connect_ex))


def free_port() -> int:
    """Give a port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
