"""How messages reach me: order, quiet hours, codes, chats, the calendar. And who may not."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine import people
from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.model import CalendarFeed, ChatChannel, Contact, Notice, Outgoing, Person
from engine.settings import Settings, load_settings
from tests.support.clock import FakeClock
from tests.support.databases import count_sql
from tests.support.packages import Staged, stage
from tests.webapp.conftest import Browse

PAGE = "/me/messages"
SECRET = "wecombot://s3cret-key"  # noqa: S105 - of nobody


@pytest.fixture
def settings(tmp_path: object) -> Settings:
    environ = {
        "GONGXUAN_SECRET_KEY": "k" * 32, "GONGXUAN_HASH_COST": "test", "GONGXUAN_SMTP_HOST": "m",
        "GONGXUAN_SMS_URL": "https://sms.invalid", "GONGXUAN_CHATS": "wecombot",
        "GONGXUAN_PUBLIC_URL": "https://gongxuan.invalid", "GONGXUAN_VAR": str(tmp_path),
    }  # fmt: skip
    return load_settings(environ)


@pytest.fixture
def staged(sessions: Sessions, package: PackageVersion, clock: FakeClock) -> Staged:
    members = {"王敏": ["selection_office"], "李伟": ["selection_office"]}
    staged = stage(sessions, package, "single", now=clock.now(), members=members)
    with transaction(sessions) as session:
        person = session.get_one(Person, staged.people["王敏"])
        person.phone, person.email = "138 0013 8000", "wang@example.invalid"
    return staged


@pytest.fixture
def me(staged: Staged, browse: Browse) -> Iterator[FlaskClient]:
    return browse(staged.people["王敏"])


def contact(sessions: Sessions) -> Contact:
    with reading(sessions) as session:
        return session.scalars(select(Contact)).one()


def saved(me: FlaskClient, **fields: str) -> tuple[int, str]:
    answer = me.post(PAGE, data={"language": "zh", **fields})
    return answer.status_code, answer.text


def test_the_usual_order_stands_there_until_another_is_chosen(
    me: FlaskClient, sessions: Sessions
) -> None:
    assert "您还没有自己设置" in me.get(PAGE).text

    status, _ = saved(me, **{"place:sms": "2", "place:email": "1"}, quiet_from="21:00",
                      quiet_until="08:00")  # fmt: skip

    kept = contact(sessions)
    assert (status, kept.channels) == (303, ["email", "sms"])
    assert (kept.quiet_from, kept.quiet_until) == ("21:00", "08:00")
    assert me.post(f"{PAGE}/usual").status_code == 303
    assert contact(sessions).channels == []


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"place:sms": "1", "place:email": "1"}, "place-1", "两种方式的顺序相同。"),
        ({"quiet_from": "21:00"}, "quiet_until", "请填写两个时间"),
        ({"quiet_until": "8"}, "quiet_until", "请填写两个时间"),
        ({"place:chat:00000000-0000-4000-8000-000000000000": "1"}, "place-1", "接收设置有误"),
    ],
)
def test_what_cannot_be_used_comes_back_with_what_was_typed(
    me: FlaskClient, sessions: Sessions, fields: dict[str, str], field: str, said: str
) -> None:
    status, page = saved(me, **fields)

    assert status == 422
    assert f'href="#{field}"' in page
    assert said in page
    if "quiet_from" in fields:
        assert 'value="21:00"' in page
    with reading(sessions) as session:
        assert session.scalars(select(Contact)).all() == []


def the_code(sessions: Sessions) -> str:
    with reading(sessions) as session:
        body = session.scalars(select(Outgoing.body).order_by(Outgoing.posted_at.desc())).first()
    found = re.search(r"\d{6}", body or "")
    assert found
    return found[0]


def test_a_number_is_confirmed_with_the_code_that_was_sent_to_it(
    me: FlaskClient, sessions: Sessions
) -> None:
    assert me.post(f"{PAGE}/code/sms").status_code == 303
    code = the_code(sessions)
    with reading(sessions) as session:
        sent = session.scalars(select(Outgoing)).one()
        assert (sent.channel, sent.address, sent.kind) == ("sms", "+8613800138000", "code")
    assert code not in contact(sessions).code_hash
    assert me.post(f"{PAGE}/code/sms").status_code == 429, "once a minute"

    done = me.post(f"{PAGE}/confirm", data={"code": f"{code[:3]} {code[3:]}"})

    assert done.status_code == 303
    assert contact(sessions).confirmed == {"sms": "138 0013 8000"}
    assert me.post(f"{PAGE}/confirm", data={"code": code}).status_code == 422, "used up"


def test_five_wrong_codes_or_a_quarter_of_an_hour_make_a_code_worthless(
    me: FlaskClient, sessions: Sessions, clock: FakeClock
) -> None:
    me.post(f"{PAGE}/code/email")
    code = the_code(sessions)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert {me.post(f"{PAGE}/confirm", data={"code": wrong}).status_code for _ in range(5)} == {422}
    assert me.post(f"{PAGE}/confirm", data={"code": code}).status_code == 422

    clock.advance(timedelta(minutes=2))
    me.post(f"{PAGE}/code/email")
    clock.advance(timedelta(minutes=15))
    assert me.post(f"{PAGE}/confirm", data={"code": the_code(sessions)}).status_code == 422
    assert contact(sessions).confirmed == {}


def chat_id(sessions: Sessions) -> UUID:
    with reading(sessions) as session:
        return session.scalars(select(ChatChannel.id)).one()


def test_the_address_of_a_chat_is_shown_to_nobody(
    me: FlaskClient, sessions: Sessions, staged: Staged, browse: Browse
) -> None:
    added = me.post(f"{PAGE}/chats", data={"label": "办公室群", "address": SECRET})

    assert added.status_code == 303
    page = me.get(PAGE).text
    assert "办公室群（wecombot://…）" in page
    other = browse(staged.people["李伟"])
    key = chat_id(sessions)
    assert other.post(f"{PAGE}/chats/{key}/try").status_code == 404
    assert other.post(f"{PAGE}/chats/{key}/remove").status_code == 404
    assert me.post(f"{PAGE}/chats/{key}/try").status_code == 303
    assert me.post(f"{PAGE}/chats/{key}/try").status_code == 429
    listed = me.get(f"/selections/{staged.case_id}/messages").text
    for text in (page, listed, other.get(PAGE).text):
        assert "s3cret" not in text
    with reading(sessions) as session:
        assert "s3cret" not in repr([vars(row) for row in session.scalars(select(Outgoing))])
    assert me.post(f"{PAGE}/chats/{key}/remove").status_code == 303


@pytest.mark.parametrize(
    "address", ["json://127.0.0.1:1/s3cret", "s3cret", "", "file:///etc/s3cret"]
)
def test_only_kinds_of_chat_that_are_allowed_are_taken_and_the_address_is_not_repeated(
    me: FlaskClient, sessions: Sessions, address: str
) -> None:
    answer = me.post(f"{PAGE}/chats", data={"label": "群", "address": address})

    assert answer.status_code == 422
    assert "s3cret" not in answer.text
    assert 'value="群"' in answer.text
    with reading(sessions) as session:
        assert session.scalars(select(ChatChannel)).all() == []


def test_the_address_of_a_calendar_is_shown_once_and_works_without_signing_in(
    me: FlaskClient, sessions: Sessions, browse: Browse
) -> None:
    page = me.post(f"{PAGE}/calendar").text
    found = re.search(r"https://gongxuan\.invalid(/calendar/[\w-]+\.ics)", page)
    assert found
    stranger = browse(None)

    answer = stranger.get(found[1])

    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert answer.text.startswith("BEGIN:VCALENDAR\r\n")
    assert answer.headers["Cache-Control"] == "no-store"
    assert found[1] not in me.get(PAGE).text
    assert me.post(f"{PAGE}/calendar/revoke").status_code == 303
    assert stranger.get(found[1]).status_code == 404
    with reading(sessions) as session:
        assert session.scalars(select(CalendarFeed)).all() == []


def test_whoever_is_not_signed_in_is_sent_to_sign_in(browse: Browse, staged: Staged) -> None:
    answers = [
        browse(None).get(PAGE),
        browse(None).post(PAGE),
        browse(None).post(f"{PAGE}/calendar"),
    ]

    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert staged.case_id


# notices


def test_unread_notices_are_counted_in_the_menu_and_read_all_at_once(
    me: FlaskClient, sessions: Sessions, staged: Staged, clock: FakeClock
) -> None:
    words = {"title": "您有2项待办", "paragraphs": ["……"]}
    with transaction(sessions) as session:
        for person in staged.people.values():
            for _ in "ab":
                session.add(
                    Notice(
                        person_id=person, case_id=None, content={"zh": words, "en": words},
                        at=clock.now(),
                    )
                )  # fmt: skip
    with count_sql(sessions) as statements:
        page = me.get("/notices").text

    assert "通知（2条未读）" in page
    assert len([s for s in statements if s.startswith("SELECT")]) == 2
    assert me.post("/notices/read").status_code == 303
    assert "条未读" not in me.get("/todo").text
    with reading(sessions) as session:
        unread = session.scalars(select(Notice.person_id).where(Notice.read_at.is_(None))).all()
        assert set(unread) == {staged.people["李伟"]}


def test_a_slip_for_one_ballot_has_no_page_of_its_own(
    staged: Staged, sessions: Sessions, browse: Browse, settings: Settings, clock: FakeClock
) -> None:
    def status(purpose: str) -> int:
        with transaction(sessions) as session:
            code = people.issue_slip(
                session, case_id=staged.case_id, person_id=staged.people["李伟"], purpose=purpose,
                expires_at=clock.now() + timedelta(days=1), secret_key=settings.secret_key,
                now=clock.now(),
            )  # fmt: skip
        browser = browse(None)
        assert browser.post("/slip", data={"code": code}).status_code == 303
        return browser.get(PAGE).status_code

    assert [status(""), status("single")] == [200, 404]
