import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import (
    booleans,
    dictionaries,
    floats,
    integers,
    lists,
    none,
    recursive,
    sampled_from,
)

from engine.selection.ballot import BallotRules, Contest, Kind, Share, judge_ballot

SEVEN = tuple(f"K{number:02d}" for number in range(6, 13))
RECOMMEND = BallotRules("recommend")
AGREE = BallotRules("agree")
GRADES = BallotRules("grades")

SECOND = Contest("second", SEVEN, limit=6)
POSTS = (Contest("P1", ("K06", "K07"), limit=1), Contest("P2", ("K08", "K11"), limit=1))


# ---- recommendation ----
def test_marks_up_to_the_limit_are_valid() -> None:
    judged = judge_ballot({"second": ["K12", "K06"]}, [SECOND], RECOMMEND)

    assert judged.status == "valid"
    assert judged.parts["second"].marks == {"K06": "recommend", "K12": "recommend"}
    assert judged.working == ()
    assert judge_ballot({"second": list(SEVEN[:6])}, [SECOND], RECOMMEND).status == "valid"


def test_a_ballot_with_more_marks_than_the_limit_is_invalid_and_says_why() -> None:
    judged = judge_ballot({"second": list(SEVEN)}, [SECOND], RECOMMEND)

    assert judged.status == "invalid"
    assert judged.parts["second"].marks == {}
    assert judged.working == (
        {"code": "too_many_marks", "contest": "second", "limit": 6, "marks": 7},
    )


@pytest.mark.parametrize(
    "choice", [{}, {"second": []}, {"second": {}}, {"second": None}, {"second": {"K06": None}}]
)
def test_a_ballot_without_marks_is_blank(choice: object) -> None:
    judged = judge_ballot(choice, [SECOND], RECOMMEND)

    assert (judged.status, judged.parts["second"].status) == ("blank", "blank")


def test_a_list_and_a_table_of_marks_say_the_same() -> None:
    as_list = judge_ballot({"second": ["K06", "K07"]}, [SECOND], RECOMMEND)
    marks = {"K07": "recommend", "K06": "recommend", "K08": None}

    assert judge_ballot({"second": marks}, [SECOND], RECOMMEND) == as_list


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        (None, "ballot_unreadable"),
        ("K06", "ballot_unreadable"),
        ([["K06"]], "ballot_unreadable"),
        ({"third": ["K06"]}, "unknown_contest"),
        ({"second": "K06"}, "part_unreadable"),
        ({"second": 6}, "part_unreadable"),
        ({"second": ["K99"]}, "unknown_option"),
        ({"second": [["K06"]]}, "unknown_option"),
        ({"second": {"张三": "recommend"}}, "unknown_option"),
        ({"second": ["K06", "K06"]}, "repeated_option"),
        ({"second": {"K06": "yes"}}, "unknown_mark"),
        ({"second": {"K06": True}}, "unknown_mark"),
        ({"second": {"K06": ["recommend"]}}, "unknown_mark"),
    ],
)
def test_what_no_rule_allows_is_invalid(choice: object, code: str) -> None:
    judged = judge_ballot(choice, [SECOND], RECOMMEND)

    assert judged.status == "invalid"
    assert [entry["code"] for entry in judged.working] == [code]


def test_a_reason_repeats_nothing_of_the_ballot() -> None:
    judged = judge_ballot({"second": {"K06": "my secret sign"}}, [SECOND], RECOMMEND)

    assert "secret" not in json.dumps(judged.to_json())


# ---- agree, disagree, abstain ----
def test_two_agrees_for_one_post_spoil_that_part_only() -> None:
    choice = {"P1": {"K06": "agree", "K07": "agree"}, "P2": {"K08": "agree", "K11": "disagree"}}

    judged = judge_ballot(choice, POSTS, AGREE)

    assert (judged.parts["P1"].status, judged.parts["P2"].status) == ("invalid", "valid")
    assert judged.status == "valid"
    assert judged.parts["P2"].marks == {"K08": "agree", "K11": "disagree"}


def test_only_agrees_count_towards_the_limit() -> None:
    choice = {"P1": {"K06": "disagree", "K07": "disagree"}, "P2": {"K08": "abstain"}}

    assert judge_ballot(choice, POSTS, AGREE).status == "valid"


def test_one_paper_for_four_names_takes_two_agrees() -> None:
    one = Contest("mayors", ("K06", "K07", "K08", "K11"), limit=2)

    two = judge_ballot({"mayors": {"K06": "agree", "K11": "agree"}}, [one], AGREE)
    three = judge_ballot({"mayors": dict.fromkeys(("K06", "K07", "K11"), "agree")}, [one], AGREE)

    assert (two.status, three.status) == ("valid", "invalid")


def test_a_ballot_with_a_spoilt_and_a_blank_part_is_invalid() -> None:
    judged = judge_ballot({"P1": {"K06": "agree", "K07": "agree"}}, POSTS, AGREE)

    assert judged.status == "invalid"
    assert judged.parts["P2"].status == "blank"


def test_an_agreement_is_no_list() -> None:
    assert judge_ballot({"P1": ["K06"]}, POSTS, AGREE).working == (
        {"code": "part_unreadable", "contest": "P1"},
    )


# ---- grades ----
def test_one_grade_per_subject() -> None:
    subject = Contest("evaluation", ("K06",))

    good = judge_ballot({"evaluation": {"K06": "B"}}, [subject], GRADES)
    bad = judge_ballot({"evaluation": {"K06": "E"}}, [subject], GRADES)

    assert (good.status, good.parts["evaluation"].marks) == ("valid", {"K06": "B"})
    assert bad.status == "invalid"


def test_other_grades_can_be_named() -> None:
    rules = BallotRules("grades", grades=("满意", "不满意"))

    assert judge_ballot({"c": {"K06": "满意"}}, [Contest("c", ("K06",))], rules).status == "valid"


# ---- bad parameters ----
def test_impossible_papers_are_refused() -> None:
    with pytest.raises(ValueError, match="lists an option twice"):
        Contest("c", ("K06", "K06"))
    with pytest.raises(ValueError, match="limit of contest c must be 0 or more"):
        Contest("c", ("K06",), limit=-1)
    with pytest.raises(ValueError, match="kind must be one of"):
        BallotRules("cross")  # type: ignore[arg-type]  # from a bad file
    with pytest.raises(ValueError, match="grades must have names"):
        BallotRules("grades", grades=("A", "A"))


# ---- properties ----
marks_or_junk = sampled_from(["recommend", "agree", "abstain", "A", "", "x"])
codes_or_junk = sampled_from(["second", "P1", "K06", "K07", "K12", "zzz"])
anything = recursive(
    none() | booleans() | integers() | floats() | marks_or_junk | codes_or_junk,
    lambda inner: lists(inner, max_size=8) | dictionaries(codes_or_junk, inner, max_size=4),
    max_leaves=12,
)


@given(choice=anything, kind=sampled_from(["recommend", "agree", "grades"]))
def test_nothing_a_voter_sends_raises_or_passes_unjudged(choice: object, kind: Kind) -> None:
    judged = judge_ballot(choice, [SECOND], BallotRules(kind))

    part = judged.parts["second"]
    assert judged.status == part.status
    assert bool(part.marks) == (part.status == "valid")
    assert (part.reason is not None) == (part.status == "invalid")
    assert part.marks.keys() <= set(SEVEN)


@given(chosen=lists(sampled_from(SEVEN), unique=True))
def test_only_the_number_of_marks_decides(chosen: list[str]) -> None:
    status = judge_ballot({"second": chosen}, [SECOND], RECOMMEND).status

    assert status == ("blank" if not chosen else "valid" if len(chosen) <= 6 else "invalid")


# ---- least marks, and least marks of some options ----
OUTSIDE = Contest("P1", SEVEN, limit=6, fewest=6, shares=(Share(SEVEN[:4], 3),))


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        (SEVEN[:6], None),
        ((*SEVEN[:3], *SEVEN[4:]), None),
        (SEVEN[:5], "too_few_marks"),
        (SEVEN, "too_many_marks"),
    ],
)
def test_exactly_six_names_with_three_from_outside(
    chosen: tuple[str, ...], reason: str | None
) -> None:
    judged = judge_ballot({"P1": list(chosen)}, [OUTSIDE], RECOMMEND)

    assert judged.status == ("invalid" if reason else "valid")
    assert [row["code"] for row in judged.working] == ([reason] if reason else [])


def test_too_few_names_from_outside_make_the_part_invalid_and_say_how_many() -> None:
    rules = Contest("P1", SEVEN, limit=6, shares=(Share(SEVEN[:4], 3),))

    judged = judge_ballot({"P1": [*SEVEN[:2], *SEVEN[4:]]}, [rules], RECOMMEND)

    assert judged.working == (
        {"code": "too_few_of_share", "contest": "P1", "fewest": 3, "marks": 2},
    )
    assert judged.parts["P1"].marks == {}


def test_a_blank_ballot_stays_an_abstention_however_many_marks_are_asked_for() -> None:
    assert judge_ballot({"P1": []}, [OUTSIDE], RECOMMEND).status == "blank"


def test_only_agreement_counts_towards_what_is_asked_for() -> None:
    contest = Contest("P1", ("K06", "K07"), fewest=1)

    marks = {"P1": {"K06": "disagree", "K07": "abstain"}}
    assert judge_ballot(marks, [contest], AGREE).status == "invalid"
    assert judge_ballot({"P1": {"K06": "agree"}}, [contest], AGREE).status == "valid"


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 2, "fewest": 3},
        {"fewest": 8},
        {"limit": 2, "shares": (Share(SEVEN, 3),)},
        {"shares": (Share(("K06", "K99"), 2),)},
    ],
)
def test_a_paper_that_nobody_could_fill_in_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="contest P1"):
        Contest("P1", SEVEN, **asked)


@given(
    chosen=lists(sampled_from(SEVEN), unique=True, min_size=1),
    order=integers(0, 6),
    fewest=integers(0, 3),
)
def test_a_share_asks_for_numbers_and_favours_no_name(
    chosen: list[str], order: int, fewest: int
) -> None:
    contest = Contest("P1", SEVEN, shares=(Share(SEVEN[:3], fewest),))

    judged = judge_ballot({"P1": chosen}, [contest], RECOMMEND)
    again = judge_ballot({"P1": chosen[order:] + chosen[:order]}, [contest], RECOMMEND)

    assert judged == again
    assert (judged.status == "valid") == (len(set(chosen) & set(SEVEN[:3])) >= fewest)
