import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, sampled_from

from engine.selection.entries import Difference, compare_entries

tables = dictionaries(
    sampled_from(["01", "02", "03"]),
    dictionaries(
        sampled_from(["score", "absent"]),
        sampled_from([0, 1, "0", "1.0", "01", "", "缺考", None, True]),
    ),
)


def test_equal_tables_have_no_differences() -> None:
    result = compare_entries({"01": {"score": 94}}, {"01": {"score": 94}})

    assert result.equal
    assert result.working == (
        {"code": "entries_compared", "first_rows": 1, "second_rows": 1, "differences": 0},
    )


def test_differences_name_the_place_and_never_the_value() -> None:
    first = {"01": {"score": 94, "absent": False}, "02": {"score": 81}, "03": {"score": 70}}
    second = {"01": {"score": 49, "absent": True}, "02": {"score": 81}, "04": {"score": 66}}

    result = compare_entries(first, second)

    assert result.differences == (
        Difference("01", "absent", None),
        Difference("01", "score", None),
        Difference("03", None, "second"),
        Difference("04", None, "first"),
    )
    assert result.to_json() == {
        "equal": False,
        "differences": [
            {"row": "01", "field": "absent", "missing_in": None},
            {"row": "01", "field": "score", "missing_in": None},
            {"row": "03", "field": None, "missing_in": "second"},
            {"row": "04", "field": None, "missing_in": "first"},
        ],
        "working": [
            {"code": "entries_compared", "first_rows": 3, "second_rows": 3, "differences": 4},
            {"code": "entry_differs", "row": "01", "field": "absent"},
            {"code": "entry_differs", "row": "01", "field": "score"},
            {"code": "row_missing", "row": "03", "missing_in": "second"},
            {"code": "row_missing", "row": "04", "missing_in": "first"},
        ],
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [(94, "94"), ("94.0", "94"), (" 94 ", 94), (None, ""), ("缺考 ", "缺考"), ([1], [1])],
)
def test_the_same_thing_written_differently_is_no_difference(one: object, other: object) -> None:
    assert compare_entries({"01": {"score": one}}, {"01": {"score": other}}).equal


@pytest.mark.parametrize(
    ("one", "other"), [("007", "7"), (1, True), (0, None), (0, ""), ("a", "A")]
)
def test_what_only_looks_alike_differs(one: object, other: object) -> None:
    assert not compare_entries({"01": {"code": one}}, {"01": {"code": other}}).equal


def test_a_field_left_out_is_an_empty_field() -> None:
    assert compare_entries({"01": {"score": None}}, {"01": {}}).equal
    assert not compare_entries({"01": {"score": 0}}, {"01": {}}).equal


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError, match="read the cell as text"):
        compare_entries({"01": {"score": 94.0}}, {"01": {"score": 94}})


@given(table=tables)
def test_a_table_equals_itself(table: dict[str, dict[str, object]]) -> None:
    assert compare_entries(table, table).equal


@given(first=tables, second=tables)
def test_who_entered_first_does_not_matter(
    first: dict[str, dict[str, object]], second: dict[str, dict[str, object]]
) -> None:
    places = {(found.row, found.field) for found in compare_entries(first, second).differences}

    assert {(f.row, f.field) for f in compare_entries(second, first).differences} == places
