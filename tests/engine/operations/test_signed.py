import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from engine.ballots import BallotRulesWrong
from engine.operations import BadParameters, Submission, perform
from tests.engine.operations.bench import Bench

OPTIONS = ["K01", "K02", "K03", "K04"]
CONTEST = {
    "code": "P1", "mark": "recommend", "options": OPTIONS, "most": 2, "seats": 1, "fewest": 2,
    "shares": [{"options": ["K01", "K02"], "fewest": 1}],
}  # fmt: skip
MEETING = {"entitled": 6, "present": 5, "groups": {}}


def counted(
    bench: Bench,
    *ballots: tuple[str, Sequence[str] | None],
    group: str = "",
    **parameters: Any,
) -> Any:
    """Each ballot is (subject, names)."""
    submissions = [
        Submission(uuid4(), None, subject, group, {} if names is None else {"marks": [*names]})
        for subject, names in ballots
    ]
    given = {"title": "signed", "contests": [CONTEST], "attendance": MEETING} | parameters
    call = replace(bench.call("vote"), submissions=submissions)
    return perform(call, "tally_signed", given).result


def test_signed_ballots_are_counted_by_the_rules_of_secret_ones(bench: Bench) -> None:
    result = counted(
        bench,
        ("P1", ["K01", "K03"]), ("P1", ["K01", "K02"]), ("P1", []),
        ("P1", ["K03", "K04"]), ("P1", ["K01"]),
    )  # fmt: skip

    contest = result["contests"]["P1"]
    assert {option: marks["recommend"] for option, marks in contest["votes"].items()} == {
        "K01": 2, "K02": 1, "K03": 1, "K04": 0,
    }  # fmt: skip
    assert contest["numbers"] == {
        "entitled": 6, "present": 5, "issued": 5, "returned": 5, "valid": 3, "invalid": 2,
        "blank": 1,
    }  # fmt: skip
    assert contest["invalid_reasons"] == {"too_few_marks": 1, "too_few_of_share": 1}
    assert (result["void"], result["base"], result["returned"]) == (False, "valid", 5)


def test_one_contest_needs_no_subject(bench: Bench) -> None:
    result = counted(bench, ("", ["K01", "K02"]), ("", None))

    assert result["contests"]["P1"]["numbers"]["valid"] == 2


def test_several_contests_are_counted_apart(bench: Bench) -> None:
    other = {**CONTEST, "code": "P2", "fewest": 0, "shares": []}

    result = counted(bench, ("P1", ["K01", "K02"]), ("P2", ["K04"]), contests=[CONTEST, other])

    assert result["contests"]["P2"]["votes"]["K04"] == {"recommend": 1}
    assert result["contests"]["P1"]["numbers"]["returned"] == 1


def test_more_ballots_than_people_present_void_the_count(bench: Bench) -> None:
    result = counted(bench, *[("P1", ["K01", "K02"])] * 6)

    assert result["void"]


def test_groups_are_told_apart(bench: Bench) -> None:
    groups = {"a": {"entitled": 2, "present": 2}, "b": {"entitled": 4, "present": 3}}

    result = counted(
        bench, ("P1", ["K01", "K02"]), group="b", attendance={**MEETING, "groups": groups}
    )

    assert result["groups"]["b"]["contests"]["P1"]["votes"]["K01"] == {"recommend": 1}
    assert result["groups"]["a"]["contests"]["P1"]["numbers"]["returned"] == 0
    assert (result["entitled"], result["present"]) == (6, 5)


def test_a_ballot_from_outside_the_meeting_is_refused(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="outside the meeting"):
        counted(bench, ("P1", ["K01", "K02"]), group="strangers")


def test_a_form_about_nothing_on_the_paper_is_refused(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="belongs to no contest"):
        counted(bench, ("P9", ["K01"]))


def test_rules_that_cannot_be_are_refused(bench: Bench) -> None:
    with pytest.raises(BallotRulesWrong, match="P1"):
        counted(bench, contests=[{**CONTEST, "fewest": 3}])


def test_the_result_holds_no_ballot(bench: Bench) -> None:
    result = counted(bench, ("P1", ["K02", "K04"]), ("P1", ["K01", "K03"]))

    said = json.dumps(result)
    assert [pair for pair in ('"K02", "K04"', '"K01", "K03"') if pair in said] == []
