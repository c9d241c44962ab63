from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis.strategies import (
    DrawFn,
    SearchStrategy,
    composite,
    dictionaries,
    integers,
    permutations,
    sampled_from,
)

from engine.selection.cut import TIE_RULES, TieRule, cut

CODES = [f"K{number:02d}" for number in range(1, 31)]


def field(*values: int) -> dict[str, int]:
    return {f"K{number:02d}": value for number, value in enumerate(values, start=1)}


def score_lists() -> SearchStrategy[dict[str, Fraction]]:
    return dictionaries(sampled_from(CODES), integers(0, 12).map(lambda n: Fraction(n, 3)))


# ---- the published variants ----
@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([90, 89, 88, 87, 86, 85, 84, 83, 82, 81, 80, 79, 78, 77, 76, 75, 74, 73, 72, 71], 16),
        ([90, 90, 90, 89, 88, 87, 86, 85, 84, 83, 82, 81, 80, 79, 78, 77, 76, 75, 74, 73], 16),
        ([94, 92, 91, 89, 88, 86, 85, 84, 82, 81, 80, 79, 78, 77, 76, 76, 76, 76, 75, 74], 18),
        ([80, 79, 78], 3),
        ([70] * 36, 36),
    ],
    ids=["no tie", "tie inside", "ranks 15 to 18 tie", "short field", "all tied"],
)
def test_sixteen_places_take_all_who_tie_at_the_line(scores: list[int], expected: int) -> None:
    assert len(cut(field(*scores), 16).advanced) == expected


def test_the_working_tells_16_places_ranks_15_to_18_tie_18_advance() -> None:
    scores = field(94, 92, 91, 89, 88, 86, 85, 84, 82, 81, 80, 79, 78, 77, 76, 76, 76, 76, 75, 74)

    result = cut(scores, 16)

    assert result.working == (
        {"code": "cut_places", "places": 16, "field": 20},
        {
            "code": "cut_tie_included",
            "first_rank": 15,
            "last_rank": 18,
            "codes": ["K15", "K16", "K17", "K18"],
            "value": "76",
        },
        {"code": "cut_advanced", "advanced": 18, "line": "76"},
    )
    assert result.line == 76


def test_a_field_shorter_than_the_quota_is_a_warning() -> None:
    result = cut(field(80, 79, 78), 16)

    assert result.warnings == ({"code": "short_field", "places": 16, "field": 3},)
    assert result.working[-1] == result.warnings[0]
    assert result.places_left == 13


def test_a_tie_larger_than_twice_the_quota_is_an_alert() -> None:
    assert cut(field(*[70] * 36), 16).warnings == ({"code": "large_tie", "places": 16, "tied": 36},)
    assert cut(field(*[70] * 32), 16).warnings == ()


# ---- tie rules and edges ----
def test_a_body_decides_who_of_the_tied_takes_the_places_left() -> None:
    result = cut(field(9, 8, 7, 7, 7, 6), 4, ties="decide")

    assert result.advanced == ("K01", "K02")
    assert result.undecided == ("K03", "K04", "K05")
    assert result.places_left == 2
    assert result.line == 7
    assert result.working[1] == {
        "code": "cut_tie_to_decide",
        "first_rank": 3,
        "last_rank": 5,
        "codes": ["K03", "K04", "K05"],
        "value": "7",
        "places_left": 2,
    }


def test_excluding_ties_leaves_places_empty() -> None:
    result = cut(field(9, 8, 7, 7, 6), 3, ties="exclude_all")

    assert result.advanced == ("K01", "K02")
    assert result.undecided == ()
    assert result.places_left == 1
    assert result.line == 8
    assert result.working[1]["code"] == "cut_tie_excluded"


def test_excluding_a_tie_of_everybody_advances_nobody() -> None:
    result = cut(field(7, 7, 7), 2, ties="exclude_all")

    assert (result.advanced, result.line) == ((), None)


def test_a_tie_that_ends_at_the_line_crosses_nothing() -> None:
    result = cut(field(9, 7, 7, 6), 3, ties="decide")

    assert result.advanced == ("K01", "K02", "K03")
    assert result.tie is None


def test_equal_values_share_a_rank_and_stand_in_the_order_of_codes() -> None:
    result = cut({"K09": 5, "K02": 8, "K07": 8, "K01": 9}, 2)

    assert [(place.code, place.rank, place.advanced) for place in result.ranked] == [
        ("K01", 1, True),
        ("K02", 2, True),
        ("K07", 2, True),
        ("K09", 4, False),
    ]


def test_equal_values_written_differently_tie() -> None:
    assert cut({"A": "27.40", "B": "27.4", "C": Fraction(137, 5)}, 1).advanced == ("A", "B", "C")


def test_no_places_and_no_field_are_answers_too() -> None:
    nobody = cut(field(5, 4), 0)
    empty = cut({}, 3)

    assert (nobody.advanced, nobody.line, nobody.warnings) == ((), None, ())
    assert (empty.advanced, empty.line) == ((), None)
    assert empty.warnings == ({"code": "short_field", "places": 3, "field": 0},)
    assert cut({}, 0).warnings == ()


def test_bad_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="places must be 0 or more"):
        cut({}, -1)
    with pytest.raises(TypeError, match="whole number"):
        cut({}, True)
    with pytest.raises(ValueError, match="ties must be one of"):
        cut({}, 1, ties="lots")  # type: ignore[arg-type]  # what a bad file would hold


def test_a_cut_shows_itself_as_plain_json() -> None:
    assert cut({"K01": "27.46", "K02": Fraction(1, 3)}, 1).to_json() == {
        "places": 1,
        "ties": "include_all",
        "ranked": [
            {"code": "K01", "value": "1373/50", "shown": "27.46", "rank": 1, "advanced": True},
            {"code": "K02", "value": "1/3", "shown": "1/3", "rank": 2, "advanced": False},
        ],
        "advanced": ["K01"],
        "undecided": [],
        "places_left": 0,
        "line": "1373/50",
        "tie": None,
        "warnings": [],
        "working": [
            {"code": "cut_places", "places": 1, "field": 2},
            {"code": "cut_advanced", "advanced": 1, "line": "27.46"},
        ],
    }


# ---- properties ----
@given(scores=score_lists(), places=integers(0, 40))
def test_a_cut_never_splits_a_tie(scores: dict[str, Fraction], places: int) -> None:
    advanced = cut(scores, places).advanced

    lowest_in = min((scores[code] for code in advanced), default=Fraction(10**6))
    assert all(scores[code] < lowest_in for code in scores.keys() - set(advanced))


@given(scores=score_lists(), places=integers(0, 40))
def test_including_ties_fills_the_quota_and_leaving_out_the_line_would_not(
    scores: dict[str, Fraction], places: int
) -> None:
    result = cut(scores, places)

    assert len(result.advanced) >= min(places, len(scores))
    above = [code for code in result.advanced if scores[code] != result.line]
    assert len(above) < places or not places


@given(scores=score_lists(), places=integers(0, 40))
def test_excluding_ties_never_exceeds_the_quota(scores: dict[str, Fraction], places: int) -> None:
    result = cut(scores, places, ties="exclude_all")

    assert len(result.advanced) + result.places_left == places


@given(scores=score_lists(), places=integers(0, 40))
def test_leaving_a_tie_to_decide_lies_between_the_two_other_rules(
    scores: dict[str, Fraction], places: int
) -> None:
    included, decide, excluded = (cut(scores, places, ties=rule) for rule in TIE_RULES)

    assert decide.advanced == excluded.advanced
    assert decide.advanced + decide.undecided == included.advanced


@composite
def shuffled(draw: DrawFn) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    scores = draw(score_lists())
    return scores, dict(draw(permutations(list(scores.items()))))


@given(pair=shuffled(), places=integers(0, 40), ties=sampled_from(TIE_RULES))
def test_the_order_of_entry_does_not_matter(
    pair: tuple[dict[str, Fraction], dict[str, Fraction]], places: int, ties: TieRule
) -> None:
    assert cut(pair[0], places, ties=ties) == cut(pair[1], places, ties=ties)


@given(
    scores=score_lists(),
    places=integers(0, 40),
    names=permutations(CODES),
    ties=sampled_from(TIE_RULES),
)
def test_renaming_candidates_renames_the_result_and_no_more(
    scores: dict[str, Fraction], places: int, names: list[str], ties: TieRule
) -> None:
    new: Mapping[str, str] = dict(zip(CODES, names, strict=True))

    renamed = cut({new[code]: value for code, value in scores.items()}, places, ties=ties)

    assert set(renamed.advanced) == {new[code] for code in cut(scores, places, ties=ties).advanced}


@given(scores=score_lists(), places=integers(0, 40))
def test_ranks_are_competition_ranks(scores: dict[str, Fraction], places: int) -> None:
    ranked = cut(scores, places).ranked

    assert all(p.rank == 1 + sum(v > p.value for v in scores.values()) for p in ranked)
    assert all((-a.value, a.code) < (-b.value, b.code) for a, b in pairwise(ranked))
