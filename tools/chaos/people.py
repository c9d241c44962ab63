"""People at their browsers: they hand in what waits, and ask again when no answer comes."""

import random
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode
from uuid import UUID

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_SEAT = re.compile(r'href="/seat/([0-9a-f-]{36})"')
_TASK = re.compile(r'href="/task/([0-9a-f-]{36})"')
_PATIENCE = 10.0
_MOST_TRIES = 400
"""A request without an answer is asked again so often; the installation comes back long before."""


class NoAnswer(Exception):
    """The request may have been done, or not."""


@dataclass(frozen=True)
class Attempt:
    """What somebody handed in, and what became of it as far as they know."""

    seat: UUID
    person: UUID
    value: int
    ballot: bool
    outcome: str
    """`acknowledged`, `refused` or `unknown`"""


@dataclass
class Ledger:
    """Everything people believe to have handed in."""

    attempts: list[Attempt] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def acknowledged(self) -> list[Attempt]:
        return [each for each in self.attempts if each.outcome == "acknowledged"]


class Browser:
    """One person's; every request goes to one of the web processes, as a proxy would choose."""

    def __init__(
        self, ports: Sequence[int], cookie: str, chance: random.Random, ledger: Ledger
    ) -> None:
        self._ports, self._chance, self._ledger = ports, chance, ledger
        self._cookies = {"gongxuan": cookie}
        self._csrf = ""

    def ask(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> "Reply":
        """One request on a connection of its own.

        Raises:
            NoAnswer: no answer, or one that says that something broke.
        """
        body = urlencode({**fields, "csrf_token": self._csrf}) if fields is not None else None
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(
            "127.0.0.1", self._chance.choice(self._ports), timeout=_PATIENCE
        )
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, HTTPException) as error:
            self._ledger.answers["none"] += 1
            raise NoAnswer from error
        finally:
            connection.close()
        self._ledger.answers[str(answer.status)] += 1
        if answer.status >= 500:  # noqa: PLR2004 - the server's fault: done or not
            raise NoAnswer
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = header.partition(";")[0].partition("=")
            self._cookies[name] = value
        if found := _TOKEN.search(text):
            self._csrf = found[1]
        return Reply(answer.status, answer.headers.get("Location") or "", text)


@dataclass(frozen=True)
class Reply:
    status: int
    location: str
    text: str


class Group(threading.Thread):
    """Some people in turn, one after another, until they are told to stop."""

    def __init__(
        self,
        people: Mapping[UUID, str],
        ports: Sequence[int],
        ledger: Ledger,
        stop: threading.Event,
        seed: int,
    ) -> None:
        super().__init__(daemon=True)
        self._chance, self._ledger, self._stop_now = random.Random(seed), ledger, stop  # noqa: S311 - a mix
        self._browsers = {
            person: Browser(ports, cookie, self._chance, ledger)
            for person, cookie in people.items()
        }

    def run(self) -> None:
        while not self._stop_now.is_set():
            person = self._chance.choice(list(self._browsers))
            with suppress(NoAnswer):
                self._work(person, self._browsers[person])
            self._stop_now.wait(self._chance.uniform(0.0, 0.1))

    def _work(self, person: UUID, browser: Browser) -> None:
        """Look at the list, choose something, hand it in."""
        page = browser.ask("GET", "/todo").text
        seats, tasks = _SEAT.findall(page), _TASK.findall(page)
        if tasks and (not seats or self._chance.random() < 0.5):  # noqa: PLR2004 - either
            seats = _SEAT.findall(browser.ask("GET", f"/task/{self._chance.choice(tasks)}").text)
        if not seats:
            return
        seat = self._chance.choice(seats)
        shown = browser.ask("GET", f"/seat/{seat}")
        if shown.status != 200 or "csrf_token" not in shown.text:  # noqa: PLR2004 - somebody was faster
            return
        self._hand_in(person, browser, UUID(seat), ballot="gx-ballot" in shown.text)

    def _hand_in(self, person: UUID, browser: Browser, seat: UUID, *, ballot: bool) -> None:
        value = self._chance.randrange(1, 1_000_000_000)
        path = f"/seat/{seat}/ballot" if ballot else f"/seat/{seat}"
        fields = {"number": str(value), "m0": "K02", "_action": "cast" if ballot else "submit"}
        for _ in range(_MOST_TRIES):
            try:
                reply = browser.ask("POST", path, fields)
                outcome = self._outcome(browser, seat, reply)
                break
            except NoAnswer:
                self._stop_now.wait(0.2)
        else:
            outcome = "unknown"
        self._ledger.attempts.append(Attempt(seat, person, value, ballot, outcome))

    @staticmethod
    def _outcome(browser: Browser, seat: UUID, reply: Reply) -> str:
        """An acknowledgement, or what the page says when the first request had been done."""
        receipt, other = f"/seat/{seat}/receipt", f"/seat/{seat}"
        went_on = reply.location.startswith("/seat/") and not reply.location.endswith(other)
        if reply.status == 303 and (reply.location.endswith(receipt) or went_on):  # noqa: PLR2004 - done
            return "acknowledged"
        again = browser.ask("GET", f"/seat/{seat}/receipt")
        return "acknowledged" if again.status == 200 else "refused"  # noqa: PLR2004 - theirs
