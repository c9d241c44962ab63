"""The to-do list, what was handed in, notices: what they say, in which order, page by page."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from engine import inbox
from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.identity import Identity
from engine.model import Notice, Seat, UserTask
from tests.support.clock import FakeClock
from tests.support.packages import stage
from tests.webapp.conftest import Browse

OFFICE = {"王敏": ["selection_office"], "李强": ["selection_office"]}


def identity(person_id: object) -> Identity:
    return Identity("account:x", person_id, "王敏", "zh")  # type: ignore[arg-type]


def test_own_queue_and_recordable_tasks_stand_apart(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    members = {"王敏": ["selection_office", "writer"], "刘记": ["scribe"]}
    single = stage(sessions, package, "single", now=clock.now(), members=members)
    stage(sessions, package, "open", now=clock.now(), members=members)

    office = browse(single.people["王敏"]).get("/todo").text
    scribe = browse(single.people["刘记"]).get("/todo").text

    assert office.index("由您办理") < office.index("提出意见") < office.index("待领取")
    assert office.index("待领取") < office.index("填写情况")
    assert "可代录" in scribe
    assert "填写情况" in scribe
    assert "提出意见" not in scribe


def test_what_is_due_first_stands_first_and_lateness_is_said(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    late, soon, never = (
        stage(sessions, package, "single", now=clock.now(), members=OFFICE, title=title)
        for title in ("甲公选", "乙公选", "丙公选")
    )
    with transaction(sessions) as session:
        session.get_one(UserTask, late.task_id).due_at = clock.now() - timedelta(days=2)
        session.get_one(UserTask, soon.task_id).due_at = clock.now() + timedelta(hours=5)
        session.get_one(UserTask, never.task_id).due_at = None

    page = browse(late.people["王敏"]).get("/todo").text

    assert page.index("甲公选") < page.index("乙公选") < page.index("丙公选")
    assert "2天" in page
    assert "5小时" in page


def test_many_seats_of_one_judge_are_one_line_with_the_number_done(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    codes = [f"K{n:02}" for n in range(1, 17)]
    staged = stage(
        sessions, package, "scores", now=clock.now(), members={"孙评": ["judge"]}, codes=codes
    )
    judge = browse(staged.people["孙评"])

    before = judge.get("/todo").text
    judge.post(f"/seat/{staged.seats[0]}", data={"content": "5.5"})
    after = judge.get("/todo").text

    assert before.count("面试打分") == after.count("面试打分") == 1
    assert "应交 16 份" in before
    assert "应交 16 份，已交 1 份" in after


def test_what_is_taken_moves_to_the_own_list(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    staged = stage(sessions, package, "per", now=clock.now(), members=OFFICE, codes=["K01", "K02"])
    office, colleague = browse(staged.people["王敏"]), browse(staged.people["李强"])

    office.post(f"/seat/{staged.seats[0]}/take")

    page = office.get("/todo").text
    assert page.index("由您办理") < page.index("K01") < page.index("待领取")
    assert "K01" not in colleague.get("/todo").text
    assert office.get(f"/task/{staged.task_id}").text.count("gx-places__place") == 2
    assert colleague.get(f"/task/{staged.task_id}").text.count("gx-places__place") == 1


def test_an_empty_list_says_so(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    staged = stage(sessions, package, "single", now=clock.now(), members={**OFFICE, "外人": []})
    outsider = browse(staged.people["外人"])

    assert "目前没有待办事项" in outsider.get("/todo").text
    assert "您还没有提交过内容" in outsider.get("/done").text
    assert "没有通知" in outsider.get("/notices").text


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_show_everything_once_in_order(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, limit: int
) -> None:
    staged = [stage(sessions, package, "single", now=clock.now(), members=OFFICE) for _ in range(5)]
    with transaction(sessions) as session:
        for number, each in enumerate(staged):
            task = session.get_one(UserTask, each.task_id)
            task.due_at = clock.now() + timedelta(days=number % 2) if number < 4 else None
    who = identity(staged[0].people["王敏"])

    with reading(sessions) as session:
        whole = inbox.queued(session, who, now=clock.now()).items
        seen, after = [], None
        while True:
            page = inbox.queued(session, who, now=clock.now(), after=after, limit=limit)
            seen += page.items
            if page.following is None:
                break
            after = inbox.read_mark(str(page.following))

    assert seen == list(whole)
    assert len(seen) == 5
    assert [item.due_at is None for item in seen] == [False] * 4 + [True]


def test_what_was_handed_in_is_listed_the_latest_first(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    staged = stage(sessions, package, "per", now=clock.now(), members=OFFICE, codes=["K01", "K02"])
    browser = browse(staged.people["王敏"])
    for seat in staged.seats:
        browser.post(f"/seat/{seat}", data={"number": "1"})
        clock.advance(timedelta(minutes=1))

    page = browser.get("/done").text
    with reading(sessions) as session:
        first = inbox.done(session, identity(staged.people["王敏"]), limit=1)
        second = inbox.done(
            session, identity(staged.people["王敏"]), limit=1, after=first.following
        )

    assert page.index("K02") < page.index("K01")
    assert [item.subject for item in (*first.items, *second.items)] == ["K02", "K01"]
    assert second.following is None


def test_a_notice_is_read_once_and_by_its_receiver_alone(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    staged = stage(sessions, package, "single", now=clock.now(), members=OFFICE)
    notice_id = uuid4()
    content = {
        "zh": {"title": "请补交材料", "paragraphs": ["<b>三日内</b>"], "tables": []},
        "en": {"title": "Hand in the missing paper", "paragraphs": ["In three days"]},
    }
    with transaction(sessions) as session:
        session.add(
            Notice(
                id=notice_id, case_id=staged.case_id, person_id=staged.people["王敏"],
                content=content, at=clock.now(),
            )
        )  # fmt: skip
    receiver, other = browse(staged.people["王敏"]), browse(staged.people["李强"])

    unread = receiver.get("/notices").text
    assert "请补交材料" in unread
    assert "&lt;b&gt;三日内" in unread
    assert "未读" in unread
    assert "Hand in the missing paper" in receiver.get("/notices?lang=en").text
    assert other.post(f"/notices/{notice_id}/read").status_code == 404
    assert receiver.post(f"/notices/{notice_id}/read").status_code == 303
    assert "未读" not in receiver.get("/notices?lang=zh").text


def test_nobody_finds_seats_of_a_selection_in_which_they_have_no_part(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    mine = stage(sessions, package, "single", now=clock.now(), members=OFFICE, title="甲公选")
    stage(
        sessions, package, "single", now=clock.now(), members={"赵处": ["selection_office"]},
        title="乙公选",
    )  # fmt: skip

    page = browse(mine.people["王敏"]).get("/todo").text

    assert "甲公选" in page
    assert "乙公选" not in page


def test_two_examiners_are_two_people(
    sessions: Sessions, package: PackageVersion, clock: FakeClock
) -> None:
    staged = stage(sessions, package, "single", now=clock.now(), members=OFFICE)
    who = identity(staged.people["王敏"])
    with transaction(sessions) as session:
        first = session.scalars(select(Seat)).one()
        session.add(Seat(task_id=first.task_id, case_id=first.case_id, position=2, role=first.role))
        first.person_id, first.claimed_at = who.person_id, clock.now()

    with reading(sessions) as session:
        assert [item.seat_id for item in inbox.own(session, who).items] == [staged.seat]
        assert inbox.queued(session, who, now=clock.now()).items == []


@pytest.mark.parametrize(
    "text", ["", "x", "~", "2020~", "yesterday~00000000-0000-4000-8000-000000000001"]
)
def test_a_broken_mark_is_the_first_page(text: str) -> None:
    assert inbox.read_mark(text) is None
