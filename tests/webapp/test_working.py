"""Every line of every working is a sentence, in both languages, without a code left in it."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from engine.definitions import Words
from engine.selection import composite, cut, draw_lots, even_sizes, gate, split_groups
from engine.selection.working import CODES
from webapp.i18n import init_i18n
from webapp.working import SENTENCES, WORDS, sentence, sentences

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class Names:
    """Stands for the names of a selection: K01 has one, other codes have none."""

    def name(self, code: str) -> Words:
        return Words("K01 甲", "K01 Jia") if code == "K01" else Words(code, code)

    def text(self, value: Any, language: str) -> Any:
        return self.name(value).in_language(language) if isinstance(value, str) else value


@pytest.fixture(params=["zh_Hans_CN", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    app = Flask("webapp")
    init_i18n(app)
    with app.test_request_context(), force_locale(request.param):
        yield "zh" if request.param != "en" else "en"


def test_every_code_has_a_sentence_that_uses_only_its_values() -> None:
    assert SENTENCES.keys() == CODES.keys()
    assert {
        code: set(PLACEHOLDER.findall(text)) - set(CODES[code])
        for code, text in SENTENCES.items()
        if set(PLACEHOLDER.findall(text)) - set(CODES[code])
    } == {}


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_can_be_said_in_both_languages(code: str, language: str) -> None:
    line = {"code": code, **dict.fromkeys(CODES[code], "7")}

    said = sentence(line, Names())  # type: ignore[arg-type]  # names enough

    foreign = "[A-Za-z]{3,}" if language == "zh" else "[一-鿿]"
    assert "%(" not in said
    assert not re.search(foreign, said)


@pytest.mark.parametrize("code", [code for code in WORDS if code not in ("first", "second")])
def test_codes_of_the_rules_are_said_in_words(code: str, language: str) -> None:
    line = {"code": "contest_invalid", "contest": "K01", "count": 2, "reason": code}

    said = sentence(line, Names())  # type: ignore[arg-type]  # names enough

    assert code not in said
    assert said.startswith("K01 甲" if language == "zh" else "K01 Jia")


@pytest.mark.usefixtures("language")
def test_what_the_rules_give_is_said_without_a_code() -> None:
    made = [
        cut({"K01": 3, "K02": 3, "K03": 1}, 1, ties="include_all").to_json(),
        gate(52, 60, comparator=">=", percent=40).to_json(),
        composite({"K01": {"a": Fraction(20), "b": Fraction(30)}}, {
            "a": {"max": 30, "of": 30}, "b": {"max": 30, "of": 30},
        }).to_json(),
        draw_lots(["K01", "K02"], seed=b"s" * 32).to_json(),
        split_groups(["K01", "K02"], sizes=even_sizes(2, groups=2)).to_json(),
    ]  # fmt: skip

    said = [line for result in made for line in sentences(result, Names())]  # type: ignore[arg-type]  # names enough

    assert [line for line in said if re.search(r"[a-z]_[a-z]|>=|\[|\{|  ", line)] == []
