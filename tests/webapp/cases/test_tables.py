"""Results of other procedures than the published case, in words and tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine.db import Sessions, open_database, reading
from engine.definitions import read_package
from engine.model import Base, Case, CaseMember, OperationRun
from engine.scenarios.clocks import SettableClock
from engine.scenarios.hands import ServiceHands
from engine.scenarios.model import load_scenario
from engine.scenarios.runner import Runner
from engine.settings import load_settings
from tests.webapp.conftest import sign_up
from webapp.app import create_app

ROOT = Path(__file__).resolve().parents[3]
PLAYED = {
    "yangzhou_2010": ("two_posts.yaml", "y3_enter_interview"),
    "professorship": ("by_agreement.yaml", "pf_invite"),
}


class Office:
    """A selection of another procedure, and the browser of somebody of its office."""

    def __init__(self, key: str, folder: Path) -> None:
        scenario_file, until = PLAYED[key]
        scenario = load_scenario(ROOT / "processes" / key / "scenarios" / scenario_file)
        self.engine = open_database(f"sqlite:///{folder}/played.sqlite")
        Base.metadata.create_all(self.engine)
        self.sessions: Sessions = sessionmaker[Session](self.engine, expire_on_commit=False)
        clock = SettableClock(scenario.begins_at)
        package = read_package(ROOT / "processes", ROOT / "forms", key)
        hands = ServiceHands(self.sessions, clock, folder / "files", secret_key="of no use")
        Runner(self.sessions, clock, scenario, package, hands).play(until=until)
        environ = {"GONGXUAN_SECRET_KEY": "k" * 32, "GONGXUAN_HASH_COST": "test"}
        self.settings = load_settings(environ, var_dir=folder / "var")
        self.app: Flask = create_app(self.settings, self.sessions, clock)
        self.app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)

    def page(self, element: str, language: str = "en", role: str = "") -> Any:
        with reading(self.sessions) as session:
            case = session.scalars(select(Case)).one()
            asked = select(OperationRun.id).where(OperationRun.element_id == element)
            run = session.scalars(asked).all()[-1]
            held = select(CaseMember.person_id).where(CaseMember.role == role)
            who = session.scalars(held).first() or case.started_by
        browser = self.app.test_client()
        with browser.session_transaction() as kept:
            kept["_user_id"] = sign_up(self.sessions, self.settings, who)
        answer = browser.get(f"/selections/{case.id}/results/{run}?lang={language}")
        assert answer.status_code == 200
        return html.fromstring(answer.text)


@pytest.fixture(scope="module", params=PLAYED)
def office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    made = Office(request.param, tmp_path_factory.mktemp(request.param))
    yield made
    made.engine.dispose()


def only(key: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("office", [key], indirect=True)


def headline(page: Any) -> str:
    return str(page.xpath("//*[@class='gx-headline']/text()")[0])


def cells(page: Any, table: int) -> list[list[str]]:
    rows = page.xpath(f"(//table)[{table}]//tbody/tr")
    return [[cell.text_content().strip() for cell in row] for row in rows]


@only("yangzhou_2010")
def test_a_cut_of_several_posts_has_a_line_for_each(office: Office) -> None:
    page = office.page("y1_cut")

    assert headline(page) == "2 posts, 6 places, 16 people: 7 advance."
    assert cells(page, 1) == [
        ["post 1", "3", "8", "4", "86", "K03 内1—1, K04 内1—2"],
        ["post 2", "3", "8", "3", "86", "–"],
    ]
    assert cells(page, 2)[0] == ["post 1", "1", "K01 外1—1", "90", "advances"]
    assert headline(office.page("y1_cut", "zh-Hans")) == "2个职位，名额6个，共16人：入围7人。"


@only("yangzhou_2010")
def test_a_count_of_signed_ballots_names_no_voter(office: Office) -> None:
    page = office.page("y2_ballot", role="supervisor")

    assert headline(page) == "signed recommendation vote: 4 ballots returned of 4 issued."
    assert "投票人" not in page.xpath("//main")[0].text_content()


@only("professorship")
def test_letters_are_shown_as_numbers_of_people(office: Office) -> None:
    page = office.page("pf_count_ratings", "zh-Hans")

    assert headline(page) == "已评价7人。"
    assert page.xpath("(//table)[1]//thead//th/text()")[1].startswith("A类")
    assert cells(page, 1)[0] == ["K01 应聘甲", "8", "2", "0", "0"]
