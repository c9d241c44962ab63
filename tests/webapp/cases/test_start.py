"""Starting a selection page by page: nothing typed is lost, nothing wrong starts."""

import io
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from engine import people
from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion, read_package
from engine.identity import account_token
from engine.model import Account, Case, CaseMember, Person, PlanDate, StartDraft
from engine.preparation import typed_defaults
from engine.settings import Settings
from tests.support.databases import count_sql
from tests.webapp.conftest import PASSWORD

ROOT = Path(__file__).resolve().parents[3]
FORM = {
    "title": "某县公开选拔乡镇长",
    "title_en": "Open selection of two mayors",
    "organiser": "中共某县委",
    "range": "全县",
    "conditions": "中共党员",
    "how_to_apply": "网上报名",
    "leading_group": "组长一人",
    "supervision": "县纪委",
    "office_phone": "1",
    "office_address": "甲",
    "supervision_phone": "2",
    "supervision_address": "乙",
    **{
        f"posts.{n}.{key}": value
        for n, code in enumerate(("P1", "P2"))
        for key, value in {
            "code": code,
            "name": f"{code}镇镇长",
            "name_en": "Mayor",
            "unit": "镇政府",
            "duties": "全面工作",
        }.items()
    },
}


@pytest.fixture
def procedure(settings: Settings) -> PackageVersion:
    """The procedure of the published case, where the application looks for procedures."""
    for source, target in (("processes", settings.processes_dir), ("forms", settings.forms_dir)):
        if ROOT / source != target:
            shutil.copytree(ROOT / source / "open_selection", target / "open_selection")
    return read_package(ROOT / "processes", ROOT / "forms", "open_selection")


@pytest.fixture
def officer(
    app: Flask, sessions: Sessions, settings: Settings, procedure: PackageVersion
) -> FlaskClient:
    del procedure
    return signed_in(app, sessions, settings, "赵一", duties=["office"])


def signed_in(
    app: Flask, sessions: Sessions, settings: Settings, name: str, *, duties: list[str]
) -> FlaskClient:
    with transaction(sessions) as session:
        person = people.create_person(session, name=name, unit="县委组织部")
        account = people.create_account(
            session, person_id=person.id, login=f"p{person.id.hex[:12]}", password=PASSWORD,
            duties=duties, hash_cost=settings.hash_cost,
        )  # fmt: skip
        token = account_token(account)
    browser = app.test_client()
    with browser.session_transaction() as kept:
        kept["_user_id"] = token
    return browser


def begin(browser: FlaskClient) -> str:
    answer = browser.post("/selections/start", data={"procedure": "open_selection"})
    assert answer.status_code == 303
    return str(answer.headers["Location"]).removesuffix("/form")


def post(
    browser: FlaskClient, where: str, data: Mapping[str, object], action: str = "submit"
) -> int:
    return browser.post(where, data={**data, "_action": action}).status_code


def proposed(browser: FlaskClient, draft: str, day: str = "2026-11-02") -> dict[str, str]:
    post(browser, f"{draft}/plan", {"announced_on": day}, "propose")
    page = html.fromstring(browser.get(f"{draft}/plan").text)
    return {
        field.get("name"): field.get("value")
        for field in page.xpath("//input[@type='datetime-local']")
    } | {"announced_on": day}


def test_only_accounts_with_the_duty_may_start(
    app: Flask, sessions: Sessions, settings: Settings, officer: FlaskClient
) -> None:
    other = signed_in(app, sessions, settings, "钱二", duties=["owner"])
    draft = begin(officer)
    colleague = signed_in(app, sessions, settings, "孙三", duties=["office"])

    assert other.get("/selections/start").status_code == 403
    assert other.post("/selections/start", data={"procedure": "open_selection"}).status_code == 403
    assert [
        colleague.get(f"{draft}/{page}").status_code
        for page in ("form", "numbers", "plan", "people", "summary")
    ] == [404] * 5


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_page_is_there_in_both_languages(officer: FlaskClient, language: str) -> None:
    draft = begin(officer)

    assert [
        officer.get(f"{draft}/{page}?lang={language}").status_code
        for page in ("form", "numbers", "plan", "people", "summary", "people.xlsx")
    ] == [200] * 6


def test_what_was_typed_into_a_wrong_form_is_kept(officer: FlaskClient) -> None:
    draft = begin(officer)

    status = post(officer, f"{draft}/form", {"title": "只有名称"})

    assert status == 422
    assert "只有名称" in officer.get(f"{draft}/form").text


def test_a_row_is_added_without_losing_anything(officer: FlaskClient) -> None:
    draft = begin(officer)

    page = officer.post(f"{draft}/form", data={**FORM, "_action": "add:posts"})

    fields = html.fromstring(page.text).xpath("//input[starts-with(@name, 'posts.')]/@name")
    assert {name.split(".")[1] for name in fields} == {"0", "1", "2"}
    assert "P2镇镇长" in page.text


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        ("judges", "2", "不能小于3"),
        ("judges", "99", "不能大于31"),
        ("age_max", "三十五", "请填写整数"),
        ("age_max", "", "请填写"),
        ("quorum", "9/10", "请从列表中选择"),
        ("grade_values.1", "101", "不能大于100"),
        ("use_points.defer", "-1", "不能小于0"),
    ],
)
def test_a_number_out_of_range_is_named_and_given_back(
    officer: FlaskClient, procedure: PackageVersion, path: str, typed: str, said: str
) -> None:
    draft = begin(officer)
    numbers = typed_defaults(procedure)

    answer = officer.post(f"{draft}/numbers", data={**numbers, path: typed, "_action": "submit"})

    assert answer.status_code == 422
    assert said in answer.text
    assert officer.get(f"{draft}/numbers").text.count(said) >= 1


def test_dates_off_the_working_week_are_a_warning_and_a_wrong_order_is_refused(
    officer: FlaskClient, procedure: PackageVersion
) -> None:
    draft = begin(officer)
    post(officer, f"{draft}/numbers", typed_defaults(procedure))
    dates = proposed(officer, draft)

    warned = officer.get(f"{draft}/plan").text
    refused = officer.post(
        f"{draft}/plan",
        data={**dates, "plan.test_start": "2026-11-02T08:00", "_action": "submit"},
    )

    assert "不是工作日" in warned
    assert refused.status_code == 422
    assert "早于应在其前的" in refused.text
    assert 'value="2026-11-02T08:00"' in refused.text
    assert post(officer, f"{draft}/plan", dates) == 303


def test_people_are_found_typed_and_imported_each_once(
    sessions: Sessions, officer: FlaskClient
) -> None:
    draft = begin(officer)
    with transaction(sessions) as session:
        known = Person(name="钱二", unit="县委组织部")
        session.add(known)
        session.flush()
        known_id = known.id
    where = f"{draft}/people"
    sheet = "姓名,单位,职责\n常委一,县委,会议主持人\n钱二,县委组织部,\n常委一,县委,会议主持人\n"

    found = officer.get(f"{where}?find=钱").text
    post(officer, where, {"place": "role:supervisor", "function": ""}, f"known:{known_id}")
    post(officer, where, {"place": "role:examiner", "name": "李四", "unit": "县教育局"}, "new")
    post(
        officer, where,
        {"place": "roster:plenary", "sheet": (io.BytesIO(sheet.encode()), "名单.csv")}, "import",
    )  # fmt: skip

    assert f"known:{known_id}" in found
    with reading(sessions) as session:
        members = session.scalars(select(StartDraft.data)).one()["members"]
    assert [(m["name"], m["role"], m["roster"], m["function"]) for m in members] == [
        ("赵一", "selection_office", "", ""),
        ("钱二", "supervisor", "", ""),
        ("李四", "examiner", "", ""),
        ("常委一", "committee_member", "plenary", "chair"),
        ("钱二", "committee_member", "plenary", ""),
    ]
    assert members[4]["person_id"] == str(known_id)


def test_a_spreadsheet_with_an_error_brings_nobody(
    sessions: Sessions, officer: FlaskClient
) -> None:
    draft = begin(officer)
    sheet = "姓名,电子邮箱\n甲,nobody\n".encode()

    answer = officer.post(
        f"{draft}/people",
        data={
            "_action": "import",
            "place": "roster:plenary",
            "sheet": (io.BytesIO(sheet), "a.csv"),
        },
    )

    assert answer.status_code == 422
    with reading(sessions) as session:
        assert len(session.scalars(select(StartDraft.data)).one()["members"]) == 1


def test_somebody_is_removed_and_an_old_page_removes_nobody_else(
    sessions: Sessions, officer: FlaskClient
) -> None:
    draft = begin(officer)
    where = f"{draft}/people"
    for name in ("甲", "乙"):
        post(officer, where, {"place": "role:examiner", "name": name}, "new")
    page = officer.get(where).text
    first = re.findall(r'value="(remove:1:[^"]*)"', page)[0]

    post(officer, where, {}, first)
    post(officer, where, {}, first)

    with reading(sessions) as session:
        members = session.scalars(select(StartDraft.data)).one()["members"]
    assert [member["name"] for member in members] == ["赵一", "乙"]


def test_roles_that_exclude_each_other_keep_it_from_starting(officer: FlaskClient) -> None:
    draft = begin(officer)
    for role in ("supervisor", "examiner"):
        post(
            officer, f"{draft}/people", {"place": f"role:{role}", "name": "甲", "unit": "乙"}, "new"
        )

    page = officer.get(f"{draft}/people").text

    assert "甲不能同时担任" in page


def test_an_unfinished_draft_does_not_start(sessions: Sessions, officer: FlaskClient) -> None:
    draft = begin(officer)

    answer = officer.post(f"{draft}/summary")

    assert answer.status_code == 422
    with reading(sessions) as session:
        assert session.scalars(select(Case)).all() == []


def test_a_finished_draft_becomes_a_selection_with_its_plan_and_people(
    sessions: Sessions, officer: FlaskClient, procedure: PackageVersion
) -> None:
    draft = begin(officer)
    post(officer, f"{draft}/form", FORM)
    post(officer, f"{draft}/numbers", {**typed_defaults(procedure), "judges": "7"})
    dates = proposed(officer, draft)
    post(officer, f"{draft}/plan", dates)
    post(officer, f"{draft}/people", {"place": "role:supervisor", "name": "丙"}, "new")

    answer = officer.post(f"{draft}/summary")

    assert answer.status_code == 303
    with reading(sessions) as session:
        case = session.scalars(select(Case)).one()
        assert (case.title, case.parameters["judges"]) == (FORM["title"], 7)
        assert case.parameters["grade_values"] == [100, 85, 70, 50]
        assert len(session.scalars(select(PlanDate)).all()) == len(dates) - 1
        assert {m.role for m in session.scalars(select(CaseMember))} == {
            "selection_office", "supervisor",
        }  # fmt: skip
        assert session.scalars(select(StartDraft)).all() == []
        starter = session.scalars(select(Account.person_id)).one()
        assert case.started_by == starter
    assert officer.get(str(answer.headers["Location"])).status_code == 200


def test_more_posts_than_the_numbers_say_are_refused(
    officer: FlaskClient, procedure: PackageVersion
) -> None:
    draft = begin(officer)
    post(officer, f"{draft}/form", FORM)
    post(officer, f"{draft}/numbers", {**typed_defaults(procedure), "posts": "3"})

    assert "请改为一致" in officer.get(f"{draft}/form").text


def test_a_page_costs_the_same_with_two_people_and_with_two_hundred(
    sessions: Sessions, officer: FlaskClient
) -> None:
    draft = begin(officer)

    def cost() -> int:
        with count_sql(sessions) as statements:
            officer.get(f"{draft}/people")
        return len([each for each in statements if each.startswith("SELECT")])

    few = cost()
    sheet = "姓名\n" + "".join(f"人{n}\n" for n in range(200))
    post(
        officer, f"{draft}/people",
        {"place": "roster:plenary", "sheet": (io.BytesIO(sheet.encode()), "a.csv")}, "import",
    )  # fmt: skip

    assert cost() == few


def test_a_draft_is_thrown_away_by_its_owner(sessions: Sessions, officer: FlaskClient) -> None:
    draft = begin(officer)

    assert officer.post(f"{draft}/discard").status_code == 303
    with reading(sessions) as session:
        assert session.scalars(select(StartDraft)).all() == []
