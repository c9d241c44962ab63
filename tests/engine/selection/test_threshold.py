from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis.strategies import fractions, integers, sampled_from

from engine.selection.gate import Comparator
from engine.selection.quorum import PRESETS, quorum
from engine.selection.threshold import threshold


@pytest.mark.parametrize(
    ("entitled", "needed_for_quorum", "needed_for_majority"),
    [
        (9, 6, 5),
        (11, 8, 6),
        (13, 9, 7),
        (27, 18, 14),
        (31, 21, 16),
        (33, 22, 17),
        (35, 24, 18),
        (39, 26, 20),
        (48, 32, 25),
    ],
)
def test_committees_of_every_size_know_their_quorum_and_majority(
    entitled: int, needed_for_quorum: int, needed_for_majority: int
) -> None:
    rule = PRESETS["committee_on_cadres"]

    assert rule.quorum.needed(entitled) == needed_for_quorum
    assert rule.majority.needed(entitled) == needed_for_majority


@pytest.mark.parametrize(
    ("entitled", "needed"),
    [(33, [22, 23, 17, 27]), (39, [26, 27, 20, 32]), (48, [32, 33, 25, 39])],
)
def test_including_and_excluding_the_number_are_two_rules(entitled: int, needed: list[int]) -> None:
    rules: list[tuple[Comparator, str]] = [(">=", "2/3"), (">", "2/3"), (">", "1/2"), (">=", "4/5")]

    assert [
        quorum(present=0, entitled=entitled, comparator=comparator, number=number).needed
        for comparator, number in rules
    ] == needed


@pytest.mark.parametrize(
    ("comparator", "present", "passes"),
    [(">=", 22, True), (">=", 21, False), (">", 22, False), (">", 23, True)],
)
def test_two_thirds_and_more_than_two_thirds_of_33(
    comparator: Comparator, present: int, passes: bool
) -> None:
    result = quorum(present=present, entitled=33, comparator=comparator)

    assert result.passes is passes


def test_the_presets_differ_where_the_rules_of_parties_differ() -> None:
    assert {name: rule.quorum.needed(33) for name, rule in PRESETS.items()} == {
        "committee_on_cadres": 22,
        "committee_election": 23,
        "congress_election": 17,
        "grass_roots_election": 27,
        "ordinary_resolution": 17,
    }
    assert {rule.majority.needed(33) for rule in PRESETS.values()} == {17}


def test_the_base_chooses_who_counts_as_everybody() -> None:
    counts = {"agree": 17, "valid": 30, "present": 33, "entitled": 40}

    passes = {
        base: threshold("agree", base, ">", "1/2").evaluate(counts).passes
        for base in ("valid", "present", "entitled")
    }

    assert passes == {"valid": True, "present": True, "entitled": False}


def test_the_working_has_the_needed_number() -> None:
    result = threshold("agree", "entitled", ">", "1/2").evaluate({"agree": 16, "entitled": 33})

    assert result.working == (
        {
            "code": "threshold",
            "metric": "agree",
            "count": 16,
            "base": "entitled",
            "base_count": 33,
            "comparator": ">",
            "number": "1/2",
            "needed": 17,
            "passes": False,
        },
    )
    assert result.to_json()["share"] == "16/33"


def test_an_empty_base_never_passes() -> None:
    result = threshold("agree", "valid", ">=", 0).evaluate({"agree": 0, "valid": 0})

    assert (result.passes, result.share) == (False, None)
    assert result.working[1] == {"code": "empty_base", "base": "valid"}


def test_a_number_may_be_a_share_or_a_percentage() -> None:
    assert threshold("agree", "valid", ">=", "40%").number == Fraction(2, 5)
    assert threshold("agree", "valid", ">=", "66.5 %").number == Fraction(133, 200)
    assert threshold("agree", "valid", ">=", Fraction(2, 3)).to_json() == {
        "metric": "agree",
        "base": "valid",
        "comparator": ">=",
        "number": "2/3",
        "plus": 0,
    }


def test_forty_is_refused_where_a_share_is_meant() -> None:
    with pytest.raises(ValueError, match="is not a share"):
        threshold("agree", "valid", ">=", 40)


def test_unknown_bases_comparators_and_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="base must be one of"):
        threshold("agree", "cast", ">=", "1/2")  # type: ignore[arg-type]  # from a bad file
    with pytest.raises(ValueError, match="comparator must be"):
        threshold("agree", "valid", "=", "1/2")  # type: ignore[arg-type]  # from a bad file
    with pytest.raises(KeyError):
        threshold("agree", "valid", ">", "1/2").evaluate({"agree": 3})


@given(
    number=fractions(min_value=0, max_value=1, max_denominator=20),
    comparator=sampled_from([">=", ">"]),
    entitled=integers(1, 2000),
)
def test_the_needed_number_is_the_smallest_that_passes(
    number: Fraction, comparator: Comparator, entitled: int
) -> None:
    rule = threshold("present", "entitled", comparator, number)
    needed = rule.needed(entitled)

    assert rule.evaluate({"present": needed, "entitled": entitled}).passes
    if needed:
        assert not rule.evaluate({"present": needed - 1, "entitled": entitled}).passes


# ---- a share and so many more ----
@pytest.mark.parametrize(
    ("entitled", "needed"), [(10, 6), (9, 5), (11, 6), (1, 1), (2, 2), (12, 7)]
)
def test_half_plus_one_is_half_rounded_down_and_one(entitled: int, needed: int) -> None:
    rule = threshold("present", "entitled", ">=", "1/2 + 1")

    assert rule.needed(entitled) == needed
    assert rule.evaluate({"present": needed, "entitled": entitled}).passes
    assert not rule.evaluate({"present": needed - 1, "entitled": entitled}).passes


def test_a_number_of_people_is_none_of_a_share_and_so_many() -> None:
    rule = threshold("present", "entitled", ">", "0 + 6")

    assert [rule.needed(entitled) for entitled in (7, 40)] == [6, 6]


def test_what_is_added_is_told_in_the_working() -> None:
    rule = threshold("present", "entitled", ">=", "1/2 + 1")

    working = rule.evaluate({"present": 6, "entitled": 11}).working
    assert working[-1] == {
        "code": "threshold_plus", "share": "1/2", "base_count": 11, "whole": 5, "plus": 1,
        "needed": 6,
    }  # fmt: skip


@pytest.mark.parametrize("number", ["1/2 + x", "1/2 +", "1/2 + -1"])
def test_only_a_whole_number_is_added(number: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        threshold("present", "entitled", ">=", number)


def test_an_empty_base_never_passes_with_a_number_added() -> None:
    rule = threshold("present", "entitled", ">=", "1/2 + 1")

    assert not rule.evaluate({"present": 0, "entitled": 0}).passes
