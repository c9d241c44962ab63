"""What became of the messages about a selection: for the office alone, a page at a time."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import outbox
from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.model import Outgoing, Person
from engine.outbox import DeliveryFailed, Draft, Message, Rules
from tests.support.clock import FakeClock
from tests.support.databases import count_sql
from tests.support.packages import Staged, stage
from tests.webapp.conftest import Browse

WORDS = Draft("您有1项待办", "内容不外传", "请登录。")


class Refusing:
    def send(self, message: Message, *, now: datetime) -> str | None:  # noqa: ARG002
        raise DeliveryFailed("recipient refused (550)", permanent=True)


@pytest.fixture
def staged(sessions: Sessions, package: PackageVersion, clock: FakeClock) -> Staged:
    members = {"王敏": ["selection_office"], "赵刚": ["supervisor"]}
    return stage(sessions, package, "single", now=clock.now(), members=members)


def tell(sessions: Sessions, clock: FakeClock, staged: Staged, number: int) -> None:
    with transaction(sessions) as session:
        for each in range(number):
            person = Person(name=f"收件人{each}", email=f"{each}@example.invalid")
            session.add(person)
            session.flush()
            outbox.tell(
                session, person=person, dedupe_key=f"{number}:{each}", kind="digest", zh=WORDS,
                en=WORDS, case_ids=[staged.case_id], now=clock.now() + timedelta(seconds=each),
            )  # fmt: skip


def where(staged: Staged) -> str:
    return f"/selections/{staged.case_id}/messages"


def test_others_than_the_office_may_not_see_them(staged: Staged, browse: Browse) -> None:
    assert browse(staged.people["赵刚"]).get(where(staged)).status_code == 403


def test_pages_follow_one_another_without_gaps_and_cost_the_same(
    sessions: Sessions, staged: Staged, clock: FakeClock, browse: Browse
) -> None:
    browser = browse(staged.people["王敏"])
    browser.get(where(staged))
    tell(sessions, clock, staged, 3)
    costs, seen = [], []
    for number in (0, 104):
        tell(sessions, clock, staged, number)
        with count_sql(sessions) as statements:
            page = browser.get(where(staged)).text
        costs.append(len([s for s in statements if s.startswith("SELECT")]))
        assert not any("count(" in s for s in statements if "FROM outgoing" in s)
    while page:
        seen += [name for name in page.split("<strong>") if name.startswith("收件人")]
        following = page.partition("messages?after=")[2].partition('"')[0]
        page = browser.get(f"{where(staged)}?after={following}").text if following else ""

    assert costs[0] == costs[1]
    assert len(seen) == 107


def test_what_could_not_be_delivered_is_said_in_words_and_sent_again(
    sessions: Sessions, staged: Staged, clock: FakeClock, browse: Browse
) -> None:
    tell(sessions, clock, staged, 2)
    clock.advance(timedelta(minutes=1))
    outbox.route_due(sessions, clock, rules=Rules())
    outbox.send_due(sessions, Refusing(), clock, limit=1)
    browser = browse(staged.people["王敏"])

    page = browser.get(f"{where(staged)}?only=failed").text

    assert page.count("<strong>收件人") == 1
    assert "未送达" in page
    assert "邮件服务器拒收这个邮箱" in page
    assert "内容不外传" not in page
    dead = _dead(sessions)
    again = f"/selections/{staged.case_id}/office/messages/{dead}/send"
    assert browse(staged.people["赵刚"]).post(again).status_code == 403
    answer = browser.post(again, data={"list": "failed"})
    assert (answer.status_code, answer.location) == (303, f"{where(staged)}?only=failed")
    assert browser.post(again).status_code == 404
    assert "没有未送达的消息" in browser.get(f"{where(staged)}?only=failed").text


def _dead(sessions: Sessions) -> UUID:
    with reading(sessions) as session:
        return session.scalars(select(Outgoing.id).where(Outgoing.state == "dead")).one()
