from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis.strategies import (
    dictionaries,
    fixed_dictionaries,
    fractions,
    permutations,
    sampled_from,
)

from engine.selection.composite import Weight, composite
from engine.selection.rounding import Number, exact, publish

WEIGHTS: dict[str, Weight] = {
    "interview": {"max": 30, "of": 30},
    "votes": {"max": 30, "of": 30},
    "evaluation": {"max": 20, "of": 100},
    "team": {"max": 20, "of": 100},
}
CODES = [f"K{number:02d}" for number in range(1, 13)]

rows = fixed_dictionaries(
    {name: fractions(0, exact(weight["of"])) for name, weight in WEIGHTS.items()}
)
tables = dictionaries(sampled_from(CODES), rows)


def test_published_items_are_weighed_rounded_and_added() -> None:
    items = {"interview": "27.46", "votes": "30.00", "evaluation": "95.50", "team": "88.00"}

    (row,) = composite({"K06": items}, WEIGHTS).rows

    assert row.items == {
        "interview": "27.46",
        "votes": "30.00",
        "evaluation": "19.10",
        "team": "17.60",
    }
    assert (row.total, row.rank) == ("94.16", 1)


def test_items_are_rounded_before_they_are_added() -> None:
    weights: dict[str, Weight] = {name: {"max": 10, "of": 10} for name in ("a", "b")}

    result = composite({"K01": {"a": "1.005", "b": "1.005"}}, weights)

    assert result.totals == {"K01": "2.02"}


def test_equal_totals_share_a_rank() -> None:
    weights: dict[str, Weight] = {"a": {"max": 10, "of": 10}, "b": {"max": 10, "of": 10}}
    items = {"K02": {"a": 5, "b": 4}, "K01": {"a": 4, "b": 5}, "K03": {"a": 1, "b": 1}}

    result = composite(items, weights)

    assert [(row.code, row.rank) for row in result.rows] == [("K01", 1), ("K02", 1), ("K03", 3)]


def test_the_working_can_be_added_up_again() -> None:
    result = composite({"K01": {"team": 88}}, {"team": {"max": 20, "of": 100}})

    assert result.working == (
        {"code": "composite_weight", "item": "team", "max": "20", "of": "100"},
        {
            "code": "composite_item",
            "candidate": "K01",
            "item": "team",
            "value": "88",
            "max": "20",
            "of": "100",
            "published": "17.60",
        },
        {
            "code": "composite_total",
            "candidate": "K01",
            "items": ["17.60"],
            "total": "17.60",
            "rank": 1,
        },
    )
    assert result.to_json()["rows"] == [
        {"code": "K01", "items": {"team": "17.60"}, "total": "17.60", "rank": 1}
    ]


@pytest.mark.parametrize(
    "items", [{}, {"a": 1, "b": 1}, {"b": 1}], ids=["missing", "too many", "another"]
)
def test_an_item_too_few_or_too_many_is_refused(items: dict[str, Number]) -> None:
    with pytest.raises(ValueError, match="needed are"):
        composite({"K01": items}, {"a": {"max": 1, "of": 1}})


@pytest.mark.parametrize("value", ["100.01", -1])
def test_a_value_outside_its_range_is_refused(value: Number) -> None:
    with pytest.raises(ValueError, match="a of K01 is"):
        composite({"K01": {"a": value}}, {"a": {"max": 20, "of": 100}})


@pytest.mark.parametrize("weight", [Weight(max=20, of=0), Weight(max=-1, of=100)])
def test_a_weight_of_nothing_is_refused(weight: Weight) -> None:
    with pytest.raises(ValueError, match="the weight of"):
        composite({}, {"a": weight})


@given(items=tables)
def test_totals_are_the_sums_of_published_items(items: dict[str, dict[str, Fraction]]) -> None:
    for row in composite(items, WEIGHTS).rows:
        assert exact(row.total) == sum(exact(value) for value in row.items.values())
        assert 0 <= exact(row.total) <= 100


@given(items=tables, names=permutations(CODES))
def test_a_composite_is_neutral_and_independent_of_order(
    items: dict[str, dict[str, Fraction]], names: list[str]
) -> None:
    new = dict(zip(CODES, names, strict=True))
    renamed = {new[code]: items[code] for code in reversed(items)}

    totals = composite(items, WEIGHTS).totals

    assert composite(renamed, WEIGHTS).totals == {new[code]: totals[code] for code in totals}


@given(items=tables)
def test_published_items_counted_as_they_are_do_not_change(
    items: dict[str, dict[str, Fraction]],
) -> None:
    published = {
        code: {name: publish(value) for name, value in row.items()} for code, row in items.items()
    }
    same: dict[str, Weight] = {name: {"max": w["of"], "of": w["of"]} for name, w in WEIGHTS.items()}

    assert {row.code: row.items for row in composite(published, same).rows} == published
