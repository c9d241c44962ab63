"""Pages of problems: what is wrong in words, tried again, skipped with a reason; over all."""

from datetime import timedelta
from uuid import uuid4

import pytest
from lxml import html

from engine.db import Sessions, transaction
from engine.model import OperationRun, Problem
from engine.operations.by_hand import SHAPES
from engine.problems import report
from tests.support.clock import FakeClock
from tests.support.databases import count_sql
from tests.support.drawings import package, process, service, single
from tests.support.worlds import World, begin
from tests.webapp.conftest import Browse
from webapp.cases.entering import KEYS

PEOPLE = {"office": ["selection_office"], "ma": ["judge"], "chen": ["supervisor"]}
CUT = service(
    "cut_it", "cut", result="shortlist", with_scores="parameters.missing", with_places="2"
)
READS = single("look", due="now() + days(len(shortlist.advanced))")


@pytest.fixture
def world(sessions: Sessions, clock: FakeClock) -> World:
    made = package(process("tiny", single("first"), CUT, READS))
    world = begin(sessions, clock, made, PEOPLE, candidates=["K01", "K02"])
    world.submit("first", "office")
    return world


def address(world: World, rest: str = "") -> str:
    return f"/selections/{world.case_id}/office/problems{rest}"


def text_of(answer: object) -> str:
    page = html.fromstring(answer.text)  # type: ignore[attr-defined]  # werkzeug's test answer
    return " ".join(page.xpath("//main")[0].text_content().split())


def test_a_problem_says_what_is_wrong_since_when_and_what_to_do(
    world: World, browse: Browse
) -> None:
    told = text_of(browse(world.people["office"]).get(address(world)))

    assert "有一个表达式无法算出" in told or "表达式" in told
    assert "等待您处理" in told
    assert "程序给出的说明" in told or "parameters.missing" in told


def test_what_is_tried_again_by_itself_says_when(world: World, browse: Browse) -> None:
    now = world.now
    with transaction(world.sessions) as session:
        report(
            session, case_id=world.case_id, kind="message", step="m1", code="delivery_failed",
            message="550", now=now, attempts=3, next_try_at=now + timedelta(minutes=30),
        )  # fmt: skip
    browser = browse(world.people["office"])

    told = text_of(browser.get(address(world)))
    desk = text_of(browser.get(f"/selections/{world.case_id}/office"))

    for page in (told, desk):
        assert "将于 2026年3月2日 09:00 自动重试" in page
        assert "已失败 3 次" in page


def test_only_the_office_sees_and_deals_with_problems(world: World, browse: Browse) -> None:
    problem = world.one(Problem)
    for who in ("ma", "chen"):
        browser = browse(world.people[who])
        assert browser.get(address(world)).status_code == 403
        for rest in ("retry", "skip"):
            answer = browser.post(address(world, f"/{problem.id}/{rest}"), data={"reason": "x"})
            assert answer.status_code == 403
    assert world.one(Problem).state == "open"


def test_a_skip_asks_for_the_result_and_the_reason_and_keeps_what_was_typed(
    world: World, browse: Browse
) -> None:
    browser = browse(world.people["office"])
    where = address(world, f"/{world.one(Problem).id}/skip")

    asked = browser.get(where)
    refused = browser.post(where, data={"value-advanced": ["K02"]})
    wrong = browser.post(where, data={"reason": "signed list", "value-advanced": ["K77"]})
    done = browser.post(where, data={"reason": "signed list", "value-advanced": ["K02"]})

    assert "入围人选" in text_of(asked)
    boxes = html.fromstring(refused.text).xpath("//input[@name='value-advanced'][@checked]/@value")
    assert (refused.status_code, boxes) == (422, ["K02"])
    assert (wrong.status_code, "signed list" in wrong.text) == (422, True)
    assert (done.status_code, world.opened()) == (303, ["look"])
    assert world.one(OperationRun).result["advanced"] == ["K02"]
    settled = text_of(browser.get(address(world)))
    assert "跳过" in settled
    assert "signed list" in settled


def test_what_is_dealt_with_already_leads_back(world: World, browse: Browse) -> None:
    browser = browse(world.people["office"])
    for gone in (uuid4(),):
        assert browser.get(address(world, f"/{gone}/skip")).status_code == 303
        assert browser.post(address(world, f"/{gone}/skip")).status_code == 303
        assert browser.post(address(world, f"/{gone}/retry")).status_code == 303


def test_trying_again_says_so_and_counts(world: World, browse: Browse) -> None:
    browser = browse(world.people["office"])

    answer = browser.post(address(world, f"/{world.one(Problem).id}/retry"))

    assert answer.status_code == 303
    assert world.one(Problem).attempts == 2


def test_all_problems_of_ones_selections_by_keyset_with_the_same_statements(
    world: World, browse: Browse
) -> None:
    with transaction(world.sessions) as session:
        for number in range(25):
            report(
                session, case_id=world.case_id, kind="message", step=f"m{number}",
                code="delivery_failed", message="550", now=world.now + timedelta(seconds=number),
            )  # fmt: skip
    browser = browse(world.people["office"])
    browser.get("/problems")

    with count_sql(world.sessions) as first:
        page = html.fromstring(browser.get("/problems").text)
    following = page.xpath("//a[@rel='next']/@href")[0]
    with count_sql(world.sessions) as second:
        rest = html.fromstring(browser.get(following).text)

    rows = "//main//li[contains(@class, 'gx-list__item')]"
    assert [len(each.xpath(rows)) for each in (page, rest)] == [20, 6]
    assert len(first) == len(second)
    assert len(html.fromstring(browse(world.people["ma"]).get("/problems").text).xpath(rows)) == 0


def test_every_value_that_can_be_entered_has_a_name() -> None:
    assert {key for shape in SHAPES.values() for key in shape} - KEYS.keys() == set()
