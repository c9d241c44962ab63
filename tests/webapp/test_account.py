"""Signing in with a password or a slip, and what a session may reach."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine import people
from engine.db import Sessions, transaction
from engine.definitions import PackageVersion
from engine.model import Account, Person
from engine.settings import Settings
from tests.support.clock import FakeClock
from tests.support.packages import Staged, stage
from tests.webapp.conftest import PASSWORD, Browse

LOGIN = "wang.min"


@pytest.fixture
def office(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, settings: Settings
) -> Staged:
    members = {"王敏": ["selection_office"]}
    staged = stage(sessions, package, "single", now=clock.now(), members=members)
    with transaction(sessions) as session:
        people.create_account(
            session, person_id=staged.people["王敏"], login=LOGIN, password=PASSWORD,
            hash_cost=settings.hash_cost,
        )  # fmt: skip
    return staged


def enter(browser: FlaskClient, password: str = PASSWORD, **more: str) -> tuple[int, str]:
    answer = browser.post("/sign-in", data={"login": LOGIN, "password": password, **more})
    return answer.status_code, answer.location or answer.text


@pytest.mark.usefixtures("office")
def test_a_password_leads_to_the_to_do_list(browse: Browse) -> None:
    browser = browse(None)

    assert enter(browser) == (303, "/todo")
    assert "王敏" in browser.get("/todo").text


@pytest.mark.usefixtures("office")
def test_a_wrong_password_says_what_to_do_and_keeps_the_account_name(browse: Browse) -> None:
    status, page = enter(browse(None), "wrong")

    assert status == 401
    assert "用户名或密码不正确" in page
    assert f'value="{LOGIN}"' in page
    assert "wrong" not in page


@pytest.mark.usefixtures("office")
def test_guessing_is_slowed_down(browse: Browse, clock: FakeClock) -> None:
    browser = browse(None)
    for _ in range(5):
        enter(browser, "wrong")

    status, page = enter(browser)
    assert status == 429
    assert "15 分钟" in page

    clock.advance(timedelta(minutes=16))
    assert enter(browser)[0] == 303


@pytest.mark.parametrize("address", ["/todo", "/done", "/notices", "/me", "/"])
def test_nobody_sees_a_page_before_signing_in(browse: Browse, address: str) -> None:
    answer = browse(None).get(address)

    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")


@pytest.mark.usefixtures("office")
def test_the_page_that_was_wanted_follows_the_sign_in(browse: Browse) -> None:
    browser = browse(None)

    sent = browser.get("/done?after=x").location
    page = browser.get(sent).text

    assert 'name="next" value="/done?after=x"' in page
    assert enter(browser, next="/done?after=x") == (303, "/done?after=x")


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", ""]
)
@pytest.mark.usefixtures("office")
def test_nobody_is_sent_to_another_site(browse: Browse, address: str) -> None:
    assert enter(browse(None), next=address) == (303, "/todo")


@pytest.mark.usefixtures("office")
def test_signing_out_ends_the_session(browse: Browse) -> None:
    browser = browse(None)
    enter(browser)

    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out").status_code == 303
    assert browser.get("/todo").status_code == 303


def test_a_request_forged_elsewhere_is_refused(app: Flask, office: Staged, browse: Browse) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    browser = browse(office.people["王敏"])

    answer = browser.post(f"/seat/{office.seat}", data={"number": "1"})

    assert answer.status_code == 400
    assert "页面打开时间过长" in answer.text


@pytest.mark.usefixtures("office")
def test_a_new_password_ends_the_other_sessions(browse: Browse) -> None:
    here, there = browse(None), browse(None)
    enter(here)
    enter(there)
    new = {"old": PASSWORD, "new": "another long one", "again": "another long one"}

    assert here.post("/me/password", data={**new, "again": "typo"}).status_code == 422
    assert here.post("/me/password", data={**new, "old": "wrong"}).status_code == 422
    assert here.post("/me/password", data={**new, "new": "x", "again": "x"}).status_code == 422
    assert here.post("/me/password", data=new).status_code == 303

    assert here.get("/todo").status_code == 200
    assert there.get("/todo").status_code == 303
    assert enter(browse(None), "another long one")[0] == 303


@pytest.mark.usefixtures("office")
def test_a_closed_account_is_signed_out_at_once(
    browse: Browse, sessions: Sessions, clock: FakeClock
) -> None:
    browser = browse(None)
    enter(browser)

    with transaction(sessions) as session:
        session.query(Account).filter_by(login=LOGIN).one().closed_at = clock.now()

    assert browser.get("/todo").status_code == 303


@pytest.mark.usefixtures("office")
def test_the_language_follows_the_person_to_another_device(browse: Browse) -> None:
    here, there = browse(None), browse(None)
    enter(here)

    here.post("/me/language", data={"language": "en"})
    enter(there)

    assert "My details" in here.get("/me").text
    assert "My details" in there.get("/me").text


@pytest.fixture
def slip(office: Staged, sessions: Sessions, settings: Settings, clock: FakeClock) -> str:
    with transaction(sessions) as session:
        return people.issue_slip(
            session, case_id=office.case_id, person_id=office.people["王敏"], purpose="fill_in",
            expires_at=clock.now() + timedelta(hours=2), secret_key=settings.secret_key,
            now=clock.now(),
        )  # fmt: skip


def test_a_slip_signs_in_once(slip: str, browse: Browse) -> None:
    first, second = browse(None), browse(None)

    assert first.post("/slip", data={"code": slip.lower()}).status_code == 303
    assert first.get("/todo").status_code == 200
    again = second.post("/slip", data={"code": slip})

    assert again.status_code == 409
    assert "登录码已失效" in again.text
    assert second.get("/todo").status_code == 303


def test_a_slip_reaches_one_selection_alone(
    slip: str,
    office: Staged,
    browse: Browse,
    sessions: Sessions,
    package: PackageVersion,
    clock: FakeClock,
) -> None:
    members = {"王敏": ["selection_office"]}
    other = stage(sessions, package, "single", now=clock.now(), members=members, title="乙公选")
    browser = browse(None)
    browser.post("/slip", data={"code": slip})

    assert browser.get(f"/seat/{office.seat}").status_code == 200
    assert browser.get(f"/seat/{other.seat}").status_code == 404
    assert browser.post(f"/seat/{other.seat}", data={"number": "1"}).status_code == 404
    assert browser.post(f"/seat/{other.seat}/take").status_code == 404
    assert browser.get(f"/task/{other.task_id}").status_code == 404
    assert "乙公选" not in browser.get("/todo").text
    assert browser.post("/me/password", data={}).status_code == 404


def test_the_code_of_an_applicant_works_again_until_it_expires(
    office: Staged, browse: Browse, sessions: Sessions, settings: Settings, clock: FakeClock
) -> None:
    with transaction(sessions) as session:
        code = people.issue_slip(
            session, case_id=office.case_id, person_id=office.people["王敏"],
            expires_at=clock.now() + timedelta(hours=2), secret_key=settings.secret_key,
            now=clock.now(),
        )  # fmt: skip

    assert browse(None).post("/slip", data={"code": code}).status_code == 303
    assert browse(None).post("/slip", data={"code": code}).status_code == 303
    clock.advance(timedelta(hours=2))
    assert browse(None).post("/slip", data={"code": code}).status_code == 409


def test_the_session_of_a_slip_ends_with_it(slip: str, browse: Browse, clock: FakeClock) -> None:
    browser = browse(None)
    browser.post("/slip", data={"code": slip})

    clock.advance(timedelta(hours=2))

    assert browser.get("/todo").status_code == 303


def test_an_unknown_code_is_told_apart_from_a_used_one(browse: Browse) -> None:
    answer = browse(None).post("/slip", data={"code": "AAAA-BBBB"})

    assert answer.status_code == 401
    assert "没有这个登录码" in answer.text
    assert 'value="AAAA-BBBB"' in answer.text


@pytest.mark.parametrize("token", ["account:x:0", "slip:", "demo:1", "nonsense", ""])
def test_a_made_up_token_is_nobody(app: Flask, token: str) -> None:
    browser = app.test_client()
    with browser.session_transaction() as kept:
        kept["_user_id"] = token

    assert browser.get("/todo").status_code == 303


def test_the_token_of_a_demonstration_is_worthless_elsewhere(app: Flask, office: Staged) -> None:
    browser = app.test_client()
    with browser.session_transaction() as kept:
        kept["_user_id"] = f"demo:{office.people['王敏']}"

    assert browser.get("/todo").status_code == 303
    assert browser.get("/demo").status_code == 404
    assert browser.post("/demo/clock").status_code == 404


def test_names_are_escaped_in_the_frame(office: Staged, browse: Browse, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        session.get_one(Person, office.people["王敏"]).name = "<img src=x>"
    browser = browse(office.people["王敏"])

    assert "<img src=x>" not in browser.get("/me").text
