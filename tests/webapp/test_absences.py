"""Being away, stepping aside and handing over, on the pages."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from engine import conflicts
from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.model import Absence, CaseMember, Conflict, Person, Recusal, Seat
from tests.support.clock import FakeClock
from tests.support.databases import count_sql
from tests.support.packages import Staged, stage
from tests.webapp.conftest import Browse

MEMBERS = {
    "王敏": ["selection_office"], "甲": ["writer"], "乙": ["writer"], "丙": ["scribe"],
}  # fmt: skip
Fill = Callable[..., dict[str, str]]


@pytest.fixture
def comments(sessions: Sessions, package: PackageVersion, clock: FakeClock) -> Staged:
    return stage(sessions, package, "open", now=clock.now(), members=MEMBERS, codes=["K01"])


def fields(staged: Staged, clock: FakeClock, stand_in: str, **more: str) -> dict[str, str]:
    """What is typed into the form: from now for two days, local time of Beijing."""
    local = clock.now() + timedelta(hours=8)
    return {
        "stand_in": str(staged.people[stand_in]), "from": f"{local:%Y-%m-%dT%H:%M}",
        "to": f"{local + timedelta(days=2):%Y-%m-%dT%H:%M}", "scope": "", "reason": "开会", **more,
    }  # fmt: skip


def seat_of(sessions: Sessions, staged: Staged, who: str) -> UUID:
    with reading(sessions) as session:
        asked = select(Seat.id).where(
            Seat.task_id == staged.task_id, Seat.person_id == staged.people[who]
        )
        return session.scalars(asked).one()


def text(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return " ".join(html.fromstring(answer.text).text_content().split())


def test_a_person_enters_an_absence_and_every_page_says_who_acted_for_whom(
    sessions: Sessions, comments: Staged, clock: FakeClock, browse: Browse
) -> None:
    absent, stand_in = browse(comments.people["甲"]), browse(comments.people["丙"])
    made = absent.post("/me/absences", data=fields(comments, clock, "丙"))
    assert (made.status_code, made.location) == (303, "/me/absences")
    seat = seat_of(sessions, comments, "甲")

    todo = text(stand_in, "/todo")
    assert "代办事项" in todo
    assert "代 甲 办理" in todo
    assert "外出至" in text(stand_in, f"/seat/{seat}")
    assert "由丙代办" in text(browse(comments.people["王敏"]), office(comments, ""))
    posted = stand_in.post(f"/seat/{seat}", data={"number": "3", "_action": "submit"})
    assert (posted.status_code, posted.location) == (303, f"/seat/{seat}/receipt")

    for address in (f"/seat/{seat}/receipt", f"/seat/{seat}"):
        assert "丙 代 甲" in text(stand_in, address), address
    assert "代 甲" in text(stand_in, "/done")
    assert "丙 代 甲" in text(absent, f"/seat/{seat}")
    assert "丙 代 甲" in text(
        browse(comments.people["王敏"]), f"/selections/{comments.case_id}/steps/comment"
    )


def office(staged: Staged, rest: str) -> str:
    return f"/selections/{staged.case_id}/office{rest}"


@pytest.mark.parametrize(
    ("stand_in", "more", "said"),
    [
        ("丙", {"to": ""}, "时间填写不完整"),
        ("丙", {"to": "2001-01-01T08:00"}, "外出时间不对"),
        ("甲", {}, "不能由本人为自己代办"),
        ("K01", {}, "没有选择代办人"),
    ],
)
def test_what_cannot_be_is_said_with_what_was_typed(
    comments: Staged, clock: FakeClock, browse: Browse, stand_in: str, more: dict[str, str],
    said: str,
) -> None:  # fmt: skip
    answer = browse(comments.people["甲"]).post(
        "/me/absences", data=fields(comments, clock, stand_in, **more)
    )
    page = html.fromstring(answer.text)

    assert answer.status_code == 422
    assert said in page.xpath("//*[contains(@class, 'govuk-error-summary')]")[0].text_content()
    assert page.xpath("//input[@name='reason']/@value") == ["开会"]


def test_the_same_time_twice_is_a_conflict_that_is_named(
    comments: Staged, clock: FakeClock, browse: Browse
) -> None:
    browser = browse(comments.people["甲"])
    browser.post("/me/absences", data=fields(comments, clock, "丙"))
    again = browser.post("/me/absences", data=fields(comments, clock, "王敏"))
    back = browse(comments.people["丙"]).post("/me/absences", data=fields(comments, clock, "甲"))

    assert (again.status_code, "该时段已经登记外出" in again.text) == (409, True)
    assert (back.status_code, "两人将互为代办人" in back.text) == (409, True)


def test_who_is_back_ends_it_and_nobody_else_does(
    sessions: Sessions, comments: Staged, clock: FakeClock, browse: Browse
) -> None:
    browser = browse(comments.people["甲"])
    browser.post("/me/absences", data=fields(comments, clock, "丙"))
    with reading(sessions) as session:
        key = session.scalars(select(Absence.id)).one()

    assert browse(comments.people["丙"]).post(f"/me/absences/{key}/end").status_code == 404
    assert browser.post(f"/me/absences/{key}/end").status_code == 303
    seat = seat_of(sessions, comments, "甲")
    assert browse(comments.people["丙"]).get(f"/seat/{seat}").status_code == 404


def test_the_office_enters_and_ends_one_for_a_member(
    sessions: Sessions, comments: Staged, clock: FakeClock, browse: Browse
) -> None:
    browser = browse(comments.people["王敏"])
    person = str(comments.people["甲"])
    made = browser.post(
        office(comments, "/absences/new"), data=fields(comments, clock, "丙", person=person)
    )
    assert made.status_code == 303
    assert "由丙代办" in text(browser, office(comments, "/absences"))
    with reading(sessions) as session:
        key = session.scalars(select(Absence.id)).one()
    for who in ("乙", "丙"):
        other = browse(comments.people[who])
        assert other.get(office(comments, "/absences")).status_code == 403
        assert other.post(office(comments, f"/absences/{key}/end")).status_code == 404
    assert browser.post(office(comments, f"/absences/{key}/end")).status_code == 303


# stepping aside


def aside(staged: Staged, rest: str = "") -> str:
    return f"/selections/{staged.case_id}/stepping-aside{rest}"


def test_a_member_steps_aside_by_a_page(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    members = {"王敏": ["selection_office"], "评": ["judge"], "委": ["judge"]}
    staged = stage(
        sessions, package, "scores", now=clock.now(), members=members, codes=["K01", "K02"]
    )
    judge = browse(staged.people["评"])
    with reading(sessions) as session:
        asked = select(Seat.id).where(Seat.person_id == staged.people["评"], Seat.subject == "K01")
        seat = session.scalars(asked).one()
    assert "我须回避" in text(judge, f"/seat/{seat}")
    address = f"/selections/{staged.case_id}/step-aside"
    refused = judge.post(address, data={"subject": "K01", "extent": ["vote"], "reason": ""})
    assert refused.status_code == 422
    posted = judge.post(
        address, data={"subject": "K01", "extent": ["deliberation", "vote"], "reason": "同学"}
    )

    assert posted.status_code == 303
    for path in (f"/seat/{seat}", f"/seat/{seat}/receipt", f"/seat/{seat}/turn"):
        assert judge.get(path).status_code == 404, path
    assert judge.post(f"/seat/{seat}", data={"content": "3"}).status_code == 404
    assert "本人申明" in text(browse(staged.people["王敏"]), aside(staged))


def test_the_office_orders_and_takes_back(
    sessions: Sessions, comments: Staged, browse: Browse
) -> None:
    browser = browse(comments.people["王敏"])
    data = {
        "person": str(comments.people["甲"]), "subject": "*", "extent": ["deliberation"],
        "reason": "同一单位",
    }  # fmt: skip
    for wrong in (
        {"person": ""},
        {"extent": []},
        {"reason": ""},
        {"subject": "K77"},
        {"subject": ""},
    ):
        assert browser.post(aside(comments, "/new"), data={**data, **wrong}).status_code == 422
    assert browser.post(aside(comments, "/new"), data=data).status_code == 303
    assert browse(comments.people["甲"]).get(f"/selections/{comments.case_id}").status_code == 404
    with reading(sessions) as session:
        key = session.scalars(select(Recusal.id)).one()

    assert browse(comments.people["乙"]).get(aside(comments)).status_code == 403
    assert browse(comments.people["乙"]).post(
        aside(comments, f"/{key}/end"), data={"reason": "x"}
    ).status_code == 403  # fmt: skip
    assert browser.post(aside(comments, f"/{key}/end"), data={"reason": ""}).status_code == 422
    assert browser.post(aside(comments, f"/{key}/end"), data={"reason": "误"}).status_code == 303
    assert browse(comments.people["甲"]).get(f"/selections/{comments.case_id}").status_code == 200


def test_a_conflict_is_found_shown_and_decided(
    sessions: Sessions, comments: Staged, clock: FakeClock, browse: Browse
) -> None:
    with transaction(sessions) as session:  # all of them belong to one bureau of education
        conflicts.detect(session, case_id=comments.case_id, now=clock.now())
    browser = browse(comments.people["王敏"])
    with reading(sessions) as session:
        rows = session.execute(
            select(Person.name, Conflict.id).join(Person, Person.id == Conflict.person_id)
        )
        keys = {row.name: row.id for row in rows}
    assert "待核定" in text(browser, office(comments, ""))
    assert "同一单位：市教育局" in text(browser, aside(comments))
    page = aside(comments, f"/found/{keys['甲']}")
    for wrong in ({"what": "", "reason": "x"}, {"what": "none", "reason": ""}):
        assert browser.post(page, data=wrong).status_code == 422
    both = ["deliberation", "vote"]
    assert browser.post(
        page, data={"what": "recuse", "reason": "同单位", "extent": both}
    ).status_code == 303  # fmt: skip
    other = aside(comments, f"/found/{keys['乙']}")
    assert browser.post(other, data={"what": "none", "reason": "已调离"}).status_code == 303
    own = aside(comments, f"/found/{keys['王敏']}")
    assert browser.post(own, data={"what": "none", "reason": "x"}).status_code == 403
    assert browser.get(page).status_code == 404
    shown = text(browser, aside(comments))
    assert "理由：已调离" in shown
    assert "理由：同单位" in shown


def test_the_page_costs_the_same_however_much_stands_on_it(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    costs = []
    for number in (2, 18):
        members = {"王敏": ["selection_office"], **{f"P{n}": ["writer"] for n in range(number)}}
        staged = stage(sessions, package, "open", now=clock.now(), members=members, codes=["K01"])
        with transaction(sessions) as session:
            conflicts.detect(session, case_id=staged.case_id, now=clock.now())
        browser = browse(staged.people["王敏"])
        browser.get(aside(staged))
        with count_sql(sessions) as statements:
            assert browser.get(aside(staged)).status_code == 200
        costs.append(len([s for s in statements if s.startswith("SELECT")]))
    assert costs[0] == costs[1]


# handing over


def test_the_office_hands_work_over_on_its_page(
    sessions: Sessions, comments: Staged, browse: Browse
) -> None:
    with transaction(sessions) as session:
        wang = comments.people["王敏"]
        session.add(CaseMember(case_id=comments.case_id, person_id=wang, role="writer"))
    browser = browse(comments.people["王敏"])
    seat = seat_of(sessions, comments, "甲")
    address = office(comments, f"/seats/{seat}/hand-over")
    data = {"person": str(comments.people["王敏"]), "reason": "出差"}

    assert "转交" in text(browser, office(comments, ""))
    assert "现由甲办理" in text(browser, address)
    assert browser.post(address, data={**data, "reason": ""}).status_code == 422
    assert browser.post(address, data={**data, "person": ""}).status_code == 422
    assert browse(comments.people["乙"]).get(address).status_code == 403
    assert browser.post(address, data=data).status_code == 303
    assert browse(comments.people["甲"]).get(f"/seat/{seat}").status_code == 404
    history = text(browser, f"/selections/{comments.case_id}/history")
    assert "由 甲 转交 王敏" in history
