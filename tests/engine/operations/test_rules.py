"""The published case through the operations, and the edges of each."""

from typing import Any

import pytest

from engine.operations import BadParameters
from engine.selection import TooFewScores
from tests.engine.operations.bench import Bench
from tests.engine.selection import published_case as case

WEIGHTS = {
    "interview": {"max": 30, "of": 30},
    "second_recommendation": {"max": 30, "of": 30},
    "democratic_evaluation": {"max": 20, "of": 100},
    "inspection_team": {"max": 20, "of": 100},
}
USE = {100: "first_choice", 85: "suitable", 70: "defer", 50: "unsuitable"}
USE_POINTS = {word: points for points, word in USE.items()}


def marks(votes: dict[str, int]) -> dict[str, dict[str, int]]:
    return {code: {"recommend": number} for code, number in votes.items()}


def test_the_cut_of_the_theory_test_says_everything_a_text_needs(bench: Bench) -> None:
    result = bench.result("cut", scores=case.TEST, places=16)

    assert tuple(result["advanced"]) == case.STATEMENT_LIST
    assert (result["places"], result["field"], result["line"]) == (16, 36, "76")
    assert result["tie"] == {
        "first": 15,
        "last": 18,
        "codes": ["K15", "K16", "K17", "K18"],
        "value": "76",
    }
    assert result["ranking"][0] == {"code": "K01", "rank": 1, "value": "94", "advanced": True}
    assert (result["values"]["K19"], result["ranks"]["K18"]) == ("75", 15)
    assert [line["code"] for line in result["working"]] == [
        "cut_places", "cut_tie_included", "cut_advanced",
    ]  # fmt: skip


def test_a_cut_reads_the_marks_of_a_count(bench: Bench) -> None:
    result = bench.result("cut", scores=marks(case.FIRST_VOTES), places=10)

    assert tuple(result["advanced"]) == case.RESEARCH_LIST
    assert (result["tie"]["first"], result["tie"]["last"], result["line"]) == (10, 11, "60")


@pytest.mark.parametrize(
    ("ties", "advanced", "undecided"),
    [("include_all", 3, 0), ("exclude_all", 1, 0), ("decide", 1, 2)],
)
def test_ties_at_the_line_follow_the_rule(
    bench: Bench, ties: str, advanced: int, undecided: int
) -> None:
    result = bench.result("cut", scores={"A": 3, "B": 2, "C": 2, "D": 1}, places=2, ties=ties)

    assert (len(result["advanced"]), len(result["undecided"])) == (advanced, undecided)


def test_a_cut_without_a_tie_or_of_nobody_has_none(bench: Bench) -> None:
    assert bench.result("cut", scores={"A": "2.5", "B": "1"}, places=1)["tie"] is None
    assert bench.result("cut", scores={}, places=4)["line"] is None


@pytest.mark.parametrize(
    "parameters",
    [
        {"scores": {"A": 1}, "places": -1},
        {"scores": {"A": 1}, "places": "4"},
        {"scores": {"A": 1}, "places": 1, "ties": "by_lot"},
        {"scores": {"A": "1e3"}, "places": 1},
        {"scores": {"A": 1.5}, "places": 1},
        {"scores": {"A": {"A": 1, "B": 2}}, "places": 1},
        {"places": 1},
        {"scores": {}, "places": 1, "quota": 3},
    ],
)
def test_a_cut_refuses_what_cannot_be_cut(bench: Bench, parameters: dict[str, Any]) -> None:
    with pytest.raises(BadParameters):
        bench.run("cut", **parameters)


def test_scores_are_read_from_rows_or_from_a_variable(bench: Bench) -> None:
    rows = [{"code": "K02", "score": "88.5"}, {"code": "K01", "score": 90}]

    for entries in (rows, {"entries": rows, "by_subject": {}}):
        made = bench.result("scores_of", entries=entries, key="code", field="score")
        assert made == {"K02": "88.5", "K01": "90"}


@pytest.mark.parametrize(
    "rows",
    [
        [{"code": "K01", "score": "1"}, {"code": "K01", "score": "2"}],
        [{"code": "K01", "score": ""}],
        [{"score": "1"}],
    ],
)
def test_rows_that_are_not_one_score_each_are_refused(bench: Bench, rows: list[Any]) -> None:
    with pytest.raises(BadParameters, match=r"row \d"):
        bench.run("scores_of", entries=rows, key="code", field="score")


def test_the_judges_means_are_the_published_ones(bench: Bench) -> None:
    plain = bench.result("panel_mean", scores=case.JUDGES, maximum=30)
    trimmed = bench.result("panel_mean", scores=case.JUDGES, trim=1, maximum=30)

    assert plain["published"] == case.PANEL_MEANS
    assert plain["exact"]["K06"] == "2471/90"
    assert (plain["counted"]["K06"], trimmed["counted"]["K06"]) == (9, 7)
    assert trimmed["published"] == case.TRIMMED_MEANS
    assert [line["code"] for line in trimmed["working"]["K06"]] == [
        "panel_scores", "panel_removed", "panel_mean",
    ]  # fmt: skip


def test_a_mean_needs_scores_within_the_maximum(bench: Bench) -> None:
    with pytest.raises(TooFewScores):
        bench.run("panel_mean", scores={"K01": []}, maximum=30)
    with pytest.raises(BadParameters, match="outside 0 to 30"):
        bench.run("panel_mean", scores={"K01": ["30.1"]}, maximum=30)


def test_votes_become_the_published_points(bench: Bench) -> None:
    for votes in (case.SECOND_VOTES, marks(case.SECOND_VOTES)):
        result = bench.result("votes_to_points", votes=votes, base=58, full_marks=30)
        assert result["published"] == case.VOTE_POINTS
        assert result["votes"] == case.SECOND_VOTES
    assert result["exact"]["K07"] == "690/29"


def test_votes_over_an_empty_base_are_refused(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="empty base"):
        bench.run("votes_to_points", votes={"K01": 0}, base=0, full_marks=30)


@pytest.mark.parametrize(
    ("votes", "base", "comparator", "passes"),
    [(20, 50, ">=", True), (20, 50, ">", False), (23, 58, ">=", False), (0, 0, ">=", False)],
)
def test_a_gate_compares_exactly(
    bench: Bench, votes: int, base: int, comparator: str, passes: bool
) -> None:
    result = bench.result("gate", votes=votes, base=base, comparator=comparator, percent=40)

    assert result["passes"] is passes


def test_the_gate_shows_share_and_percentage(bench: Bench) -> None:
    result = bench.result("gate", votes=23, base=58, percent=40)

    assert (result["share"], result["share_percent"]) == ("23/58", "39.66")


def test_evaluations_have_the_published_scores(bench: Bench) -> None:
    for counts, percent, score in case.EVALUATION.values():
        for grades in (counts, dict(zip("ABCD", counts, strict=True))):
            result = bench.result(
                "grade_score", grades=grades, values=list(case.GRADE_VALUES),
                satisfaction_of="A+B", satisfaction_gate=80,
            )  # fmt: skip
            assert (result["satisfaction"], result["published"]) == (percent, score)
            assert result["passes"] is True


def test_the_satisfaction_counts_what_the_rule_names(bench: Bench) -> None:
    given = {"grades": [10, 20, 6, 4], "values": [100, 85, 70, 50], "satisfaction_gate": 80}

    strict = bench.result("grade_score", satisfaction_of="A+B", **given)
    wide = bench.result("grade_score", satisfaction_of="A+B+C", **given)

    assert [(r["satisfaction"], r["passes"]) for r in (strict, wide)] == [
        ("75.00", False), ("90.00", True),
    ]  # fmt: skip
    assert strict["score"] == "83"


def test_the_exact_score_goes_on_and_the_rounded_one_is_shown(bench: Bench) -> None:
    result = bench.result(
        "grade_score", grades=[25, 7, 0, 8], values=[100, 85, 70, 50], satisfaction_of="A+B",
        satisfaction_gate=80,
    )  # fmt: skip

    assert (result["score"], result["published"]) == ("87.375", "87.38")


def test_an_evaluation_without_a_grade_is_refused(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="no grade was given"):
        bench.run(
            "grade_score", grades=[0, 0], values=[100, 50], satisfaction_of="A",
            satisfaction_gate=80,
        )  # fmt: skip


def team_entries() -> dict[str, list[dict[str, Any]]]:
    return {
        code: [
            {"appraisal": appraisal, "use": USE[use]}
            for appraisal, use in zip(appraisals, uses, strict=True)
        ]
        for code, (appraisals, uses, _) in case.TEAM.items()
    }


def test_the_team_has_the_published_scores(bench: Bench) -> None:
    expected = {code: score for code, (_, _, score) in case.TEAM.items()}

    for entries in (team_entries(), {"by_subject": team_entries(), "entries": []}):
        result = bench.result(
            "team_score", entries=entries, weights={"appraisal": 70, "use": 30},
            use_points=USE_POINTS,
        )  # fmt: skip
        assert result["published"] == expected
        assert list(result["published"]) == list(expected)
    assert result["members"]["K06"] == 3
    assert result["items"]["K06"] == {"appraisal": "59.50", "use": "28.50"}


def test_a_word_without_points_is_refused(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="perhaps"):
        bench.run(
            "team_score", entries={"K01": [{"use": "perhaps"}]}, weights={"use": 100},
            use_points=USE_POINTS,
        )  # fmt: skip


def test_the_final_scores_are_the_published_ones(bench: Bench) -> None:
    evaluation = {
        code: bench.result(
            "grade_score", grades=counts, values=list(case.GRADE_VALUES), satisfaction_of="A+B",
            satisfaction_gate=80,
        )["score"]
        for code, (counts, _, _) in case.EVALUATION.items()
    }  # fmt: skip
    items = {
        "interview": {code: case.PANEL_MEANS[code] for code in evaluation},
        "second_recommendation": {code: case.VOTE_POINTS[code] for code in evaluation},
        "democratic_evaluation": evaluation,
        "inspection_team": {code: case.TEAM[code][2] for code in evaluation},
    }
    by_code = {code: {item: items[item][code] for item in items} for code in evaluation}

    for given in (items, by_code):
        result = bench.result("composite", items=given, weights=WEIGHTS)
        assert result["published"] == case.FINAL
        assert {c: list(row.values()) for c, row in result["items"].items()} == case.FINAL_ITEMS
        assert [(row["code"], row["rank"]) for row in result["ranking"]][:2] == [
            ("K06", 1), ("K08", 2),
        ]  # fmt: skip


def test_a_plain_weight_counts_an_item_as_often(bench: Bench) -> None:
    items = {"interview": {"K07": "26.86"}, "votes": {"K07": "23.79"}}

    as_it_is = bench.result("composite", items=items, weights={"interview": 1, "votes": 1})
    twice = bench.result("composite", items=items, weights={"interview": 2, "votes": 1})

    assert [r["published"]["K07"] for r in (as_it_is, twice)] == ["50.65", "77.51"]


def test_a_missing_item_is_never_nought(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="K07 has the items"):
        bench.run(
            "composite", items={"a": {"K06": 1, "K07": 1}, "b": {"K06": 1}},
            weights={"a": 1, "b": 1},
        )  # fmt: skip
