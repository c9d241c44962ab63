"""A seat from the to-do list to the receipt, and everything that may go wrong on the way."""

import io
import re
from datetime import timedelta
from uuid import UUID

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.model import Case, Seat, StoredFile, UserTask
from tests.support.clock import FakeClock
from tests.support.packages import Staged, stage
from tests.webapp.conftest import Browse

PDF = b"%PDF-1.4\n%%EOF\n"
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def single(sessions: Sessions, package: PackageVersion, clock: FakeClock) -> Staged:
    return stage(
        sessions, package, "single", now=clock.now(),
        members={"王敏": ["selection_office"], "李强": ["selection_office"], "刘记": ["scribe"],
                 "外人": []},
    )  # fmt: skip


def seat_row(sessions: Sessions, seat_id: UUID) -> Seat:
    with reading(sessions) as session:
        return session.get_one(Seat, seat_id)


def test_a_task_is_filled_in_and_the_receipt_follows(
    single: Staged, browse: Browse, sessions: Sessions
) -> None:
    browser = browse(single.people["王敏"])

    assert "填写情况" in browser.get("/todo").text
    answer = browser.post(f"/seat/{single.seat}", data={"number": "36", "_action": "submit"})

    assert (answer.status_code, answer.location) == (303, f"/seat/{single.seat}/receipt")
    assert "已提交" in browser.get(answer.location).text
    seat = seat_row(sessions, single.seat)
    assert (seat.state, seat.answers) == ("handed_in", {"number": 36, "people": []})
    assert "36" in browser.get(f"/seat/{single.seat}").text


def test_both_languages_are_complete(single: Staged, browse: Browse) -> None:
    browser = browse(single.people["王敏"])

    chinese = browser.get(f"/seat/{single.seat}").text
    english = browser.get(f"/seat/{single.seat}?lang=en").text

    assert 'lang="zh-Hans"' in chinese
    assert "人数" in chinese
    assert "Number of people" in english
    assert "Fill in the facts" in english
    assert "Selection of a deputy director" in english
    assert "人数" not in english


def test_wrong_answers_are_named_and_what_was_typed_stays(
    single: Staged, browse: Browse, sessions: Sessions
) -> None:
    browser = browse(single.people["王敏"])

    answer = browser.post(
        f"/seat/{single.seat}", data={"number": "many", "remark": "到会 36 人", "_action": "submit"}
    )

    assert answer.status_code == 422
    assert 'href="#number"' in answer.text
    assert 'value="many"' in answer.text
    assert "到会 36 人" in answer.text
    assert seat_row(sessions, single.seat).state == "open"


def test_a_draft_is_kept_and_takes_the_seat(
    single: Staged, browse: Browse, sessions: Sessions
) -> None:
    browser = browse(single.people["王敏"])

    answer = browser.post(f"/seat/{single.seat}", data={"remark": "未完", "_action": "draft"})

    assert answer.status_code == 303
    assert "未完" in browser.get(f"/seat/{single.seat}").text
    assert seat_row(sessions, single.seat).person_id == single.people["王敏"]


def test_what_is_typed_is_escaped(single: Staged, browse: Browse) -> None:
    browser = browse(single.people["王敏"])

    typed = browser.post(f"/seat/{single.seat}", data={"number": HOSTILE, "remark": HOSTILE})
    browser.post(f"/seat/{single.seat}", data={"number": "1", "remark": HOSTILE})
    kept = browser.get(f"/seat/{single.seat}")

    for page in (typed, kept):
        assert HOSTILE not in page.text
        assert "&lt;script&gt;" in page.text


def test_rows_are_added_and_removed_without_losing_anything(single: Staged, browse: Browse) -> None:
    browser = browse(single.people["王敏"])
    typed = {"number": "2", "people.0.name": "甲", "people.1.name": "乙"}

    more = browser.post(f"/seat/{single.seat}", data={**typed, "_action": "add:people"})
    less = browser.post(f"/seat/{single.seat}", data={**typed, "_action": "remove:people.0"})

    assert more.status_code == less.status_code == 200
    assert 'name="people.2.name"' in more.text
    assert 'value="甲"' in more.text
    assert 'value="甲"' not in less.text
    assert 'value="乙"' in less.text


def sheet(*rows: list[str]) -> io.BytesIO:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    content = io.BytesIO()
    book.save(content)
    content.seek(0)
    return content


def test_a_spreadsheet_is_taken_over_wholly_or_not_at_all(single: Staged, browse: Browse) -> None:
    browser = browse(single.people["王敏"])

    def send(*rows: list[str]) -> tuple[int, str]:
        answer = browser.post(
            f"/seat/{single.seat}",
            data={"_action": "import:people", "_import.people": (sheet(["姓名"], *rows), "a.xlsx")},
        )
        return answer.status_code, answer.text

    good, bad = send(["甲"], ["乙"]), send(["甲"], ["长" * 41])

    assert good[0] == 200
    assert 'value="甲"' in good[1]
    assert 'value="乙"' in good[1]
    assert bad[0] == 422
    assert 'value="甲"' not in bad[1]
    assert "第 3 行" in bad[1]


def test_an_unreadable_spreadsheet_says_what_to_do(single: Staged, browse: Browse) -> None:
    browser = browse(single.people["王敏"])

    answer = browser.post(
        f"/seat/{single.seat}",
        data={"_action": "import:people", "_import.people": (io.BytesIO(b"x"), "a.xlsx")},
    )

    assert answer.status_code == 422
    assert "表格文件无法读取" in answer.text


def test_the_empty_spreadsheet_has_the_headings(single: Staged, browse: Browse) -> None:
    browser = browse(single.people["王敏"])

    answer = browser.get(f"/seat/{single.seat}/sheet/people.xlsx")

    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert [cell.value for cell in book.worksheets[0][1]] == ["姓名"]
    assert browser.get(f"/seat/{single.seat}/sheet/number.xlsx").status_code == 404


def upload(browser: FlaskClient, single: Staged, content: bytes, name: str, **data: str) -> int:
    return browser.post(
        f"/seat/{single.seat}", data={**data, "paper": (io.BytesIO(content), name)}
    ).status_code


def test_a_file_is_stored_and_given_out_as_an_attachment_to_readers_alone(
    single: Staged, browse: Browse, sessions: Sessions
) -> None:
    browser = browse(single.people["王敏"])

    assert upload(browser, single, PDF, "会议记录.pdf", number="1") == 303

    with reading(sessions) as session:
        file_id = session.scalars(select(StoredFile.id)).one()
    own = browser.get(f"/file/{file_id}")
    assert own.data == PDF
    assert own.headers["Content-Disposition"].startswith("attachment;")
    assert own.headers["Content-Type"] == "application/octet-stream"
    assert browse(single.people["李强"]).get(f"/file/{file_id}").status_code == 200
    assert browse(single.people["外人"]).get(f"/file/{file_id}").status_code == 404
    assert browse(None).get(f"/file/{file_id}").status_code == 303


def test_an_upload_survives_a_mistake_elsewhere(single: Staged, browse: Browse) -> None:
    browser = browse(single.people["王敏"])

    answer = browser.post(
        f"/seat/{single.seat}", data={"number": "x", "paper": (io.BytesIO(PDF), "记录.pdf")}
    )

    assert answer.status_code == 422
    assert "记录.pdf" in answer.text


def test_a_file_of_another_kind_is_refused_at_its_field(single: Staged, browse: Browse) -> None:
    browser = browse(single.people["王敏"])

    assert upload(browser, single, b"MZ program", "a.pdf", number="1") == 422


@pytest.mark.parametrize("path", ["", "/receipt", "/turn", "/sheet/people.xlsx"])
def test_an_outsider_finds_nothing_at_all(single: Staged, browse: Browse, path: str) -> None:
    outsider = browse(single.people["外人"])

    theirs = outsider.get(f"/seat/{single.seat}{path}")
    nothing = outsider.get(f"/seat/{UUID(int=5)}{path}")

    assert theirs.status_code == nothing.status_code == 404
    said = [re.sub(r'name="csrf_token" value="[^"]*"', "", page.text) for page in (theirs, nothing)]
    assert said[0] == said[1].replace(str(UUID(int=5)), str(single.seat))


def test_an_outsider_changes_nothing(single: Staged, browse: Browse, sessions: Sessions) -> None:
    outsider = browse(single.people["外人"])

    for address, data in (
        (f"/seat/{single.seat}", {"number": "1"}),
        (f"/seat/{single.seat}", {"number": "1", "_action": "draft"}),
        (f"/seat/{single.seat}", {"_action": "add:people"}),
        (f"/seat/{single.seat}/take", {}),
        (f"/seat/{single.seat}/put-back", {}),
        (f"/seat/{single.seat}/ballot", {}),
    ):
        assert outsider.post(address, data=data).status_code == 404

    assert upload(outsider, single, PDF, "a.pdf") == 404
    assert outsider.get(f"/task/{single.task_id}").status_code == 404
    with reading(sessions) as session:
        assert session.scalars(select(StoredFile)).all() == []
        assert session.get_one(Seat, single.seat).state == "open"


def test_taken_by_one_is_told_to_the_other_and_can_be_put_back(
    single: Staged, browse: Browse
) -> None:
    first, second = browse(single.people["王敏"]), browse(single.people["李强"])

    assert first.post(f"/seat/{single.seat}/take").status_code == 303
    late = second.post(f"/seat/{single.seat}", data={"number": "7", "remark": "白费了"})
    assert late.status_code == 409
    assert "已被其他人领取" in late.text
    assert "白费了" in late.text
    assert second.get(f"/seat/{single.seat}").status_code == 409

    assert first.post(f"/seat/{single.seat}/put-back").status_code == 303
    assert second.get(f"/seat/{single.seat}").status_code == 200


def test_a_double_click_is_counted_once(single: Staged, browse: Browse) -> None:
    browser = browse(single.people["王敏"])

    first = browser.post(f"/seat/{single.seat}", data={"number": "1"})
    second = browser.post(f"/seat/{single.seat}", data={"number": "2"})

    assert (first.status_code, second.status_code) == (303, 409)
    assert "以先提交的为准" in second.text


def test_the_checker_is_another_person(single: Staged, browse: Browse, sessions: Sessions) -> None:
    first, second = browse(single.people["王敏"]), browse(single.people["李强"])
    first.post(f"/seat/{single.seat}", data={"number": "1"})
    with reading(sessions) as session:
        check = session.scalars(select(Seat.id).where(Seat.state == "open")).one()

    same = first.post(f"/seat/{check}", data={"number": "1"})
    other = second.post(f"/seat/{check}", data={"number": "1"})

    assert (same.status_code, other.status_code) == (409, 303)
    assert "须由另一人办理" in same.text


def test_what_is_entered_on_behalf_names_for_whom(
    single: Staged, browse: Browse, sessions: Sessions
) -> None:
    browser = browse(single.people["刘记"])

    assert 'name="_on_behalf"' in browser.get(f"/seat/{single.seat}").text
    browser.post(f"/seat/{single.seat}", data={"number": "1", "_on_behalf": "公选领导小组"})

    seat = seat_row(sessions, single.seat)
    assert (seat.recorded_for, seat.submitted_by) == ("公选领导小组", single.people["刘记"])


def test_a_body_recorded_by_its_code_is_shown_by_its_name(single: Staged, browse: Browse) -> None:
    browser = browse(single.people["刘记"])
    browser.post(f"/seat/{single.seat}", data={"number": "1", "_on_behalf": "voter"})

    for address in (f"/seat/{single.seat}", f"/seat/{single.seat}/receipt", "/done"):
        page = browser.get(address).text
        assert "推荐人员" in page
        assert "voter" not in page


def test_a_late_page_says_so_and_gives_back_what_was_typed(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    staged = stage(sessions, package, "open", now=clock.now(), members={"赵作": ["writer"]})
    browser = browse(staged.people["赵作"])

    clock.advance(timedelta(hours=2))
    answer = browser.post(f"/seat/{staged.seat}", data={"number": "5", "remark": "晚了一步"})

    assert answer.status_code == 409
    assert "现在不能提交" in answer.text
    assert "晚了一步" in answer.text
    assert "已截止" in browser.get(f"/seat/{staged.seat}").text


def test_a_stopped_selection_can_be_read_and_nothing_handed_in(
    single: Staged, browse: Browse, sessions: Sessions
) -> None:
    with transaction(sessions) as session:
        session.get_one(Case, single.case_id).state = "paused"
    browser = browse(single.people["王敏"])

    assert "已叫停" in browser.get(f"/seat/{single.seat}").text
    assert browser.post(f"/seat/{single.seat}", data={"number": "1"}).status_code == 409


def test_sealed_writing_shows_its_code_and_never_its_content(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    staged = stage(sessions, package, "sealed", now=clock.now(), members={"赵作": ["writer"]})
    browser = browse(staged.people["赵作"])

    answer = browser.post(f"/seat/{staged.seat}", data={"number": "1", "remark": "绝密内容"})
    receipt, page = browser.get(answer.location).text, browser.get(f"/seat/{staged.seat}").text

    assert "已密封提交" in receipt
    assert "存证码" in page
    assert "绝密内容" not in receipt + page
    assert seat_row(sessions, staged.seat).answers is None


def test_who_is_not_on_waits_and_is_told_when_the_turn_comes(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    staged = stage(
        sessions, package, "scores", now=clock.now(), members={"孙评": ["judge"]},
        codes=["K01", "K02"],
    )  # fmt: skip
    judge, first, second = browse(staged.people["孙评"]), staged.seats[0], staged.seats[1]

    assert "K01" in judge.get(f"/seat/{second}").text
    places = judge.get(f"/task/{staged.task_id}").text
    assert places.index("K01") < places.index("等候轮到") < places.rindex("K02")
    waiting = judge.get(f"/seat/{second}/turn")
    same = judge.get(f"/seat/{second}/turn", headers={"If-None-Match": waiting.headers["ETag"]})
    assert "请等候" in waiting.text
    assert same.status_code == 304

    answer = judge.post(f"/seat/{first}", data={"content": "5.5"})
    assert answer.location == f"/seat/{second}"
    with transaction(sessions) as session:
        session.get_one(UserTask, staged.task_id).current_subject = "K02"
    assert "现在轮到" in judge.get(f"/seat/{second}/turn").text
    assert judge.get(f"/seat/{second}").text.count("演讲内容") >= 1


def test_the_answers_about_a_subject_are_shown_to_those_who_may_read_them(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    members = {"王敏": ["selection_office"], "孙评": ["judge"]}
    review = stage(sessions, package, "per", now=clock.now(), members=members, codes=["K01"])
    office = browse(review.people["王敏"])

    office.post(f"/seat/{review.seat}", data={"number": "1", "remark": "材料齐全"})

    assert "材料齐全" in office.get(f"/seat/{review.seat}").text
    assert browse(review.people["孙评"]).get(f"/seat/{review.seat}").status_code == 404
