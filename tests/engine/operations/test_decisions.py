from typing import Any

import pytest

from engine.operations import BadParameters
from tests.engine.operations.bench import Bench


def counted(
    entitled: int, contests: dict[str, dict[str, int]], *, seats: int = 1, **more: Any
) -> dict[str, Any]:
    """A count: per contest the agreeing votes of each option; everybody else disagrees."""
    numbers = dict.fromkeys(("entitled", "present", "issued", "returned", "valid"), entitled)
    return {
        "base": "entitled",
        "contests": {
            code: {
                "code": code, "kind": "agree", "mark": "approve", "seats": seats, "most": seats,
                "numbers": {**numbers, "invalid": 0, "blank": 0},
                "votes": {
                    option: {"agree": votes, "disagree": entitled - votes, "abstain": 0}
                    for option, votes in options.items()
                },
                "invalid_reasons": {}, "void": False, "working": [], **more,
            }
            for code, options in contests.items()
        },
    }  # fmt: skip


def decide(bench: Bench, tally: Any, **parameters: Any) -> Any:
    return bench.result("decide_contests", tally=tally, **({"threshold": "1/2"} | parameters))


def test_who_has_more_than_half_of_the_entitled_is_decided(bench: Bench) -> None:
    tally = counted(33, {"P1": {"K06": 22, "K07": 8}, "P2": {"K08": 18, "K11": 12}})

    result = decide(bench, tally, first={})

    assert result["decided"] == {"P1": ["K06"], "P2": ["K08"]}
    assert (result["undecided"], result["second"]) == ([], [])
    assert result["needed"] == {"P1": 17, "P2": 17}


def test_nobody_above_half_gives_one_second_ballot(bench: Bench) -> None:
    result = decide(bench, counted(33, {"P1": {"K06": 22, "K07": 8}, "P2": {"K08": 16, "K11": 15}}))

    assert result["decided"] == {"P1": ["K06"], "P2": []}
    assert result["undecided"] == ["P2"]
    assert result["second"] == [
        {"code": "P2", "mark": "approve", "options": ["K08", "K11"], "most": 1, "seats": 1}
    ]
    assert result["outcomes"] == {"P1": "decided", "P2": "second_ballot"}


def test_the_second_ballot_decides_and_the_first_decision_stays(bench: Bench) -> None:
    first = decide(bench, counted(33, {"P1": {"K06": 22, "K07": 8}, "P2": {"K08": 16, "K11": 15}}))

    result = decide(bench, counted(33, {"P2": {"K08": 18, "K11": 14}}), first=first)

    assert result["decided"] == {"P1": ["K06"], "P2": ["K08"]}
    assert result["undecided"] == []


def test_after_the_second_ballot_there_is_no_third(bench: Bench) -> None:
    first = decide(bench, counted(33, {"P2": {"K08": 16, "K11": 15}}))

    result = decide(bench, counted(33, {"P2": {"K08": 16, "K11": 16}}), first=first)

    assert (result["undecided"], result["second"]) == (["P2"], [])


def test_a_contest_set_up_anew_has_its_second_ballot_again(bench: Bench) -> None:
    first = decide(bench, counted(33, {"P2": {"K08": 16, "K11": 15}}))
    back = decide(bench, counted(33, {"P2": {"K08": 16, "K11": 16}}), first=first)

    again = decide(bench, counted(33, {"P2": {"K07": 16, "K11": 16}}), first=back)

    assert [contest["options"] for contest in again["second"]] == [["K07", "K11"]]


def test_a_contest_left_open_stays_open_while_another_is_voted_on_again(bench: Bench) -> None:
    first = decide(bench, counted(9, {"P1": {"K06": 4}, "P2": {"K08": 4, "K11": 4}}))
    assert (first["undecided"], len(first["second"])) == (["P1", "P2"], 1)

    result = decide(bench, counted(9, {"P2": {"K08": 5, "K11": 4}}), first=first)

    assert result["undecided"] == ["P1"]
    assert result["decided"] == {"P1": [], "P2": ["K08"]}


def test_two_seats_on_one_ballot_keep_who_was_chosen_first(bench: Bench) -> None:
    names = {"K06": 20, "K07": 16, "K08": 15, "K11": 10}
    first = decide(bench, counted(33, {"all_posts": names}, seats=2))
    assert first["decided"] == {"all_posts": ["K06"]}
    assert first["second"][0]["options"] == ["K07", "K08"]

    result = decide(bench, counted(33, {"all_posts": {"K07": 17, "K08": 10}}), first=first)

    assert result["decided"] == {"all_posts": ["K06", "K07"]}


def test_the_submission_fails_for_who_lacks_the_majority(bench: Bench) -> None:
    result = decide(bench, counted(11, {"P1": {"K06": 10, "K07": 5}}, seats=2))

    assert (result["decided"], result["undecided"]) == ({"P1": ["K06"]}, ["P1"])


@pytest.mark.parametrize(
    ("threshold", "decided"),
    [("1/2", []), (">= 1/2", ["K06"]), ("> 1/2 of present", ["K06"]), ("2/3 of valid", ["K06"])],
)
def test_the_threshold_may_name_comparator_and_base(
    bench: Bench, threshold: str, decided: list[str]
) -> None:
    tally = counted(10, {"P1": {"K06": 5}})
    tally["contests"]["P1"]["numbers"].update(present=9, valid=7)

    assert decide(bench, tally, threshold=threshold)["decided"] == {"P1": decided}


def test_a_void_count_decides_nothing(bench: Bench) -> None:
    result = decide(bench, counted(9, {"P1": {"K06": 9}}, void=True))

    assert (result["decided"], result["outcomes"]) == ({"P1": []}, {"P1": "void"})


def test_grades_and_unknown_seats_are_refused(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="decide nothing"):
        decide(bench, counted(9, {"P1": {"K06": 9}}, kind="grades"))
    tally = counted(9, {"P1": {"K06": 9}})
    del tally["contests"]["P1"]["seats"]
    with pytest.raises(BadParameters, match="seats of P1 are not known"):
        decide(bench, tally)


def test_a_count_that_was_decided_before_is_not_decided_again(bench: Bench) -> None:
    plenary = {**counted(33, {"P1": {"K06": 22}, "P2": {"K08": 16, "K11": 15}}), "box": "b1"}
    again = {**counted(33, {"P2": {"K08": 18, "K11": 14}}), "box": "b2"}
    second = decide(bench, again, first=decide(bench, plenary))

    assert decide(bench, plenary, first=second) == second
    assert second["decided"] == {"P1": ["K06"], "P2": ["K08"]}
    assert second["boxes"] == ["b1", "b2"]


def grouped(first: dict[str, int], second: dict[str, int]) -> dict[str, Any]:
    """A count of two groups of 10."""
    options = first.keys()
    tally = counted(20, {"P1": {option: first[option] + second[option] for option in options}})
    tally["groups"] = {
        name: {"contests": counted(10, {"P1": votes})["contests"]}
        for name, votes in {"members": first, "others": second}.items()
    }
    return tally


def test_both_classes_must_be_over_half(bench: Bench) -> None:
    tally = grouped({"K06": 10, "K07": 6}, {"K06": 5, "K07": 6})

    result = decide(bench, tally, in_each=["members", "others"])

    assert result["decided"] == {"P1": ["K07"]}
    assert decide(bench, tally)["decided"] == {"P1": ["K06"]}


def test_a_class_that_was_not_counted_is_named(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="'strangers'"):
        decide(bench, grouped({"K06": 10}, {"K06": 5}), in_each=["strangers"])
