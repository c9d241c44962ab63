"""Every address that can be opened, in both languages, on a phone and at a desk."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from engine.db import reading
from engine.settings import load_settings
from tests.e2e.client import Client
from tests.e2e.server import serving
from tests.support.moments import Moment, moments
from tests.webapp.reading_pages import complaints
from tests.webapp.route_samples import SAMPLES, Facts, Sample
from webapp.app import create_app

CHROMIUM = shutil.which("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (1280, 390)
LANGUAGES = ("zh", "en")
SCREENSHOTS = os.environ.get("GONGXUAN_SCREENSHOTS", "")
"""A folder for pictures of every page; empty: none are taken."""
PAGES = re.compile(os.environ.get("GONGXUAN_PAGES", ""))
"""Only these samples, e.g. `bulletin.correct|cases.desk`; while one works on some pages."""

BY_CODE = "studio."
"""Owners of procedures read and write codes, and texts of both languages side by side."""

_NOWHERE = UUID(int=0)


def test_every_address_has_a_sample() -> None:
    settings = load_settings({"GONGXUAN_SECRET_KEY": "k" * 32, "GONGXUAN_DEMO": "1"})
    app = create_app(settings, None, None)  # type: ignore[arg-type]  # nothing is asked of them
    routes = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}

    assert routes == {sample.endpoint for sample in SAMPLES}


@dataclass
class Visit:
    """Somebody's plain browser and real browser at one moment."""

    base: str
    client: Client
    windows: BrowserContext


@dataclass
class Visitors:
    """Who has come so far; everybody is signed in once at a moment."""

    browser: Browser
    moments: dict[str, Moment]
    bases: dict[str, str]
    drafts: dict[str, UUID] = field(default_factory=dict)
    _known: dict[tuple[str, UUID | None], Visit] = field(default_factory=dict)

    def of(self, moment: str, person: UUID | None) -> Visit:
        if (moment, person) not in self._known:
            base = self.bases[moment]
            client = Client(base)
            if person is not None:
                client.get("/demo")
                came = client.post("/demo/sign-in", [("person", str(person))])
                assert came.address.endswith("/todo"), came.address
            windows = self.browser.new_context(reduced_motion="reduce")
            windows.add_cookies(
                [
                    {"name": each.name, "value": str(each.value), "url": base}
                    for each in client.cookies
                ]
            )
            self._known[moment, person] = Visit(base, client, windows)
        return self._known[moment, person]

    def draft(self, moment: str, starter: UUID) -> UUID:
        """A selection that is being prepared."""
        if moment not in self.drafts:
            client = self.of(moment, starter).client
            client.get("/selections/start")
            page = client.post("/selections/start", [("procedure", "open_selection")])
            assert page.status == 200, page.text[:500]
            draft = page.address.split("/")[-2]
            at = f"/selections/start/{draft}/plan"
            client.get(at)
            client.post(at, [("announced_on", "2027-03-01"), ("_action", "propose")])
            self.drafts[moment] = UUID(draft)
        return self.drafts[moment]

    def procedure(self, moment: str, owner: UUID) -> UUID:
        """A draft of the procedure."""
        if f"procedure-{moment}" not in self.drafts:
            client = self.of(moment, owner).client
            client.get("/procedures")
            page = client.post("/procedures/of/open_selection/drafts", [])
            assert page.status == 200, page.text[:500]
            self.drafts[f"procedure-{moment}"] = UUID(page.address.split("/")[-2])
        return self.drafts[f"procedure-{moment}"]

    def address(self, sample: Sample) -> tuple[UUID | None, str]:
        moment = self.moments[sample.moment]
        with reading(moment.sessions) as session:
            facts = Facts(session, moment.case_id, self.drafts.get(sample.moment, _NOWHERE))
            person = sample.who(facts)
            if sample.endpoint.startswith("cases.start_") and person is not None:
                draft = self.draft(sample.moment, person)
                facts = Facts(session, moment.case_id, draft)
            if sample.endpoint.startswith("studio.") and person is not None:
                draft = self.procedure(sample.moment, person)
                facts = Facts(session, moment.case_id, draft)
            values = sample.values(facts)
        return person, _built(moment.app, sample.endpoint, values)

    def look(self, sample: Sample) -> list[str]:
        """Open an address as whoever may, and give everything that is wrong."""
        try:
            person, address = self.address(sample)
        except AssertionError as error:
            return [f"there is no such thing at this moment: {error}"]
        visit = self.of(sample.moment, person)
        return list(look(visit, sample, address, self.moments[sample.moment].typed))


def _built(app: Flask, endpoint: str, values: Any) -> str:
    with app.test_request_context():
        whole = app.url_for(endpoint, **values)
    parts = urlsplit(whole)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@pytest.fixture
def visitors(tmp_path: Path) -> Iterator[Visitors]:
    with ExitStack() as stack:
        known = stack.enter_context(moments(tmp_path))
        bases = {
            name: stack.enter_context(serving(moment.app, threads=4))
            for name, moment in known.items()
        }
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        stack.callback(browser.close)
        yield Visitors(browser, known, bases)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_every_page_can_be_read_by_everybody(
    visitors: Visitors, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[str] = []
    for number, sample in enumerate(SAMPLES, start=1):
        if not PAGES.search(str(sample)):
            continue
        wrong = [f"{sample}: {line}" for line in visitors.look(sample)]
        found += wrong
        with capsys.disabled():
            print(f"{number:3d} of {len(SAMPLES)} {sample}", *wrong, sep="\n    ", flush=True)
    assert found == []


def look(visit: Visit, sample: Sample, address: str, typed: frozenset[str]) -> Iterator[str]:
    """Open an address plainly, then in the browser; give everything that is wrong."""
    if sample.kind == "file":
        assert visit.client.download(address)
        return
    for language in LANGUAGES:
        mark = "&" if "?" in address else "?"
        page = visit.client.get(f"{address}{mark}lang={language}")
        if page.status != 200:
            yield f"{language}: {page.status} {address}"
            continue
        if sample.kind == "away":
            continue
        if not sample.endpoint.startswith(BY_CODE):
            yield from (f"{language}: {line}" for line in complaints(page.text, language, typed))
        if sample.kind == "page":
            yield from _in_the_browser(visit, sample, f"{address}{mark}lang={language}", language)


def _in_the_browser(visit: Visit, sample: Sample, address: str, language: str) -> Iterator[str]:
    window = visit.windows.new_page()
    said: list[str] = []
    window.on("console", lambda message: said.append(message.text))
    window.on("pageerror", lambda error: said.append(str(error)))
    window.set_viewport_size({"width": WIDTHS[0], "height": 900})
    window.goto(visit.base + address, wait_until="load")
    window.evaluate(AXE_SCRIPT)
    for width in WIDTHS:
        window.set_viewport_size({"width": width, "height": 900})
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            name = f"{sample}-{language}-{width}.png"
            window.screenshot(path=Path(SCREENSHOTS) / name, full_page=True)
        wide = window.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            yield f"{language} {width}: {wide} px wide"
        yield from (f"{language} {width}: {line}" for line in _violations(window))
    yield from (f"{language}: console: {line}" for line in said)
    window.close()


def _violations(window: Any) -> list[str]:
    results = window.evaluate(
        "tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", WCAG
    )
    return [
        f"{found['id']} at {[node['target'] for node in found['nodes']][:3]}"
        for found in results["violations"]
    ]
