"""One form with every kind of field, and short ways to write small forms."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from engine.forms import Answers, Choice, Form, Options, StoredFile, load_form


class Posted:
    """Posted fields as a web framework hands them over: every name has a list of values."""

    def __init__(self, **fields: str | list[str]) -> None:
        self.fields: dict[str, list[str]] = {}
        self.put(fields)

    def put(self, fields: Mapping[str, str | list[str]]) -> "Posted":
        for name, value in fields.items():
            self.fields[name] = [value] if isinstance(value, str) else value
        return self

    def getlist(self, key: str, /) -> list[str]:
        return self.fields.get(key, [])

    def __iter__(self) -> Any:
        return iter(self.fields)


def posted(fields: Mapping[str, str | list[str]]) -> Posted:
    return Posted().put(fields)


def titled(zh: str, en: str, **schema: Any) -> dict[str, Any]:
    """A schema with both titles."""
    return {"title": zh, "x-i18n": {"en": {"title": en}}, **schema}


def choice(code: str, zh: str, en: str) -> dict[str, Any]:
    return titled(zh, en, const=code)


OUTCOMES = [choice("agrees", "同意", "agrees"), choice("differs", "不同意", "differs")]

PROPERTIES: dict[str, Any] = {
    "name": titled("姓名", "name", type="string", minLength=2, maxLength=20),
    "phone": titled("电话", "phone", type="string", maxLength=20, pattern="^1[0-9]{10}$")
    | {"description": "十一位手机号码"}
    | {"x-i18n": {"en": {"title": "phone", "description": "a mobile number of 11 digits"}}},
    "essay": titled("自我评价", "essay", type="string", maxLength=500),
    "years": titled("工龄", "years of work", type="integer", minimum=0, maximum=60),
    "structure": titled(
        "结构",
        "structure",
        type="string",
        format="decimal",
        **{"x-decimal": {"minimum": "0", "maximum": "6", "step": "0.1"}},
    ),
    "content": titled("内容", "content", type="string", format="decimal"),
    "born": titled("出生日期", "date of birth", type="string", format="date"),
    "at": titled("时间", "time", type="string", format="time"),
    "moment": titled("到场时间", "arrival", type="string", format="date-time"),
    "email": titled("电子邮箱", "e-mail", type="string", format="email"),
    "declared": titled("以上属实", "this is true", type="boolean", const=True),
    "paper": titled("纸质票", "paper ballot", type="boolean"),
    "agree": titled("是否同意", "agreement", type="boolean"),
    "outcome": titled("结论", "outcome", type="string", oneOf=OUTCOMES),
    "reason": titled("理由", "reason", type="string"),
    "languages": titled(
        "语种",
        "languages",
        type="array",
        uniqueItems=True,
        maxItems=2,
        items={
            "type": "string",
            "oneOf": [choice(each, each, each) for each in ("zh", "en", "de")],
        },
    ),
    "candidate": titled("人选", "candidate", type="string"),
    "scan": titled(
        "扫描件",
        "scan",
        type="string",
        format="file",
        **{"x-file": {"accept": [".pdf"], "megabytes": 1}},
    ),
    "papers": titled(
        "附件",
        "attachments",
        type="array",
        maxItems=3,
        items={
            "type": "string",
            "format": "file",
            "x-file": {"accept": [".pdf", ".jpg"], "megabytes": 1},
        },
    ),
    "people": titled(
        "人员",
        "people",
        type="array",
        minItems=1,
        maxItems=150,
        items={
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": titled("姓名", "name", type="string", maxLength=20),
                "group": titled("层面", "group", type="string", oneOf=OUTCOMES),
                "score": titled("得分", "score", type="string", format="decimal"),
                "paper": titled("纸质票", "paper", type="boolean"),
                "why": titled("说明", "why", type="string"),
            },
            "allOf": [
                {
                    "if": {"properties": {"group": {"const": "differs"}}},
                    "then": {"required": ["why"]},
                }
            ],
        },
    ),
    "marks": titled(
        "评分",
        "marks",
        type="array",
        items={
            "type": "object",
            "required": ["mark"],
            "properties": {
                "code": titled("编号", "code", type="string"),
                "mark": titled("分数", "mark", type="string", format="decimal"),
            },
        },
    ),
}

SCHEMA: dict[str, Any] = titled(
    "登记表",
    "Registration",
    type="object",
    required=["name", "outcome", "agree", "scan"],
    properties=PROPERTIES,
    allOf=[
        {"if": {"properties": {"outcome": {"const": "differs"}}}, "then": {"required": ["reason"]}}
    ],
    **{"x-totals": {"total": ["structure", "content"]}},
)

UI: dict[str, Any] = {
    "ui:order": [*PROPERTIES],
    "ui:show": [titled("本场", "This meeting", value="meeting")],
    "ui:results": ["cut_test"],
    "essay": {"ui:widget": "textarea"},
    "agree": {"ui:widget": "radios"},
    "outcome": {"ui:widget": "select"},
    "candidate": {"ui:options": {"from": "eligible"}},
    "people": {"items": {"group": {"ui:widget": "select"}}, "ui:options": {"import": True}},
    "marks": {"ui:options": {"rows": "statement_list", "key": "code"}},
}

CANDIDATES = [Choice("K01", "K01 张三", "K01 Zhang San"), Choice("K02", "K02 李四", "K02 Li Si")]
OPTIONS: Options = {"candidate": CANDIDATES, "marks": CANDIDATES}
FILES = {
    "f1": StoredFile("minutes.pdf", 1000),
    "f2": StoredFile("photo.JPG", 1000),
    "big": StoredFile("big.pdf", 3 * 1024 * 1024),
    "doc": StoredFile("letter.docx", 1000),
}


def every_kind() -> Form:
    return load_form("every_kind", json.dumps(SCHEMA), json.dumps(UI))


def good_answers() -> Answers:
    """Answers to `every_kind` with which nothing is wrong."""
    return {
        "name": "王小明",
        "phone": "13800000000",
        "years": 12,
        "structure": "5.5",
        "content": "21.25",
        "born": "1990-02-28",
        "at": "08:30",
        "moment": "2026-03-05T08:30:00+08:00",
        "email": "wang@example.cn",
        "declared": True,
        "paper": False,
        "agree": False,
        "outcome": "agrees",
        "languages": ["zh", "de"],
        "candidate": "K02",
        "scan": "f1",
        "papers": ["f1", "f2"],
        "people": [{"name": "赵一", "group": "agrees", "score": "27.0", "paper": True}],
        "marks": [{"code": "K01", "mark": "8"}, {"code": "K02", "mark": "7.5"}],
    }


def small(
    *, ui: Mapping[str, Any] | None = None, required: Sequence[str] = (), **properties: Any
) -> Form:
    """A form with just these fields."""
    schema = {"type": "object", "required": list(required), "properties": properties}
    return load_form("small", json.dumps(schema), json.dumps(ui or {}))
