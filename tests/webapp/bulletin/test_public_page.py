"""The public page on the published case: nobody is signed in."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.bulletin import working_days_left
from engine.calendar import ChinaCalendar
from engine.db import reading, transaction
from engine.limits import HANDED_IN
from engine.model import Case, Instance, Person, Publication, Seat, StoredFile, UserTask
from tests.support.databases import count_sql
from tests.support.played import Played
from tests.webapp.conftest import Visit, at

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
SHANGHAI = ZoneInfo("Asia/Shanghai")
ANSWERS = {
    "channel": "self", "name": "林向东", "sex": "male", "birth_date": "1993-05-04",
    "ethnic_group": "汉族", "native_place": "通辽", "id_number": "150523199305040015",
    "party_member": "yes", "party_since": "2013-07-01", "work_since": "2015-07-01",
    "health": "健康", "phone": "13800000000", "email": "lin@example.org", "degree": "bachelor",
    "unit": "建华镇", "post": "副镇长", "identity": "civil_servant", "rank": "section_deputy",
    "rank_since": "2021-03-01", "career.0.from": "2015-07", "career.0.what": "建华镇科员",
    "grade_1": "excellent", "grade_2": "competent", "grade_3": "competent", "rewards": "无",
    "family.0.relation": "妻子", "family.0.name": "王芳", "declaration": "true",
}  # fmt: skip


def home(played: Played, tail: str = "") -> str:
    return f"/public/{played.case_id}{tail}"


def files() -> dict[str, object]:
    return {
        "photo": (BytesIO(JPEG), "me.jpg"), "id_card": (BytesIO(PDF), "id.pdf"),
        "diplomas": (BytesIO(PDF), "diploma.pdf"), "appointment_papers": (BytesIO(PDF), "post.pdf"),
    }  # fmt: skip


def carried(text: str) -> dict[str, list[str]]:
    """The hidden fields of the page that asks for a confirmation."""
    made: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text):
        made.setdefault(name, []).append(value)
    return made


def apply(played: Played, browser: FlaskClient, **changed: str) -> str:
    """Fill in, check, hand in; gives the code."""
    checked = browser.post(
        home(played, "/apply"), data={**ANSWERS, **changed, **files(), "_action": "check"}
    )
    assert checked.status_code == 200, checked.text
    done = browser.post(home(played, "/apply"), data={**carried(checked.text), "_action": "submit"})
    assert done.status_code == 303, done.text
    shown = browser.get(done.headers["Location"]).text
    return re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", shown).group()


def add_publication(played: Played, **values: object) -> Publication:
    content = {
        each: {"title": title, "paragraphs": ["<b>x</b>"], "tables": []}
        for each, title in (("zh", values.pop("title", "公示")), ("en", "Notice"))
    }
    row = Publication(
        case_id=played.case_id, element_id="x", text_id="x", content=content, digest="d" * 64,
        **{"published_at": played.clock.now(), **values},
    )  # fmt: skip
    with transaction(played.sessions) as session:
        session.add(row)
        session.flush()
        session.expunge(row)
    return row


@at("s1_apply")
def test_everybody_reads_the_announcement_with_rules_and_record_code(
    played: Played, visit: Visit
) -> None:
    text = visit().get(home(played)).text

    with reading(played.sessions) as session:
        (digest,) = session.scalars(select(Publication.digest))
    assert digest in text
    assert "公选规则" in text
    assert "我要报名" in text
    assert "2026年3月6日 17:30" in text
    assert played.case_id.hex not in text.replace(str(played.case_id), "")


@at("s1_apply")
def test_the_public_page_is_complete_in_english(played: Played, visit: Visit) -> None:
    text = visit().get(home(played, "?lang=en")).text

    assert "Announcement: Open selection of two mayors" in text
    assert "Apply now" in text
    assert "Record code" in text


@at("s1_apply")
def test_only_what_is_public_now_is_shown_the_newest_first(played: Played, visit: Visit) -> None:
    played.clock.move_to(played.clock.now() + timedelta(minutes=1))
    now, day = played.clock.now(), timedelta(days=1)
    add_publication(played, title="较新公示", published_at=now)
    add_publication(played, title="内部材料", audience="inspection_team")
    add_publication(played, title="尚未公布", published_at=now + day)
    add_publication(played, title="已经过期", published_at=now - day, until_at=now)
    add_publication(played, title="已经撤回", withdrawn_at=now)

    text = visit().get(home(played)).text

    assert re.findall(r"较新公示|内部材料|尚未公布|已经过期|已经撤回", text)[0] == "较新公示"
    assert not re.search("内部材料|尚未公布|已经过期|已经撤回", text)
    assert text.index("较新公示") < text.index("公推公选公告")


@at("s1_apply")
def test_what_is_not_public_has_no_address_either(played: Played, visit: Visit) -> None:
    inside = add_publication(played, audience="inspection_team")

    assert visit().get(home(played, f"/{inside.id}")).status_code == 404
    assert visit().get(home(played, f"/{uuid4()}")).status_code == 404
    assert visit().get(f"/public/{uuid4()}").status_code == 404


@at("s1_apply")
def test_a_text_is_shown_as_text(played: Played, visit: Visit) -> None:
    notice = add_publication(played)

    assert "&lt;b&gt;x&lt;/b&gt;" in visit().get(home(played, f"/{notice.id}")).text


@at("s1_apply")
def test_a_notice_counts_its_working_days_down(played: Played, visit: Visit) -> None:
    notice = add_publication(played, until_at=played.clock.now() + timedelta(days=7, hours=9))

    assert "还剩6个工作日" in visit().get(home(played, f"/{notice.id}")).text


@pytest.mark.parametrize(
    ("now", "left"),
    [("2026-03-03T09:00", 5), ("2026-03-03T18:00", 4), ("2026-03-07T10:00", 1),
     ("2026-03-09T16:00", 1), ("2026-03-09T17:30", 0)],
)  # fmt: skip
def test_working_days_are_counted_until_the_offices_close(now: str, left: int) -> None:
    local = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI).astimezone(UTC)
    until = datetime(2026, 3, 9, 17, 30, tzinfo=SHANGHAI)

    assert working_days_left(local, until, zone=SHANGHAI, calendar=ChinaCalendar()) == left


@at("s1_apply")
def test_pages_ask_not_to_be_found_by_search_engines(played: Played, visit: Visit) -> None:
    answer = visit().get(home(played))

    assert answer.headers["X-Robots-Tag"] == "noindex, noarchive"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Disallow: /" in visit().get("/robots.txt").text


@at("s1_apply")
def test_the_list_names_selections_with_their_latest_text(played: Played, visit: Visit) -> None:
    with transaction(played.sessions) as session:
        session.add(
            Case(package_key="open_selection", title="尚无公布", started_at=played.clock.now())
        )

    text = visit().get("/public").text

    assert "两名镇长公推公选" in text
    assert "尚无公布" not in text


@at("s1_apply")
def test_the_public_page_costs_the_same_with_many_publications(
    played: Played, visit: Visit
) -> None:
    browser = visit()
    browser.get(home(played))
    with count_sql(played.sessions) as few:
        browser.get(home(played))
    for number in range(30):
        add_publication(played, published_at=played.clock.now() - timedelta(minutes=number))
    with count_sql(played.sessions) as many:
        text = browser.get(home(played)).text
    with count_sql(played.sessions) as listed:
        browser.get("/public")

    assert len(few) == len(many) <= 4
    assert len(listed) == 2  # BEGIN and one question
    assert "after=" in text


@at("s1_apply")
def test_applying_ends_with_a_code_that_is_shown_once_and_leads_back(
    played: Played, visit: Visit
) -> None:
    browser = visit()
    code = apply(played, browser)

    again = browser.get(home(played, "/applied"))
    other = visit()
    signed_in = other.post("/slip", data={"code": code, "next": home(played, "/mine")})
    mine = other.get(signed_in.headers["Location"]).text

    assert again.status_code == 303
    assert "林向东" in mine
    assert "报名已收到" in mine
    with reading(played.sessions) as session:
        person = session.scalars(select(Person).where(Person.name == "林向东")).one()
        owned = session.scalars(select(StoredFile.id).where(StoredFile.owner_id == person.id)).all()
    assert (person.phone, str(person.born)) == ("13800000000", "1993-05-04")
    assert len(owned) == 4


@at("s1_apply")
def test_the_code_of_an_application_works_again_and_again(played: Played, visit: Visit) -> None:
    code = apply(played, visit())

    assert [visit().post("/slip", data={"code": code}).status_code for _ in range(2)] == [303, 303]


@at("s1_apply")
def test_nothing_is_kept_before_the_confirmation(played: Played, visit: Visit) -> None:
    answer = visit().post(home(played, "/apply"), data={**ANSWERS, **files(), "_action": "check"})

    assert "报名尚未提交" in answer.text
    assert "林向东" in answer.text
    with reading(played.sessions) as session:
        assert session.scalars(select(Person).where(Person.name == "林向东")).all() == []


@at("s1_apply")
def test_errors_are_named_and_files_stay_with_the_form(played: Played, visit: Visit) -> None:
    browser = visit()
    answer = browser.post(
        home(played, "/apply"),
        data={**ANSWERS, **files(), "id_number": "12", "declaration": "", "_action": "check"},
    )

    assert answer.status_code == 422
    assert "govuk-error-summary" in answer.text
    assert 'value="林向东"' in answer.text
    assert "diploma.pdf" in answer.text
    kept = carried(answer.text)
    again = browser.post(home(played, "/apply"), data={**ANSWERS, **kept, "_action": "check"})
    assert again.status_code == 200


@at("s1_apply")
def test_a_file_of_somebody_else_cannot_be_handed_in(played: Played, visit: Visit) -> None:
    browser = visit()
    browser.post(home(played, "/apply"), data={**ANSWERS, **files(), "_action": "check"})
    with reading(played.sessions) as session:
        stolen = str(session.scalars(select(StoredFile.id)).first())

    answer = visit().post(
        home(played, "/apply"),
        data={**ANSWERS, "photo": stolen, "id_card": stolen, "diplomas": stolen,
              "appointment_papers": stolen, "_action": "check"},
    )  # fmt: skip

    assert answer.status_code == 422
    assert stolen not in answer.text


@at("s1_apply")
def test_a_file_of_another_kind_is_refused_at_its_field(played: Played, visit: Visit) -> None:
    answer = visit().post(
        home(played, "/apply"),
        data={**ANSWERS, **files(), "photo": (BytesIO(b"<script>"), "me.jpg"), "_action": "check"},
    )

    assert answer.status_code == 422
    assert 'href="#photo"' in answer.text


@at("s1_apply")
def test_one_person_applies_once(played: Played, visit: Visit) -> None:
    apply(played, visit())
    browser = visit()
    checked = browser.post(home(played, "/apply"), data={**ANSWERS, **files(), "_action": "check"})

    answer = browser.post(
        home(played, "/apply"), data={**carried(checked.text), "_action": "submit"}
    )

    assert answer.status_code == 409
    assert "已" in answer.text
    assert 'value="林向东"' in answer.text


@at("s1_apply")
def test_after_the_deadline_the_page_says_since_when_and_whom_to_call(
    played: Played, visit: Visit
) -> None:
    played.clock.move_to(played.task("s1_apply").closes_at)

    page = visit().get(home(played, "/apply"))
    late = visit().post(home(played, "/apply"), data={**ANSWERS, **files(), "_action": "check"})

    # the announcement itself ends with the applications; another text keeps the page
    assert page.status_code in (200, 404)
    assert late.status_code in (409, 404)


@at("s3_statements")
def test_closed_applications_say_until_when_one_could_apply(played: Played, visit: Visit) -> None:
    page = visit().get(home(played, "/apply"))
    late = visit().post(home(played, "/apply"), data={"_action": "submit"})

    assert (page.status_code, late.status_code) == (200, 409)
    assert "报名截止时间为2026年3月6日 17:30" in page.text
    assert "0475-1234567" in page.text


@at("s1_apply")
def test_a_stopped_selection_takes_no_applications(played: Played, visit: Visit) -> None:
    with transaction(played.sessions) as session:
        session.get_one(Case, played.case_id).state = "paused"

    assert "已叫停" in visit().get(home(played)).text
    assert visit().post(home(played, "/apply"), data={}).status_code == 409


@at("s1_apply")
def test_too_much_from_one_address_is_refused_with_a_clear_page(
    played: Played, visit: Visit
) -> None:
    report = {"about": "某人", "matter": "某事", "about_office": "no"}
    statuses = [
        visit().post(home(played, "/report"), data=report).status_code for _ in range(HANDED_IN + 1)
    ]
    answer = visit().post(home(played, "/report"), data=report)

    assert statuses == [303] * HANDED_IN + [429]
    assert "请等15分钟后再试" in answer.text
    played.clock.advance(timedelta(minutes=15))
    assert visit().post(home(played, "/report"), data=report).status_code == 303


@at("s1_apply")
def test_a_report_needs_no_name_and_gives_a_receipt_once(played: Played, visit: Visit) -> None:
    person = played.member("selection_office")
    browser = visit(person)
    answer = browser.post(
        home(played, "/report"),
        data={"about": "某人", "matter": "某事", "about_office": "no",
              "evidence": (BytesIO(PDF), "p.pdf")},
    )  # fmt: skip

    shown = browser.get(answer.headers["Location"]).text
    with reading(played.sessions) as session:
        started = session.scalars(
            select(Instance).where(Instance.process_id == "report_received")
        ).one()
        kept = session.execute(
            select(Seat.submitted_by, Seat.answers)
            .join(UserTask, UserTask.id == Seat.task_id)
            .where(UserTask.element_id == "report_start")
        ).one()
    code = started.id.hex[:8].upper()
    assert f"{code[:4]}-{code[4:]}" in shown
    assert browser.get(home(played, "/reported")).status_code == 303
    assert kept.submitted_by is None
    assert len(kept.answers["evidence"]) == 1


@at("s1_apply")
def test_a_report_is_read_while_applications_still_come_in(played: Played, visit: Visit) -> None:
    visit().post(
        home(played, "/report"),
        data={"about": "某人", "matter": "某事", "about_office": "yes",
              "evidence": (BytesIO(PDF), "p.pdf")},
    )  # fmt: skip
    with reading(played.sessions) as session:
        seat_id = session.scalars(
            select(Seat.id)
            .join(UserTask, UserTask.id == Seat.task_id)
            .where(UserTask.element_id == "handle_report")
        ).one()

    supervisor, office = (visit(played.member(r)) for r in ("supervisor", "selection_office"))
    answer = supervisor.get(f"/seat/{seat_id}")
    evidence = re.search(r'href="(/file/[^"]+)"', answer.text)

    assert answer.status_code == 200
    assert "某事" in answer.text
    assert evidence
    assert supervisor.get(evidence[1]).status_code == 200
    assert office.get(evidence[1]).status_code == 404
    assert office.get(f"/seat/{seat_id}").status_code == 404


@at("s1_apply")
def test_a_withdrawal_is_recorded_while_applications_still_come_in(
    played: Played, visit: Visit
) -> None:
    office = visit(played.member("selection_office"))

    answer = office.get(f"/selections/{played.case_id}/begin/withdrawal_received")

    assert answer.status_code == 200


@at("s1_apply")
def test_a_report_that_says_nothing_is_shown_again(played: Played, visit: Visit) -> None:
    answer = visit().post(home(played, "/report"), data={"about": "某人"})

    assert answer.status_code == 422
    assert 'value="某人"' in answer.text


@at("s3_statements")
def test_a_candidate_sees_own_notices_and_nobody_elses(played: Played, visit: Visit) -> None:
    mine = visit(played.candidate("K06")).get(home(played, "/mine")).text

    assert "理论测试" in mine
    assert "K06" in mine
    assert not re.search(r"K0[1-57-9]|K1\d", mine)


@at("s3_statements")
def test_who_has_not_applied_has_no_page(played: Played, visit: Visit) -> None:
    assert visit(played.member("examiner")).get(home(played, "/mine")).status_code == 404
    answer = visit().get(home(played, "/mine"))
    assert "/slip?next=" in answer.headers["Location"]


@at("s3_statements")
def test_the_own_page_costs_a_constant_number_of_statements(played: Played, visit: Visit) -> None:
    browser = visit(played.candidate("K06"))
    browser.get(home(played, "/mine"))
    with count_sql(played.sessions) as statements:
        browser.get(home(played, "/mine"))

    assert len(statements) <= 12


@at("s3_statements")
def test_a_candidate_withdraws_after_ticking_that_it_is_meant(played: Played, visit: Visit) -> None:
    browser = visit(played.candidate("K06"))

    careless = browser.post(home(played, "/withdraw"), data={"reason": "家庭原因"})
    done = browser.post(home(played, "/withdraw"), data={"reason": "家庭原因", "sure": "yes"})

    assert (careless.status_code, done.status_code) == (422, 303)
    assert "家庭原因" in careless.text
    mine = browser.get(home(played, "/mine")).text
    assert "退出申请已收到" in mine
    with reading(played.sessions) as session:
        answers = session.scalars(
            select(Seat.answers)
            .join(UserTask, UserTask.id == Seat.task_id)
            .where(UserTask.element_id == "withdrawal_start")
        ).one()
    assert answers == {"candidate": "K06", "reason": "家庭原因"}
    again = browser.post(home(played, "/withdraw"), data={"sure": "yes"}, follow_redirects=True)
    assert "没有可以退出的报名" in again.text
