"""Every refusal has a status and words in both languages; headers stand on every answer."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask

import engine
from engine.errors import EngineError
from webapp.error_words import OF_STATUS, WORDS
from webapp.i18n import CATALOGUES
from webapp.security import POLICY


def every_error() -> Iterator[type[EngineError]]:
    for module in pkgutil.walk_packages(engine.__path__, "engine."):
        if ".migrations." not in module.name:  # alembic imports those itself
            importlib.import_module(module.name)
    waiting = [EngineError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if kind.__module__.startswith("engine."):
            yield kind


def chinese() -> dict[str, str]:
    found = {}
    for path in Path(CATALOGUES / "zh_Hans_CN" / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as source:
            found |= {str(message.id): str(message.string) for message in read_po(source)}
    return found


def test_every_error_of_the_engine_has_a_status_and_words() -> None:
    assert {kind.code for kind in every_error()} - WORDS.keys() == set()


def test_two_errors_never_share_a_code() -> None:
    codes = [kind.code for kind in every_error()]

    assert len(codes) == len(set(codes))


def test_all_words_are_there_in_chinese() -> None:
    known = chinese()
    texts = {text for said in (*WORDS.values(), *OF_STATUS.values()) for text in said[1:]}

    assert {text for text in texts if not known.get(text)} == set()


def test_statuses_are_those_of_refusals() -> None:
    assert {said.status for said in WORDS.values()} <= {400, 401, 403, 404, 409, 422, 429, 500, 502}


@pytest.mark.parametrize("address", ["/nothing", "/seat/x", "/sign-in", "/static/gongxuan.css"])
def test_every_answer_carries_the_headers(app: Flask, address: str) -> None:
    answer = app.test_client().get(address, buffered=True)

    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert ("no-store" in answer.headers["Cache-Control"]) == ("/static" not in address)


def test_a_page_that_is_not_there_says_so_in_both_languages(app: Flask) -> None:
    browser = app.test_client()

    assert "没有可以查看的内容" in browser.get("/nothing").text
    assert "There is nothing here for you" in browser.get("/nothing?lang=en").text


def test_a_failure_of_ours_is_said_without_its_reason(app: Flask) -> None:
    def fail() -> str:
        raise RuntimeError("secret detail")

    app.add_url_rule("/fail", "fail", fail)
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)

    answer = app.test_client().get("/fail")

    assert answer.status_code == 500
    assert "系统出现错误" in answer.text
    assert "secret detail" not in answer.text


def test_a_body_beyond_the_limit_is_refused_with_words(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 10

    answer = app.test_client().post("/sign-in", data={"login": "x" * 100})

    assert answer.status_code == 413
    assert "提交的内容过大" in answer.text


@pytest.mark.parametrize(
    ("address", "above"),
    [
        (
            "/seat/3fa85f64-5717-4562-b3fc-2c963f66afa6/ballot",
            "/seat/3fa85f64-5717-4562-b3fc-2c963f66afa6",
        ),
        ("/me/password?lang=en", "/me"),
        ("/sign-out", None),
    ],
)
def test_an_address_of_a_form_leads_back_to_its_page(
    app: Flask, address: str, above: str | None
) -> None:
    answer = app.test_client().get(address)

    assert (answer.status_code, answer.location) == (303 if above else 405, above)
