"""Two versions compared, in words people read."""

import json

import pytest

from engine.definitions import PackageVersion
from engine.studio import json_text, yaml_text
from engine.studio.differences import differences
from engine.studio.sheets import Files
from engine.studio.xml_text import Diagram

KEY = "open_selection"
AGE = "forms/s1_appeal-schema.json"


def told(old: Files, new: Files, language: str = "zh") -> list[str]:
    return [change.text(language) for change in differences(KEY, old, new)]


def test_a_ratio_and_a_switch(procedure: PackageVersion) -> None:
    text = procedure.files["parameters-schema.json"]
    text = json_text.put(text, ["properties", "test_ratio", "default"], 6)
    text = json_text.put(text, ["properties", "town_election", "default"], True)
    new = {**procedure.files, "parameters-schema.json": text}

    assert told(procedure.files, new) == [
        "理论测试入围比例（1:n） 8 → 6",
        "登记人代会选举结果 否 → 是",
    ]
    assert told(procedure.files, new, "en") == [
        "ratio after the theory test (1:n) 8 → 6",
        "record the congress' election no → yes",
    ]


def test_a_plan_line_that_moves_and_one_that_counts_otherwise(procedure: PackageVersion) -> None:
    text = yaml_text.put(procedure.files["plan.yaml"], [2, "day"], 6)
    text = yaml_text.put(text, [6, "working_days"], 2)

    assert told(procedure.files, {**procedure.files, "plan.yaml": text}) == [
        "报名截止 第4天17:30 → 第6天17:30",
        "复核申请截止 “复审完成”后appeal_days个工作日 → “复审完成”后2个工作日",
    ]


def test_a_form_field_by_field(procedure: PackageVersion) -> None:
    text = procedure.files[AGE]
    field = {"title": "联系电话", "x-i18n": {"en": {"title": "phone"}}, "type": "string"}
    text = json_text.put(text, ["properties", "phone"], field)
    text = json_text.put(text, ["properties", "ground", "maxLength"], 500)
    text = json_text.put(text, ["required"], [])

    assert told(procedure.files, {**procedure.files, AGE: text}) == [
        "表单“申请复核”“申请复核的理由”：必填 是 → 否",
        "表单“申请复核”“申请复核的理由”：最多字数 1000 → 500",
        "表单“申请复核”“联系电话” 新增：短文本",
    ]
    assert told({**procedure.files, AGE: text}, procedure.files, "en")[-1] == (
        "form “Ask for a re-check”, “phone” removed: short text"
    )


def test_a_step_property_by_property(procedure: PackageVersion) -> None:
    file = "s2_theory_test.bpmn"
    made = Diagram(file, procedure.files[file]).with_property(
        "s2_enter_scores", "due", "plan.test_signed"
    )
    made = made.with_attribute("s2_enter_scores", "name", "录入成绩")

    assert told(procedure.files, {**procedure.files, file: made.text}) == [
        "人工办理“录入成绩”：名称 登分（双人各录一遍） → 录入成绩",
        "人工办理“录入成绩”：办理期限 plan.scores_entered → plan.test_signed",
    ]


def test_texts_roles_and_files(procedure: PackageVersion) -> None:
    text = "publications/test_shortlist.yaml"
    new = dict(procedure.files)
    new[text] = yaml_text.put(new[text], ["title", "zh"], "入围名单")
    new["roles.yaml"] = yaml_text.drop(new["roles.yaml"], ["functions", "teller"])
    new["publications/more.yaml"] = "title: {zh: 补充, en: More}\nparagraphs: []\n"
    new["eligibility.dmn"] = new["eligibility.dmn"].replace("<decision ", "<decision  ", 1)

    assert told(procedure.files, new) == [
        "公布文稿“补充” 新增",
        "公布文稿“理论测试入围名单”：标题 理论测试入围名单 → 入围名单",
        "职务“计票人” 删除",
        "文件eligibility.dmn：文字或排版有改动",
    ]


def test_nothing_differs_from_itself(procedure: PackageVersion) -> None:
    assert told(procedure.files, dict(procedure.files)) == []


@pytest.mark.parametrize("path", ["parameters-schema.json", "plan.yaml", "roles.yaml", AGE])
def test_a_damaged_file_is_named(procedure: PackageVersion, path: str) -> None:
    assert told(procedure.files, {**procedure.files, path: "{"}) == [
        f"文件{path}：文字或排版有改动"
    ]


def test_every_file_that_differs_is_named(procedure: PackageVersion) -> None:
    for path, text in procedure.files.items():
        if path.endswith(".json"):
            changed = json.dumps(json.loads(text) | {"title": "另一个"}, ensure_ascii=False)
        else:
            changed = text + "\n"
        assert told(procedure.files, {**procedure.files, path: changed}) != [], path
