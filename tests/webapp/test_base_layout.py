"""The frame of every page and the shared components: escaping, languages, accessibility, policy."""

import re
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from lxml import html
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.webapp.sample_app import HOSTILE, create_sample_app

CHROMIUM = shutil.which("chromium")
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LANGUAGES = ["zh-Hans", "en"]

browser_test = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


def source_of_samples(language: str) -> str:
    answer = create_sample_app().test_client().get(f"/?lang={language}")
    assert answer.status_code == 200
    return answer.text


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def document(language: str) -> html.HtmlElement:
    return html.document_fromstring(source_of_samples(language))


def test_the_page_says_its_language_and_its_title(
    document: html.HtmlElement, language: str
) -> None:
    assert document.get("lang") == language
    assert (
        document.findtext("head/title")
        == {
            "zh-Hans": "本次公选进展 – 公推公选",
            "en": "Progress of this selection – Gongxuan",
        }[language]
    )


def test_the_first_link_skips_to_the_content(document: html.HtmlElement) -> None:
    first = document.xpath("//a")[0]

    assert first.get("href") == "#main-content"
    assert [part.tag for part in document.xpath("//*[@id='main-content']")] == ["main"]


def test_the_other_language_is_one_link_away(document: html.HtmlElement, language: str) -> None:
    other = {"zh-Hans": "en", "en": "zh-Hans"}[language]

    assert document.xpath(f"//header//a[@lang='{other}']/@href") == [f"?lang={other}"]


def test_text_never_becomes_markup(language: str) -> None:
    source = source_of_samples(language)
    document = html.document_fromstring(source)

    assert HOSTILE not in source
    assert "&amp;lt;" not in source  # nor is it escaped twice
    assert document.xpath("//script[not(@src)]") == []
    assert document.xpath("//img[@onerror]") == []
    assert source.count("&lt;script&gt;") == 8  # every sample of hostile text is shown


def test_nothing_is_inline_that_the_policy_forbids(document: html.HtmlElement) -> None:
    assert document.xpath("//style | //*[@style] | //script[normalize-space()]") == []
    assert document.xpath("//@*[starts-with(name(), 'on')]") == []


def test_everything_comes_from_the_application_itself(document: html.HtmlElement) -> None:
    addresses = document.xpath("//script/@src | //link/@href | //img/@src")

    assert [address for address in addresses if not address.startswith("/static/")] == []
    client = create_sample_app().test_client()
    for address in addresses:
        with client.get(address) as answer:
            assert answer.status_code == 200, address


def test_ids_are_unique(document: html.HtmlElement) -> None:
    ids = document.xpath("//@id")

    assert sorted(ids) == sorted(set(ids))


def test_no_english_is_left_on_the_chinese_page() -> None:
    document = html.document_fromstring(source_of_samples("zh-Hans"))
    for foreign in document.xpath("//head | //*[@lang='en']"):
        foreign.drop_tree()

    texts = document.xpath("//text() | //@aria-label | //@alt | //@data-ended")
    words = {word for text in texts for word in re.findall(r"[A-Za-z]{3,}", text)}

    assert words - set(re.findall(r"[A-Za-z]+", HOSTILE)) == set()


def test_the_chart_and_its_table_say_the_same(document: html.HtmlElement) -> None:
    drawn = document.xpath("//*[@class='gx-funnel__count']/text()")
    listed = [
        row.xpath("td")[0].text_content().strip() for row in document.xpath("//details//tbody/tr")
    ]

    assert drawn == listed == ["36", "18", "11", "6", "4", "2"]


def test_how_late_a_task_is_stands_in_words(document: html.HtmlElement, language: str) -> None:
    tags = [
        tag.text_content().strip()
        for tag in document.xpath("//*[contains(@class, 'gx-tasks')]//strong")
    ]

    assert (
        tags
        == {
            "zh-Hans": ["逾期2天", "还剩5小时", "还剩6天", "无截止时间", "已存草稿"],
            "en": ["Late by 2 days", "5 hours left", "6 days left", "No deadline", "Draft saved"],
        }[language]
    )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_sample_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """Collect what the browser says on its console: refused by the policy, failed, not found."""
    return []


@pytest.fixture(params=[390, 1280], ids=["phone", "desk"])
def page(
    request: pytest.FixtureRequest,
    browser: Browser,
    address: str,
    language: str,
    complaints: list[str],
) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": request.param, "height": 900})
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/?lang={language}")
    page.wait_for_selector(".gx-badge--current")
    yield page
    page.close()


def axe_violations(page: Page) -> list[dict[str, Any]]:
    """Run axe with the rules of WCAG 2.2 AA; `evaluate` is not bound by the page's policy."""
    page.evaluate(AXE_SCRIPT)
    results = page.evaluate(
        "tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", WCAG
    )
    return [
        {"rule": found["id"], "where": [node["target"] for node in found["nodes"]]}
        for found in results["violations"]
    ]


class TestInTheBrowser:
    pytestmark = browser_test

    def test_axe_finds_nothing_and_the_policy_refuses_nothing(
        self, page: Page, complaints: list[str]
    ) -> None:
        page.wait_for_selector("#polled", state="attached")

        assert axe_violations(page) == []
        assert complaints == []

    def test_no_page_is_wider_than_the_screen(self, page: Page) -> None:
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})

            assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_a_polled_part_is_replaced(self, page: Page) -> None:
        page.wait_for_selector("#polled")

        assert page.inner_text("#polled") == "42 / 58"

    def test_a_lost_connection_is_said_and_taken_back(self, page: Page) -> None:
        page.route("**/turnout", lambda route: route.abort())
        page.wait_for_selector(".gx-live__stale:not([hidden])")
        page.unroute("**/turnout")

        page.wait_for_selector(".gx-live__stale[hidden]", state="attached")

    def test_the_countdown_runs_on_the_servers_clock(self, page: Page, language: str) -> None:
        shown = page.inner_text("time[data-countdown]")

        assert re.fullmatch(
            {"zh-Hans": r"1 天 06:1[12]:\d\d", "en": r"1 day 06:1[12]:\d\d"}[language], shown
        )

    def test_the_diagram_marks_every_state_and_shows_the_bpmn_io_mark(self, page: Page) -> None:
        marks = {
            name: page.locator(f".djs-element.gx-{name}").count()
            for name in ("done", "current", "late")
        }
        mark = page.locator(".bjs-powered-by")
        mark.scroll_into_view_if_needed()
        box = mark.bounding_box()

        assert marks == {"done": 5, "current": 1, "late": 1}
        assert box is not None
        assert page.evaluate(
            "([x, y]) => document.elementFromPoint(x, y).closest('.bjs-powered-by') !== null",
            [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
        )


@pytest.mark.parametrize("width", [390, 1280])
class TestWithoutScript:
    pytestmark = browser_test

    def test_the_page_is_complete(self, browser: Browser, address: str, width: int) -> None:
        context = browser.new_context(
            java_script_enabled=False, viewport={"width": width, "height": 900}
        )
        page = context.new_page()
        page.goto(f"{address}/?lang=en")

        shown = page.locator("time[data-countdown]").inner_text()
        instead = page.locator(".gx-diagram__instead")

        assert shown == "1 day"
        assert instead.is_visible()
        assert page.get_by_role("navigation", name="Main menu").is_visible()
        assert not page.get_by_role("button", name="Zoom in").is_visible()
        context.close()
