"""Pages over the files: saving what stands there changes nothing, and each edit only its place."""

import json

import pytest

from engine.checks import check_package
from engine.definitions import PackageVersion, package_keys, read_package
from engine.studio import form_sheets, lines, steps, text_sheets
from engine.studio.form_sheets import FieldSheet, FormSheet, RawFormSheet
from engine.studio.lines import LineSheet, NumberSheet, StillUsed
from engine.studio.numbers_sheet import NumbersSheet
from engine.studio.sheets import Fault, Sheet, UnknownPart
from engine.studio.steps import StepSheet
from engine.studio.text_sheets import FileSheet, InUse, RolesSheet, TextSheet
from tests.engine.studio.conftest import PLACES
from tests.engine.studio.test_texts_in_place import changed

KEY = "open_selection"


def all_sheets(key: str, files: dict[str, str]) -> list[Sheet]:
    made: list[Sheet] = [NumbersSheet(key), RolesSheet(), FileSheet("roles.yaml")]
    made += [NumberSheet(name) for name in lines.names_of(files, "parameters")]
    made += [LineSheet(name) for name in lines.names_of(files, "plan")]
    for form_id in form_sheets.form_ids(files):
        made += [FormSheet(form_id), RawFormSheet(form_id)]
        made += [FieldSheet(form_id, path) for path, *_ in form_sheets.fields_of(files, form_id)]
    for path in files:
        if path.startswith(("publications/", "messages/")):
            folder, _, name = path.removesuffix(".yaml").partition("/")
            made.append(TextSheet(folder, name))
    made += [StepSheet(step.id) for each in steps.diagrams(files, main=key) for step in each.steps]
    return made


@pytest.mark.parametrize("key", package_keys(PLACES["processes_dir"]))
def test_saving_any_page_as_it_stands_changes_no_byte(key: str) -> None:
    files = dict(read_package(**PLACES, key=key).files)
    sheets = all_sheets(key, files)

    wrong = []
    for sheet in sheets:
        made, faults = sheet.write(files, sheet.read(files))
        if faults or made != files:
            wrong.append((sheet.name, faults, [p for p in files if made.get(p) != files[p]]))

    assert len(sheets) > 100
    assert wrong == []


def write(sheet: Sheet, files: dict[str, str], **typed: str) -> dict[str, str]:
    made, faults = sheet.write(files, {**sheet.read(files), **typed})
    assert faults == []
    return made


def test_a_field_is_added_moved_and_removed_again(procedure: PackageVersion) -> None:
    files = dict(procedure.files)

    made = write(
        FieldSheet("s1_appeal", ""), files, key="phone", zh="联系电话", en="phone", kind="text",
        longest="20", required="true",
    )  # fmt: skip
    form = form_sheets.load(made, "s1_appeal")
    up = form_sheets.moved(made, "s1_appeal", "phone", -1)
    gone = form_sheets.without(up, "s1_appeal", "phone")

    assert [(f.key, f.required, f.text.longest) for f in form.fields][-1] == ("phone", True, 20)
    assert [f.key for f in form_sheets.load(up, "s1_appeal").fields] == [
        "ground",
        "phone",
        "papers",
    ]
    assert check_package(made) == []
    for path in ("forms/s1_appeal-schema.json", "forms/s1_appeal-uischema.json"):
        assert json.loads(gone[path]) == json.loads(files[path])


@pytest.mark.parametrize("kind", [*form_sheets.KINDS])
def test_every_kind_of_field_can_be_added(procedure: PackageVersion, kind: str) -> None:
    made = write(
        FieldSheet("s1_appeal", ""), dict(procedure.files), key="more", zh="更多", en="more",
        kind=kind, choices="a | 甲 | A\nb | 乙 | B", accept=".pdf", megabytes="5", minimum="0",
        maximum="10", longest="50", hint_zh="提示", hint_en="hint",
    )  # fmt: skip

    field = form_sheets.load(made, "s1_appeal").field("more")
    assert field is not None
    assert FieldSheet("s1_appeal", "more").read(made)["kind"] == kind


def test_a_kind_changes_and_the_rules_of_the_old_one_go(procedure: PackageVersion) -> None:
    made = write(
        FieldSheet("s1_appeal", "ground"), dict(procedure.files), kind="integer", minimum="1"
    )

    node = json.loads(made["forms/s1_appeal-schema.json"])["properties"]["ground"]
    assert (node["type"], node["minimum"], "maxLength" in node) == ("integer", 1, False)
    assert "ground" not in json.loads(made["forms/s1_appeal-uischema.json"])


def test_a_column_of_rows_is_a_field_too(procedure: PackageVersion) -> None:
    made = write(
        FieldSheet("s2_invite_setters", "people."), dict(procedure.files), key="car", zh="车牌号",
        en="car", kind="text",
    )  # fmt: skip

    field = form_sheets.load(made, "s2_invite_setters").field("people")
    assert field is not None
    assert field.columns[-1].key == "car"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"key": "Ground"}, Fault("key", "not_name")),
        ({"key": "ground"}, Fault("key", "taken")),
        ({"zh": " "}, Fault("zh", "missing")),
        ({"hint_zh": "x"}, Fault("hint_zh", "both_languages")),
        ({"kind": "magic"}, Fault("kind", "unknown")),
        ({"kind": "integer", "minimum": "1.5"}, Fault("minimum", "not_whole")),
        ({"kind": "choice", "choices": "a"}, Fault("choices", "choices")),
        (
            {"kind": "choice", "choices": "a|b|c\na|b|c"},
            Fault("choices", "choice_twice", {"code": "a"}),
        ),
        ({"kind": "file", "accept": "pdf", "megabytes": "1"}, Fault("accept", "accept")),
    ],
)
def test_what_a_field_cannot_be_is_named(
    procedure: PackageVersion, typed: dict[str, str], fault: Fault
) -> None:
    sheet = FieldSheet("s1_appeal", "")
    right = {"key": "more", "zh": "更多", "en": "more", "kind": "text"}

    made, faults = sheet.write(procedure.files, {**sheet.read(procedure.files), **right, **typed})

    assert (made, faults) == (procedure.files, [fault])


def test_a_number_is_renamed_wherever_it_is_read(procedure: PackageVersion) -> None:
    made = lines.renamed(procedure.files, "parameters", "test_ratio", "ratio_of_test")
    line = lines.renamed(made, "plan", "review_ends", "review_over")

    assert lines.uses(made, "parameters", "test_ratio") == []
    assert check_package(line) == []


def test_weights_keep_their_sum_under_a_new_name(procedure: PackageVersion) -> None:
    made = lines.renamed(procedure.files, "parameters", "judge_max", "judges_most")

    schema = json.loads(made["parameters-schema.json"])
    assert schema["x-sums"][0]["of"][0] == "judges_most"
    assert "judges_most" in schema["required"]


def test_what_is_read_is_not_removed(procedure: PackageVersion) -> None:
    for kind, name in (
        ("parameters", "test_ratio"),
        ("plan", "test_start"),
        ("plan", "review_ends"),
    ):
        with pytest.raises(StillUsed) as refused:
            lines.removed(procedure.files, kind, name)
        assert refused.value.places


def test_a_number_and_a_line_come_and_go(procedure: PackageVersion) -> None:
    files = dict(procedure.files)
    made = write(
        NumberSheet(), files, key="helpers", zh="辅助人员", en="helpers", group_zh="分值与权重",
        group_en="points and weights", kind="integer", minimum="0", default="2",
    )  # fmt: skip
    made = write(
        LineSheet(),
        made,
        key="walk",
        zh="踏勘",
        en="walk",
        day="3",
        time="9:00",
        below="announcement",
    )

    package = PackageVersion(KEY, "", made)
    assert package.default_parameters()["helpers"] == 2
    assert lines.names_of(made, "plan")[:4] == [
        "approved",
        "announcement",
        "walk",
        "applications_close",
    ]
    assert changed(files["plan.yaml"], made["plan.yaml"]) == [
        '+- {key: walk, zh: 踏勘, en: walk, day: 3, time: "09:00"}'
    ]
    gone = lines.removed(lines.removed(made, "parameters", "helpers"), "plan", "walk")
    assert gone == files


def test_a_step_says_otherwise_in_one_line(procedure: PackageVersion) -> None:
    files = dict(procedure.files)
    file = "s2_theory_test.bpmn"

    made = write(
        StepSheet("s2_enter_scores"),
        files,
        **{"p.seats": 'persons(3, "examiner")', "p.due": "plan.test_signed"},
    )

    assert len(changed(files[file], made[file])) == 4
    assert StepSheet("s2_enter_scores").read(made)["p.seats"] == 'persons(3, "examiner")'
    assert check_package(made) == []


def test_another_operation_loses_the_parameters_it_does_not_take(procedure: PackageVersion) -> None:
    made = write(StepSheet("s2_arrange_rooms"), dict(procedure.files), **{"p.operation": "keep"})

    read = StepSheet("s2_arrange_rooms").read(made)
    assert "p.with.codes" not in read
    assert read["p.with.value"] == ""


def test_a_condition_changes_with_the_variables_that_are_there(procedure: PackageVersion) -> None:
    sheet = StepSheet("s2_scores_equal")
    name = "flow.f_s2_scores_equal_s2_enter_scores_in.condition"
    made = write(sheet, dict(procedure.files), **{name: "test_scores.equal == False"})

    always, _ = steps.variables_at(made, "s2_scores_equal")
    assert sheet.read(made)[name] == "test_scores.equal == False"
    assert "test_scores" in always


def test_a_way_out_of_a_branch_is_called_after_the_step_it_leads_to(
    procedure: PackageVersion,
) -> None:
    flows = steps.find(procedure.files, "s2_scores_equal").flows

    assert [(flow.target.zh, flow.default) for flow in flows] == [
        ("登分（双人各录一遍）", False),
        ("对号", True),
    ]


def test_every_step_is_listed_once_in_the_order_of_the_flow(procedure: PackageVersion) -> None:
    listed = steps.diagrams(procedure.files, main=KEY)

    ids = [step.id for each in listed for step in each.steps]
    assert len(ids) == len(set(ids)) > 80
    assert listed[0].process == KEY
    assert ids.index("s2_enter_scores") < ids.index("s2_unblind") < ids.index("s2_recheck")


def test_a_text_changes_by_paragraph(procedure: PackageVersion) -> None:
    files = dict(procedure.files)
    sheet = TextSheet("publications", "test_shortlist")

    made = write(
        sheet, files, **{"p.0.zh": "共{sat}人参加。", "p.1.if": "", "title.en": "List: one"}
    )
    more = sheet.with_paragraph(made)

    last = max(int(name.split(".")[1]) for name in sheet.read(more) if name.startswith("p."))
    assert sheet.read(more)[f"p.{last}.zh"] == "（新段落）"
    assert [line[0] for line in changed(files[sheet.path], made[sheet.path])].count("+") <= 3
    assert sheet.without_paragraph(more, last) == made


def test_a_placeholder_that_cannot_be_read_is_named(procedure: PackageVersion) -> None:
    sheet = TextSheet("publications", "test_shortlist")

    _, faults = sheet.write(procedure.files, {"p.0.en": "There are {sat"})

    assert [fault.field for fault in faults] == ["p.0.en"]


def test_roles_change_and_one_that_acts_stays(procedure: PackageVersion) -> None:
    files = dict(procedure.files)
    made = write(
        RolesSheet(), files, **{"roles.judge.zh": "面试评委", "roles.judge.never_with": "candidate"}
    )
    more = text_sheets.with_word(made, "words", "test_only", "仅测试", "test only")

    assert PackageVersion(KEY, "", more).word("judge").zh == "面试评委"
    assert text_sheets.without_word(more, "words", "test_only") == made
    with pytest.raises(InUse):
        text_sheets.without_word(made, "roles", "judge")
    assert RolesSheet().write(files, {"roles.judge.never_with": "nobody"})[1] == [
        Fault("roles.judge.never_with", "roles", {"name": "nobody"})
    ]


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("roles.yaml", "{", "not_yaml"),
        ("parameters-schema.json", "{", "not_json"),
        ("meeting_vote.bpmn", "<a>", "not_xml"),
        ("meeting_vote.bpmn", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "not_xml"),
    ],
)
def test_a_file_that_cannot_be_read_is_not_saved(
    procedure: PackageVersion, path: str, text: str, code: str
) -> None:
    made, faults = FileSheet(path).write(procedure.files, {"text": text})

    assert (made, [fault.code for fault in faults]) == (procedure.files, [code])


def test_what_is_not_there_is_said(procedure: PackageVersion) -> None:
    files = procedure.files
    for sheet in (
        NumberSheet("x"), LineSheet("x"), FormSheet("x"), FieldSheet("s1_appeal", "x"),
        TextSheet("publications", "x"), TextSheet("..", "x"), FileSheet("../x"), StepSheet("x"),
    ):  # fmt: skip
        with pytest.raises(UnknownPart):
            sheet.read(files)
