"""One run: start everything, let people work, kill, stop the database, wait, check."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from engine.clock import SystemClock
from engine.db import reading
from engine.model import Account, Case, HistoryEntry, Outgoing, Person, Seat, Timer
from engine.outbox import LEASE, SmtpTransport, send_due
from tests.support.mail import Mailbox, mail_server
from tools.bench.models import add_people
from tools.bench.places import Place
from tools.bench.servers import SECRET, account_token, session_cookie
from tools.chaos import checks
from tools.chaos.mix import begin_one
from tools.chaos.people import Group, Ledger
from tools.chaos.processes import Installation, running

_PEOPLE, _GROUPS = 24, 6
_ON_POSTGRES = ["web", "web", "worker", "worker"]
_ON_SQLITE = ["serve"]


@dataclass(frozen=True)
class Plan:
    """How much is broken."""

    seed: int
    kills: int
    stops: int
    every: float = 1.0
    """seconds between two kills"""
    at_most: int = 30
    """selections that run at once"""
    patience: float = 180.0
    """seconds for people to finish what is left, once nothing is broken any more"""


@dataclass
class Outcome:
    """What happened, and everything that is wrong."""

    plan: Plan
    place: str
    numbers: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class _Later:
    """A clock past every lease: what a dead sender has left is sent by the next."""

    def now(self) -> datetime:
        return SystemClock().now() + LEASE + timedelta(minutes=1)


def run(place: Place, plan: Plan) -> Outcome:
    """Break things as planned; the database holds what is left for whoever wants to look."""
    outcome = Outcome(plan, place.name)
    chance, clock, ledger = random.Random(plan.seed), SystemClock(), Ledger()  # noqa: S311 - repeatable
    begun = time.monotonic()
    people = _people(place)
    with mail_server() as mailbox:
        names = _ON_POSTGRES if place.name == "postgres" else _ON_SQLITE
        with running(_environment(place, mailbox), names) as installation:
            stop = threading.Event()
            groups = list(_groups(people, installation, ledger, stop, plan.seed))
            for group in groups:
                group.start()
            try:
                stopped = _break(place, plan, installation, chance, list(people))
                left = _finish(place, plan, installation)
            finally:
                stop.set()
                for group in groups:
                    group.join(timeout=60)
        _send_rest(place, mailbox)
        outcome.numbers = _numbers(place, installation, ledger, mailbox, stopped)
        outcome.numbers["seconds"] = round(time.monotonic() - begun)
        outcome.numbers["left"] = left
        outcome.wrong = _wrong(place, ledger, mailbox, clock.now())
    return outcome


def _people(place: Place) -> dict[UUID, str]:
    """Person → cookie; everybody has an account and an address."""
    people = add_people(place.sessions, _PEOPLE)
    made = {}
    with place.sessions.begin() as session:
        for number, person in enumerate(people):
            session.get_one(Person, person).email = f"p{number}@example.org"
            account = Account(person_id=person, login=f"p{number}")
            session.add(account)
            session.flush()
            made[person] = session_cookie(account_token(account.id))
    return made


def _environment(place: Place, mailbox: Mailbox) -> dict[str, str]:
    return {
        "GONGXUAN_VAR": str(place.folder), "GONGXUAN_DATABASE_URL": place.url,
        "GONGXUAN_SECRET_KEY": SECRET, "GONGXUAN_HASH_COST": "test",
        "GONGXUAN_WEB_PROCESSES": "1", "GONGXUAN_SMTP_HOST": "127.0.0.1",
        "GONGXUAN_SMTP_PORT": str(mailbox.port), "GONGXUAN_MAIL_FROM": "office@example.org",
    }  # fmt: skip


def _groups(
    people: dict[UUID, str], installation: Installation, ledger: Ledger, stop: threading.Event,
    seed: int,
) -> Iterator[Group]:  # fmt: skip
    known = list(people)
    for number in range(_GROUPS):
        some = {person: people[person] for person in known[number::_GROUPS]}
        yield Group(some, installation.ports, ledger, stop, seed * 1000 + number)


def _break(
    place: Place, plan: Plan, installation: Installation, chance: random.Random, people: list[UUID]
) -> int:
    """Kill one at a time, stop the database now and then; how often it stopped."""
    stops = {(n + 1) * plan.kills // (plan.stops + 1) for n in range(plan.stops)}
    stopped, pause = 0, threading.Event()
    killed, next_at = 0, time.monotonic() + plan.every
    until = time.monotonic() + plan.kills * plan.every * 6 + 120
    while killed < plan.kills and time.monotonic() < until:
        _begin_more(place, plan, chance, people)
        pause.wait(max(min(next_at - time.monotonic(), 0.2), 0.02))
        if time.monotonic() < next_at:
            continue
        next_at = time.monotonic() + plan.every
        if not installation.kill_one(chance):
            continue
        killed += 1
        if killed in stops and place.cluster is not None:
            place.cluster.stop("immediate")
            pause.wait(1.0)
            place.cluster.start()
            stopped += 1
    return stopped


def _begin_more(place: Place, plan: Plan, chance: random.Random, people: list[UUID]) -> None:
    """As the office does at its own machine; a failed start is tried again later."""
    try:
        with reading(place.sessions) as session:
            going_on = session.scalar(select(func.count()).where(Case.state == "running")) or 0
        if going_on < plan.at_most:
            begin_one(place.sessions, SystemClock(), chance, people)
    except DBAPIError:
        return


def _finish(place: Place, plan: Plan, installation: Installation) -> int:
    """Wait until people have done what is left; how many selections are not over."""
    until, left, pause = time.monotonic() + plan.patience, 1, threading.Event()
    while left and time.monotonic() < until:
        pause.wait(0.5)
        installation.keep_up()
        try:
            with reading(place.sessions) as session:
                left = session.scalar(select(func.count()).where(Case.state != "ended")) or 0
        except DBAPIError:
            continue
    return left


def _send_rest(place: Place, mailbox: Mailbox) -> None:
    transport = SmtpTransport(host="127.0.0.1", port=mailbox.port, sender="office@example.org")
    while send_due(place.sessions, transport, _Later(), limit=1000).sent:
        continue


def _numbers(
    place: Place, installation: Installation, ledger: Ledger, mailbox: Mailbox, stopped: int
) -> dict[str, Any]:
    with reading(place.sessions) as session:

        def count(asked: Any) -> int:
            return session.scalar(asked) or 0

        return {
            "kills": sum(installation.kills.values()),
            "killed": dict(sorted(installation.kills.items())),
            "database stopped": stopped,
            "selections": count(select(func.count()).select_from(Case)),
            "submissions acknowledged": len(ledger.acknowledged()),
            "submissions refused": sum(a.outcome == "refused" for a in ledger.attempts),
            "submissions never answered": sum(a.outcome == "unknown" for a in ledger.attempts),
            "answers": dict(sorted(ledger.answers.items())),
            "seats handed in": count(select(func.count()).where(Seat.state == "handed_in")),
            "timers fired": count(select(func.count()).where(Timer.state == "done")),
            "messages": count(select(func.count()).select_from(Outgoing)),
            "mails received": len(mailbox.mails),
            "entries of the record": count(select(func.count()).select_from(HistoryEntry)),
        }


def _wrong(place: Place, ledger: Ledger, mailbox: Mailbox, now: datetime) -> list[str]:
    with place.sessions() as session:
        return [
            *checks.submissions(session, ledger.acknowledged()),
            *checks.counted_once(session),
            *checks.timers(session, after=now - timedelta(seconds=5)),
            *checks.stuck(session),
            *checks.ended(session),
            *checks.problems(session),
            *checks.messages(session, mailbox.mails),
            *checks.integrity(session),
        ]
