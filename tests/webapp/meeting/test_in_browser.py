"""Consoles and public pages in a real browser: live by polling, readable, usable without script."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from engine.db import transaction
from engine.model import Case
from engine.run import submitting
from engine.settings import Settings
from tests.support.played import Played
from tests.webapp.conftest import Visit, at
from webapp.app import create_app

CHROMIUM = shutil.which("chromium")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = [390, 1280]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture
def address(played: Played, settings: Settings) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(settings, played.sessions, played.clock), True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@contextmanager
def opened(
    chromium: Browser, visit: Visit, address: str, person: UUID | None, *, width: int = 1280,
    script: bool = True,
) -> Iterator[Page]:  # fmt: skip
    """Open a page in which a person is signed in by the cookie that the test client got."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=script, locale="zh-CN"
    )
    if person is not None:
        cookie = visit(person).get_cookie("gongxuan")
        assert cookie is not None
        context.add_cookies([{"name": "gongxuan", "value": cookie.value, "url": address}])
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert wrong == []


def violations(page: Page) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "wcag => axe.run({runOnly: wcag}).then(r => r.violations.map(v => v.id))", WCAG
    )
    return list(found)


def is_accessible(page: Page) -> bool:
    wide = page.locator("html").evaluate("html => html.scrollWidth > window.innerWidth")
    return violations(page) == [] and not wide


@at("s5_present")
@pytest.mark.parametrize("width", WIDTHS)
def test_the_console_of_a_stage(
    played: Played, visit: Visit, address: str, chromium: Browser, width: int
) -> None:
    office = played.member("selection_office")
    with opened(chromium, visit, address, office, width=width) as page:
        page.goto(f"{address}/meeting/stage/{played.case_id}")
        assert is_accessible(page)
        seat = played.seats("s5_score", played.seats("s5_present")[0].subject)[0]
        keys = ("structure", "content", "feasibility", "question_1", "question_2")
        submitting.submit(
            played.sessions, played.clock, seat_id=seat.id, actor_id=seat.person_id,
            answers=dict.fromkeys(keys, "5.0"),
        )  # fmt: skip
        expect(page.locator(".gx-stage__count")).to_have_text("1 / 9", timeout=10_000)


@at("s5_present")
def test_the_bell_is_seen_when_the_end_is_near(
    played: Played, visit: Visit, address: str, chromium: Browser
) -> None:
    with opened(chromium, visit, address, played.member("selection_office")) as page:
        page.goto(f"{address}/meeting/stage/{played.case_id}")
        page.get_by_role("button", name="开始计时").first.click()
        expect(page.locator(".gx-clock").first).to_have_class("gx-clock gx-clock--running")
        played.clock.advance(timedelta(minutes=9, seconds=10))
        page.reload()
        expect(page.locator(".gx-clock").first).to_have_class("gx-clock gx-clock--bell")
        assert page.get_by_text("即将到时").first.is_visible()
        assert violations(page) == []


@at("s5_present")
def test_the_hall_screen(played: Played, visit: Visit, address: str, chromium: Browser) -> None:
    with transaction(played.sessions) as session:
        case = session.get_one(Case, played.case_id)
        case.parameters = {**case.parameters, "show_on_screen": True}
    with opened(chromium, visit, address, None) as page:
        page.goto(f"{address}/screen/{played.case_id}")
        assert is_accessible(page)
        expect(page.locator(".gx-screen__place")).to_contain_text("1号")


@at("mv_cast")
@pytest.mark.parametrize("width", WIDTHS)
def test_the_ballot_counts_up_by_itself(
    played: Played, visit: Visit, address: str, chromium: Browser, width: int
) -> None:
    with opened(chromium, visit, address, played.member("scrutineer"), width=width) as page:
        page.goto(f"{address}/meeting/ballot/{played.task('mv_cast').id}")
        assert is_accessible(page)
        seat = played.seats("mv_cast")[0]
        submitting.submit(
            played.sessions, played.clock, seat_id=seat.id, actor_id=seat.person_id,
            answers={"first_recommendation": ["K06"]},
        )  # fmt: skip
        expect(page.locator(".gx-counts__number").last).to_have_text("1", timeout=12_000)


@at("mv_cast")
def test_voting_is_ended_without_javascript(
    played: Played, visit: Visit, address: str, chromium: Browser
) -> None:
    with opened(chromium, visit, address, played.member("scrutineer"), script=False) as page:
        page.goto(f"{address}/meeting/ballot/{played.task('mv_cast').id}")
        page.get_by_role("button", name="截止投票").click()
        page.get_by_role("button", name="现在截止投票").click()
        expect(page.get_by_text("投票已截止。")).to_be_visible()
    assert played.task("mv_cast").state == "done"


@at("mv_attendance")
@pytest.mark.parametrize("width", WIDTHS)
def test_the_roll_is_ticked_by_group_and_filtered(
    played: Played, visit: Visit, address: str, chromium: Browser, width: int
) -> None:
    (seat,) = played.seats("mv_attendance")
    office = played.member("selection_office")
    with opened(chromium, visit, address, office, width=width) as page:
        page.goto(f"{address}/meeting/roll/{seat.id}")
        assert is_accessible(page)
        page.get_by_role("button", name="全部到会").first.click()
        expect(page.locator("[data-roll-count]")).to_have_text("28")
        page.get_by_label("查找姓名或单位").fill("正职12")
        assert page.locator(".gx-roll__person:visible").count() == 1


@at("s1_apply")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("tail", ["", "/apply", "/report"])
def test_public_pages(
    played: Played, visit: Visit, address: str, chromium: Browser, width: int, tail: str
) -> None:
    with opened(chromium, visit, address, None, width=width) as page:
        page.goto(f"{address}/public/{played.case_id}{tail}")
        assert is_accessible(page)


@at("s3_statements")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("tail", ["", "/mine", "/withdraw", "/apply"])
def test_pages_of_a_candidate(
    played: Played, visit: Visit, address: str, chromium: Browser, width: int, tail: str
) -> None:
    with opened(chromium, visit, address, played.candidate("K06"), width=width) as page:
        page.goto(f"{address}/public/{played.case_id}{tail}")
        assert is_accessible(page)
