"""The administrator's calendar: years, days, and a confirmation that shows first what it moves."""

from datetime import date
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from lxml import html

from engine import almanac, people
from engine.db import Sessions, reading, transaction
from engine.model import Account, CalendarDay, CalendarYear, Person
from engine.settings import Settings
from tests.support.clock import FakeClock
from tests.support.drawings import single
from tests.support.planned import at, start
from tests.webapp.conftest import PASSWORD, Browse


def account(sessions: Sessions, settings: Settings, *duties: str) -> UUID:
    with transaction(sessions) as session:
        person = Person(name="管理员" if "administrator" in duties else "经办人")
        session.add(person)
        session.flush()
        made = people.create_account(
            session, person_id=person.id, login=f"d{len(duties)}{person.id.hex[:8]}",
            password=PASSWORD, hash_cost=settings.hash_cost,
        )  # fmt: skip
        session.get_one(Account, made.id).duties = list(duties)
        return person.id


@pytest.fixture
def admin(sessions: Sessions, settings: Settings, browse: Browse) -> FlaskClient:
    with transaction(sessions) as session:
        almanac.seed(session, [2026, 2027])
    return browse(account(sessions, settings, "administrator"))


def test_years_are_listed_and_added(admin: FlaskClient, sessions: Sessions) -> None:
    page = html.fromstring(admin.get("/admin/calendar").text)
    assert page.xpath("//a[@class='govuk-link gx-years__name']/text()") == ["2026", "2027"]
    assert page.xpath("//nav//a[contains(., '工作日历')]")

    added = admin.post("/admin/calendar", data={"year": "2028"})
    too_far = admin.post("/admin/calendar", data={"year": "3000"})

    assert (added.status_code, too_far.status_code) == (303, 404)
    with reading(sessions) as session:
        assert [row.year for row in almanac.years(session)] == [2026, 2027, 2028]


def test_a_year_shows_its_months_with_days_off_and_days_worked(admin: FlaskClient) -> None:
    page = html.fromstring(admin.get("/admin/calendar/2026").text)

    months = page.xpath("//table[@class='gx-month']")
    assert len(months) == 12
    february = {
        cell.text: cell.get("class").split("--")[-1]
        for cell in months[1].xpath(
            ".//td[contains(@class, '--off') or contains(@class, '--work')]"
        )
    }
    assert february == {
        "14": "work", "16": "off", "17": "off", "18": "off", "19": "off", "20": "off",
        "23": "off", "28": "work",
    }  # fmt: skip
    assert [len(row) for row in months[1].xpath(".//tbody/tr")] == [7] * 5


def test_a_day_is_changed_and_what_was_typed_comes_back(
    admin: FlaskClient, sessions: Sessions, clock: FakeClock
) -> None:
    where = "/admin/calendar/2027"
    for typed in (
        {"day": "", "kind": "off", "name": "x"},
        {"day": "2026-03-03", "kind": "off", "name": "别的年份"},
        {"day": "2027-03-03", "kind": "", "name": "没有选"},
        {"day": "2027-03-03", "kind": "working", "name": "本来上班"},
    ):
        answer = admin.post(where, data=typed)
        assert answer.status_code == 422
        assert typed["name"] in answer.text

    done = admin.post(where, data={"day": "2027-03-03", "kind": "off", "name": "临时放假"})

    assert (done.status_code, done.location) == (303, where)
    assert "临时放假" in admin.get(where).text
    with reading(sessions) as session:
        row = session.get_one(CalendarDay, date(2027, 3, 3))
        assert (row.kind, row.source, row.changed_at) == ("off", "administrator", clock.now())


def test_a_year_is_confirmed_after_what_moves_was_shown(
    admin: FlaskClient, sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, single("sign", due="workdays(10)"))
    assert world.task("sign").due_at == at("03-13 17:30")
    admin.post(
        "/admin/calendar/2026", data={"day": "2026-03-13", "kind": "off", "name": "临时放假"}
    )

    shown = " ".join(html.fromstring(admin.get("/admin/calendar/2026/confirm").text)
                     .text_content().split())  # fmt: skip
    assert "副局长公开选拔" in shown
    assert "2026年3月13日 17:30" in shown
    assert "2026年3月16日 17:30" in shown
    assert world.task("sign").due_at == at("03-13 17:30")
    done = admin.post("/admin/calendar/2026/confirm")
    assert "1 次公选的日期已重新计算" in admin.get(done.location).text
    again = admin.post("/admin/calendar/2026/confirm")

    assert (done.status_code, again.status_code) == (303, 422)
    assert world.task("sign").due_at == at("03-16 17:30")
    with reading(sessions) as session:
        row = session.get_one(CalendarYear, 2026)
        assert row.confirmed_at == row.recounted_at == clock.now()


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("duties", [(), ("office",), ("owner", "office")])
def test_nobody_else_sees_or_changes_it(
    sessions: Sessions, settings: Settings, browse: Browse, duties: tuple[str, ...]
) -> None:
    other = browse(account(sessions, settings, *duties))
    day = {"day": "2026-03-13", "kind": "off", "name": ""}

    assert [
        other.get("/admin/calendar").status_code,
        other.get("/admin/calendar/2026").status_code,
        other.get("/admin/calendar/2026/confirm").status_code,
        other.post("/admin/calendar", data={"year": "2028"}).status_code,
        other.post("/admin/calendar/2026", data=day).status_code,
        other.post("/admin/calendar/2026/confirm").status_code,
    ] == [403] * 6
    assert "工作日历" not in other.get("/todo").text
    assert browse(None).get("/admin/calendar").status_code == 303
    with reading(sessions) as session:
        assert session.get(CalendarDay, date(2026, 3, 13)) is None


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_pages_are_there_in_both_languages(admin: FlaskClient, language: str) -> None:
    for page in ("", "/2026", "/2027", "/2027/confirm"):
        assert admin.get(f"/admin/calendar{page}?lang={language}").status_code == 200
    assert admin.get("/admin/calendar/2050").status_code == 404
