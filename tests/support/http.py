"""A web server on this machine that answers as a test says and keeps what it was asked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    """What a server was asked, and what it answers: a status, headers and a body."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    hold: Callable[[], None] = lambda: None
    """called before the answer"""
    drip: Callable[[], bool] | None = None
    """while it says yes, one more byte of the answer is sent"""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def web_server() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            site.asked.append(Asked(self.command, self.path, dict(self.headers), body))
            site.hold()
            self.send_response(site.status)
            for name, value in site.headers.items():
                self.send_header(name, value)
            if site.drip is None:
                self.send_header("Content-Length", str(len(site.body)))
            self.end_headers()
            try:
                while site.drip is not None and site.drip():
                    self.wfile.write(b" ")
                    self.wfile.flush()
                self.wfile.write(site.body)
            except OSError:
                pass  # whoever asked has gone

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names of the standard library

        def log_message(self, *_parts: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
