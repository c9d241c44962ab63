"""A demonstration: anybody by a click, and a clock that jumps to what is due next."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from engine.clock import ClockGoesBack, DemoClock
from engine.db import Sessions, reading
from engine.definitions import PackageVersion
from engine.identity import demo_token, identify
from engine.model import Account, UserTask
from engine.settings import load_settings
from tests.support.clock import ANNOUNCEMENT_DAY, FakeClock
from tests.support.packages import Staged, stage
from webapp.app import create_app
from webapp.demo.loading import last_seen


@pytest.fixture
def shown(clock: FakeClock) -> DemoClock:
    return DemoClock(clock)


@pytest.fixture
def staged(sessions: Sessions, package: PackageVersion, clock: FakeClock) -> Staged:
    members = {"赵作": ["writer"], "王敏": ["selection_office"]}
    return stage(sessions, package, "open", now=clock.now(), members=members)


@pytest.fixture
def browser(sessions: Sessions, shown: DemoClock) -> FlaskClient:
    settings = load_settings({"GONGXUAN_SECRET_KEY": "k" * 32, "GONGXUAN_DEMO": "1"})
    app = create_app(settings, sessions, shown)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app.test_client()


def test_a_click_signs_in_as_anybody(staged: Staged, browser: FlaskClient) -> None:
    page = browser.get("/demo").text
    answer = browser.post("/demo/sign-in", data={"person": str(staged.people["赵作"])})

    assert page.index("公选办") < page.index("王敏")
    assert page.index("撰稿人") < page.index("赵作")
    assert answer.location == "/todo"
    assert "提出意见" in browser.get("/todo").text


@pytest.mark.parametrize("person", ["", "x", "00000000-0000-4000-8000-000000000001"])
def test_nobody_is_signed_in_as_a_stranger(browser: FlaskClient, person: str) -> None:
    assert browser.post("/demo/sign-in", data={"person": person}).status_code == 404


def test_a_jump_does_what_has_become_due(
    staged: Staged, browser: FlaskClient, shown: DemoClock, sessions: Sessions
) -> None:
    start = shown.now()
    browser.post("/demo/sign-in", data={"person": str(staged.people["赵作"])})

    answer = browser.post("/demo/clock", data={"to": "deadline", "back": "/done"})

    assert answer.location == "/done"
    assert shown.now() - start == timedelta(hours=2)
    with reading(sessions) as session:
        assert session.get_one(UserTask, staged.task_id).state == "done"
    assert (
        "目前没有等待中的截止时间"
        in browser.post("/demo/clock", data={"to": "deadline"}, follow_redirects=True).text
    )


def test_the_clock_moves_on_by_a_day(browser: FlaskClient, shown: DemoClock) -> None:
    start = shown.now()

    browser.post("/demo/clock", data={"to": "day"})

    assert shown.now() - start == timedelta(days=1)


def test_the_strip_shows_the_clock_and_the_next_deadline(
    staged: Staged, browser: FlaskClient
) -> None:
    assert staged.people
    page = browser.get("/sign-in").text

    assert "系统时间为2026年3月2日 08:30" in page
    assert "下一个截止时间为2026年3月2日 10:30" in page


def test_a_demo_clock_only_goes_forward(clock: FakeClock) -> None:
    demo = DemoClock(clock, start=clock.now() - timedelta(days=365))
    shown = demo.now()

    with pytest.raises(ClockGoesBack) as refused:
        demo.jump_to(shown - timedelta(seconds=1))
    demo.jump_to(shown + timedelta(days=3))
    clock.advance(timedelta(minutes=5))

    assert refused.value.shown == shown
    assert demo.now() == shown + timedelta(days=3, minutes=5)


def test_people_of_a_demonstration_have_the_duties_of_their_accounts(
    staged: Staged, sessions: Sessions
) -> None:
    officer, writer = staged.people["王敏"], staged.people["赵作"]
    with sessions.begin() as session:
        session.add(Account(person_id=officer, login="office", duties=["office"]))

    with reading(sessions) as session:
        known = [
            identify(session, demo_token(person), now=ANNOUNCEMENT_DAY, demo=True)
            for person in (officer, writer)
        ]

    assert [who and who.duties for who in known] == [{"office"}, set()]


def test_a_demonstration_that_is_kept_goes_on_where_it_stood(
    staged: Staged, browser: FlaskClient, shown: DemoClock, sessions: Sessions
) -> None:
    browser.post("/demo/sign-in", data={"person": str(staged.people["赵作"])})
    before = last_seen(sessions)

    browser.post("/demo/clock", data={"to": "deadline", "back": "/done"})

    after = last_seen(sessions)
    assert before is not None
    assert after is not None
    assert before < after <= shown.now()


def test_an_empty_demonstration_has_no_instant(sessions: Sessions) -> None:
    assert last_seen(sessions) is None
