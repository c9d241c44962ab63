"""The vocabulary of forms is closed, and what is refused says where and how to repair it."""

import json
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.forms import InvalidForm, Kind, OptionSource, load_form
from engine.forms.patterns import pattern_fault
from tests.engine.forms.samples import SCHEMA, UI, choice, every_kind, small, titled


def faults(schema: Any, ui: Any = None) -> list[tuple[str, str]]:
    """File and place of everything that is wrong."""
    with pytest.raises(InvalidForm) as caught:
        load_form("f", json.dumps(schema), json.dumps(ui or {}))
    return [(fault.file, fault.place) for fault in caught.value.faults]


def form_with(**field: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": titled("甲", "x", **field)}}


def test_every_kind_of_field_is_read_in_the_order_of_the_layout() -> None:
    form = every_kind()

    assert [(field.key, field.kind) for field in form.fields] == [
        ("name", Kind.TEXT),
        ("phone", Kind.TEXT),
        ("essay", Kind.TEXT),
        ("years", Kind.INTEGER),
        ("structure", Kind.DECIMAL),
        ("content", Kind.DECIMAL),
        ("born", Kind.DATE),
        ("at", Kind.TIME),
        ("moment", Kind.INSTANT),
        ("email", Kind.EMAIL),
        ("declared", Kind.TICK),
        ("paper", Kind.TICK),
        ("agree", Kind.TICK),
        ("outcome", Kind.CHOICE),
        ("reason", Kind.TEXT),
        ("languages", Kind.SEVERAL),
        ("candidate", Kind.CHOICE),
        ("scan", Kind.FILE),
        ("papers", Kind.FILES),
        ("people", Kind.ROWS),
        ("marks", Kind.ROWS),
        ("total", Kind.DECIMAL),
    ]


def test_expressions_for_choices_and_fixed_rows_are_listed_for_the_caller() -> None:
    assert every_kind().option_sources() == [
        OptionSource("candidate", "eligible"),
        OptionSource("marks", "statement_list"),
    ]


def test_what_is_shown_above_the_form_is_kept() -> None:
    form = every_kind()

    assert [(each.label.en, each.expression) for each in form.shows] == [
        ("This meeting", "meeting")
    ]
    assert form.results == ("cut_test",)


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        (SCHEMA | {"$schema": "https://json-schema.org/draft/2020-12/schema"}, "/$schema"),
        (SCHEMA | {"additionalProperties": False}, "/additionalProperties"),
        (SCHEMA | {"type": "array"}, "/type"),
        (SCHEMA | {"required": ["nobody"]}, "/required/0"),
        (SCHEMA | {"x-totals": {"total": ["name"]}}, "/x-totals/total/0"),
        (form_with(**{"$ref": "https://example.cn/x.json"}, type="string"), "/properties/x/$ref"),
        (form_with(type="number"), "/properties/x/type"),
        (form_with(type="string", format="uri"), "/properties/x/format"),
        (form_with(type="string", enum=["a"]), "/properties/x/enum"),
        (form_with(type="string", maxLength="20"), "/properties/x/maxLength"),
        (form_with(type="string", maxLength=20, pattern="(a+)+$"), "/properties/x/pattern"),
        (form_with(type="string", pattern="^[0-9]+$"), "/properties/x/maxLength"),
        (form_with(type="integer", minimum=0.5), "/properties/x/minimum"),
        (form_with(type="integer", minimum=5, maximum=4), "/properties/x/maximum"),
        (form_with(type="boolean", const=False), "/properties/x/const"),
        (
            form_with(type="string", format="decimal", **{"x-decimal": {"step": 0.1}}),
            "/properties/x/x-decimal/step",
        ),
        (
            form_with(type="string", format="decimal", **{"x-decimal": {"step": "0"}}),
            "/properties/x/x-decimal/step",
        ),
        (form_with(type="string", format="file"), "/properties/x/x-file"),
        (
            form_with(
                type="string", format="file", **{"x-file": {"accept": ["*"], "megabytes": 1}}
            ),
            "/properties/x/x-file/accept",
        ),
        (form_with(type="string", oneOf=[{"const": "a"}]), "/properties/x/oneOf/0/title"),
        (
            form_with(type="string", oneOf=[choice("a", "甲", "a"), choice("a", "乙", "b")]),
            "/properties/x/oneOf/1/const",
        ),
        (form_with(type="array", items={"type": "integer"}), "/properties/x/items/type"),
        (form_with(type="array", items={"type": "string"}), "/properties/x"),
        ({"type": "object", "properties": {"x": {"type": "string"}}}, "/properties/x/title"),
        (
            {"type": "object", "properties": {"x": {"type": "string", "title": "甲"}}},
            "/properties/x/x-i18n/en/title",
        ),
        (
            {"type": "object", "properties": {"X-1": titled("甲", "x", type="string")}},
            "/properties/X-1",
        ),
        ({"type": "object", "properties": {}}, "/properties"),
        ({"type": "object", "properties": 7}, "/properties"),
        ([], ""),
    ],
)
def test_what_is_outside_the_vocabulary_is_refused_at_its_place(schema: Any, place: str) -> None:
    assert ("f-schema.json", place) in faults(schema)


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("ui:order", ["x", "y"], "/ui:order/1"),
        ("ui:order", [], "/ui:order"),
        ("ui:order", ["x", "x"], "/ui:order/1"),
        ("ui:theme", "dark", "/ui:theme"),
        ("y", {}, "/y"),
        ("x", {"ui:widget": "html"}, "/x/ui:widget"),
        ("x", {"ui:options": {"rows": "a"}}, "/x/ui:options/rows"),
        ("ui:show", [{"title": "甲"}], "/ui:show/0/value"),
        ("ui:results", "cut", "/ui:results"),
    ],
)
def test_a_layout_outside_the_vocabulary_is_refused(key: str, value: Any, place: str) -> None:
    assert ("f-uischema.json", place) in faults(form_with(type="string"), {key: value})


def test_rows_need_columns_that_hold_their_key() -> None:
    rows = form_with(
        type="array",
        items={"type": "object", "properties": {"a": titled("甲", "a", type="boolean")}},
    )

    assert faults(rows, {"x": {"ui:options": {"rows": "list"}}}) == [
        ("f-uischema.json", "/x/ui:options")
    ]
    assert faults(rows, {"x": {"ui:options": {"rows": "list", "key": "a"}}}) == [
        ("f-uischema.json", "/x/ui:options/key")
    ]


def test_rows_inside_rows_are_refused() -> None:
    inner = titled("内", "inner", type="array", items={"type": "object", "properties": {}})
    schema = form_with(type="array", items={"type": "object", "properties": {"inner": inner}})

    assert ("f-schema.json", "/properties/x/items/properties/inner/items/type") in faults(schema)


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ({"if": {"properties": {"nobody": {"const": 1}}}, "then": {"required": []}}, "/nobody"),
        (
            {"if": {"properties": {"outcome": {"const": "maybe"}}}, "then": {"required": []}},
            "/outcome/const",
        ),
        ({"if": {"properties": {"name": {"pattern": "x"}}}, "then": {"required": []}}, "/pattern"),
        ({"if": {"properties": {"paper": {"const": True}}}, "then": {"required": ["no"]}}, "/0"),
        ({"if": {}, "then": {"required": []}, "else": {}}, "/else"),
    ],
)
def test_conditions_compare_a_field_with_a_value_it_can_have(condition: Any, place: str) -> None:
    schema = deepcopy(SCHEMA) | {"allOf": [condition]}

    assert any(where.endswith(place) for _, where in faults(schema, UI))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"type": "object", "type": "object"}',
        '{"a": NaN}',
        "[" * 100_000,
        '{"a": ' * 30 + "1" + "}" * 30,
        '{"a": "' + "x" * 300_000 + '"}',
        "1" * 5000,
    ],
)
def test_files_that_are_broken_deep_or_large_are_refused(text: str) -> None:
    with pytest.raises(InvalidForm) as caught:
        load_form("f", text, "{}")

    assert caught.value.faults[0].place == ""


def test_a_fault_names_file_place_what_is_wrong_and_the_remedy() -> None:
    with pytest.raises(EngineError) as caught:
        load_form("s1_apply", json.dumps(form_with(type="string", format="uri")), "{}")

    assert str(caught.value) == (
        "s1_apply-schema.json at /properties/x/format: unknown format 'uri'. "
        "Remedy: use one of: decimal, date, time, date-time, email, file"
    )


def test_a_declared_total_keeps_its_title() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": titled("甲", "a", type="integer"),
            "sum": titled("总分", "sum", type="string", format="decimal"),
        },
        "x-totals": {"sum": ["a"]},
    }

    form = load_form("f", json.dumps(schema), "{}")

    assert [(field.label.zh, field.parts) for field in form.fields] == [
        ("甲", ()),
        ("总分", ("a",)),
    ]


@pytest.mark.parametrize(
    "pattern",
    ["^1[0-9]{10}$", r"^\d{17}[\dXx]$", "^[A-Z]{1,2}$", "^(?:a|b)c$", r"^[一-龥·]{2,20}$", "^$"],
)
def test_plain_patterns_are_allowed(pattern: str) -> None:
    assert pattern_fault(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "[0-9]+",
        "^(a+)+$",
        "^(a|a)*$",
        "^a*a*a*a*$",
        "^a?a?a?a?b$",
        r"^(a)\1$",
        "^(?=a)b$",
        "^(?i)a$",
        "^a|b$",
        "^" + "a" * 200 + "$",
        "^[z-a]$",
        "^a{99999}$",
    ],
)
def test_patterns_that_could_run_away_are_refused(pattern: str) -> None:
    assert pattern_fault(pattern) is not None


WORDS = [
    *("type", "properties", "items", "x-i18n", "oneOf", "allOf", "if", "then", "required"),
    *("format", "x-decimal", "x-file", "x-totals", "a", "b", "title", "const", "string"),
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(WORDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(schema=json_values, ui=json_values, field=json_values)
def test_any_json_is_read_or_refused_as_a_form(schema: Any, ui: Any, field: Any) -> None:
    for each in (schema, {"type": "object", "properties": {"a": field, "b": schema}}):
        with suppress(InvalidForm):
            assert load_form("f", json.dumps(each), json.dumps(ui)).fields


def test_a_form_without_a_layout_asks_in_the_order_of_the_schema() -> None:
    form = small(b=titled("乙", "b", type="string"), a=titled("甲", "a", type="string"))

    assert [field.key for field in form.fields] == ["b", "a"]
