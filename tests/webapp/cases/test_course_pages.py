"""Pages that change the course: choose, read what would happen, confirm exactly that."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import html

from engine.db import Sessions
from engine.definitions import PackageVersion
from engine.model import CaseChange
from tests.support.clock import FakeClock
from tests.support.drawings import collective, package, process, single, split
from tests.support.worlds import World, begin
from tests.webapp.conftest import Browse

PEOPLE = {
    "office": ["selection_office"], "wang": ["selection_office"], "ma": ["judge"],
    "li": ["judge"], "chen": ["supervisor"],
}  # fmt: skip
STEPS = (
    single("first"),
    collective("vote", "members('judge')", closes="now() + days(3)"),
    split("fork", [single("left")], [single("right")]),
    single("last"),
)


@pytest.fixture
def world(sessions: Sessions, clock: FakeClock) -> World:
    world = begin(sessions, clock, package(process("tiny", *STEPS)), PEOPLE)
    world.submit("first", "office")
    world.submit("vote", "ma")
    return world


def course(world: World, rest: str = "") -> str:
    return f"/selections/{world.case_id}/office/course{rest}"


def read(browser: FlaskClient, where: str, status: int = 200) -> Any:
    answer = browser.get(where)
    assert answer.status_code == status, answer.text
    return html.fromstring(answer.text) if status == 200 else None


def words(page: Any) -> str:
    return " ".join(page.xpath("//main")[0].text_content().split())


def fields(page: Any) -> dict[str, str]:
    hidden = page.xpath("//main//form//input[@type='hidden']")
    return {each.get("name"): each.get("value") or "" for each in hidden}


def choose(browser: FlaskClient, world: World, to: str) -> Any:
    """From the course to the review of a move, by the links and the form of the pages."""
    links = read(browser, course(world)).xpath("//a[contains(@href, '/choose')]/@href")
    page = read(browser, links[0])
    assert to in page.xpath("//input[@name='element']/@value")
    asked = "&".join(f"{key}={value}" for key, value in fields(page).items() if key != "csrf_token")
    return read(browser, course(world, f"/review?{asked}&element={to}"))


def test_a_move_is_chosen_read_and_confirmed(world: World, browse: Browse) -> None:
    browser = browse(world.people["office"])
    page = choose(browser, world, "last")
    told = words(page)
    assert "已交 1 份，保留在记录中" in told
    assert "1 份未交，不再收取" in told
    assert "chen" in told

    answer = browser.post(
        course(world, "/review"), data={**fields(page), "reason": "the vote is not needed"}
    )

    assert (answer.status_code, world.opened()) == (303, ["last"])
    assert world.one(CaseChange).reason == "the vote is not needed"


def test_without_a_reason_the_page_comes_again(world: World, browse: Browse) -> None:
    browser = browse(world.people["office"])
    page = choose(browser, world, "last")

    answer = browser.post(course(world, "/review"), data={**fields(page), "reason": " "})

    assert answer.status_code == 422
    assert fields(html.fromstring(answer.text)).keys() == fields(page).keys()
    assert world.opened() == ["vote"]


def test_what_has_happened_meanwhile_comes_as_a_new_summary(world: World, browse: Browse) -> None:
    browser = browse(world.people["office"])
    page = choose(browser, world, "last")
    world.submit("vote", "li")  # the vote is complete, and the selection goes on

    gone = browser.post(course(world, "/review"), data={**fields(page), "reason": "late"})
    assert (gone.status_code, world.opened()) == (303, ["left", "right"])

    cancel = read(browser, course(world, "/review?kind=cancel"))
    world.submit("left", "office")
    again = browser.post(course(world, "/review"), data={**fields(cancel), "reason": "late"})
    assert (again.status_code, world.case().state) == (422, "running")
    assert "您查看之后情况有变化" in again.text
    assert html.fromstring(again.text).xpath("//textarea/text()") == ["late"]
    shown = html.fromstring(again.text)
    done = browser.post(course(world, "/review"), data={**fields(shown), "reason": "late"})
    assert (done.status_code, world.case().state) == (303, "ended")


def test_where_it_cannot_go_stands_why(world: World, browse: Browse) -> None:
    browser = browse(world.people["office"])
    links = read(browser, course(world)).xpath("//a[contains(@href, '/choose')]/@href")

    page = read(browser, links[0])

    offered = page.xpath("//input[@name='element']/@value")
    assert offered == ["first", "vote", "last", "tiny_begin_over"]
    assert "它与其他环节同时进行" in words(page)
    moved = browser.get(
        f"{course(world, '/review')}?kind=move&{urlsplit(links[0]).query}&element=left"
    )
    assert moved.status_code == 303


@pytest.mark.parametrize("who", ["ma", "chen"])
def test_nobody_but_the_office_comes_to_these_pages(world: World, browse: Browse, who: str) -> None:
    browser = browse(world.people[who])

    assert browser.get(course(world)).status_code == 403
    assert browser.get(course(world, "/review?kind=cancel")).status_code == 403
    assert browser.get(course(world, "/choose?step=x")).status_code == 403
    answer = browser.post(course(world, "/review"), data={"kind": "cancel", "reason": "x"})
    assert (answer.status_code, world.case().state) == (403, "running")


def test_pause_and_resume(world: World, browse: Browse) -> None:
    browser = browse(world.people["office"])
    for kind, state in (("pause", "paused"), ("resume", "running")):
        page = read(browser, course(world, f"/review?kind={kind}"))
        done = browser.post(course(world, "/review"), data={**fields(page), "reason": "storm"})
        assert (done.status_code, world.case().state) == (303, state)
        assert browser.get(course(world)).status_code == 200


def test_a_second_person_reads_the_same_and_decides(
    sessions: Sessions, clock: FakeClock, browse: Browse
) -> None:
    made = package(process("tiny", *STEPS))
    roles = made.files["roles.yaml"] + "confirms_changes: [supervisor]\n"
    made = PackageVersion(made.key, made.hash + "2", {**made.files, "roles.yaml": roles})
    world = begin(sessions, clock, made, PEOPLE)
    office, chen = browse(world.people["office"]), browse(world.people["chen"])
    page = read(office, course(world, "/review?kind=cancel"))
    office.post(course(world, "/review"), data={**fields(page), "reason": "no money"})
    proposal = world.one(CaseChange)
    where = f"/selections/{world.case_id}/changes/{proposal.id}"
    assert (world.case().state, office.get(where).status_code) == ("running", 303)
    assert "no money" in words(read(office, course(world)))

    front = read(chen, f"/selections/{world.case_id}")
    assert front.xpath(f"//a[@href='{where}']")
    shown = read(chen, where)
    done = chen.post(where, data={**fields(shown), "answer": "yes"})

    assert (done.status_code, world.case().state) == (303, "ended")
    assert "no money" in words(read(chen, f"/selections/{world.case_id}"))
