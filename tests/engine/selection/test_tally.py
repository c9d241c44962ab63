from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis.strategies import (
    DataObject,
    data,
    dictionaries,
    integers,
    lists,
    permutations,
    sampled_from,
)

from engine.selection.ballot import BallotRules, Contest
from engine.selection.tally import Tally, merge, tally
from tests.engine.selection.published_case import (
    FIRST_GROUPS,
    FIRST_VOTES,
    FIRST_VOTES_BY_GROUP,
    SECOND_VOTES,
)

RECOMMEND = BallotRules("recommend")
AGREE = BallotRules("agree")
GRADES = BallotRules("grades")
OPTIONS = ("K06", "K07", "K08", "K09")
VOTE = Contest("vote", OPTIONS, limit=2)
POSTS = (Contest("P1", ("K06", "K07"), limit=1), Contest("P2", ("K08", "K11"), limit=1))


def ring(votes: Mapping[str, int], ballots: int) -> list[list[str]]:
    """Deal votes out around a ring of ballots, so that no ballot names anybody twice."""
    marks: list[list[str]] = [[] for _ in range(ballots)]
    seat = 0
    for option, number in votes.items():
        for _ in range(number):
            marks[seat % ballots].append(option)
            seat += 1
    return marks


def count(
    choices: list[object],
    *,
    rules: BallotRules = RECOMMEND,
    contests: tuple[Contest, ...] = (VOTE,),
) -> Tally:
    size = len(choices)
    return tally(choices, contests=contests, rules=rules, entitled=size, present=size, issued=size)


# ---- recommendation ----
def test_116_ballots_of_three_groups_are_counted_apart_and_together() -> None:
    contest = Contest("first", tuple(FIRST_VOTES), limit=10)
    groups: dict[str, Tally] = {}
    for index, (group, size) in enumerate(FIRST_GROUPS.items()):
        votes = {option: split[index] for option, split in FIRST_VOTES_BY_GROUP.items()}
        ballots = [{"first": marks} for marks in ring(votes, size)]
        groups[group] = tally(
            ballots, contests=[contest], rules=RECOMMEND, entitled=size, present=size, issued=size
        )

    whole = merge(groups)

    assert whole.contests["first"].scores("recommend") == FIRST_VOTES
    assert (whole.entitled, whole.returned, whole.void) == (116, 116, False)
    assert whole.contests["first"].numbers.valid == 116
    assert sum(FIRST_VOTES.values()) == 1160
    assert whole.by_group["society"].contests["first"].votes["K06"] == {"recommend": 16}
    assert {name: part.returned for name, part in whole.by_group.items()} == FIRST_GROUPS


def test_58_ballots_of_six_marks() -> None:
    contest = Contest("second", tuple(SECOND_VOTES), limit=6)
    ballots = [{"second": marks} for marks in ring(SECOND_VOTES, 58)]

    counted = tally(
        ballots, contests=[contest], rules=RECOMMEND, entitled=58, present=58, issued=58
    ).contests["second"]

    assert counted.scores("recommend") == SECOND_VOTES
    assert counted.numbers.valid == 58
    assert sum(SECOND_VOTES.values()) == 348


def test_a_blank_recommendation_is_valid_and_counts_in_the_base() -> None:
    counted = count([{"vote": ["K06"]}, {"vote": []}, {}]).contests["vote"]

    assert counted.numbers.to_json() == {
        "entitled": 3,
        "present": 3,
        "issued": 3,
        "returned": 3,
        "valid": 3,
        "invalid": 0,
        "blank": 2,
    }
    assert counted.scores("recommend") == {"K06": 1, "K07": 0, "K08": 0, "K09": 0}


def test_an_overmarked_ballot_is_returned_but_not_valid() -> None:
    counted = count([{"vote": ["K06", "K07", "K08"]}, {"vote": ["K06"]}, None])
    contest = counted.contests["vote"]

    assert counted.returned == 3
    assert (contest.numbers.valid, contest.numbers.invalid) == (1, 2)
    assert contest.invalid_reasons == {"ballot_unreadable": 1, "too_many_marks": 1}
    assert contest.working == (
        {
            "code": "contest_ballots",
            "contest": "vote",
            "returned": 3,
            "valid": 1,
            "invalid": 2,
            "blank": 0,
        },
        {"code": "contest_invalid", "contest": "vote", "reason": "ballot_unreadable", "count": 1},
        {"code": "contest_invalid", "contest": "vote", "reason": "too_many_marks", "count": 1},
        {"code": "contest_votes", "contest": "vote", "option": "K06", "votes": {"recommend": 1}},
        {"code": "contest_votes", "contest": "vote", "option": "K07", "votes": {"recommend": 0}},
        {"code": "contest_votes", "contest": "vote", "option": "K08", "votes": {"recommend": 0}},
        {"code": "contest_votes", "contest": "vote", "option": "K09", "votes": {"recommend": 0}},
    )


# ---- void ----
def test_more_returned_than_issued_voids_the_ballot_and_keeps_the_count() -> None:
    ballots = [{"vote": ["K06"]}] * 34

    voided = tally(ballots, contests=[VOTE], rules=RECOMMEND, entitled=33, present=33, issued=33)

    assert voided.void
    assert voided.contests["vote"].void
    assert voided.contests["vote"].scores("recommend")["K06"] == 34
    assert voided.working == (
        {"code": "ballots_counted", "entitled": 33, "present": 33, "issued": 33, "returned": 34},
        {"code": "returned_over_issued", "returned": 34, "issued": 33},
    )


def test_fewer_returned_than_issued_is_a_good_count() -> None:
    counted = tally(
        [{"vote": ["K06"]}] * 50,
        contests=[VOTE],
        rules=RECOMMEND,
        entitled=53,
        present=51,
        issued=51,
    )

    assert not counted.void
    assert counted.contests["vote"].numbers.returned == 50


@pytest.mark.parametrize(
    ("entitled", "present", "issued", "code"),
    [(5, 5, 6, "issued_over_present"), (5, 6, 6, "present_over_entitled")],
)
def test_numbers_that_cannot_be_true_void_the_ballot(
    entitled: int, present: int, issued: int, code: str
) -> None:
    counted = tally(
        [], contests=[VOTE], rules=RECOMMEND, entitled=entitled, present=present, issued=issued
    )

    assert counted.void
    assert counted.working[-1]["code"] == code


def test_one_void_group_voids_the_whole() -> None:
    good = count([{"vote": ["K06"]}])
    bad = tally([None], contests=[VOTE], rules=RECOMMEND, entitled=5, present=5, issued=0)

    whole = merge({"county": good, "section": bad})

    assert whole.void
    assert whole.contests["vote"].void
    assert whole.contests["vote"].invalid_reasons == {"ballot_unreadable": 1}
    assert whole.working[-1] == {"code": "group_void", "group": "section"}


def test_groups_of_different_contests_cannot_be_added() -> None:
    other = count([], contests=(Contest("other", OPTIONS),))
    with pytest.raises(ValueError, match="same contests"):
        merge({"a": count([]), "b": other})
    with pytest.raises(ValueError, match="same contests"):
        merge({})


# ---- agree, disagree, abstain ----
def test_no_mark_is_an_abstention() -> None:
    counted = count(
        [{"P1": {"K06": "agree"}}, {"P1": {"K06": "disagree", "K07": "abstain"}}, {}],
        rules=AGREE,
        contests=POSTS,
    )

    assert counted.contests["P1"].votes == {
        "K06": {"agree": 1, "disagree": 1, "abstain": 1},
        "K07": {"agree": 0, "disagree": 0, "abstain": 3},
    }
    assert counted.contests["P2"].numbers.blank == 3
    assert counted.contests["P2"].numbers.valid == 3


def test_a_part_that_is_invalid_leaves_the_other_part_in_the_count() -> None:
    choice = {"P1": {"K06": "agree", "K07": "agree"}, "P2": {"K08": "agree"}}

    counted = count([choice], rules=AGREE, contests=POSTS)

    assert (counted.contests["P1"].numbers.valid, counted.contests["P2"].numbers.valid) == (0, 1)
    assert counted.contests["P1"].votes["K06"] == {"agree": 0, "disagree": 0, "abstain": 0}
    assert counted.contests["P2"].scores("agree") == {"K08": 1, "K11": 0}


# ---- grades ----
def test_a_blank_evaluation_is_neither_valid_nor_invalid() -> None:
    subject = Contest("evaluation", ("K06",))
    choices: list[object] = [{"evaluation": {"K06": grade}} for grade in "AABCDE"]

    counted = count([*choices, {}], rules=GRADES, contests=(subject,)).contests["evaluation"]

    assert counted.votes["K06"] == {"A": 2, "B": 1, "C": 1, "D": 1}
    numbers = counted.numbers
    assert (numbers.valid, numbers.invalid, numbers.blank, numbers.returned) == (5, 1, 1, 7)


# ---- JSON ----
def test_a_tally_shows_itself_as_plain_json() -> None:
    one = Contest("vote", ("K06",), limit=1)

    assert count([{"vote": ["K06"]}], contests=(one,)).to_json() == {
        "entitled": 1,
        "present": 1,
        "issued": 1,
        "returned": 1,
        "void": False,
        "contests": {
            "vote": {
                "code": "vote",
                "kind": "recommend",
                "numbers": {
                    "entitled": 1,
                    "present": 1,
                    "issued": 1,
                    "returned": 1,
                    "valid": 1,
                    "invalid": 0,
                    "blank": 0,
                },
                "votes": {"K06": {"recommend": 1}},
                "invalid_reasons": {},
                "void": False,
                "working": [
                    {
                        "code": "contest_ballots",
                        "contest": "vote",
                        "returned": 1,
                        "valid": 1,
                        "invalid": 0,
                        "blank": 0,
                    },
                    {
                        "code": "contest_votes",
                        "contest": "vote",
                        "option": "K06",
                        "votes": {"recommend": 1},
                    },
                ],
            }
        },
        "working": [
            {"code": "ballots_counted", "entitled": 1, "present": 1, "issued": 1, "returned": 1}
        ],
        "by_group": {},
    }


# ---- properties ----
agree_ballots = lists(
    dictionaries(sampled_from(OPTIONS), sampled_from(["agree", "disagree", "abstain", "?"])).map(
        lambda marks: {"vote": marks}
    ),
    max_size=12,
)


@given(ballots=agree_ballots, drawn=data())
def test_the_order_of_ballots_does_not_matter(
    ballots: list[dict[str, dict[str, str]]], drawn: DataObject
) -> None:
    shuffled = drawn.draw(permutations(ballots))

    assert count(list(shuffled), rules=AGREE) == count(list(ballots), rules=AGREE)


@given(ballots=agree_ballots)
def test_every_returned_ballot_is_valid_or_invalid_and_every_valid_one_speaks_on_every_name(
    ballots: list[dict[str, dict[str, str]]],
) -> None:
    contest = count(list(ballots), rules=AGREE).contests["vote"]

    assert contest.numbers.valid + contest.numbers.invalid == contest.numbers.returned
    assert contest.numbers.blank <= contest.numbers.valid
    assert sum(contest.invalid_reasons.values()) == contest.numbers.invalid
    assert all(sum(marks.values()) == contest.numbers.valid for marks in contest.votes.values())


@given(ballots=agree_ballots, names=permutations(OPTIONS))
def test_renaming_options_renames_the_count(
    ballots: list[dict[str, dict[str, str]]], names: list[str]
) -> None:
    new = dict(zip(OPTIONS, names, strict=True))
    renamed: list[object] = [
        {"vote": {new[option]: mark for option, mark in ballot["vote"].items()}}
        for ballot in ballots
    ]

    votes = count(list(ballots), rules=AGREE).contests["vote"].votes

    assert count(renamed, rules=AGREE).contests["vote"].votes == {
        new[option]: marks for option, marks in votes.items()
    }


@given(ballots=agree_ballots, split=integers(0, 12))
def test_counting_in_two_urns_changes_nothing(
    ballots: list[dict[str, dict[str, str]]], split: int
) -> None:
    whole = count(list(ballots), rules=AGREE)

    parts = merge(
        {
            "one": count(list(ballots[:split]), rules=AGREE),
            "two": count(list(ballots[split:]), rules=AGREE),
        }
    )

    assert parts.contests == whole.contests
    assert parts.working == whole.working
