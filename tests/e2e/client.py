"""A plain HTTP client as a browser without JavaScript: cookies, forms, redirects."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from lxml import html
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from engine.forms import Field, Form, Kind

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Page:
    """What came back in the end, redirects followed."""

    status: int
    address: str
    text: str

    @property
    def csrf_token(self) -> str:
        found = _TOKEN.search(self.text)
        assert found, f"no form on {self.address} ({self.status})"
        return found[1]

    def document(self) -> Any:
        return html.document_fromstring(self.text)

    def links(self) -> list[str]:
        found: list[str] = self.document().xpath("//a/@href")
        return found

    def carried(self) -> list[tuple[str, str]]:
        """The hidden fields of the page's form, as a browser sends them on; no token."""
        hidden = self.document().xpath("//main//form//input[@type='hidden']")
        made = [(each.get("name"), each.get("value", "")) for each in hidden]
        return [(name, value) for name, value in made if name != "csrf_token"]


class Client:
    """One person's browser."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.cookies), HTTPRedirectHandler())
        self.token = ""

    def get(self, path: str) -> Page:
        page = self._open(Request(urljoin(self.base, path)))  # noqa: S310 - loopback only
        found = _TOKEN.search(page.text)
        if found:
            self.token = found[1]
        return page

    def download(self, path: str) -> bytes:
        with self._opener.open(urljoin(self.base, path), timeout=60) as answer:
            content: bytes = answer.read()
        return content

    def post(
        self, path: str, fields: Sequence[tuple[str, str]], files: Mapping[str, FileStorage] = {}
    ) -> Page:
        """Send a form; the token of the last page goes with it."""
        sent: list[tuple[str, Any]] = [*fields, ("csrf_token", self.token)]
        if files:
            boundary, body = encode_multipart(MultiDict([*sent, *files.items()]))
            kind = f"multipart/form-data; boundary={boundary}"
        else:
            body, kind = urlencode(sent).encode(), "application/x-www-form-urlencoded"
        request = Request(  # noqa: S310 - loopback only
            urljoin(self.base, path), data=body,
            headers={"Content-Type": kind, "Referer": urljoin(self.base, path)},
        )  # fmt: skip
        return self._open(request)

    def _open(self, request: Request) -> Page:
        try:
            with self._opener.open(request, timeout=60) as answer:
                return Page(answer.status, answer.url, answer.read().decode())
        except HTTPError as error:
            with error:
                return Page(error.code, error.url or "", error.read().decode())


def fields_of(form: Form, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Answers as the fields a browser sends; files are left to `post`."""
    return list(_fields(form.fields, answers, ""))


def _fields(
    fields: Sequence[Field], answers: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, str]]:
    for field in fields:
        value = answers.get(field.key)
        if value is None or field.file is not None:
            continue
        name = prefix + field.key
        if field.kind is Kind.ROWS:
            for index, row in enumerate(value):
                yield f"{name}.{index}._row", "1"
                yield from _fields(field.columns, row, f"{name}.{index}.")
        elif field.kind is Kind.SEVERAL:
            yield from ((name, str(code)) for code in value)
        elif field.kind is Kind.TICK:
            if value or field.widget is not None:
                yield name, "true" if value else "false"
        elif field.kind is Kind.INSTANT:
            yield name, str(value)[:16]
        else:
            yield name, str(value)
