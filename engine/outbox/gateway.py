"""Short messages over HTTP: one request each to a gateway, described by settings."""

import http.client
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from engine.outbox.message import DeliveryFailed, Message

_LARGEST_ANSWER = 64 * 1024
_NEVER = (400, 413, 414, 422)
"""These mean that this message is never taken; the other 400s, that the set-up is wrong."""
_NOBODY = (401, 403, 404, 407, 429, 503)
"""These would be said to any other message as well."""


@dataclass(frozen=True)
class Gateway:
    """How a gateway is asked.

    `template`: JSON if it begins with a brace, else a form (`to={number}&text={text}`); it may
    hold `{number}` (+8613800138000), `{national}` (13800138000), `{text}` and `{key}`, the same
    each time a message is tried, so that the gateway can drop a repeat. `success`: empty for any
    2xx answer; `code=0` for a JSON answer whose field says that; other text must stand in the
    answer. `timeout`: seconds for everything together.
    """

    url: str
    template: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    success: str = ""
    timeout: float = 20.0


class HttpGateway:
    """Hands short messages to a gateway; follows no redirects, keeps nothing open."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def send(self, message: Message, *, now: datetime) -> str | None:
        path, body, headers = _request(self._gateway, message)
        status, said, answer = self._ask(path, body, headers)
        if status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
            raise DeliveryFailed(
                f"the gateway answered {status}",
                permanent=status in _NEVER,
                after=_retry_after(said.get("Retry-After"), now),
                unreachable=status in _NOBODY,
            )
        if not 200 <= status < 300 or not _successful(self._gateway.success, answer):  # noqa: PLR2004
            raise DeliveryFailed(f"the gateway answered {status}, but not that it took the message")
        return None

    def _ask(
        self, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """One request within the time limit; a server that drips its answer gains nothing."""
        ends = time.monotonic() + self._gateway.timeout
        connection = self._connection()
        try:
            connection.request(self._gateway.method, path, body, dict(headers))
            _limit(connection, ends)
            answer = connection.getresponse()
            read = b""
            while len(read) < _LARGEST_ANSWER:
                _limit(connection, ends)
                part = answer.read1(4096)
                if not part:
                    break
                read += part
        except TimeoutError as error:
            raise DeliveryFailed("the gateway did not answer in time", unreachable=True) from error
        except (OSError, http.client.HTTPException) as error:
            reason = f"the gateway does not answer ({type(error).__name__})"
            raise DeliveryFailed(reason, unreachable=True) from error
        finally:
            connection.close()
        return answer.status, answer.headers, read

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._gateway.url)
        host, limit = parts.hostname or "", self._gateway.timeout
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, parts.port, timeout=limit, context=context)
        return http.client.HTTPConnection(host, parts.port, timeout=limit)


def _limit(connection: http.client.HTTPConnection, ends: float) -> None:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    if connection.sock is not None:
        connection.sock.settimeout(left)


def _request(gateway: Gateway, message: Message) -> tuple[str, bytes | None, dict[str, str]]:
    values = {
        "{number}": message.address,
        "{national}": message.address.removeprefix("+86"),
        "{text}": message.short,
        "{key}": message.key,
    }
    parts = urlsplit(gateway.url)
    path, headers = parts.path or "/", dict(gateway.headers)
    query, template = parts.query, gateway.template.strip()
    body: bytes | None = None
    if template.startswith("{") and template.endswith("}") and '"' in template:
        body = json.dumps(_filled(json.loads(template), values), ensure_ascii=False).encode()
        headers.setdefault("Content-Type", "application/json; charset=utf-8")
    else:
        pairs = parse_qsl(template, keep_blank_values=True)
        form = urlencode([(key, _filled(value, values)) for key, value in pairs])
        if gateway.method == "GET":
            query = "&".join(filter(None, (query, form)))
        else:
            body = form.encode("ascii")
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    return f"{path}?{query}" if query else path, body, headers


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    """Put the values in, after parsing: no text can leave its place."""
    if isinstance(template, dict):
        return {key: _filled(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, values) for value in template]
    if not isinstance(template, str):
        return template
    filled, rest = "", template
    while rest:
        found = min(((rest.find(name), name) for name in values if name in rest), default=(-1, ""))
        if found[0] < 0:
            return filled + rest
        filled += rest[: found[0]] + values[found[1]]
        rest = rest[found[0] + len(found[1]) :]
    return filled


def _successful(condition: str, answer: bytes) -> bool:
    if not condition:
        return True
    text = answer.decode("utf-8", "replace")
    path, is_field, wanted = condition.partition("=")
    if not is_field:
        return condition in text
    try:
        value: Any = json.loads(text)
        for key in path.strip().split("."):
            value = value[int(key)] if isinstance(value, list) else value[key]
    except (ValueError, KeyError, IndexError, TypeError):
        return False
    said = json.dumps(value) if isinstance(value, bool) or value is None else str(value)
    return said == wanted.strip()


def _retry_after(text: str | None, now: datetime) -> timedelta | None:
    """What the header asks for, at most a day; None if it says nothing of use."""
    if not text:
        return None
    try:
        wait = timedelta(seconds=int(text)) if text.isdigit() else parsedate_to_datetime(text) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta()), timedelta(days=1))
