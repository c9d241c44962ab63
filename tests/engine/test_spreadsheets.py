"""Spreadsheets are read wholly or not at all, and text in them stays text."""

import io
import zipfile
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from engine.forms import Choice, Form, Problem
from engine.spreadsheets import (
    ImportPreview,
    SheetProblem,
    UnreadableSheet,
    read_rows,
    template,
    word_sheet_problem,
    write_table,
)
from tests.engine.forms.samples import choice, small, titled

GROUPS = [choice("office", "机关", "office"), choice("town", "乡镇", "town")]


def roll() -> Form:
    columns = {
        "name": titled("姓名", "name", type="string", maxLength=10),
        "group": titled("层面", "group", type="string", oneOf=GROUPS),
        "id_number": titled("身份证号", "identity number", type="string", maxLength=18),
        "born": titled("出生日期", "date of birth", type="string", format="date"),
        "mark": titled("成绩", "mark", type="string", format="decimal"),
        "count": titled("票数", "votes", type="integer", minimum=0),
        "paper": titled("纸质票", "paper", type="boolean"),
        "languages": titled(
            "语种", "languages", type="array", items={"type": "string", "oneOf": GROUPS}
        ),
        "post": titled("职位", "post", type="string"),
        "scan": titled(
            "扫描件",
            "scan",
            type="string",
            format="file",
            **{"x-file": {"accept": [".pdf"], "megabytes": 1}},
        ),
    }
    items = {"type": "object", "required": ["name", "group"], "properties": columns}
    return small(
        people=titled("名单", "people", type="array", items=items),
        ui={"people": {"items": {"post": {"ui:options": {"from": "posts"}}}}},
    )


FORM = roll()
POSTS = {"people.post": [Choice("P1", "副县长", "Deputy"), Choice("P2", "局长", "Director")]}


def xlsx(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(content: bytes) -> ImportPreview:
    return read_rows(content, FORM, "people", "en", options=POSTS)


def test_cells_of_every_kind_become_exact_answers() -> None:
    content = xlsx(
        [],
        ["姓名", " Group* ", "identity number", "born", "成绩", "票数", "纸质票", "语种", "职位"],
        [
            "王小明",
            "机关",
            "110101199002280011",
            date(1990, 2, 28),
            27.1,
            12,
            "是",
            "机关、town",
            "P1",
        ],
        [None, None, ""],
        ["李四", "town", 13800000000, datetime(1991, 1, 2), 0.00001, 3.0, True, None, "Director"],  # noqa: DTZ001 - a spreadsheet has no zone
        ["赵五", "乡镇", None, "1992年3月4日", "２７.50", None, None, "", None],
    )

    preview = read(content)

    assert preview.problems == ()
    assert preview.rows == (
        {
            "name": "王小明",
            "group": "office",
            "id_number": "110101199002280011",
            "born": "1990-02-28",
            "mark": "27.1",
            "count": 12,
            "paper": True,
            "languages": ["office", "town"],
            "post": "P1",
        },
        {
            "name": "李四",
            "group": "town",
            "id_number": "13800000000",
            "born": "1991-01-02",
            "mark": "0.00001",
            "count": 3,
            "paper": True,
            "languages": [],
            "post": "P2",
        },
        {
            "name": "赵五",
            "group": "town",
            "born": "1992-03-04",
            "mark": "27.50",
            "paper": False,
            "languages": [],
        },
    )


def test_nothing_is_taken_over_while_anything_is_wrong() -> None:
    content = xlsx(
        ["姓名", "层面", "成绩", "身份证号"],
        ["王小明", "机关", "27,5", None],
        [],
        ["=1+1", "乡镇", 5, 110101199002280011],
        ["李四", "省直", 5, None],
        ["赵五", None, 5, None],
    )

    preview = read(content)

    assert preview.rows == ()
    assert not preview.is_complete
    assert preview.problems == (
        SheetProblem(2, Problem("people.0.mark", "decimal")),
        SheetProblem(4, Problem("people.1.name", "formula")),
        SheetProblem(4, Problem("people.1.id_number", "inexact")),
        SheetProblem(5, Problem("people.2.group", "choice")),
        SheetProblem(6, Problem("people.3.group", "required")),
    )
    assert [word_sheet_problem(each, FORM, "zh") for each in preview.problems] == [
        "第 2 行“成绩”须为数字，小数点用“.”，例如 27.5",
        "第 4 行“姓名”是公式，请粘贴为数值后上传",
        "第 4 行“身份证号”数字过长，末几位可能已丢失，请将该列设为文本后重新填写",
        "第 5 行“层面”的选项无效，请从列表中选择",
        "请选择第 6 行“层面”",
    ]
    assert word_sheet_problem(preview.problems[1], FORM, "en") == (
        "Name, row 4 holds a formula. Paste the value instead of the formula"
    )


def test_unknown_and_missing_columns_are_named() -> None:
    preview = read(xlsx(["姓名", "备注"], ["王小明", "x"]))

    assert preview == ImportPreview(rows=(), unknown=("备注",), missing=("group",))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_csv_is_read_in_the_encodings_offices_use(encoding: str, mark: str) -> None:
    text = f"姓名{mark}层面\r\n王小明{mark}机关\r\n\r\n"

    assert read(text.encode(encoding)).rows == ({"name": "王小明", "group": "office"},)


def test_a_formula_in_csv_is_a_problem_too() -> None:
    preview = read('姓名,层面\n"=HYPERLINK(""http://x"")",机关\n'.encode())

    assert preview.problems == (SheetProblem(2, Problem("people.0.name", "formula")),)


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    return file.getvalue()


def with_entities() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>')
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        ("姓名,层面\n".encode(), "empty"),
        (b"PK\x03\x04 broken", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0", "not_a_table"),
        (b"x" * (5 * 1024 * 1024 + 1), "too_large"),
        (bomb(), "too_large"),
        (with_entities(), "not_a_table"),
        (xlsx(["姓名", "name"], ["a", "b"]), "heading_repeated"),
        (xlsx(["姓名"] + ["x"] * 120, ["a"]), "too_many_columns"),
        (("姓名\n" + "a\n" * 2001).encode(), "too_many_rows"),
        (("姓名\n" + "\n" * 101_000).encode(), "too_many_rows"),
    ],
)
def test_what_is_no_table_is_refused_with_a_remedy(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableSheet) as caught:
        read(content)

    assert caught.value.reason == reason
    assert caught.value.word("zh") != caught.value.word("en")


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda each: b"PK\x03\x04" + each))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(UnreadableSheet):
        assert read(content).is_complete in (True, False)


def test_rows_of_a_field_that_has_none_are_the_callers_mistake() -> None:
    with pytest.raises(LookupError, match="nobody"):
        read_rows(b"", FORM, "nobody", "zh")


def cells(content: bytes) -> list[list[tuple[Any, str]]]:
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    return [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()]


def test_the_template_can_be_filled_in_and_read_back() -> None:
    book = load_workbook(io.BytesIO(template(FORM, "people", "zh", options=POSTS)))
    sheet = book.worksheets[0]
    sheet.append(["王小明", "机关", None, None, None, None, None, None, "局长"])
    file = io.BytesIO()
    book.save(file)

    headings = [cell.value for cell in sheet[1]]
    assert headings == [
        "姓名",
        "层面",
        "身份证号",
        "出生日期",
        "成绩",
        "票数",
        "纸质票",
        "语种",
        "职位",
    ]
    assert sheet.column_dimensions["C"].number_format == "@"
    assert [row[1].value for row in book.worksheets[1].iter_rows()][:3] == [
        "填写要求",
        "必填",
        "必填；机关；乡镇",
    ]
    assert read(file.getvalue()).rows == (
        {"name": "王小明", "group": "office", "paper": False, "languages": [], "post": "P2"},
    )


def test_fixed_rows_are_in_the_template_with_their_codes() -> None:
    columns = {
        "code": titled("编号", "code", type="string"),
        "n": titled("数", "n", type="integer"),
    }
    form = small(
        marks=titled(
            "评分", "marks", type="array", items={"type": "object", "properties": columns}
        ),
        ui={"marks": {"ui:options": {"rows": "list", "key": "code"}}},
    )
    rows = [Choice("K01", "张三", "Zhang")]

    assert cells(template(form, "marks", "en", rows=rows)) == [
        [("code", "s"), ("n", "s")],
        [("K01", "s"), (None, "n")],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "王\x00小\x1f明"])
def test_text_in_a_table_never_becomes_a_formula(text: str) -> None:
    (_, row) = cells(write_table(["a", "b"], [[text, 7]]))

    assert row[0][1] == "s"
    assert row[0][0] == text.replace("\x00", "").replace("\x1f", "")
    assert row[1] == (7, "n")
