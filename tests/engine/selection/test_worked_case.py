"""The published case from 36 to 2, every figure through the rules themselves."""

from fractions import Fraction

from engine import selection
from engine.selection import BallotRules, Contest, Number, Weight
from tests.engine.selection import published_case as case

WEIGHTS: dict[str, Weight] = {
    "interview": {"max": 30, "of": 30},
    "second_recommendation": {"max": 30, "of": 30},
    "democratic_evaluation": {"max": 20, "of": 100},
    "inspection_team": {"max": 20, "of": 100},
}
TWO_POSTS: dict[str, tuple[str, str]] = {"P1": ("K06", "K07"), "P2": ("K08", "K11")}


def interview_means() -> dict[str, str]:
    return {
        code: selection.panel_mean(scores, maximum=30).published
        for code, scores in case.JUDGES.items()
    }


def vote_points() -> dict[str, str]:
    return {
        code: selection.votes_to_points(votes, base=58, full_marks=30).published
        for code, votes in case.SECOND_VOTES.items()
    }


def team_score(code: str) -> str:
    appraisals, uses, _ = case.TEAM[code]
    weights: dict[str, Weight] = {
        "appraisal": {"max": 70, "of": 100},
        "use": {"max": 30, "of": 100},
    }
    items = {
        "appraisal": selection.panel_mean(appraisals, maximum=100).mean,
        "use": selection.panel_mean(uses, maximum=100).mean,
    }
    return selection.composite({code: items}, weights).totals[code]


def evaluation_score(code: str) -> Fraction:
    return selection.grade_score(case.EVALUATION[code][0], values=case.GRADE_VALUES).score


def test_the_theory_test_takes_18_for_16_places() -> None:
    result = selection.cut(case.TEST, 2 * 8)

    assert result.advanced == case.STATEMENT_LIST
    assert result.tie is not None
    assert (result.tie.first_rank, result.tie.last_rank) == (15, 18)


def test_the_first_recommendation_takes_11_for_10_places() -> None:
    result = selection.cut(case.FIRST_VOTES, 2 * 5)

    assert result.advanced == case.RESEARCH_LIST
    assert result.tie is not None
    assert (result.tie.first_rank, result.tie.last_rank) == (10, 11)


def test_the_judges_means_are_the_published_ones() -> None:
    assert interview_means() == case.PANEL_MEANS


def test_trimming_one_at_each_end_moves_the_means_but_not_the_ranks() -> None:
    trimmed = {
        code: selection.panel_mean(scores, trim=1, maximum=30).published
        for code, scores in case.JUDGES.items()
    }

    assert trimmed == case.TRIMMED_MEANS
    assert [place.code for place in selection.rank(trimmed)] == [
        place.code for place in selection.rank(case.PANEL_MEANS)
    ]


def test_the_votes_become_the_published_points() -> None:
    assert vote_points() == case.VOTE_POINTS


def test_the_stage_totals_take_six() -> None:
    means, points = interview_means(), vote_points()
    items = {code: {"interview": means[code], "votes": points[code]} for code in means}
    weights: dict[str, Weight] = {
        "interview": {"max": 30, "of": 30},
        "votes": {"max": 30, "of": 30},
    }

    totals = selection.composite(items, weights).totals

    assert totals == case.STAGE_TOTALS
    assert selection.cut(totals, 2 * 3).advanced == case.INSPECTION_SCOPE


def test_one_of_six_fails_the_gate_and_exactly_40_percent_passes() -> None:
    results = {
        code: selection.gate(votes, valid, comparator=">=", percent=40)
        for code, (votes, valid, _) in case.UNIT_RECOMMENDATION.items()
    }

    assert {code: result.share_percent for code, result in results.items()} == {
        code: percent for code, (_, _, percent) in case.UNIT_RECOMMENDATION.items()
    }
    assert [code for code, result in results.items() if not result.passes] == ["K09"]
    assert results["K11"].share == Fraction(2, 5)


def test_all_five_evaluated_pass_the_satisfaction_gate() -> None:
    for counts, percent, score in case.EVALUATION.values():
        satisfied = selection.satisfaction(counts, of="A+B")
        result = selection.gate(satisfied.part, satisfied.whole, comparator=">=", percent=80)

        assert (satisfied.percent, result.passes) == (percent, True)
        assert selection.grade_score(counts, values=case.GRADE_VALUES).published == score


def test_the_teams_scores_are_the_published_ones() -> None:
    assert {code: team_score(code) for code in case.TEAM} == {
        code: score for code, (_, _, score) in case.TEAM.items()
    }


def test_the_final_scores_are_the_published_ones_and_propose_four() -> None:
    items: dict[str, dict[str, Number]] = {
        code: {
            "interview": case.PANEL_MEANS[code],
            "second_recommendation": case.VOTE_POINTS[code],
            "democratic_evaluation": evaluation_score(code),
            "inspection_team": team_score(code),
        }
        for code in case.EVALUATION
    }

    result = selection.composite(items, WEIGHTS)

    assert {row.code: list(row.items.values()) for row in result.rows} == case.FINAL_ITEMS
    assert result.totals == case.FINAL
    assert selection.cut(result.totals, 2 * 2, ties="decide").advanced == case.PRELIMINARY


def plenary_ballots(pattern: tuple[int, int], post: str, *, start: int) -> list[dict[str, str]]:
    """31 ballots around the ring: so many for the first name, so many for the second, one idle."""
    first, second = TWO_POSTS[post]
    dealt = [{first: "agree", second: "disagree"}] * pattern[0]
    dealt += [{first: "disagree", second: "agree"}] * pattern[1]
    dealt += [{}] * (31 - sum(pattern))
    return dealt[-start:] + dealt[:-start] if start else dealt


def test_the_plenary_decides_both_posts_on_one_paper() -> None:
    first, second = (
        plenary_ballots((22, 8), "P1", start=0),
        plenary_ballots((18, 12), "P2", start=4),
    )
    rule = selection.PRESETS["committee_on_cadres"]

    counted = selection.tally(
        [{"P1": one, "P2": two} for one, two in zip(first, second, strict=True)],
        contests=[Contest(post, names, limit=1) for post, names in TWO_POSTS.items()],
        rules=BallotRules("agree"),
        entitled=33,
        present=31,
        issued=31,
    )

    assert counted.contests["P1"].votes == {
        "K06": {"agree": 22, "disagree": 8, "abstain": 1},
        "K07": {"agree": 8, "disagree": 22, "abstain": 1},
    }
    assert counted.contests["P2"].votes == {
        "K08": {"agree": 18, "disagree": 12, "abstain": 1},
        "K11": {"agree": 12, "disagree": 18, "abstain": 1},
    }
    decisions = {
        post: selection.decide(part, seats=1, majority=rule.majority, quorum=rule.quorum)
        for post, part in counted.contests.items()
    }
    assert {post: decision.elected for post, decision in decisions.items()} == {
        "P1": ("K06",),
        "P2": ("K08",),
    }


def test_the_standing_committee_submits_all_four() -> None:
    agrees = {"K06": (10, 0), "K08": (9, 0), "K07": (9, 1), "K11": (8, 1)}
    ballots: list[dict[str, dict[str, str]]] = [{"submit": {}} for _ in range(10)]
    for code, (agree, disagree) in agrees.items():
        marks = ["agree"] * agree + ["disagree"] * disagree
        for ballot, mark in zip(ballots, marks, strict=False):
            ballot["submit"][code] = mark
    rule = selection.PRESETS["committee_on_cadres"]

    counted = selection.tally(
        ballots,
        contests=[Contest("submit", tuple(agrees))],
        rules=BallotRules("agree"),
        entitled=11,
        present=10,
        issued=10,
    )
    decision = selection.decide(
        counted.contests["submit"], seats=4, majority=rule.majority, quorum=rule.quorum
    )

    assert (decision.outcome, decision.needed) == ("decided", 6)
    assert decision.elected == ("K06", "K07", "K08", "K11")


def test_at_most_14_people_can_reach_24_of_58_with_six_marks_each() -> None:
    needed = selection.threshold("votes", "valid", ">=", "40%").needed(58)

    assert (needed, 58 * 6 // needed) == (24, 14)
