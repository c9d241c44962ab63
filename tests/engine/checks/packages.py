"""A small correct package, and what it takes to spoil it."""

import json
from dataclasses import dataclass

from tests.support.bpmn import bpmn

MAIN = """
    start begin | form=set_up
    user ask | result=answer | returns=ok | due=plan.notice_end
    service work | operation=keep | with.value=answer | result=kept
    end done
    begin -> ask -> work -> done
"""
EN = {"en": {"title": "x"}}
CHOICE = {
    "type": "string", "title": "同意", "x-i18n": EN,
    "oneOf": [
        {"const": "yes", "title": "是", "x-i18n": EN},
        {"const": "no", "title": "否", "x-i18n": EN},
    ],
}  # fmt: skip
FIELDS = {
    "ok": CHOICE,
    "why": {"type": "string", "maxLength": 500, "title": "理由", "x-i18n": EN},
    "mail": {"type": "string", "format": "email", "title": "邮箱", "x-i18n": EN},
    "age": {"type": "integer", "minimum": 0, "title": "年龄", "x-i18n": EN},
}
PARAMETER = {"title": "名额", "x-group": "名额", "x-i18n": EN, "type": "integer", "default": 2}
PLAN = '- {key: notice_end, zh: 公示期满, en: notice ends, day: 3, time: "09:00"}'
ROLES = """
roles:
  office: {zh: 公选办, en: office}
  judge: {zh: 评委, en: judge, never_with: [office]}
functions:
  chair: {zh: 主持人, en: chair}
words:
  "yes": {zh: 是, en: "yes"}
"""
TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" namespace="t">
<decision id="fit" name="fit"><decisionTable id="fit_table" hitPolicy="COLLECT">
<input id="fit_in" label="age"><inputExpression id="fit_age" typeRef="integer"><text>age</text>
</inputExpression></input><output id="fit_out" name="verdict" typeRef="string"/>
<rule id="fit_1"><inputEntry id="fit_1_in"><text>&gt; 35</text></inputEntry>
<outputEntry id="fit_1_out"><text>"no"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
RULED = """
    start begin
    many ask | seats=members('judge') | result=answers | returns=ok
    rule table | decision=fit | rows=[c for c in answers.by_subject] | answers_of=ask | result=fits
    end done
    begin -> ask -> table -> done
"""


def form(fields: object = FIELDS, **more: object) -> str:
    return json.dumps({"type": "object", "title": "表", "x-i18n": EN, "properties": fields, **more})


def diagram(text: str, **others: str) -> dict[str, str]:
    """`main.bpmn` with this process, and further files with theirs."""
    return {f"{name}.bpmn": bpmn(name, t) for name, t in {"main": text, **others}.items()}


def changed(old: str, new: str, text: str = MAIN) -> dict[str, str]:
    """`main.bpmn` with something the short form cannot say."""
    made = bpmn("main", text)
    assert old in made, f"{old} is not in {made}"
    return {"main.bpmn": made.replace(old, new)}


def package(overrides: dict[str, str | None] | dict[str, str] | None = None) -> dict[str, str]:
    """The files of the correct package, with some replaced; None takes one away."""
    files: dict[str, str | None] = {
        "main.bpmn": bpmn("main", MAIN),
        "roles.yaml": ROLES,
        "plan.yaml": PLAN,
        "parameters-schema.json": json.dumps(
            {"type": "object", "properties": {"posts": PARAMETER}}
        ),
        "forms/ask-schema.json": form(required=["ok"]),
        "forms/set_up-schema.json": form(),
        **(overrides or {}),
    }  # fmt: skip
    return {name: text for name, text in files.items() if text is not None}


@dataclass(frozen=True)
class Case:
    """A rule with an example that is correct and one that is not, and where that is said."""

    code: str
    good: dict[str, str] | dict[str, str | None]
    bad: dict[str, str] | dict[str, str | None]
    file: str = "main.bpmn"
    element: str = ""
