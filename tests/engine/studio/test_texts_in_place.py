"""One place of a file changes; every other character stays."""

import difflib
import json
from pathlib import Path

import pytest
import yaml

from engine.bpmn.definition import BPMN, properties_of, read_xml
from engine.studio import json_text, yaml_text
from engine.studio.xml_text import Diagram

ROOT = Path(__file__).resolve().parents[3]
NUMBERS = (ROOT / "processes/open_selection/parameters-schema.json").read_text("utf-8")
PLAN = (ROOT / "processes/open_selection/plan.yaml").read_text("utf-8")
ROLES = (ROOT / "processes/open_selection/roles.yaml").read_text("utf-8")
TEST = (ROOT / "processes/open_selection/s2_theory_test.bpmn").read_text("utf-8")
DIAGRAMS = sorted((ROOT / "processes").rglob("*.bpmn"))
FORMS = sorted((ROOT / "forms").rglob("*.json"))


def changed(old: str, new: str) -> list[str]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:3] not in ("---", "+++") and line[0] in "+-"]


def test_a_default_changes_on_its_own_line() -> None:
    made = json_text.put(NUMBERS, ["properties", "test_ratio", "default"], 6)

    assert changed(NUMBERS, made) == ['-      "default": 8', '+      "default": 6']


def test_true_is_not_1_and_the_same_value_changes_nothing() -> None:
    assert json_text.put('{"a": true}', ["a"], 1) == '{"a": 1}'
    assert json_text.put('{"a":   1}', ["a"], 1) == '{"a":   1}'


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{}", '{\n  "b": 2\n}'),
        ('{"a": 1}', '{"a": 1, "b": 2}'),
        ('{\n  "a": 1\n}\n', '{\n  "a": 1,\n  "b": 2\n}\n'),
    ],
)
def test_a_new_key_stands_at_the_end(text: str, made: str) -> None:
    assert json_text.put(text, ["b"], 2) == made


@pytest.mark.parametrize("key", ["a", "b", "c"])
def test_a_dropped_key_leaves_the_others_as_they_were(key: str) -> None:
    text = '{\n  "a": [1, {"x": "}"}],\n  "b": "\\",",\n  "c": {}\n}'

    made = json_text.drop(text, [key])

    assert json.loads(made) == {k: v for k, v in json.loads(text).items() if k != key}
    assert len(changed(text, made)) <= 3


def test_the_last_key_can_be_dropped() -> None:
    assert json.loads(json_text.drop('{"a": 1}', ["a"])) == {}
    assert json.loads(json_text.drop("[1]", [0])) == []


def test_members_change_places_with_their_texts() -> None:
    text = '{\n  "a": 1,\n  "b": {"x":  2}\n}'

    assert json_text.order(text, [], ["b"]) == '{\n  "b": {"x":  2},\n  "a": 1\n}'


def test_a_way_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(KeyError):
        json_text.put("{}", ["a", "b"], 1)


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.stem)
def test_every_value_of_every_form_can_be_put_back(file: Path) -> None:
    text = file.read_text("utf-8")

    for key, value in json.loads(text).items():
        assert json_text.put(text, [key], value) == text
        assert json_text.put(json_text.put(text, [key], 17), [key], 17) != text or value == 17
        assert json.loads(json_text.rename(text, [key], "zz"))["zz"] == value


def test_a_plan_line_changes_alone_and_keeps_its_quotes() -> None:
    made = yaml_text.put(yaml_text.put(PLAN, [2, "day"], 5), [2, "time"], "17:00")

    assert changed(PLAN, made) == [
        '-- {key: applications_close, zh: 报名截止, en: applications close, day: 4, time: "17:30"}',
        '+- {key: applications_close, zh: 报名截止, en: applications close, day: 5, time: "17:00"}',
    ]


def test_comments_between_entries_stay() -> None:
    made = yaml_text.put(ROLES, ["roles", "judge", "en"], "member: of the panel")
    made = yaml_text.put(made, ["roles", "guest"], {"zh": "来宾", "en": "guest"})
    made = yaml_text.drop(made, ["functions", "checker"])

    assert changed(ROLES, made) == [
        "-  judge: {zh: 评委, en: judge, never_with: [candidate, recommender, scrutineer]}",
        (
            '+  judge: {zh: 评委, en: "member: of the panel", '
            "never_with: [candidate, recommender, scrutineer]}"
        ),
        "+  guest: {zh: 来宾, en: guest}",
        "-  checker: {zh: 核分人, en: checker}",
    ]
    assert yaml.safe_load(made)["roles"]["guest"] == {"zh": "来宾", "en": "guest"}


@pytest.mark.parametrize(
    "value", ["yes", "12:30", "1", "", " a", "a: b", "a #b", "- x", "{x}", "~"]
)
def test_text_that_looks_like_something_else_is_quoted(value: str) -> None:
    made = yaml_text.put("a: {b: c}\n", ["a", "b"], value)

    assert yaml.safe_load(made) == {"a": {"b": value}}


def test_items_are_put_in_and_taken_out() -> None:
    text = "# first\n- {a: 1}\n# second\n- {a: 2}\n"

    assert (
        yaml_text.insert(text, [], 1, {"a": 9})
        == "# first\n- {a: 1}\n# second\n- {a: 9}\n- {a: 2}\n"
    )
    assert yaml_text.insert(text, [], 2, {"a": 9}) == text + "- {a: 9}\n"
    assert yaml_text.drop(text, [0]) == "# first\n# second\n- {a: 2}\n"


@pytest.mark.parametrize("file", DIAGRAMS, ids=lambda file: file.stem)
def test_saving_what_a_diagram_says_already_changes_no_byte(file: Path) -> None:
    text = file.read_text("utf-8")
    diagram = Diagram(file.name, text)

    for node in read_xml(file.name, text).iter():
        if isinstance(node.tag, str) and node.tag.startswith(BPMN) and node.get("id"):
            diagram = diagram.with_attribute(node.get("id"), "name", node.get("name", ""))
            for name, value in properties_of(node).items():
                diagram = diagram.with_property(node.get("id"), name, value)

    assert diagram.text == text


def test_one_property_changes_one_line() -> None:
    made = Diagram("s2.bpmn", TEST).with_property(
        "s2_enter_scores", "due", 'plan.x if a < "b" else c'
    )

    start = '          <spiffworkflow:property name="due" value='
    assert changed(TEST, made.text) == [
        f'-{start}"plan.scores_entered"/>',
        f'+{start}"plan.x if a &lt; &quot;b&quot; else c"/>',
    ]
    root = read_xml("s2.bpmn", made.text)
    (task,) = [n for n in root.iter(f"{BPMN}userTask") if n.get("id") == "s2_enter_scores"]
    assert properties_of(task)["due"] == 'plan.x if a < "b" else c'


def test_a_property_goes_and_comes_back_at_the_end() -> None:
    gone = Diagram("s2.bpmn", TEST).with_property("s2_record_test", "returns", "")
    back = gone.with_property("s2_record_test", "returns", "present absent")

    assert len(changed(TEST, gone.text)) == 1
    assert back.text == TEST


def test_an_element_without_properties_gets_them() -> None:
    made = Diagram("s2.bpmn", TEST).with_property("s2_enter_scores_in", "name_en", "in")

    root = read_xml("s2.bpmn", made.text)
    (node,) = [
        n for n in root.iter(f"{BPMN}exclusiveGateway") if n.get("id") == "s2_enter_scores_in"
    ]
    assert properties_of(node) == {"name_en": "in"}
    assert [line[0] for line in changed(TEST, made.text)] == ["+"] * 5


def test_an_element_moves_to_another_lane() -> None:
    root = read_xml("s2.bpmn", TEST)
    lanes = {
        lane.get("id"): [ref.text for ref in lane.findall(f"{BPMN}flowNodeRef")]
        for lane in root.iter(f"{BPMN}lane")
    }
    old = next(lane for lane, refs in lanes.items() if "s2_unblind" in refs)
    new = next(lane for lane in lanes if lane != old)

    made = Diagram("s2.bpmn", TEST).with_lane("s2_unblind", new)

    moved = {
        lane.get("id"): [ref.text for ref in lane.findall(f"{BPMN}flowNodeRef")]
        for lane in read_xml("s2.bpmn", made.text).iter(f"{BPMN}lane")
    }
    assert "s2_unblind" in moved[new]
    assert moved[old] == [ref for ref in lanes[old] if ref != "s2_unblind"]
    assert len(changed(TEST, made.text)) == 2


def test_the_marker_of_many_goes_and_comes_back() -> None:
    gone = Diagram("s2.bpmn", TEST).with_marker("s2_unblind", many=False)

    assert len(changed(TEST, gone.text)) == 1
    assert gone.with_marker("s2_unblind", many=True).text == TEST


def test_a_condition_is_written_as_text() -> None:
    flow = "f_s2_scores_equal_s2_enter_scores_in"

    made = Diagram("s2.bpmn", TEST).with_text(flow, "conditionExpression", "a < b and c")

    (node,) = [
        n for n in read_xml("s2", made.text).iter(f"{BPMN}sequenceFlow") if n.get("id") == flow
    ]
    assert node.find(f"{BPMN}conditionExpression").text == "a < b and c"
    assert len(changed(TEST, made.text)) == 2
