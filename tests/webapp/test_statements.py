"""How many statements a page costs: counted over the whole request, sign-in look-up included."""

from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from engine.db import Sessions
from engine.definitions import PackageVersion
from tests.support.clock import FakeClock
from tests.support.databases import count_sql
from tests.support.packages import Staged, stage
from tests.webapp.conftest import Browse


def asked(statements: Sequence[str]) -> list[str]:
    """Leave out what only opens and closes transactions and savepoints."""
    return [
        each
        for each in statements
        if not each.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE"))
    ]


class Commits:
    """Counts the commits of a database while it is listened to."""

    def __init__(self, sessions: Sessions) -> None:
        self.number = 0
        engine: Engine = sessions.kw["bind"]
        event.listen(engine, "commit", self._note)

    def _note(self, _connection: object) -> None:
        self.number += 1


def cost(sessions: Sessions, browser: FlaskClient, address: str, data: dict[str, str]) -> list[str]:
    with count_sql(sessions) as statements:
        answer = browser.post(address, data=data)
    assert answer.status_code == 303, answer.text
    return asked(statements)


def test_completing_a_task_of_one_person_is_one_commit(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    staged = stage(
        sessions, package, "single", now=clock.now(), members={"王敏": ["selection_office"]}
    )
    browser = browse(staged.people["王敏"])
    browser.get("/todo")
    browser.post(f"/seat/{staged.seat}/take")
    commits = Commits(sessions)

    statements = cost(sessions, browser, f"/seat/{staged.seat}", {"number": "1"})

    assert commits.number == 1
    assert len(statements) <= 12, "\n".join(statements)


def judged(sessions: Sessions, package: PackageVersion, clock: FakeClock, codes: int) -> Staged:
    return stage(
        sessions, package, "open", now=clock.now(), title=f"{codes}",
        members={f"{codes} 人之 {n}": ["writer"] for n in range(codes)},
    )  # fmt: skip


def test_one_seat_of_many_costs_the_same_however_many_there_are(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    costs = []
    for number in (10, 1000):
        staged = judged(sessions, package, clock, number)
        browser = browse(next(iter(staged.people.values())))
        browser.get("/todo")
        costs.append(cost(sessions, browser, f"/seat/{staged.seat}", {"number": "1"}))

    assert [len(each) for each in costs] == [len(costs[0])] * 2
    assert len(costs[0]) <= 8, "\n".join(costs[0])


@pytest.mark.parametrize("page", ["/todo", "/done", "/notices"])
def test_a_list_costs_the_same_however_long_it_is(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse, page: str
) -> None:
    members = {"王敏": ["selection_office", "writer"]}
    browser = None
    costs = []
    for number in (10, 490):
        for _ in range(number if number == 10 else 40):
            staged = stage(sessions, package, "open", now=clock.now(), members=members)
            stage(sessions, package, "single", now=clock.now(), members=members)
            browser = browser or browse(staged.people["王敏"])
            if page == "/done":
                browser.post(f"/seat/{staged.seat}", data={"number": "1"})
        if number == 490:
            codes = [f"K{n:03}" for n in range(450)]
            stage(sessions, package, "per", now=clock.now(), members=members, codes=codes)
        assert browser is not None
        browser.get(page)
        with count_sql(sessions) as statements:
            assert browser.get(page).status_code == 200
        costs.append(len(asked(statements)))

    assert costs[0] == costs[1]
