from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from engine.selection.gate import Comparator, gate


@pytest.mark.parametrize(
    ("votes", "valid", "passes", "share_percent"),
    [
        (24, 58, True, "41.38"),
        (23, 58, False, "39.66"),
        (20, 50, True, "40.00"),
        (27, 67, True, "40.30"),
        (26, 67, False, "38.81"),
        (47, 116, True, "40.52"),
        (46, 116, False, "39.66"),
        (0, 58, False, "0.00"),
        (58, 58, True, "100.00"),
    ],
)
def test_forty_percent_of_the_valid_ballots_passes(
    votes: int, valid: int, passes: bool, share_percent: str
) -> None:
    result = gate(votes, valid, comparator=">=", percent="40")

    assert (result.passes, result.share_percent) == (passes, share_percent)
    assert result.share == Fraction(votes, valid)


@pytest.mark.parametrize(("comparator", "passes"), [(">=", True), (">", False)])
def test_exactly_the_limit_passes_only_where_the_number_is_included(
    comparator: Comparator, passes: bool
) -> None:
    assert gate(20, 50, comparator=comparator, percent=40).passes is passes


def test_an_empty_base_never_passes() -> None:
    result = gate(0, 0, comparator=">=", percent=0)

    assert (result.passes, result.share, result.share_percent) == (False, None, None)
    assert result.working == ({"code": "empty_base", "base": "whole"},)


def test_the_working_has_both_numbers_and_the_exact_share() -> None:
    assert gate(23, 58, comparator=">=", percent="40").working == (
        {
            "code": "gate",
            "part": "23",
            "whole": "58",
            "share": "23/58",
            "share_percent": "39.66",
            "comparator": ">=",
            "percent": "40",
            "passes": False,
        },
    )


def test_a_share_that_only_rounds_to_the_limit_fails_and_says_why() -> None:
    result = gate(39999, 100000, comparator=">=", percent="40")

    assert (result.passes, result.share_percent) == (False, "40.00")
    assert result.working[1] == {
        "code": "compared_exactly",
        "share": "39999/100000",
        "percent": "40",
    }


def test_a_pass_mark_is_a_gate_too() -> None:
    assert gate("59.99", 100, comparator=">=", percent=60).passes is False
    assert gate("60.00", 100, comparator=">=", percent=60).passes is True


@pytest.mark.parametrize(("part", "whole"), [(2, 1), (-1, 5), (0, -1)])
def test_what_is_no_part_of_the_whole_is_refused(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="is not a part of"):
        gate(part, whole, comparator=">=", percent=40)


def test_an_unknown_comparator_is_refused() -> None:
    with pytest.raises(ValueError, match="comparator must be"):
        gate(1, 2, comparator="<", percent=40)  # type: ignore[arg-type]  # from a bad file


def test_a_gate_shows_itself_as_plain_json() -> None:
    shown = gate(23, 58, comparator=">=", percent="40").to_json()

    assert {name: value for name, value in shown.items() if name != "working"} == {
        "passes": False,
        "part": "23",
        "whole": "58",
        "comparator": ">=",
        "percent": "40",
        "share": "23/58",
        "share_percent": "39.66",
    }


@given(whole=integers(1, 500), part=integers(0, 500), percent=integers(0, 100))
def test_the_two_comparators_differ_only_at_the_limit(whole: int, part: int, percent: int) -> None:
    part = min(part, whole)
    included = gate(part, whole, comparator=">=", percent=percent).passes
    excluded = gate(part, whole, comparator=">", percent=percent).passes

    assert (included and not excluded) == (100 * part == percent * whole)


@given(whole=integers(1, 500), part=integers(0, 499), percent=integers(0, 100))
def test_one_vote_more_never_closes_a_gate(whole: int, part: int, percent: int) -> None:
    part = min(part, whole - 1)
    before = gate(part, whole, comparator=">=", percent=percent).passes

    assert not before or gate(part + 1, whole, comparator=">=", percent=percent).passes
