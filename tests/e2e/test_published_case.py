"""The published case from an empty database, by its people, on the pages of the real server."""

import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import func, select

from engine.db import Sessions, reading
from engine.definitions import read_package
from engine.model import Account, Publication
from engine.scenarios.clocks import SettableClock
from engine.scenarios.expecting import differences
from engine.scenarios.model import Scenario, load_scenario
from engine.scenarios.report import full_result
from tests.e2e.client import Client
from tests.e2e.doors import PASSWORD, Doors
from tests.e2e.hands import FILES, PageHands
from tests.e2e.playing import PageRunner
from tests.e2e.server import serving
from tests.e2e.surfing import DESK, PHONE, surfing
from webapp.app import create_app
from webapp.commands.create_admin import create_admin
from webapp.installation import open_installation

CHROMIUM = shutil.which("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
CASE = Path("processes/open_selection/scenarios/published_case.yaml")
KINDS = {
    "candidate", "committee_member", "eligibility_reviewer", "examiner", "inspection_team", "judge",
    "leading_group", "question_setter", "recommender", "scrutineer", "selection_office",
    "supervisor", "unit_staff",
}  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


def test_the_published_case_on_the_pages(
    tmp_path: Path, browser: Browser, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    scenario = without_spoilt(load_scenario(Path(__file__).parents[2] / CASE))
    folder, files = tmp_path / "var", tmp_path / "files"
    files.mkdir()
    for suffix, content in FILES.items():
        (files / f"scan{suffix}").write_bytes(content)
    monkeypatch.setenv("GONGXUAN_VAR", str(folder))
    starter = scenario.people[0]["name"]
    made = CliRunner().invoke(create_admin, ["admin", "--name", starter, "--password", PASSWORD])
    assert made.exit_code == 0, made.output
    begun = time.monotonic()
    handed_in = Counter[str]()

    def progress(element: str, number: int) -> None:
        handed_in[element] += 1
        if number % 50 == 0:
            with capsys.disabled():
                took = time.monotonic() - begun
                say(f"{took:5.0f} s {number:5d} {clock.now():%m-%d %H:%M} {element}")

    clock = SettableClock(scenario.begins_at)
    with open_installation({}, folder) as here:
        assert not here.settings.demo
        settings, sessions = here.settings, here.sessions
        package = read_package(settings.processes_dir, settings.forms_dir, scenario.procedure)
        app = create_app(settings, sessions, clock)
        with serving(app) as base:
            doors = Doors(base, sessions, settings)
            with reading(sessions) as session:
                doors.logins[session.scalars(select(Account.person_id)).one()] = "admin"

            def window() -> object:
                phone = len(hands.surfed) % 2
                return surfing(browser, base, files, PHONE if phone else DESK)

            hands = PageHands(sessions, package, doors, window)
            public = PublicPage(base, sessions)
            runner = PageRunner(
                sessions, clock, scenario, package, hands, progress, public.look, doors=doors
            )
            played = runner.play()
        with reading(sessions) as session:
            result = full_result(session, played.case_id, scenario, refused=played.refused)

    with capsys.disabled():
        say(f"{time.monotonic() - begun:5.0f} s, {handed_in.total()} handed in, {hands.surfed}")
    assert list(differences(result, scenario.expect)) == []
    assert hands.surfed.keys() == KINDS
    assert len(doors.codes) == 41
    assert hands.ended == ["mv_cast"] * 3
    assert hands.calls == 17 + 10
    assert public.seen > 0
    assert public.seen == public.published


def say(text: str) -> None:
    print(text, flush=True)


def without_spoilt(scenario: Scenario) -> Scenario:
    """No page takes a ballot that nobody can read: whoever spoils one hands none in here."""

    def changed(rule: Any) -> Any:
        if not isinstance(rule, Mapping):
            return rule
        made = {key: changed(value) for key, value in rule.items() if key != "spoilt"}
        spoilt = int(rule.get("spoilt", 0))
        return {**made, "missing": int(rule.get("missing", 0)) + spoilt} if spoilt else made

    return replace(scenario, ballots=changed(scenario.ballots))


class PublicPage:
    """Anybody's look at the public page whenever something new was published."""

    def __init__(self, base: str, sessions: Sessions) -> None:
        self._client, self._sessions = Client(base), sessions
        self.published = self.seen = 0

    def look(self, case_id: UUID) -> None:
        shown = Publication.case_id == case_id, Publication.audience == "public"
        with reading(self._sessions) as session:
            number = session.scalar(select(func.count()).where(*shown)) or 0
            if number == self.published:
                return
            new = session.scalars(
                select(Publication).where(*shown).order_by(Publication.published_at.desc())
                .limit(number - self.published)
            ).all()  # fmt: skip
        page = self._client.get(f"/public/{case_id}")
        for each in new:
            at = f"/public/{case_id}/{each.id}"
            assert at in page.links(), f"{each.text_id} is not on the public page"
            assert each.content["zh"]["title"] in self._client.get(at).text
        self.seen += len(new)
        self.published = number
