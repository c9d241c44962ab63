"""The list of selections, the page of one, its drawings: who sees what, in both languages."""

import re
from pathlib import Path

import pytest
from lxml import html

import engine
from engine import stage as meeting
from engine.db import Sessions, transaction
from engine.definitions import PackageVersion
from engine.model import Case, Person
from tests.support.clock import FakeClock
from tests.support.databases import count_sql
from tests.support.packages import stage
from tests.webapp.cases.conftest import Visit
from tests.webapp.cases.played import Played
from tests.webapp.conftest import Browse
from webapp.cases.lists import ACTIONS

PAGES = (
    "",
    "/plan",
    "/publications",
    "/drawings/open_selection.bpmn",
    "/drawings/open_selection.json",
)
STAFF_PAGES = ("/results", "/people", "/people/plenary", "/history", "/office")


@pytest.mark.parametrize("page", [*PAGES, *STAFF_PAGES, "/steps/s1_review", "/office/repeat"])
def test_an_outsider_finds_nothing(interview: Played, visit: Visit, page: str) -> None:
    with transaction(interview.sessions) as session:
        stranger = Person(name="路人")
        session.add(stranger)
        session.flush()
        stranger_id = stranger.id

    assert visit(stranger_id).get(f"/selections/{interview.case_id}{page}").status_code == 404


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize("page", [*PAGES, *STAFF_PAGES])
def test_the_office_sees_every_page_in_both_languages(
    interview: Played, visit: Visit, page: str, language: str
) -> None:
    answer = visit(interview.office()).get(f"/selections/{interview.case_id}{page}?lang={language}")

    assert answer.status_code == 200


@pytest.mark.parametrize("page", STAFF_PAGES)
def test_candidates_see_the_public_parts_alone(interview: Played, visit: Visit, page: str) -> None:
    browser = visit(interview.candidate())

    assert [
        browser.get(f"/selections/{interview.case_id}{each}").status_code for each in PAGES
    ] == [200] * len(PAGES)
    assert browser.get(f"/selections/{interview.case_id}{page}").status_code == 403


def test_a_candidate_sees_stages_and_own_number_but_no_step_inside(
    interview: Played, visit: Visit
) -> None:
    page = html.fromstring(
        visit(interview.candidate()).get(f"/selections/{interview.case_id}").text
    )

    stages = [step.text_content() for step in page.xpath("//ol[@class='gx-steps']/li")]
    assert len(stages) == 7
    assert "您的编号" in page.text_content()
    assert "评委打分" not in page.text_content()
    assert page.xpath("//ol[@class='gx-steps']//a") == []


def test_the_page_says_what_comes_next_and_by_when(interview: Played, visit: Visit) -> None:
    page = html.fromstring(visit(interview.office()).get(f"/selections/{interview.case_id}").text)

    first = page.xpath("//*[@class='gx-next__item']")[0].text_content()
    assert "调研陈述与答题" in first
    assert "2026年3月16日 08:30" in first
    assert "还剩15分钟" in first


def test_steps_stand_in_the_order_of_the_flow_with_their_state(
    interview: Played, visit: Visit
) -> None:
    address = f"/selections/{interview.case_id}?process=s2_theory_test&lang=en"
    page = html.fromstring(visit(interview.office()).get(address).text)

    lines = page.xpath("//ol[@aria-label='Steps']/li")
    texts = [" ".join(line.text_content().split()) for line in lines]
    assert texts.index(next(t for t in texts if t.startswith("Shortlist 1:8"))) < texts.index(
        next(t for t in texts if t.startswith("Sign the result"))
    )
    assert all(text.endswith(("Done", "Not needed")) for text in texts)


def test_the_english_drawing_has_english_names_and_no_chinese_left(
    interview: Played, visit: Visit
) -> None:
    address = f"/selections/{interview.case_id}/drawings/s2_theory_test.bpmn"
    browser = visit(interview.office())
    english = browser.get(f"{address}?lang=en")
    chinese = browser.get(f"{address}?lang=zh-Hans")

    assert "Theory test" in english.text
    shown = html.fromstring(english.data).xpath(
        "//@name[not(parent::*[contains(name(), 'property')])]"
    )
    assert [name for name in shown if any("一" <= sign <= "鿿" for sign in name)] == []
    assert "理论测试" in chinese.text
    assert (
        browser.get(address, headers={"If-None-Match": chinese.headers["ETag"]}).status_code == 304
    )


def test_the_marks_of_the_drawing_follow_the_selection(interview: Played, visit: Visit) -> None:
    browser = visit(interview.office())
    address = f"/selections/{interview.case_id}/drawings"

    main = browser.get(f"{address}/open_selection.json").get_json()
    fifth = browser.get(f"{address}/s5_presentation_and_second_recommendation.json").get_json()

    assert "ca_1" in main["done"]
    assert main["current"] == ["ca_5"]
    assert fifth["current"] == ["s5_present", "s5_score"]
    assert "s5_vote" not in [*fifth["done"], *fifth["current"]]


def test_other_drawings_are_not_for_candidates(interview: Played, visit: Visit) -> None:
    address = f"/selections/{interview.case_id}/drawings/s2_theory_test.bpmn"

    assert visit(interview.candidate()).get(address).status_code == 404


def test_a_late_task_is_marked_late(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    staged = stage(
        sessions, package, "single", now=clock.now(), members={"王敏": ["selection_office"]}
    )
    clock.move_to(clock.now().replace(day=clock.now().day + 5))

    marks = browse(staged.people["王敏"]).get(f"/selections/{staged.case_id}/drawings/single.json")

    assert marks.get_json() == {"done": ["single_begin"], "current": [], "late": ["fill_in"]}


def test_the_list_holds_ones_own_selections_running_ones_first(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    members = {"王敏": ["selection_office"]}
    stages = [
        stage(sessions, package, "single", now=clock.now(), members=members, title=title)
        for title in ("甲公选", "乙公选")
    ]
    stage(
        sessions, package, "single", now=clock.now(), members={"李强": ["scribe"]}, title="丙公选"
    )
    with transaction(sessions) as session:
        session.get_one(Case, stages[1].case_id).state = "ended"

    page = browse(stages[0].people["王敏"]).get("/selections").text

    assert page.index("甲公选") < page.index("乙公选")
    assert "丙公选" not in page


@pytest.mark.parametrize("number", [10, 1000])
def test_the_page_costs_the_same_for_ten_seats_and_a_thousand(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse, number: int
) -> None:
    members = {"王敏": ["selection_office"], **{f"P{n}": ["writer"] for n in range(number)}}
    staged = stage(sessions, package, "open", now=clock.now(), members=members)
    browser = browse(staged.people["王敏"])

    with count_sql(sessions) as statements:
        answer = browser.get(f"/selections/{staged.case_id}")

    assert answer.status_code == 200
    assert len([each for each in statements if each.startswith(("SELECT", "WITH"))]) == 9


def test_the_list_goes_on_page_by_page(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    members = {"王敏": ["selection_office"]}
    staged = [
        stage(sessions, package, "single", now=clock.now(), members=members, title=f"第{n:02}项")
        for n in range(23)
    ]
    browser = browse(staged[0].people["王敏"])

    first = html.fromstring(browser.get("/selections").text)
    following = first.xpath("//*[contains(@class, 'pagination__next')]//a/@href")
    second = html.fromstring(browser.get(following[0]).text)

    links = "//a[contains(@class, 'gx-list__link')]/text()"
    titles = [title for page in (first, second) for title in page.xpath(links)]
    assert sorted(titles) == [f"第{n:02}项" for n in range(23)]


def test_the_plan_says_when_it_really_was(interview: Played, visit: Visit) -> None:
    address = f"/selections/{interview.case_id}/plan?lang=en"
    page = html.fromstring(visit(interview.office()).get(address).text)

    rows = {
        row.xpath("th")[0].text_content().strip(): [
            cell.xpath("string(time | text()[normalize-space()])").strip()
            for cell in row.xpath("td")
        ]
        for row in page.xpath("//tbody/tr")
    }
    assert rows["Applications close"][:2] == ["6 March 2026, 17:30"] * 2
    assert rows["Test starts"][1] == "–"
    assert rows["Plenary"][1] == "–"


def test_every_action_of_the_record_has_its_words() -> None:
    sources = [path.read_text("utf-8") for path in Path(engine.__file__).parent.rglob("*.py")]
    calls = [
        call
        for source in sources
        for call in re.findall(r"record\.(?:note|entry)\(.*?action=\"(\w+)\"", source, re.DOTALL)
    ]

    assert "called" in calls
    assert {*calls, meeting.STARTED, meeting.STOPPED} - ACTIONS.keys() == set()
