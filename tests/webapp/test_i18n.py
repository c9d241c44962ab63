"""Which language a request gets, and how moments and spans are worded in it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask, render_template_string
from flask_babel import force_locale, gettext

from webapp.i18n import CATALOGUES, day, init_i18n, moment, read_catalogue, span

PAGE = "{{ lang }} {{ html_lang }} {{ switch_language_url }} {{ _('To do') }}"


@pytest.fixture
def app() -> Flask:
    app = Flask("webapp")
    init_i18n(app)
    app.add_url_rule("/tasks", "tasks", lambda: render_template_string(PAGE))
    return app


@pytest.mark.parametrize(
    ("address", "headers", "cookie", "expected"),
    [
        ("/tasks", {}, None, "zh_Hans_CN zh-Hans ?lang=en 待办"),
        ("/tasks", {"Accept-Language": "fr"}, None, "zh_Hans_CN zh-Hans ?lang=en 待办"),
        ("/tasks", {"Accept-Language": "zh-TW"}, None, "zh_Hans_CN zh-Hans ?lang=en 待办"),
        ("/tasks", {"Accept-Language": "en-GB, zh;q=0.5"}, None, "en en ?lang=zh-Hans To do"),
        ("/tasks", {"Accept-Language": "en"}, "zh-Hans", "zh_Hans_CN zh-Hans ?lang=en 待办"),
        ("/tasks?lang=en", {}, "zh-Hans", "en en ?lang=zh-Hans To do"),
        ("/tasks?lang=zh_Hans_CN", {}, "en", "zh_Hans_CN zh-Hans ?lang=en 待办"),
        ("/tasks?lang=klingon", {}, "en", "en en ?lang=zh-Hans To do"),
    ],
)
def test_the_address_decides_then_the_cookie_then_the_browser(
    app: Flask, address: str, headers: dict[str, str], cookie: str | None, expected: str
) -> None:
    client = app.test_client()
    if cookie:
        client.set_cookie("lang", cookie)

    assert client.get(address, headers=headers).text == expected


def test_switching_the_language_keeps_the_rest_of_the_address(app: Flask) -> None:
    page = app.test_client().get("/tasks?after=7%2612&tag=a&tag=b&lang=en")

    assert page.text == "en en ?after=7%2612&amp;tag=a&amp;tag=b&amp;lang=zh-Hans To do"


def test_a_language_asked_for_is_remembered(app: Flask) -> None:
    client = app.test_client()

    client.get("/tasks?lang=en")

    assert client.get("/tasks").text == "en en ?lang=zh-Hans To do"


def test_caches_are_told_that_the_language_varies(app: Flask) -> None:
    assert app.test_client().get("/tasks").headers["Vary"] == "Accept-Language, Cookie"


@pytest.fixture(params=["zh_Hans_CN", "en"])
def language(request: pytest.FixtureRequest, app: Flask) -> Iterator[str]:
    with app.app_context(), force_locale(request.param):
        yield request.param


def test_moments_are_local_and_dates_are_written_out(language: str) -> None:
    late_evening_in_london = datetime(2020, 9, 3, 20, 5, tzinfo=UTC)

    assert (moment(late_evening_in_london), day(date(2020, 9, 4))) == {
        "zh_Hans_CN": ("2020年9月4日 04:05", "2020年9月4日"),
        "en": ("4 September 2020, 04:05", "4 September 2020"),
    }[language]


@pytest.mark.parametrize(
    ("length", "chinese", "english"),
    [
        (timedelta(0), "0分钟", "0 minutes"),
        (timedelta(seconds=119), "1分钟", "1 minute"),
        (timedelta(minutes=59, seconds=59), "59分钟", "59 minutes"),
        (timedelta(hours=1), "1小时", "1 hour"),
        (timedelta(hours=23, minutes=59), "23小时", "23 hours"),
        (timedelta(days=1), "1天", "1 day"),
        (timedelta(days=-2, hours=-3), "2天", "2 days"),
    ],
)
def test_a_span_is_never_rounded_up(
    language: str, length: timedelta, chinese: str, english: str
) -> None:
    assert span(length) == {"zh_Hans_CN": chinese, "en": english}[language]


def test_outside_a_request_the_language_is_chinese(app: Flask) -> None:
    with app.app_context():
        assert gettext("To do") == "待办"


def test_catalogues_of_page_families_are_joined(tmp_path: Path) -> None:
    (tmp_path / "inbox.po").write_text(
        'msgid "%(num)d vote"\nmsgid_plural "%(num)d votes"\nmsgstr[0] "%(num)d票"\n', "utf-8"
    )
    (tmp_path / "meeting.po").write_text('msgid "Seal"\nmsgstr "密封封存"\n', "utf-8")

    catalogue = read_catalogue(tmp_path, "zh_Hans_CN")

    assert catalogue.gettext("Seal") == "密封封存"
    assert catalogue.ngettext("%(num)d vote", "%(num)d votes", 2) == "%(num)d票"


MESSAGE_FUNCTIONS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
MESSAGE_SOURCES = [("**.py", "python"), ("templates/**.html", "jinja2")]


def test_every_message_of_the_pages_has_its_chinese_words() -> None:
    asked = {
        message[0] if isinstance(message, tuple) else message
        for _, _, message, _, _ in extract_from_dir(
            CATALOGUES.parent, MESSAGE_SOURCES, keywords=MESSAGE_FUNCTIONS
        )
    }
    worded = set()
    for path in CATALOGUES.rglob("*.po"):
        with path.open("rb") as source:
            worded |= {
                m.id if isinstance(m.id, str) else m.id[0] for m in read_po(source) if m.string
            }

    assert sorted(asked - worded) == []
