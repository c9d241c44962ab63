from collections.abc import Mapping

import pytest

from engine.selection.ballot import BallotRules, Contest
from engine.selection.paper import PaperBundle, PaperCountsWrong, PaperPart
from engine.selection.tally import Tally, tally

RECOMMEND = BallotRules("recommend")
AGREE = BallotRules("agree")
GRADES = BallotRules("grades")
OPTIONS = ("K06", "K07", "K08", "K09")
VOTE = Contest("vote", OPTIONS, limit=2)


def bundle(votes: Mapping[str, Mapping[str, int]], **numbers: int) -> PaperBundle:
    return PaperBundle(numbers.pop("returned", 10), {"vote": PaperPart(votes, **numbers)})


def count_paper(*bundles: PaperBundle, rules: BallotRules = RECOMMEND) -> Tally:
    return tally(
        [{"vote": {}}],
        contests=[VOTE],
        rules=rules,
        entitled=40,
        present=40,
        issued=40,
        paper=bundles,
    )


def test_paper_is_added_to_what_was_cast_on_screen() -> None:
    first = bundle({"K06": {"recommend": 7}, "K07": {"recommend": 4}}, invalid=1, blank=2)
    second = bundle({"K06": {"recommend": 3}}, returned=3)

    counted = count_paper(first, second)

    assert counted.returned == 14
    assert counted.contests["vote"].scores("recommend") == {"K06": 10, "K07": 4, "K08": 0, "K09": 0}
    numbers = counted.contests["vote"].numbers
    assert (numbers.valid, numbers.invalid, numbers.blank) == (13, 1, 3)
    assert counted.working[1] == {"code": "paper_added", "bundles": 2, "ballots": 13}


def test_whoever_marks_neither_abstains_on_paper_too() -> None:
    spare = bundle({"K06": {"agree": 5, "disagree": 3}}, invalid=1, blank=1)
    full = bundle({"K06": {"agree": 5, "disagree": 3, "abstain": 1}}, invalid=1, blank=1)

    spare_votes, full_votes = (
        count_paper(each, rules=AGREE).contests["vote"].votes for each in (spare, full)
    )

    assert spare_votes == full_votes
    assert spare_votes["K06"] == {"agree": 5, "disagree": 3, "abstain": 2}
    assert spare_votes["K09"] == {"agree": 0, "disagree": 0, "abstain": 10}


def test_paper_and_screen_count_the_same() -> None:
    choices: list[object] = [
        {"vote": {"K06": "agree", "K07": "disagree"}},
        {"vote": {"K06": "agree"}},
        {"vote": {}},
        {"vote": dict.fromkeys(OPTIONS, "agree")},
    ]
    papers = bundle({"K06": {"agree": 2}, "K07": {"disagree": 1}}, returned=4, invalid=1, blank=1)

    on_screen = tally(
        choices, contests=[VOTE], rules=AGREE, entitled=4, present=4, issued=4
    ).contests["vote"]
    on_paper = tally(
        [], contests=[VOTE], rules=AGREE, entitled=4, present=4, issued=4, paper=[papers]
    ).contests["vote"]

    assert (on_paper.votes, on_paper.numbers) == (on_screen.votes, on_screen.numbers)


@pytest.mark.parametrize(
    ("kind", "wrong", "problem", "option"),
    [
        (RECOMMEND, bundle({}, invalid=6, blank=5), "more_than_returned", None),
        (RECOMMEND, bundle({"K99": {"recommend": 1}}), "unknown_option", None),
        (RECOMMEND, bundle({"K06": {"agree": 1}}), "unknown_mark", "K06"),
        (RECOMMEND, bundle({"K06": {"recommend": 10}}, blank=1), "more_than_valid", "K06"),
        (
            RECOMMEND,
            bundle({option: {"recommend": 6} for option in OPTIONS}, returned=11),
            "over_limit",
            None,
        ),
        (AGREE, bundle({"K07": {"agree": 6, "disagree": 5}}), "more_than_valid", "K07"),
        (AGREE, bundle({"K07": {"agree": 6, "abstain": 5}}), "does_not_add_up", "K07"),
        (GRADES, bundle({"K07": {"A": 6, "B": 5}}), "more_than_valid", "K07"),
    ],
)
def test_paper_counts_that_cannot_be_true_are_refused(
    kind: BallotRules, wrong: PaperBundle, problem: str, option: str | None
) -> None:
    with pytest.raises(PaperCountsWrong) as caught:
        count_paper(wrong, rules=kind)

    assert (caught.value.problem, caught.value.contest, caught.value.option) == (
        problem,
        "vote",
        option,
    )


def test_graded_papers_leave_the_blank_ones_out_of_the_valid() -> None:
    papers = bundle({"K06": {"A": 5, "B": 2}}, invalid=1, blank=2)

    contest = tally(
        [], contests=[VOTE], rules=GRADES, entitled=10, present=10, issued=10, paper=[papers]
    ).contests["vote"]

    numbers = contest.numbers
    assert (numbers.valid, numbers.invalid, numbers.blank, numbers.returned) == (7, 1, 2, 10)
    assert contest.votes["K06"] == {"A": 5, "B": 2, "C": 0, "D": 0}


def test_papers_that_use_up_every_mark_are_counted() -> None:
    full = bundle({option: {"recommend": 5} for option in OPTIONS})

    assert sum(count_paper(full).contests["vote"].scores("recommend").values()) == 20


def test_a_bundle_of_another_paper_is_refused() -> None:
    with pytest.raises(PaperCountsWrong, match="contests_do_not_match"):
        count_paper(PaperBundle(10, {"P1": PaperPart({})}))
