from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, integers, permutations, sampled_from

from engine.selection.ballot import BallotRules, Contest
from engine.selection.decision import Decision, decide
from engine.selection.paper import PaperBundle, PaperPart
from engine.selection.quorum import PRESETS
from engine.selection.tally import ContestTally, tally
from engine.selection.threshold import threshold

CADRES = PRESETS["committee_on_cadres"]
OPTIONS = ("K06", "K07", "K08", "K11", "K12")


def counted(
    agrees: Mapping[str, int], *, entitled: int = 33, present: int = 33, issued: int | None = None
) -> ContestTally:
    """Count a vote of everybody present, in which who did not agree disagreed."""
    votes = {name: {"agree": agree, "disagree": present - agree} for name, agree in agrees.items()}
    return tally(
        [],
        contests=[Contest("P1", tuple(agrees))],
        rules=BallotRules("agree"),
        entitled=entitled,
        present=present,
        issued=present if issued is None else issued,
        paper=[PaperBundle(present, {"P1": PaperPart(votes)})],
    ).contests["P1"]


def decided(contest: ContestTally, *, seats: int = 1, ballot: int = 1) -> Decision:
    return decide(
        contest, seats=seats, majority=CADRES.majority, quorum=CADRES.quorum, ballot=ballot
    )


# ---- the published variants ----
def test_17_of_22_present_are_more_than_half_of_33_entitled() -> None:
    result = decided(counted({"K06": 17, "K07": 5}, present=22))

    assert (result.outcome, result.elected, result.seats_left) == ("decided", ("K06",), 0)
    assert result.working == (
        {"code": "seat_taken", "contest": "P1", "option": "K06", "votes": 17, "needed": 17},
    )


def test_16_of_33_present_are_not_more_than_half() -> None:
    result = decided(counted({"K06": 16}))

    assert (result.outcome, result.elected, result.passed) == ("undecided", (), ())
    assert result.working == (
        {"code": "too_few_passed", "contest": "P1", "passed": 0, "seats": 1, "needed": 17},
        {"code": "refer_back", "contest": "P1", "seats_left": 1},
    )


def test_a_meeting_of_21_of_33_may_not_vote() -> None:
    result = decided(counted({"K06": 21, "K07": 0}, present=21))

    assert (result.outcome, result.elected) == ("no_quorum", ())
    assert result.working == (
        {"code": "quorum_not_met", "contest": "P1", "needed": 22, "count": 21},
    )


def test_an_election_needs_more_than_two_thirds() -> None:
    contest = counted({"K06": 22, "K07": 0}, present=22)
    rule = PRESETS["committee_election"]

    result = decide(contest, seats=1, majority=rule.majority, quorum=rule.quorum)

    assert result.outcome == "no_quorum"
    assert result.working[0]["needed"] == 23


def test_a_plurality_below_half_goes_to_a_second_ballot() -> None:
    result = decided(counted({"K06": 16, "K07": 15}))

    assert (result.outcome, result.second_ballot) == ("second_ballot", ("K06", "K07"))
    assert result.working[1] == {
        "code": "second_ballot",
        "contest": "P1",
        "options": ["K06", "K07"],
        "seats_left": 1,
    }


def test_two_who_tie_at_the_last_seat_go_to_a_second_ballot() -> None:
    result = decided(counted({"K06": 25, "K07": 19, "K08": 19, "K11": 3}), seats=2)

    assert (result.outcome, result.elected, result.seats_left) == ("second_ballot", ("K06",), 1)
    assert result.second_ballot == ("K07", "K08")
    assert result.passed == ("K06", "K07", "K08")
    assert result.working[1] == {
        "code": "seats_tied",
        "contest": "P1",
        "options": ["K07", "K08"],
        "votes": 19,
        "seats_left": 1,
    }


def test_a_void_count_decides_nothing() -> None:
    result = decided(counted({"K06": 33, "K07": 0}, issued=32))

    assert (result.outcome, result.elected, result.seats_left) == ("void", (), 1)
    assert result.working == ({"code": "count_void", "contest": "P1"},)


@pytest.mark.parametrize(
    ("first", "second", "outcome", "elected"),
    [
        ((16, 15), (18, 14), "decided", ("K08",)),
        ((16, 16), (17, 15), "decided", ("K08",)),
        ((16, 15), (16, 16), "undecided", ()),
    ],
    ids=["nobody then decided", "tie then decided", "nobody twice"],
)
def test_there_is_one_second_ballot_and_no_third(
    first: tuple[int, int], second: tuple[int, int], outcome: str, elected: tuple[str, ...]
) -> None:
    before = decided(counted(dict(zip(("K08", "K11"), first, strict=True))))
    after = decided(counted(dict(zip(before.second_ballot, second, strict=True))), ballot=2)

    assert before.second_ballot == ("K08", "K11")
    assert (after.outcome, after.elected) == (outcome, elected)


# ---- edges ----
def test_the_two_first_of_three_go_on() -> None:
    assert decided(counted({"K06": 9, "K07": 14, "K08": 10})).second_ballot == ("K07", "K08")


def test_all_who_tie_with_the_second_go_on() -> None:
    again = decided(counted({"K06": 10, "K07": 14, "K08": 10, "K11": 2})).second_ballot

    assert again == ("K06", "K07", "K08")


def test_one_seat_is_taken_and_the_other_is_contested_again() -> None:
    result = decided(counted({"K06": 20, "K07": 9, "K08": 11, "K11": 3}), seats=2)

    assert (result.outcome, result.elected) == ("second_ballot", ("K06",))
    assert (result.seats_left, result.second_ballot) == (1, ("K07", "K08"))


def test_a_vote_on_as_many_names_as_seats_has_no_second_ballot_for_one_name() -> None:
    submitted = counted({"K06": 10, "K08": 9, "K07": 9, "K11": 5}, entitled=11, present=10)

    result = decided(submitted, seats=4)

    assert result.elected == ("K06", "K07", "K08")
    assert (result.outcome, result.second_ballot) == ("undecided", ())


def test_a_tie_wholly_within_the_seats_needs_no_second_ballot() -> None:
    result = decided(counted({"K06": 20, "K07": 20, "K08": 4}), seats=2)

    assert (result.outcome, result.elected) == ("decided", ("K06", "K07"))


def test_attendance_that_was_settled_before_is_not_asked_again() -> None:
    contest = counted({"K06": 17, "K07": 0}, present=20)

    assert decide(contest, seats=1, majority=CADRES.majority).outcome == "decided"


def test_the_majority_may_have_another_base() -> None:
    contest = counted({"K06": 12, "K07": 10}, present=22)
    majority = threshold("agree", "present", ">", "1/2")

    result = decide(contest, seats=1, majority=majority)

    assert (result.outcome, result.needed) == ("decided", 12)


def test_nobody_votes_and_nobody_is_elected() -> None:
    contest = counted({"K06": 0, "K07": 0}, present=0)
    majority = threshold("agree", "valid", ">=", 0)

    assert decide(contest, seats=1, majority=majority).elected == ()


def test_a_decision_shows_itself_as_plain_json() -> None:
    shown = decided(counted({"K06": 17, "K07": 5})).to_json()

    assert {name: value for name, value in shown.items() if name != "working"} == {
        "contest": "P1",
        "ballot": 1,
        "outcome": "decided",
        "elected": ["K06"],
        "seats_left": 0,
        "second_ballot": [],
        "passed": ["K06"],
        "needed": 17,
    }


# ---- properties ----
counts = dictionaries(sampled_from(OPTIONS), integers(0, 33), min_size=1)


@given(agrees=counts, seats=integers(1, 4))
def test_nobody_is_elected_below_the_majority_or_past_somebody_with_more(
    agrees: dict[str, int], seats: int
) -> None:
    result = decided(counted(agrees), seats=seats)

    assert len(result.elected) + result.seats_left == seats
    assert all(agrees[name] >= 17 for name in result.elected)
    others = [votes for name, votes in agrees.items() if name not in result.elected]
    assert all(agrees[name] > max(others) for name in result.elected if others) or (
        result.outcome == "decided" and len(result.passed) == len(result.elected)
    )


@given(agrees=counts, seats=integers(1, 4))
def test_a_second_ballot_offers_more_names_than_seats_and_never_splits_a_tie(
    agrees: dict[str, int], seats: int
) -> None:
    result = decided(counted(agrees), seats=seats)

    if result.outcome == "second_ballot":
        left_out = set(agrees) - set(result.elected) - set(result.second_ballot)
        lowest = min(agrees[name] for name in result.second_ballot)
        assert all(agrees[name] < lowest for name in left_out)
        assert len(result.second_ballot) >= 2
        assert not set(result.second_ballot) & set(result.elected)


@given(agrees=counts, seats=integers(1, 4), names=permutations(OPTIONS))
def test_a_decision_is_neutral_between_names(
    agrees: dict[str, int], seats: int, names: list[str]
) -> None:
    new = dict(zip(OPTIONS, names, strict=True))
    renamed = {new[name]: votes for name, votes in reversed(agrees.items())}

    result, mirrored = decided(counted(agrees), seats=seats), decided(counted(renamed), seats=seats)

    assert mirrored.outcome == result.outcome
    assert set(mirrored.elected) == {new[name] for name in result.elected}
    assert set(mirrored.second_ballot) == {new[name] for name in result.second_ballot}


# ---- classes that must each pass ----
def test_who_fails_in_one_class_is_not_decided_however_many_votes_there_are() -> None:
    members = counted({"K06": 18, "K07": 17}, entitled=33)
    others = counted({"K06": 9, "K07": 14}, entitled=27, present=27)
    together = counted({"K06": 27, "K07": 31}, entitled=60, present=60)

    result = decide(
        together, seats=1, majority=threshold("agree", "entitled", ">", "1/3"),
        groups={"members": members, "others": others},
    )  # fmt: skip

    assert result.elected == ("K07",)
    held = [row for row in result.working if row["code"] == "group_held"]
    assert [(r["group"], r["option"], r["votes"], r["passes"]) for r in held] == [
        ("members", "K06", 18, True), ("members", "K07", 17, True),
        ("others", "K06", 9, False), ("others", "K07", 14, True),
    ]  # fmt: skip


@given(agrees=dictionaries(sampled_from(OPTIONS), integers(0, 33), min_size=1))
def test_a_group_that_is_everybody_changes_nothing(agrees: dict[str, int]) -> None:
    contest = counted(agrees)

    alone = decide(contest, seats=1, majority=CADRES.majority)
    grouped = decide(contest, seats=1, majority=CADRES.majority, groups={"all": contest})

    assert (grouped.elected, grouped.outcome) == (alone.elected, alone.outcome)
