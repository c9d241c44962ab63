"""The forms of the open selection keep to the vocabulary of docs/properties.md (section Forms)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

FORMS = Path(__file__).parents[2] / "forms" / "open_selection"
NAMES = sorted(path.name.removesuffix("-schema.json") for path in FORMS.glob("*-schema.json"))

WORDS = {"title", "description", "x-i18n"}
ROOT = {*WORDS, "type", "properties", "required", "allOf", "x-totals"}
TEXT = {"maxLength", "pattern"}
KEYS = {
    ("string", None): TEXT,
    ("string", "oneOf"): {"oneOf"},
    ("string", "decimal"): {"format", "x-decimal"},
    ("string", "date"): {"format"},
    ("string", "time"): {"format"},
    ("string", "date-time"): {"format"},
    ("string", "email"): {"format"},
    ("string", "file"): {"format", "x-file"},
    ("integer", None): {"minimum", "maximum"},
    ("boolean", None): {"const"},
    ("array", "object"): {"items", "minItems"},
    ("array", "string"): {"items", "minItems", "uniqueItems"},
}
OPTIONS = {"from", "import", "rows", "key"}
WIDGETS = {"textarea", "radios", "select"}
BODIES = ("meeting_date", "present", "outcome", "reason", "minutes")


def read(name: str, part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FORMS / f"{name}-{part}.json").read_text(encoding="utf-8"))
    return found


DECISIONS = [
    name for name in NAMES if {"outcome", "minutes"} <= read(name, "schema")["properties"].keys()
]


def fields(node: dict[str, Any], ui: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict]]:
    """Every field with its layout, columns of rows included."""
    for key, field in node["properties"].items():
        layout = ui.get(key, {})
        yield key, field, layout
        if "properties" in field.get("items", {}):
            yield from fields(field["items"], layout.get("items", {}))


def all_fields(name: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    return list(fields(read(name, "schema"), read(name, "uischema")))


def words(node: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    """Each text of a node with its English."""
    english = node.get("x-i18n", {}).get("en", {})
    for key in ("title", "description"):
        if key in node or key in english or key == "title":
            yield key, node.get(key), english.get(key)


def choices(field: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = field.get("oneOf", field.get("items", {}).get("oneOf", []))
    return found


def test_there_are_forms_and_each_has_its_layout() -> None:
    layouts = {path.name.removesuffix("-uischema.json") for path in FORMS.glob("*-uischema.json")}

    assert len(NAMES) > 70
    assert layouts == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_form_is_a_valid_schema_without_references(name: str) -> None:
    schema = read(name, "schema")

    Draft202012Validator.check_schema(schema)

    assert schema.keys() <= ROOT
    assert schema["type"] == "object"
    assert not [word for word in ("$ref", "$schema", "$defs") if f'"{word}"' in json.dumps(schema)]


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_of_a_known_kind(name: str) -> None:
    for key, field, layout in all_fields(name):
        inner = field.get("items", {}).get("type")
        kind = inner or field.get("format") or ("oneOf" if "oneOf" in field else None)

        assert (field["type"], kind) in KEYS, key
        assert field.keys() <= {*WORDS, "type", *KEYS[field["type"], kind]}, key
        assert layout.keys() <= {"ui:widget", "ui:options", "items"}, key
        assert layout.get("ui:widget", "textarea") in WIDGETS, key
        assert layout.get("ui:options", {}).keys() <= OPTIONS, key


@pytest.mark.parametrize("name", NAMES)
def test_everything_people_read_is_there_in_both_languages(name: str) -> None:
    schema = read(name, "schema")
    nodes = [schema, *(field for _, field, _ in all_fields(name))]
    nodes += [choice for _, field, _ in all_fields(name) for choice in choices(field)]

    for node in nodes:
        for key, zh, en in words(node):
            assert isinstance(zh, str), (key, node)
            assert zh.strip(), node
            assert isinstance(en, str), (key, node)
            assert en.strip(), node
            assert not any("\u4e00" <= letter <= "\u9fff" for letter in en), en


@pytest.mark.parametrize("name", NAMES)
def test_the_order_names_every_field_once(name: str) -> None:
    order = read(name, "uischema")["ui:order"]

    assert sorted(order) == sorted(read(name, "schema")["properties"])


@pytest.mark.parametrize("name", NAMES)
def test_every_text_has_a_limit_and_every_choice_something_to_choose(name: str) -> None:
    for key, field, layout in all_fields(name):
        chosen = layout.get("ui:options", {}).get("from")
        if field["type"] == "string" and "format" not in field:
            assert ("maxLength" in field) + bool(choices(field)) + bool(chosen) == 1, key
        if field.get("uniqueItems"):
            assert bool(choices(field)) != bool(chosen), key
        codes = [choice["const"] for choice in choices(field)]
        assert len(codes) == len(set(codes)), key


@pytest.mark.parametrize("name", NAMES)
def test_required_fields_and_conditions_name_fields_that_exist(name: str) -> None:
    schema = read(name, "schema")
    parts = [schema, *(f["items"] for _, f, _ in all_fields(name) if "items" in f)]

    for part in (each for each in parts if "properties" in each):
        known = part["properties"]
        assert set(part.get("required", [])) <= known.keys()
        for condition in part.get("allOf", []):
            assert condition.keys() == {"if", "then"}
            assert set(condition["then"]["required"]) <= known.keys()
            for key, test in condition["if"]["properties"].items():
                codes = [choice["const"] for choice in choices(known[key])] or [True, False]
                assert test["const"] in codes, key
        for total, summands in part.get("x-totals", {}).items():
            assert {total, *summands} <= known.keys()


@pytest.mark.parametrize("name", NAMES)
def test_fixed_rows_have_their_key_among_the_columns(name: str) -> None:
    for key, field, layout in all_fields(name):
        options = layout.get("ui:options", {})
        assert ("rows" in options) == ("key" in options), key
        if "rows" in options:
            assert options["key"] in field["items"]["properties"], key


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_of_a_body_has_the_same_five_fields(name: str) -> None:
    assert [key for key in read(name, "uischema")["ui:order"] if key in BODIES] == list(BODIES)


@pytest.mark.parametrize(
    ("name", "answer", "missing"),
    [
        ("sign_result", {"agree": "yes"}, []),
        ("sign_result", {"agree": "no"}, ["reason"]),
        ("s1_second_review", {"conclusion": "agree"}, []),
        ("s1_second_review", {"conclusion": "differ"}, ["reason"]),
        ("s3_statements", {"absent": True}, []),
        ("s3_statements", {"absent": False}, ["seconds"]),
    ],
)
def test_a_reason_is_asked_only_where_it_is_needed(
    name: str, answer: dict[str, object], missing: list[str]
) -> None:
    faults = Draft202012Validator(read(name, "schema")).iter_errors(answer)

    assert [fault.message.split("'")[1] for fault in faults] == missing


def test_departing_from_the_ranking_needs_the_names_and_a_reason() -> None:
    decision = {
        "meeting_date": "2026-03-21",
        "present": 7,
        "outcome": "deviates",
        "minutes": "minutes.pdf",
    }

    faults = Draft202012Validator(read("s6_confirm_preliminary", "schema")).iter_errors(decision)

    assert sorted(fault.message.split("'")[1] for fault in faults) == ["preliminary", "reason"]
