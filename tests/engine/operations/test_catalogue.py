"""What holds for every operation: its schema, its docstring, what a result may be."""

import inspect
from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from engine.operations import CATALOGUE, BadParameters, Effect, Outcome, UnknownOperation, perform
from engine.operations.base import Operation
from engine.operations.values import plain, whole
from tests.engine.operations.bench import Bench

DOCUMENTED = {
    "store_roster", "store_members", "register_applicants", "list_eligible", "set_status",
    "list_inspected", "keep", "draw_lots", "cut", "scores_of", "panel_mean", "votes_to_points",
    "cut_pools", "gather_scores", "count_choices", "enter_candidates", "tally_signed", "gate",
    "grade_score", "team_score", "composite", "take_attendance", "open_ballot",
    "check_paper", "tally",
    "decide_contests", "open_seal", "publish", "make_document", "notify", "pause_selection",
    "resume_selection", "check_rule_change", "record_rule_change", "send_message",
    "end_selection",
}  # fmt: skip
EVERY = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE.keys())


def described(schema: Any) -> list[tuple[str, str]]:
    """Every title with its English, hints too."""
    found = []
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            english = schema["x-i18n"]["en"]
            found.append((schema["title"], english["title"]))
            if "description" in schema:
                found.append((schema["description"], english["description"]))
        for key, value in schema.items():
            found += [] if key == "x-i18n" else described(value)
    if isinstance(schema, list):
        for value in schema:
            found += described(value)
    return found


def test_the_catalogue_is_the_one_of_the_documentation() -> None:
    assert set(CATALOGUE) == DOCUMENTED


@EVERY
def test_parameters_are_described_in_both_languages(entry: Operation) -> None:
    Draft202012Validator.check_schema(entry.schema)
    for name, schema in entry.schema["properties"].items():
        assert schema["title"], name
    for zh, en in described(entry.schema):
        assert any("\u4e00" <= sign <= "\u9fff" for sign in zh)
        assert en.isascii()


@EVERY
def test_the_schema_and_the_function_say_the_same(entry: Operation) -> None:
    call, *parameters = inspect.signature(entry.run).parameters.values()
    named = [p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]

    assert call.name == "call"
    assert {p.name for p in named} == set(entry.schema["properties"])
    needed = {p.name for p in named if p.default is inspect.Parameter.empty}
    assert needed == set(entry.schema["required"])
    assert entry.schema["additionalProperties"] is (len(named) < len(parameters))


@EVERY
def test_the_docstring_gives_the_shape_of_the_result(entry: Operation) -> None:
    text = inspect.getdoc(entry.run) or ""
    assert "Returns:" in text


def test_an_unknown_operation_is_named(bench: Bench) -> None:
    with pytest.raises(UnknownOperation, match="'dance'"):
        perform(bench.call(), "dance", {})


def test_what_the_rules_refuse_names_the_operation(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="operation gate: 5 is not a part of 4"):
        bench.run("gate", votes=5, base=4, percent=40)


def test_whole_fractions_of_expressions_are_numbers(bench: Bench) -> None:
    result = bench.result("cut", scores={"K01": Fraction(5, 2), "K02": 1}, places=Fraction(2, 2))

    assert (result["advanced"], result["line"]) == (["K01"], "2.5")


def test_values_become_plain_json() -> None:
    instant = datetime(2026, 3, 2, tzinfo=UTC)
    value = {
        "fraction": Fraction(23, 58),
        1: (True, None, "x"),
        "range": range(2),
        "day": date(2026, 3, 2),
        "time": time(8, 30),
        "instant": instant,
        "id": UUID(int=1),
    }

    assert plain(value) == {
        "fraction": "23/58",
        "1": [True, None, "x"],
        "range": [0, 1],
        "day": "2026-03-02",
        "time": "08:30:00",
        "instant": "2026-03-02T00:00:00+00:00",
        "id": "00000000-0000-0000-0000-000000000001",
    }


@pytest.mark.parametrize("value", [1.5, b"sealed", object()])
def test_what_has_no_exact_json_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="has no JSON form"):
        plain({"x": [value]})


def test_only_whole_fractions_are_made_whole() -> None:
    assert [whole(value) for value in (Fraction(6, 3), Fraction(1, 2), "2")] == [
        2, Fraction(1, 2), "2",
    ]  # fmt: skip


def test_outcomes_have_no_effects_unless_they_say_so() -> None:
    assert Outcome({}).effects == ()
    assert Effect("pause") == Effect(kind="pause", name="", reason="")
