"""The pages of selections in a browser: accessible, obeying the policy, never too wide."""

import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.webapp.cases.conftest import Visit
from tests.webapp.cases.played import Played

CHROMIUM = shutil.which("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = (
    "",
    "?process=s5_presentation_and_second_recommendation",
    "/office",
    "/office/repeat",
    "/results",
    "/publications",
    "/people",
    "/plan",
    "/history",
    "/begin/withdrawal_received",
    "/steps/s1_review",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


@pytest.fixture(scope="module")
def address(interview_app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, interview_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


def open_page(browser: Browser, address: str, visit: Visit, interview: Played, width: int) -> Page:
    """A window in which somebody of the office is signed in."""
    kept = visit(interview.office()).get_cookie("gongxuan")
    assert kept is not None
    window = browser.new_context(viewport={"width": width, "height": 900})
    window.add_cookies([{"name": "gongxuan", "value": kept.value, "url": address}])
    return window.new_page()


def violations(page: Page) -> list[dict[str, Any]]:
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", WCAG
    )["violations"]
    return [{"rule": each["id"], "where": [n["target"] for n in each["nodes"]]} for each in found]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_page_is_accessible_fits_and_obeys_the_policy(
    browser: Browser, address: str, visit: Visit, interview: Played, width: int, language: str
) -> None:
    page = open_page(browser, address, visit, interview, width)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    wrong = {}
    for each in PAGES:
        joint = "&" if "?" in each else "?"
        page.goto(f"{address}/selections/{interview.case_id}{each}{joint}lang={language}")
        if page.locator("[data-diagram-url]").count():
            page.wait_for_selector(".gx-badge", state="attached")
        found = violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth") > width
        if found or wide or complaints:
            wrong[each] = (found, wide, list(complaints))
        complaints.clear()

    assert wrong == {}
    page.context.close()


def test_the_drawing_begins_where_the_selection_stands(
    browser: Browser, address: str, visit: Visit, interview: Played
) -> None:
    page = open_page(browser, address, visit, interview, 1280)
    page.goto(f"{address}/selections/{interview.case_id}")
    page.wait_for_selector(".gx-badge--current", state="attached")

    place = page.locator("[data-element-id='ca_5'].djs-shape").bounding_box()
    canvas = page.locator(".gx-diagram__canvas").bounding_box()

    assert place is not None
    assert canvas is not None
    assert canvas["x"] <= place["x"] <= canvas["x"] + canvas["width"]
    assert canvas["y"] <= place["y"] <= canvas["y"] + canvas["height"]
    page.context.close()
