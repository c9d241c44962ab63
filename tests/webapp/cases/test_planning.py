"""The pages that move dates of a plan, and what the office's page says of deadlines."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from engine import almanac
from engine.db import Sessions, reading, transaction
from engine.model import PlanDate, Publication
from tests.support.clock import FakeClock
from tests.support.databases import count_sql
from tests.support.drawings import collective, single, split
from tests.support.planned import DATES, at, start
from tests.support.worlds import World
from tests.webapp.conftest import Browse

MOVED = {"plan.test": "2026-03-11T14:00"}


@pytest.fixture
def world(sessions: Sessions, clock: FakeClock) -> World:
    return start(
        sessions,
        clock,
        split(
            "both",
            [single("sign", due="plan.test", reminders="P1D",
                    escalate="+P1D notify:judge; P1D notify:supervisor")],
            [collective("write", "members('judge')", closes="workdays(4)")],
        ),
    )  # fmt: skip


@pytest.fixture
def office(world: World, browse: Browse) -> FlaskClient:
    return browse(world.people["office"])


def address(world: World, page: str = "plan/move") -> str:
    return f"/selections/{world.case_id}/{page}"


def plan(world: World) -> dict[str, datetime]:
    with reading(world.sessions) as session:
        rows = session.scalars(select(PlanDate).where(PlanDate.case_id == world.case_id))
        return {row.key: row.at for row in rows}


def fields(page: str) -> dict[str, str]:
    inputs = html.fromstring(page).xpath("//input[starts-with(@name, 'plan.')]")
    return {field.get("name").removeprefix("plan."): field.get("value") for field in inputs}


def test_lines_that_have_passed_have_no_field(world: World, office: FlaskClient) -> None:
    world.clock.move_to(at("03-07 08:00"))

    page = office.get(address(world)).text

    assert fields(page) == {
        "test": "2026-03-10T14:00", "notice_start": "2026-03-12T09:00",
        "notice_end": "2026-03-16T17:30",
    }  # fmt: skip
    assert page.count("已过") == 2


def test_the_later_ones_are_proposed_and_nothing_is_changed(
    world: World, office: FlaskClient
) -> None:
    asked = {**MOVED, "_action": "propose", "by": "days"}

    answer = office.get(address(world), query_string=asked)

    assert fields(answer.text) == {
        "applications_close": "2026-03-06T17:30", "test": "2026-03-11T14:00",
        "notice_start": "2026-03-13T09:00", "notice_end": "2026-03-17T17:30",
    }  # fmt: skip
    assert plan(world) == DATES


def test_the_preview_comes_before_the_confirmation(world: World, office: FlaskClient) -> None:
    shown = office.get(address(world), query_string={**MOVED, "_action": "check"})
    names = html.fromstring(shown.text).xpath("//th[@scope='row']")
    assert [" ".join(name.text_content().split()) for name in names] == [
        "催办 Sign", "提醒 Sign", "时间安排 考试", "应完成 Sign", "催办 Sign",
    ]  # fmt: skip
    assert fields(shown.text) == {"test": "2026-03-11T14:00"}

    unsaid = office.post(address(world), data={**MOVED, "reason": " "})
    assert (unsaid.status_code, plan(world)) == (422, DATES)
    assert fields(unsaid.text) == {"test": "2026-03-11T14:00"}
    done = office.post(address(world), data={**MOVED, "reason": "会场未定", "publish": "yes"})

    assert (done.status_code, done.location) == (303, address(world, "plan"))
    assert plan(world)["test"] == at("03-11 14:00")
    assert world.task("sign").due_at == at("03-11 14:00")
    assert world.one(Publication).audience == "public"


def test_what_is_refused_is_named_on_the_page(world: World, office: FlaskClient) -> None:
    wrong = {"plan.test": "2026-03-13T14:00"}

    shown = office.get(address(world), query_string={**wrong, "_action": "check"})
    refused = office.post(address(world), data={**wrong, "reason": "x"})

    assert "“公示开始”将早于排在前面的“考试”。" in shown.text
    assert not html.fromstring(shown.text).xpath("//form[@method='post']//textarea")
    assert (refused.status_code, plan(world)) == (422, DATES)
    assert "“公示开始”将早于排在前面的“考试”。" in refused.text


def test_a_date_that_cannot_be_read_comes_back_with_the_others(
    world: World, office: FlaskClient
) -> None:
    typed = {"plan.test": "soon", "plan.notice_start": "2026-03-13T10:00", "_action": "check"}

    answer = office.get(address(world), query_string=typed)

    assert answer.status_code == 422
    assert fields(answer.text)["test"] == "soon"
    assert fields(answer.text)["notice_start"] == "2026-03-13T10:00"


def test_only_the_office_moves_the_plan(world: World, browse: Browse) -> None:
    judge, outsider = browse(world.people["ma"]), browse(None)

    assert judge.get(address(world)).status_code == 403
    assert judge.post(address(world), data={**MOVED, "reason": "x"}).status_code == 403
    assert outsider.get(address(world)).status_code == 303
    assert "plan/move" not in judge.get(address(world, "plan")).text
    assert plan(world) == DATES


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_pages_are_there_in_both_languages(
    world: World, office: FlaskClient, language: str
) -> None:
    for more in ({}, {**MOVED, "_action": "check"}, {**MOVED, "_action": "propose"}):
        page = office.get(address(world), query_string={**more, "lang": language})
        assert page.status_code == 200


def test_the_plan_says_which_dates_are_provisional(world: World, office: FlaskClient) -> None:
    def marked() -> list[str]:
        page = html.fromstring(office.get(address(world, "plan")).text)
        rows = page.xpath("//tr[.//*[contains(@class, 'govuk-tag--purple')]]/th")
        return [row.text_content().strip() for row in rows]

    assert marked() == ["公示期满"]
    assert "暂定" in office.get(address(world, "office")).text
    assert "暂定" in office.get(address(world, "steps/write")).text
    with transaction(world.sessions) as session:
        almanac.seed(session, [2026])
        almanac.confirm(session, year=2026, actor_id=world.people["office"], now=world.now)

    assert marked() == []
    assert "暂定" not in office.get(address(world, "office")).text
    assert "暂定" not in office.get(address(world, "steps/write")).text


def test_the_to_do_list_marks_provisional_deadlines(world: World, browse: Browse) -> None:
    judge = browse(world.people["ma"])
    seat = world.seat("write", "ma")

    assert "暂定" in judge.get("/todo").text
    assert "暂定" in judge.get(f"/seat/{seat.id}").text
    with transaction(world.sessions) as session:
        almanac.seed(session, [2026])
        almanac.confirm(session, year=2026, actor_id=world.people["office"], now=world.now)

    assert "暂定" not in judge.get("/todo").text


def test_the_office_sees_what_it_set_and_who_was_chased(world: World, office: FlaskClient) -> None:
    world.extend("write", at("03-07 12:00"), reason="会场临时调整")
    world.clock.move_to(at("03-10 09:00"))
    world.sweep()

    page = html.fromstring(office.get(address(world, "office")).text)

    text = " ".join(page.text_content().split())
    assert "write" not in text  # it has closed
    assert "通知：纪检" in text
    assert "通知：评委" in text
    said = " ".join(html.fromstring(office.get(address(world, "history")).text)
                    .text_content().split())  # fmt: skip
    assert "通知：纪检 (无可通知的人员)" in said


def test_a_deadline_the_office_set_is_shown_with_the_old_one(
    world: World, office: FlaskClient
) -> None:
    late = world.task("sign").id
    where = address(world, f"office/tasks/{late}/extend")

    too_soon = office.post(where, data={"until": "2026-03-02T12:00", "reason": "提前"})
    done = office.post(where, data={"until": "2026-03-09T12:00", "reason": "提前"})

    assert (too_soon.status_code, done.status_code) == (422, 303)
    assert "24" in too_soon.text
    text = " ".join(html.fromstring(office.get(address(world, "office")).text)
                    .text_content().split())  # fmt: skip
    assert "公选办另定 原为2026年3月10日 14:00 · 理由：提前" in text
    assert "按工作方案应为2026年3月10日 14:00。" in office.get(where).text


def test_the_preview_costs_the_same_whatever_the_plan(
    world: World, office: FlaskClient, sessions: Sessions
) -> None:
    counts = []
    for dates in (MOVED, {**MOVED, "plan.notice_start": "2026-03-13T09:00",
                          "plan.notice_end": "2026-03-17T17:30"}):  # fmt: skip
        office.get(address(world), query_string={**dates, "_action": "check"})
        with count_sql(sessions) as statements:
            office.get(address(world), query_string={**dates, "_action": "check"})
        counts.append(len(statements))

    assert counts[0] == counts[1]
