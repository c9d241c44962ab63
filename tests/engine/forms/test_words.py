"""Problems, titles and answers in words, and where two people differ."""

import re
from datetime import UTC
from typing import Any

import pytest

from engine.forms import (
    Answers,
    Presented,
    Problem,
    Table,
    compare,
    place,
    present,
    title,
    word_problem,
)
from engine.forms.wording import _MESSAGES
from tests.engine.forms.samples import FILES, OPTIONS, every_kind, good_answers, small, titled

FORM = every_kind()


@pytest.mark.parametrize(
    ("problem", "zh", "en"),
    [
        (Problem("name", "required"), "请填写“姓名”", "Enter name"),
        (Problem("outcome", "required"), "请选择“结论”", "Choose outcome"),
        (Problem("scan", "required"), "请上传“扫描件”", "Upload scan"),
        (
            Problem("people", "too_few", {"limit": 1, "count": 0}),
            "“人员”至少需要 1 行，现有 0 行，请补充",
            "Add rows to people: at least 1 needed, 0 filled in",
        ),
        (
            Problem("people.2.score", "decimal"),
            "第 3 行“得分”须为数字，小数点用“.”，例如 27.5",
            "Score, row 3 must be a number with a point before the decimals, such as 27.5",
        ),
        (
            Problem("marks.1.mark", "required"),
            "请填写K02 李四“分数”",
            "Enter mark, K02 Li Si",
        ),
        (
            Problem("reason", "required_when", {"because": "outcome", "wanted": "differs"}),
            "“结论”为“不同意”时，请填写“理由”",
            "Enter reason, because outcome is “differs”",
        ),
        (
            Problem("structure", "step", {"step": "0.1", "start": "0"}),
            "“结构”须从 0 起以 0.1 为一档填写",
            "Structure must go up in steps of 0.1 from 0",
        ),
        (
            Problem("phone", "pattern"),
            "“电话”的格式不正确，请按要求填写：十一位手机号码",
            "Phone is not in the form asked for: a mobile number of 11 digits",
        ),
        (
            Problem("scan", "file_type", {"accept": ".pdf"}),
            "“扫描件”只接受以下类型的文件：.pdf",
            "Scan must be a file of type .pdf",
        ),
        (
            Problem("", "unknown", {"count": 2}),
            "提交的内容含有本表没有的 2 个字段，请刷新页面后重新填写",
            "2 fields are not part of this form. Reload the page and fill it in again",
        ),
    ],
)
def test_a_problem_names_the_field_and_the_remedy(problem: Problem, zh: str, en: str) -> None:
    assert word_problem(problem, FORM, "zh", OPTIONS) == zh
    assert word_problem(problem, FORM, "en", OPTIONS) == en


def test_every_message_says_the_same_facts_in_both_languages() -> None:
    for code, words in _MESSAGES.items():
        facts = [sorted(re.findall(r"\{(\w+)\}", text)) for text in words]
        assert facts[0] == facts[1], code


def test_titles_and_places() -> None:
    assert title(FORM, "", "zh") == "登记表"
    assert title(FORM, "people.name", "en") == "name"
    assert title(FORM, "people.3.name", "zh") == "姓名"
    assert title(FORM, "nobody", "zh") == "nobody"
    assert place(FORM, "people.3.name", "zh") == "第 4 行“姓名”"
    assert place(FORM, "people.3", "en") == "row 4"
    assert place(FORM, "marks.0.mark", "en", OPTIONS) == "mark, K01 Zhang San"


def test_answers_are_put_into_words_in_the_order_of_the_form() -> None:
    answers = good_answers() | {"total": "26.75"}

    shown = present(FORM, answers, "zh", OPTIONS, files=FILES)

    assert shown == [
        Presented("姓名", "王小明"),
        Presented("电话", "13800000000"),
        Presented("自我评价", ""),
        Presented("工龄", "12"),
        Presented("结构", "5.5"),
        Presented("内容", "21.25"),
        Presented("出生日期", "1990-02-28"),
        Presented("时间", "08:30"),
        Presented("到场时间", "2026-03-05 08:30"),
        Presented("电子邮箱", "wang@example.cn"),
        Presented("以上属实", "是"),
        Presented("纸质票", "否"),
        Presented("是否同意", "否"),
        Presented("结论", "同意"),
        Presented("理由", ""),
        Presented("语种", "zh、de"),
        Presented("人选", "K02 李四"),
        Presented("扫描件", "minutes.pdf"),
        Presented("附件", "minutes.pdf、photo.JPG"),
        Presented(
            "人员",
            Table(["姓名", "层面", "得分", "纸质票", "说明"], [["赵一", "同意", "27.0", "是", ""]]),
        ),
        Presented("评分", Table(["编号", "分数"], [["K01 张三", "8"], ["K02 李四", "7.5"]])),
        Presented("合计", "26.75"),
    ]


def test_instants_are_shown_in_the_zone_of_the_reader() -> None:
    shown = dict(present(FORM, good_answers(), "en", OPTIONS, zone=UTC))

    assert shown["arrival"] == "2026-03-05 00:30"


def test_codes_that_are_offered_no_more_are_shown_as_they_are() -> None:
    shown = dict(present(FORM, {"candidate": "K09", "scan": "gone"}, "en", {}))

    assert (shown["candidate"], shown["scan"]) == ("K09", "gone")


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({}, []),
        ({"content": "21.250"}, []),
        ({"moment": "2026-03-05T00:30:00+00:00"}, []),
        ({"languages": ["de", "zh"]}, []),
        ({"scan": "f2", "papers": []}, []),
        ({"structure": "5.6", "name": "王小"}, ["name", "structure"]),
        ({"paper": True}, ["paper"]),
        ({"people": []}, ["people.0"]),
        ({"people": [{"name": "赵一"}]}, ["people.0.group", "people.0.score", "people.0.paper"]),
        ({"marks": [{"code": "K02", "mark": "7.5"}, {"code": "K01", "mark": "8.0"}]}, []),
        (
            {"marks": [{"code": "K02", "mark": "1"}, {"code": "K03", "mark": "1"}]},
            ["marks.0", "marks.1.mark", "marks.2"],
        ),
    ],
)
def test_only_places_that_differ_are_listed(change: Answers, places: list[str]) -> None:
    assert compare(FORM, good_answers(), good_answers() | change) == places


def test_rows_with_a_key_are_matched_by_it_even_where_it_repeats() -> None:
    column = titled("号", "n", type="string")
    count = titled("数", "count", type="integer")
    items: dict[str, Any] = {"type": "object", "properties": {"n": column, "count": count}}
    form = small(
        ui={"rows": {"ui:options": {"key": "n"}}},
        rows=titled("行", "rows", type="array", items=items),
    )
    first = {"rows": [{"n": "a", "count": 1}, {"n": "b", "count": 2}, {"n": "b", "count": 3}]}
    second = {"rows": [{"n": "b", "count": 2}, {"n": "a", "count": 1}, {"n": "b", "count": 4}]}

    assert compare(form, first, second) == ["rows.2.count"]
