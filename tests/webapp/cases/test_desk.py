"""The office's page: what waits, who is missing, and what can be done about it."""

from uuid import UUID

import pytest
from lxml import html
from sqlalchemy import select

from engine import problems
from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.model import (
    Case,
    HistoryEntry,
    Outgoing,
    OutgoingAbout,
    Person,
    Problem,
    Reminder,
    Slip,
    UserTask,
)
from tests.support.clock import FakeClock
from tests.support.databases import count_sql
from tests.support.packages import Staged, stage
from tests.webapp.cases.conftest import Visit
from tests.webapp.cases.played import Played
from tests.webapp.conftest import Browse

WRITERS = {
    "王敏": ["selection_office"], "甲": ["writer"], "乙": ["writer"], "丙": ["writer"],
}  # fmt: skip


@pytest.fixture
def comments(sessions: Sessions, package: PackageVersion, clock: FakeClock) -> Staged:
    return stage(sessions, package, "open", now=clock.now(), members=WRITERS)


def address(staged: Staged, rest: str) -> str:
    return f"/selections/{staged.case_id}/office/{rest}".rstrip("/")


def actions(sessions: Sessions, staged: Staged) -> list[str]:
    with reading(sessions) as session:
        asked = select(HistoryEntry.action).where(HistoryEntry.case_id == staged.case_id)
        return [each for each in session.scalars(asked) if each != "passed"]


def test_the_page_says_how_many_of_how_many_and_who_is_missing(
    comments: Staged, browse: Browse
) -> None:
    page = html.fromstring(browse(comments.people["王敏"]).get(address(comments, "")).text)

    task = page.xpath("//section[contains(@class, 'gx-task')]")[0]
    assert "应交 3 份，已交 0 份" in task.text_content()
    names = task.xpath(".//li/*[@class='gx-missing__who']")
    assert [name.text_content() for name in names] == ["甲", "乙", "丙"]


@pytest.mark.parametrize("number", [10, 1000])
def test_the_page_costs_the_same_for_ten_seats_and_a_thousand(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse, number: int
) -> None:
    members = {"王敏": ["selection_office"], **{f"P{n}": ["writer"] for n in range(number)}}
    staged = stage(sessions, package, "open", now=clock.now(), members=members)
    browser = browse(staged.people["王敏"])

    with count_sql(sessions) as statements:
        answer = browser.get(address(staged, ""))

    assert answer.status_code == 200
    selects = [each for each in statements if each.startswith(("SELECT", "WITH"))]
    assert len(selects) <= 16
    assert len(selects) == len(COSTS.setdefault("desk", selects))


COSTS: dict[str, list[str]] = {}


def test_others_than_the_office_may_not_see_it(comments: Staged, browse: Browse) -> None:
    assert browse(comments.people["甲"]).get(address(comments, "")).status_code == 403


def test_reminding_twice_within_a_minute_posts_once(
    sessions: Sessions, comments: Staged, browse: Browse
) -> None:
    with transaction(sessions) as session:
        session.get_one(Person, comments.people["甲"]).email = "jia@example.invalid"
    browser = browse(comments.people["王敏"])

    answers = [browser.post(address(comments, f"tasks/{comments.task_id}/remind")) for _ in "12"]

    assert [answer.status_code for answer in answers] == [303, 303]
    with reading(sessions) as session:
        rows = session.scalars(select(Reminder)).all()
        assert {row.person_id for row in rows} >= {comments.people["甲"]}
        assert len(rows) == len({row.person_id for row in rows})


def test_closing_by_hand_is_asked_with_the_number_missing(comments: Staged, browse: Browse) -> None:
    page = browse(comments.people["王敏"]).get(
        address(comments, f"tasks/{comments.task_id}/close") + "?lang=en"
    )

    assert "3 have not handed in yet." in page.text


def test_closing_needs_a_reason_and_is_recorded(
    sessions: Sessions, comments: Staged, browse: Browse
) -> None:
    browser = browse(comments.people["王敏"])
    where = address(comments, f"tasks/{comments.task_id}/close")

    refused = browser.post(where, data={"reason": " "})
    done = browser.post(where, data={"reason": "到会人员已全部发言"})

    assert (refused.status_code, done.status_code) == (422, 303)
    with reading(sessions) as session:
        task = session.get_one(UserTask, comments.task_id)
        assert (task.state, task.close_reason) == ("done", "到会人员已全部发言")


def test_a_writer_may_not_close_extend_or_give_out_slips(
    sessions: Sessions, comments: Staged, browse: Browse
) -> None:
    browser = browse(comments.people["甲"])

    statuses = [
        browser.post(address(comments, f"tasks/{comments.task_id}/{what}"), data=data).status_code
        for what, data in (
            ("close", {"reason": "x"}),
            ("extend", {"reason": "x", "until": "2030-01-01T10:00"}),
            ("remind", {}),
            ("slips", {}),
        )
    ]

    assert statuses == [403, 403, 403, 403]
    assert actions(sessions, comments) == []


def test_a_deadline_is_extended_with_a_reason_and_what_was_typed_comes_back(
    sessions: Sessions, comments: Staged, clock: FakeClock, browse: Browse
) -> None:
    browser = browse(comments.people["王敏"])
    where = address(comments, f"tasks/{comments.task_id}/extend")

    past = browser.post(where, data={"until": "2020-01-01T10:00", "reason": "设备故障"})
    done = browser.post(where, data={"until": "2026-03-05T18:00", "reason": "设备故障"})

    assert past.status_code == 422
    assert "2020-01-01T10:00" in past.text
    assert "设备故障" in past.text
    assert done.status_code == 303
    with reading(sessions) as session:
        task = session.get_one(UserTask, comments.task_id)
        assert task.closes_at is not None
        assert task.closes_at.isoformat() == "2026-03-05T10:00:00+00:00"
    assert actions(sessions, comments) == ["extended"]
    assert clock.now() < task.closes_at


def test_slips_are_shown_once_and_stored_as_digests_only(
    sessions: Sessions, comments: Staged, browse: Browse
) -> None:
    browser = browse(comments.people["王敏"])

    page = browser.post(address(comments, f"tasks/{comments.task_id}/slips"))

    codes = html.fromstring(page.text).xpath("//span[contains(@class, 'gx-slip')]/text()")
    assert len(codes) == 3
    assert page.headers["Cache-Control"] == "no-store"
    with reading(sessions) as session:
        slips = session.scalars(select(Slip)).unique().all()
        assert {slip.purpose for slip in slips} == {"comment"}
        assert not {slip.code_hash for slip in slips} & set(codes)
    assert actions(sessions, comments) == ["slips_given"]


def test_a_problem_stands_on_the_page_and_can_be_tried_again(
    sessions: Sessions, comments: Staged, clock: FakeClock, browse: Browse
) -> None:
    with transaction(sessions) as session:
        task = session.get_one(UserTask, comments.task_id)
        problem = problems.report(
            session, case_id=comments.case_id, instance_id=task.instance_id,
            element_id="comment", step="none", code="bad_parameters", message="it lacks 'codes'",
            now=clock.now(),
        )  # fmt: skip
        session.flush()
        problem_id = problem.id
    browser = browse(comments.people["王敏"])

    page = browser.get(address(comments, ""))
    answer = browser.post(address(comments, f"problems/{problem_id}/retry"))

    assert "it lacks &#39;codes&#39;" in page.text
    assert answer.status_code == 303
    with reading(sessions) as session:
        assert session.get_one(Problem, problem_id).state == "retried"


def test_a_message_that_was_given_up_is_sent_again_by_the_office_alone(
    sessions: Sessions, comments: Staged, clock: FakeClock, browse: Browse
) -> None:
    with transaction(sessions) as session:
        mail = Outgoing(
            case_id=comments.case_id, person_id=comments.people["甲"], address="jia@x.invalid",
            dedupe_key="k", subject="待办", body="", state="dead", next_try_at=clock.now(),
            last_error="recipient refused (550)", posted_at=clock.now(),
        )  # fmt: skip
        session.add(mail)
        session.flush()
        about = {"case_id": comments.case_id, "message_id": mail.id, "posted_at": clock.now()}
        session.add(OutgoingAbout(**about))
        mail_id = mail.id
    where = address(comments, f"messages/{mail_id}/send")

    browser = browse(comments.people["王敏"])
    listed = f"/selections/{comments.case_id}/messages?only=failed"
    assert listed in browser.get(address(comments, "")).text
    page = browser.get(listed)
    refused = browse(comments.people["甲"]).post(where)
    done = browse(comments.people["王敏"]).post(where)

    assert "recipient refused (550)" in page.text
    assert (refused.status_code, done.status_code) == (403, 303)
    with reading(sessions) as session:
        assert session.get_one(Outgoing, mail_id).state == "new"


def test_only_who_may_start_a_message_finds_its_form(interview: Played, visit: Visit) -> None:
    base = f"/selections/{interview.case_id}/begin"

    def status(person: UUID, message: str) -> int:
        return visit(person).get(f"{base}/{message}").status_code

    office, supervisor = interview.office(), interview.person("supervisor")
    assert status(office, "withdrawal_received") == 200
    assert status(office, "rule_change_requested") == 200
    assert status(office, "stop_ordered") == 404
    assert status(supervisor, "stop_ordered") == 200
    assert status(interview.person("judge"), "withdrawal_received") == 404


def test_a_message_without_what_is_needed_comes_back_with_what_was_typed(
    interview: Played, visit: Visit
) -> None:
    page = visit(interview.office()).post(
        f"/selections/{interview.case_id}/begin/rule_change_requested",
        data={"reason": "报名人数超出预计"},
    )

    assert page.status_code == 422
    assert "报名人数超出预计" in page.text


def test_repeating_needs_a_stage_that_has_run_and_a_reason(interview: Played, visit: Visit) -> None:
    browser, where = visit(interview.office()), f"/selections/{interview.case_id}/office/repeat"

    page = html.fromstring(browser.get(where).text)
    unknown = browser.post(where, data={"element": "ca_7", "reason": "x"})
    silent = browser.post(where, data={"element": "ca_5", "reason": ""})

    assert page.xpath("//input[@type='radio']/@value") == ["ca_1", "ca_2", "ca_3", "ca_4", "ca_5"]
    assert (unknown.status_code, silent.status_code) == (422, 422)


def test_nothing_can_be_done_while_the_selection_is_stopped(
    sessions: Sessions, comments: Staged, browse: Browse
) -> None:
    with transaction(sessions) as session:
        session.get_one(Case, comments.case_id).state = "paused"
    browser = browse(comments.people["王敏"])

    page = browser.get(address(comments, ""))
    answer = browser.post(
        address(comments, f"tasks/{comments.task_id}/close"), data={"reason": "x"}
    )

    assert "立即截止" not in page.text
    assert "已叫停" in page.text
    assert answer.status_code == 422
