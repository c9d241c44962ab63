"""Panel mean, points for votes, grades and satisfaction."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis.strategies import DataObject, data, integers, lists, permutations

from engine.selection.grades import grade_score, satisfaction
from engine.selection.panel import TooFewScores, panel_mean
from engine.selection.points import votes_to_points
from engine.selection.rounding import exact
from tests.engine.selection.published_case import GRADE_VALUES, JUDGES

tenths = integers(0, 300).map(lambda number: Fraction(number, 10))


# ---- panel mean ----
def test_nine_judges_give_a_plain_mean() -> None:
    result = panel_mean(JUDGES["K06"], maximum=30)

    assert (result.mean, result.published) == (Fraction(2471, 90), "27.46")
    assert (result.removed, result.counted) == ((), 9)
    assert result.working == (
        {"code": "panel_scores", "count": 9, "maximum": "30", "scores": JUDGES["K06"]},
        {
            "code": "panel_mean",
            "sum": "247.1",
            "count": 9,
            "mean": "2471/90",
            "published": "27.46",
        },
    )


def test_trimming_drops_only_one_of_equal_extremes() -> None:
    result = panel_mean([20, 25, 25, 20, 22], trim=1, maximum=30)

    assert result.removed == (0, 2)
    assert (result.counted, result.published) == (3, "22.33")
    assert result.working[1] == {"code": "panel_removed", "lowest": ["20"], "highest": ["25"]}


def test_the_smallest_panel_that_can_be_trimmed_has_three_judges() -> None:
    assert panel_mean([10, 20, 30], trim=1, maximum=30).published == "20.00"
    with pytest.raises(TooFewScores) as caught:
        panel_mean([10, 20], trim=1, maximum=30)
    assert (caught.value.scores, caught.value.needed) == (2, 3)


def test_a_panel_without_scores_has_no_mean() -> None:
    with pytest.raises(TooFewScores, match="0 scores are in, at least 1"):
        panel_mean([], maximum=30)


@pytest.mark.parametrize("score", ["30.1", "-0.1"])
def test_a_score_outside_the_range_is_refused(score: str) -> None:
    with pytest.raises(ValueError, match="outside 0 to 30"):
        panel_mean(["25.0", score], maximum=30)


def test_a_panel_mean_shows_itself_as_plain_json() -> None:
    shown = panel_mean(["25", "25.5"], maximum=30).to_json()

    assert {name: shown[name] for name in ("mean", "published", "total", "counted", "removed")} == {
        "mean": "101/4",
        "published": "25.25",
        "total": "101/2",
        "counted": 2,
        "removed": [],
    }


@given(scores=lists(tenths, min_size=5, max_size=15), trim=integers(0, 2), drawn=data())
def test_the_order_of_judges_does_not_matter(
    scores: list[Fraction], trim: int, drawn: DataObject
) -> None:
    shuffled = drawn.draw(permutations(scores))

    assert (
        panel_mean(shuffled, trim=trim, maximum=30).mean
        == panel_mean(scores, trim=trim, maximum=30).mean
    )


@given(scores=lists(tenths, min_size=5, max_size=15), trim=integers(0, 2))
def test_a_mean_lies_between_the_scores_that_count(scores: list[Fraction], trim: int) -> None:
    result = panel_mean(scores, trim=trim, maximum=30)

    kept = [score for index, score in enumerate(scores) if index not in result.removed]
    assert min(kept) <= result.mean <= max(kept)
    assert len(result.removed) == len(set(result.removed)) == 2 * trim


# ---- points for votes ----
@pytest.mark.parametrize(
    ("votes", "points"),
    [
        (58, "30.00"),
        (57, "29.48"),
        (51, "26.38"),
        (46, "23.79"),
        (44, "22.76"),
        (40, "20.69"),
        (29, "15.00"),
        (24, "12.41"),
        (23, "11.90"),
        (17, "8.79"),
        (12, "6.21"),
        (4, "2.07"),
        (1, "0.52"),
        (0, "0.00"),
    ],
)
def test_votes_of_58_give_points_of_30(votes: int, points: str) -> None:
    assert votes_to_points(votes, base=58, full_marks=30).published == points


def test_points_keep_the_exact_value_and_its_working() -> None:
    result = votes_to_points(23, base=58, full_marks=30)

    assert result.points == Fraction(345, 29)
    assert result.working == (
        {
            "code": "votes_to_points",
            "votes": 23,
            "base": 58,
            "full_marks": "30",
            "points": "345/29",
            "published": "11.90",
        },
    )


@pytest.mark.parametrize(("votes", "base"), [(0, 0), (59, 58), (-1, 58)])
def test_impossible_votes_are_refused(votes: int, base: int) -> None:
    with pytest.raises(ValueError, match=r"empty base|more than the base|0 or more"):
        votes_to_points(votes, base=base, full_marks=30)


@given(base=integers(1, 500), votes=integers(0, 499))
def test_one_vote_more_never_costs_points(base: int, votes: int) -> None:
    votes = min(votes, base - 1)
    fewer, more = (votes_to_points(n, base=base, full_marks=30).points for n in (votes, votes + 1))

    assert 0 <= fewer < more <= 30


# ---- grades ----
@pytest.mark.parametrize(
    ("counts", "score"),
    [
        ([30, 8, 2, 0], "95.50"),
        ([20, 12, 6, 2], "88.50"),
        ([24, 8, 4, 4], "89.00"),
        ([16, 20, 4, 0], "89.50"),
        ([10, 20, 6, 4], "83.00"),
        ([25, 7, 0, 8], "87.38"),
        ([40, 0, 0, 0], "100.00"),
        ([0, 0, 0, 40], "50.00"),
    ],
)
def test_four_grades_give_a_score(counts: list[int], score: str) -> None:
    assert grade_score(counts, values=GRADE_VALUES).published == score


def test_a_grade_score_shows_its_sum() -> None:
    assert grade_score([25, 7, 0, 8], values=GRADE_VALUES).working == (
        {"code": "grade_counts", "counts": [25, 7, 0, 8], "values": ["100", "85", "70", "50"]},
        {
            "code": "grade_score",
            "sum": "3495",
            "ballots": 40,
            "score": "699/8",
            "published": "87.38",
        },
    )


def test_grades_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        grade_score([1, 2, 3], values=GRADE_VALUES)
    with pytest.raises(ValueError, match="no grade was given"):
        grade_score([0, 0, 0, 0], values=GRADE_VALUES)
    with pytest.raises(ValueError, match="0 or more"):
        grade_score([2, -1, 0, 0], values=GRADE_VALUES)


@pytest.mark.parametrize(
    ("counts", "of", "percent", "share"),
    [
        ([20, 12, 6, 2], "A+B", "80.00", Fraction(4, 5)),
        ([10, 20, 6, 4], "A+B", "75.00", Fraction(3, 4)),
        ([10, 20, 6, 4], "A+B+C", "90.00", Fraction(9, 10)),
    ],
)
def test_satisfaction_is_the_share_of_the_grades_named(
    counts: list[int], of: str, percent: str, share: Fraction
) -> None:
    result = satisfaction(counts, of=of)

    assert (result.percent, result.share) == (percent, share)


def test_satisfaction_of_nobody_is_no_share() -> None:
    result = satisfaction([0, 0, 0, 0])

    assert (result.share, result.percent) == (None, None)
    assert result.working[1] == {"code": "empty_base", "base": "valid"}


@pytest.mark.parametrize("of", ["", "A+E", "A+A", "AB", "a+b"])
def test_grades_that_do_not_exist_are_refused(of: str) -> None:
    with pytest.raises(ValueError, match="does not name grades"):
        satisfaction([1, 1, 1, 1], of=of)


@given(counts=lists(integers(0, 100), min_size=4, max_size=4))
def test_a_score_lies_between_the_lowest_and_the_highest_grade(counts: list[int]) -> None:
    if sum(counts):
        score = grade_score(counts, values=GRADE_VALUES)
        assert 50 <= score.score <= 100
        assert 50 <= exact(score.published) <= 100
