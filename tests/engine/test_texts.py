from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.texts import UnreadableText, ValueWithoutWords, digest, load_text, render, word_value

SHANGHAI = ZoneInfo("Asia/Shanghai")
SHORTLIST = """
title: {zh: 理论测试入围名单, en: Shortlist after the theory test}
paragraphs:
  - zh: "按 1:{ratio} 确定 {cut.places} 名，{until}前公示。"
    en: "1:{ratio} gives {cut.places}; until {until}."
  - if: "cut.tie"
    zh: "第 {cut.first}—{cut.last} 名并列。"
    en: "Ranks {cut.first} to {cut.last} tie."
tables:
  - title: {zh: 名单, en: List}
    rows: "cut.advanced"
    columns:
      - {title: {zh: 姓名, en: Name}, value: "person(row)"}
      - {title: {zh: 成绩, en: Score}, value: "cut.marks[row]"}
"""
TITLED = "{title: {zh: 甲, en: a}, paragraphs: [], tables: "
NAMES = {"K01": "甲", "K02": {"zh": "乙", "en": "Yi"}}


def evaluate_with(**names: object) -> Any:
    """Stand in for the engine's expressions: plain Python, attributes instead of keys."""

    def evaluate(expression: str, extra: Mapping[str, object]) -> object:
        return eval(expression, {"person": NAMES.get, **names, **extra})  # noqa: S307 - a test's own text

    return evaluate


def shortlist(*, tie: bool) -> dict[str, Any]:
    cut = SimpleNamespace(
        places=16,
        tie=tie,
        first=15,
        last=18,
        advanced=["K01", "K02"],
        marks={"K01": "94", "K02": Decimal("92.50")},
    )
    until = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)
    evaluate = evaluate_with(cut=cut, ratio=8, until=until)
    return render(load_text("test_shortlist", SHORTLIST), evaluate, zone=SHANGHAI)


def test_a_publication_is_worded_in_both_languages() -> None:
    assert shortlist(tie=True) == {
        "zh": {
            "title": "理论测试入围名单",
            "paragraphs": ["按 1:8 确定 16 名，2026年3月11日18:00前公示。", "第 15—18 名并列。"],
            "tables": [
                {
                    "title": "名单",
                    "columns": ["姓名", "成绩"],
                    "rows": [["甲", "94"], ["乙", "92.50"]],
                }
            ],
        },
        "en": {
            "title": "Shortlist after the theory test",
            "paragraphs": ["1:8 gives 16; until 11 March 2026, 18:00.", "Ranks 15 to 18 tie."],
            "tables": [
                {
                    "title": "List",
                    "columns": ["Name", "Score"],
                    "rows": [["甲", "94"], ["Yi", "92.50"]],
                }
            ],
        },
    }


def test_a_paragraph_is_left_out_where_its_condition_is_not_so() -> None:
    assert len(shortlist(tie=False)["zh"]["paragraphs"]) == 1


def test_the_same_content_has_the_same_digest_and_other_content_another() -> None:
    assert digest(shortlist(tie=True)) == digest(shortlist(tie=True))
    assert digest(shortlist(tie=True)) != digest(shortlist(tie=False))


def test_every_expression_of_a_text_can_be_checked_beforehand() -> None:
    assert load_text("test_shortlist", SHORTLIST).expressions() == (
        *("ratio", "cut.places", "until", "ratio", "cut.places", "until"),
        *("cut.tie", "cut.first", "cut.last", "cut.first", "cut.last"),
        *("cut.advanced", "person(row)", "cut.marks[row]"),
    )


def test_an_expression_may_hold_braces_and_quotation_marks() -> None:
    text = load_text("t", """{title: {zh: "{ {'a': '}'}[k] }！", en: "{'{'}"}, paragraphs: []}""")

    content = render(text, evaluate_with(k="a"), zone=SHANGHAI)

    assert (content["zh"]["title"], content["en"]["title"]) == ("}！", "{")


@pytest.mark.parametrize(
    ("yaml_text", "place"),
    [
        ("[", "the file"),
        ("[]", "the file"),
        ("{title: {zh: 甲, en: a}}", "the file"),
        ("{title: {zh: 甲, en: a}, paragraphs: [], colour: red}", "the file"),
        ("{title: {zh: 甲}, paragraphs: []}", "title"),
        ("{title: {zh: 甲, en: no}, paragraphs: []}", "title, en"),  # YAML reads False
        ("{title: {zh: '', en: a}, paragraphs: []}", "title, zh"),
        ("{title: {zh: '{', en: a}, paragraphs: []}", "title, zh"),
        ("{title: {zh: '}', en: a}, paragraphs: []}", "title, zh"),
        ("{title: {zh: '{}', en: a}, paragraphs: []}", "title, zh"),
        ("{title: {zh: '{1 +}', en: a}, paragraphs: []}", "title, zh"),
        ("{title: {zh: 甲, en: a}, paragraphs: {}}", "paragraphs"),
        ("{title: {zh: 甲, en: a}, paragraphs: [{zh: 甲, en: a, unless: x}]}", "paragraph 1"),
        ("{title: {zh: 甲, en: a}, paragraphs: [{zh: 甲, en: a, if: 'a b'}]}", "paragraph 1"),
        ("{title: {zh: 甲, en: a}, paragraphs: [], tables: [1]}", "table 1"),
        (TITLED + "[{title: {zh: 甲, en: a}, rows: x, columns: []}]}", "table 1"),
        (
            TITLED + "[{title: {zh: 甲, en: a}, rows: x, columns: [{title: {zh: 甲, en: a}}]}]}",
            "table 1, column 1",
        ),
    ],
)
def test_a_text_that_cannot_be_read_names_the_place(yaml_text: str, place: str) -> None:
    with pytest.raises(UnreadableText) as error:
        load_text("t", yaml_text)

    assert (error.value.text_id, error.value.place) == ("t", place)


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        ("报名", "报名", "报名"),
        ({"zh": "有效票", "en": "valid ballots"}, "有效票", "valid ballots"),
        (16, "16", "16"),
        (Fraction(23, 58), "23/58", "23/58"),
        (Decimal("27.40"), "27.40", "27.40"),
        (True, "是", "yes"),
        (None, "—", "—"),
        (["K01", 2], "K01、2", "K01, 2"),
        ([], "", ""),
        (datetime(2026, 3, 6, 9, 30, tzinfo=UTC), "2026年3月6日17:30", "6 March 2026, 17:30"),
        ("2026-03-06T17:30:00+08:00", "2026年3月6日17:30", "6 March 2026, 17:30"),
        (date(2026, 3, 6), "2026年3月6日", "6 March 2026"),
        ("2026-03-06", "2026年3月6日", "6 March 2026"),
        ("2026-99-99", "2026-99-99", "2026-99-99"),
        (time(8, 30), "08:30", "08:30"),
        (timedelta(days=5), "5天", "5 days"),
        (timedelta(hours=1), "1小时", "1 hour"),
        (timedelta(minutes=90), "90分钟", "90 minutes"),
        (timedelta(0), "0天", "0 days"),
    ],
)
def test_values_are_worded_as_people_tell_them(value: object, zh: str, en: str) -> None:
    assert word_value(value, "zh", zone=SHANGHAI) == zh
    assert word_value(value, "en", zone=SHANGHAI) == en


@pytest.mark.parametrize(
    "value",
    [0.5, {"a": 1}, {"zh": 1, "en": 2}, object(), [1, 0.5], datetime(2026, 3, 6)],  # noqa: DTZ001 - the point
)
def test_what_no_reader_could_read_is_refused_by_name(value: object) -> None:
    text = load_text("t", "{title: {zh: '{x}', en: a}, paragraphs: []}")

    with pytest.raises(ValueWithoutWords) as error:
        render(text, evaluate_with(x=value), zone=SHANGHAI)

    assert (error.value.text_id, error.value.expression) == ("t", "x")


def test_the_rows_of_a_table_are_a_list() -> None:
    text = load_text("test_shortlist", SHORTLIST)
    cut = SimpleNamespace(places=1, tie=False, advanced="K01")

    with pytest.raises(ValueWithoutWords, match="gives a str"):
        render(text, evaluate_with(cut=cut, ratio=8, until=""), zone=SHANGHAI)


@given(words=st.text(st.characters(exclude_characters="{}", codec="utf-8")))
def test_words_without_placeholders_are_kept_to_the_letter(words: str) -> None:
    text = load_text("t", "{title: {zh: '{x}，', en: 'x: {x}'}, paragraphs: []}")

    content = render(text, evaluate_with(x=f"·{words}"), zone=SHANGHAI)

    assert content["zh"]["title"] == f"·{words}，"
    assert content["en"]["title"] == f"x: ·{words}"
