"""Results in words and tables, and what stays hidden."""

from uuid import UUID

import pytest
from lxml import html
from sqlalchemy import select

from engine import seals
from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.identity import Identity
from engine.model import OperationRun, Seat
from engine.overview import handed_in, view_case
from engine.run.closing import close_by_hand
from engine.run.submitting import submit
from tests.support.clock import FakeClock
from tests.support.packages import Staged, stage
from tests.webapp.cases.conftest import Visit
from tests.webapp.cases.played import Played
from tests.webapp.conftest import Browse


def run_of(played: Played, element_id: str) -> UUID:
    with reading(played.sessions) as session:
        asked = select(OperationRun.id).where(OperationRun.element_id == element_id)
        return session.scalars(asked).all()[-1]


def test_a_cut_shows_ranking_line_and_tie(interview: Played, visit: Visit) -> None:
    address = f"/selections/{interview.case_id}/results/{run_of(interview, 's2_cut')}"
    page = html.fromstring(visit(interview.office()).get(f"{address}?lang=en").text)

    assert page.xpath("//*[@class='gx-headline']/text()") == [
        "16 places for 36 people: 18 advance, qualifying line 76."
    ]
    assert "Ranks 15 to 18" in page.text_content() or "ranks 15 to 18" in page.text_content()
    rows = page.xpath("//table//tbody/tr")
    assert len(rows) == 36
    assert [cell.text_content().strip() for cell in rows[17]] == [
        "15", "K18 林桂芝", "76", "advances",
    ]  # fmt: skip
    assert rows[18].text_content().split()[-3:] == ["does", "not", "advance"]


def test_what_the_decision_table_gives_is_headed_in_words(interview: Played, visit: Visit) -> None:
    address = f"/selections/{interview.case_id}/results/{run_of(interview, 's1_apply_rules')}"
    page = html.fromstring(visit(interview.office()).get(f"{address}?lang=zh-Hans").text)

    assert page.xpath("(//table)[1]//thead//th/text()") == ["姓名", "条件", "比对结果"]


def test_the_funnel_counts_every_list_so_far(interview: Played, visit: Visit) -> None:
    page = html.fromstring(
        visit(interview.office()).get(f"/selections/{interview.case_id}/results").text
    )

    drawn = page.xpath("//*[@class='gx-funnel__count']/text()")
    assert drawn == ["41", "36", "18", "11"]


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_result_has_a_page_in_both_languages(
    interview: Played, visit: Visit, language: str
) -> None:
    browser = visit(interview.office())
    where: str | None = f"/selections/{interview.case_id}/results?lang={language}"
    links: list[str] = []
    while where:
        page = html.fromstring(browser.get(where).text)
        links += page.xpath("//a[contains(@class, 'gx-list__link')]/@href")
        where = next(iter(page.xpath("//*[contains(@class, 'pagination__next')]//a/@href")), None)

    assert len(set(links)) == len(links) >= 20
    assert {browser.get(link).status_code for link in links} == {200}


def test_a_result_of_another_selection_is_not_found(interview: Played, visit: Visit) -> None:
    address = f"/selections/{interview.case_id}/results/{UUID(int=7)}"

    assert visit(interview.office()).get(address).status_code == 404


def test_results_are_not_for_judges(interview: Played, visit: Visit) -> None:
    address = f"/selections/{interview.case_id}/results/{run_of(interview, 's2_cut')}"

    assert visit(interview.person("judge")).get(address).status_code == 403


MEMBERS = {
    "王敏": ["selection_office"], "马": ["judge"], "李": ["judge"],
}  # fmt: skip


def seen(sessions: Sessions, staged: Staged, name: str, element: str, clock: FakeClock) -> object:
    who = Identity("account:x", staged.people[name], name, "zh")
    with reading(sessions) as session:
        found = handed_in(view_case(session, who, case_id=staged.case_id, now=clock.now()), element)
        return found.hidden, [dict(entry.answers) for entry in found.entries]


def hand_in(
    sessions: Sessions, clock: FakeClock, staged: Staged, seat: int, name: str, answers: object
) -> None:
    submit(
        sessions, clock, seat_id=staged.seats[seat], actor_id=staged.people[name],
        answers=answers,  # type: ignore[arg-type]  # answers of a form
    )  # fmt: skip


def test_scores_are_hidden_until_all_of_them_are_in(
    sessions: Sessions, package: PackageVersion, clock: FakeClock
) -> None:
    staged = stage(sessions, package, "scores", now=clock.now(), members=MEMBERS, codes=["K01"])
    hand_in(sessions, clock, staged, 0, "马", {"content": "5.0"})

    before = seen(sessions, staged, "王敏", "score", clock)
    hand_in(sessions, clock, staged, 1, "李", {"content": "4.5"})

    assert before == ("scores", [])
    assert seen(sessions, staged, "王敏", "score", clock) == (
        "", [{"content": "5.0"}, {"content": "4.5"}],
    )  # fmt: skip


def test_sealed_writing_is_hidden_until_it_is_opened(
    sessions: Sessions, package: PackageVersion, clock: FakeClock
) -> None:
    members = {"王敏": ["selection_office", "writer"]}
    staged = stage(sessions, package, "sealed", now=clock.now(), members=members)
    hand_in(sessions, clock, staged, 0, "王敏", {"number": 3})
    with transaction(sessions) as session:
        close_by_hand(
            session, task_id=staged.task_id, actor_id=staged.people["王敏"], reason="到时",
            now=clock.now(),
        )  # fmt: skip

    before = seen(sessions, staged, "王敏", "write", clock)
    with transaction(sessions) as session:
        seals.open_all(session, task_id=staged.task_id, now=clock.now())

    assert before == ("sealed", [])
    hidden, entries = seen(sessions, staged, "王敏", "write", clock)  # type: ignore[misc]  # a pair
    assert (hidden, entries[0]["number"]) == ("", 3)


def test_ballots_are_shown_to_nobody(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    contests = [
        {"code": "first_post", "mark": "approve", "options": ["K01"], "most": 1, "seats": 1}
    ]
    members = {"王敏": ["selection_office"], "甲": ["voter"], "乙": ["voter"]}
    staged = stage(
        sessions, package, "ballot", now=clock.now(), members=members, codes=["K01"],
        ballot=contests,
    )  # fmt: skip

    page = browse(staged.people["王敏"]).get(f"/selections/{staged.case_id}/steps/vote?lang=en")
    desk = browse(staged.people["王敏"]).get(f"/selections/{staged.case_id}/office?lang=en")

    assert "secret ballot" in page.text
    assert "2 have not voted yet" in desk.text
    assert "甲" not in desk.text


def test_a_reader_needs_a_role_for_what_was_handed_in(
    sessions: Sessions, package: PackageVersion, clock: FakeClock
) -> None:
    members = {"王敏": ["selection_office"], "刘记": ["scribe"], "李": ["judge"]}
    staged = stage(sessions, package, "single", now=clock.now(), members=members)
    hand_in(sessions, clock, staged, 0, "王敏", {"number": 3})

    assert seen(sessions, staged, "刘记", "fill_in", clock)[0] == ""  # type: ignore[index]
    assert seen(sessions, staged, "李", "fill_in", clock) == ("not_yours", [])
    with reading(sessions) as session:
        assert session.get_one(Seat, staged.seat).state == "handed_in"
