from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import ballots, recusals
from engine.model import Attendee, CaseMember
from engine.operations import BadParameters, perform
from engine.operations.attendance import AttendanceRefused
from engine.operations.meetings import NoScrutineers
from engine.operations.thresholds import parse_threshold
from engine.selection import PaperCountsWrong
from tests.engine.operations.bench import Bench

ROSTER = [{"kind": "roster", "roster": "r", "group": ""}]
CONTEST = {"code": "c", "mark": "recommend", "options": ["K01", "K02"], "most": 1, "seats": 1}


def electors(bench: Bench, number: int, *groups: str) -> list[str]:
    people = bench.members("recommender", number, roster="r")
    rows = bench.session.scalars(select(CaseMember).order_by(CaseMember.position)).all()
    for row, group in zip(rows, groups, strict=False):
        row.group = group
    return [str(person.id) for person in people]


def take(bench: Bench, answers: dict[str, Any], **parameters: Any) -> Any:
    return bench.result("take_attendance", answers, **({"electors": ROSTER} | parameters))


def lock(bench: Bench, attendance: Any, *contests: dict[str, Any]) -> Any:
    return bench.result(
        "open_ballot", {"scrutineers": ["a", "b"], "by_hand": "passed"}, title="vote",
        contests=list(contests) or [CONTEST], attendance=attendance, base="valid",
    )  # fmt: skip


def vote(bench: Bench, ballot: Any, choices: dict[str, Any]) -> None:
    """Everybody named casts a ballot; then the box is closed."""
    box_id = UUID(ballot["id"])
    ballots.open_box(bench.session, box_id=box_id, now=bench.now)
    for voter, choice in choices.items():
        ballots.cast(
            bench.session, box_id=box_id, voter_id=UUID(voter),
            envelope=ballots.encode_choice(choice), now=bench.now,
        )  # fmt: skip
    ballots.close_box(bench.session, box_id=box_id, now=bench.now)


def test_attendance_counts_by_group_and_holds_the_quorum(bench: Bench) -> None:
    ids = electors(bench, 6, "county", "county", "section", "section", "section", "section")

    result = take(bench, {"present": [ids[0], *ids[2:5]]}, quorum="2/3", comparator=">=")

    assert result["id"] == result["attendance"]["id"]
    assert (result["entitled"], result["present"], result["absent"]) == (6, 4, 2)
    assert result["groups"] == {
        "county": {"entitled": 2, "present": 1},
        "section": {"entitled": 4, "present": 3},
    }
    quorum = {key: result["quorum"][key] for key in ("passes", "met", "needed", "number")}
    assert quorum == {"passes": True, "met": True, "needed": 4, "number": "2/3"}


@pytest.mark.parametrize(
    ("present", "quorum", "comparator", "met"),
    [
        (4, "2/3", ">", False),
        (3, "2/3", ">=", False),
        (4, "> 2/3", ">=", False),
        (1, "", ">=", True),
    ],
)
def test_the_quorum_is_held_exactly(
    bench: Bench, present: int, quorum: str, comparator: str, met: bool
) -> None:
    ids = electors(bench, 6)

    result = take(bench, {"present": ids[:present]}, quorum=quorum, comparator=comparator)

    assert result["quorum"]["met"] is met


def test_who_is_excluded_is_not_entitled_and_who_left_is_absent(bench: Bench) -> None:
    ids = electors(bench, 6)
    answers = {
        "present": ids[:4],
        "left_early": [ids[3]],
        "excluded": [{"person": ids[4], "reason": "illness", "note": "住院"}],
        "recused": [
            {"person": ids[5], "phase": "vote", "reason": "亲属"},
            {"person": ids[0], "phase": "deliberation", "reason": "亲属"},
        ],
    }

    result = take(bench, answers, quorum="3/4")

    assert (result["entitled"], result["present"], result["absent"]) == (4, 3, 1)
    assert result["reasons"] == {"illness": 1, "recused": 1}
    assert result["quorum"]["met"] is True
    rows = bench.session.execute(
        select(Attendee.state, Attendee.reason).order_by(Attendee.position)
    )
    assert [tuple(row) for row in rows] == [
        ("present", ""),
        ("present", ""),
        ("present", ""),
        ("absent", "left_early"),
        ("excluded", "illness: 住院"),
        ("excluded", "recused"),
    ]


def test_somebody_not_on_the_list_is_refused(bench: Bench) -> None:
    ids = electors(bench, 2)
    stranger = str(bench.person("外人").id)

    with pytest.raises(AttendanceRefused) as caught:
        take(bench, {"present": [ids[0], stranger]})
    assert [(p.path, p.code) for p in caught.value.problems] == [("present.1", "not_entitled")]
    assert bench.session.scalars(select(Attendee)).all() == []


def test_nobody_is_present_and_excluded(bench: Bench) -> None:
    ids = electors(bench, 2)

    with pytest.raises(AttendanceRefused) as caught:
        take(bench, {"present": ids, "excluded": [{"person": ids[1], "reason": "abroad"}]})
    assert [(p.path, p.code) for p in caught.value.problems] == [
        ("present.1", "present_and_excluded")
    ]


def test_the_attendance_of_the_calling_meeting_is_used_again(bench: Bench) -> None:
    ids = electors(bench, 3)
    first = take(bench, {"present": ids})

    again = take(bench, {}, given=first)

    assert again == first


def test_a_meeting_called_again_has_a_list_of_its_own(bench: Bench) -> None:
    ids = electors(bench, 3)

    lists = {take(bench, {"present": ids})["id"], take(bench, {"present": ids[:1]})["id"]}

    assert len(lists) == 2


def test_electors_must_be_people(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="electors must be people"):
        take(bench, {"present": []}, electors=[{"kind": "persons", "number": 2, "role": "judge"}])


def test_a_locked_box_carries_its_rules(bench: Bench) -> None:
    attendance = take(bench, {"present": electors(bench, 3)})

    result = lock(bench, attendance)

    ballot = result["ballot"]
    assert (ballot["title"], ballot["base"], ballot["contests"]) == ("vote", "valid", [CONTEST])
    assert UUID(ballot["id"])
    assert result["scrutineers"] == 2


@pytest.mark.parametrize(
    "answers",
    [
        {"scrutineers": ["a"], "by_hand": "passed"},
        {"scrutineers": ["a", "a"], "by_hand": "passed"},
        {"scrutineers": ["a", "b"], "by_hand": "not_passed"},
        {},
    ],
)
def test_no_box_is_locked_without_scrutineers(bench: Bench, answers: dict[str, Any]) -> None:
    attendance = take(bench, {"present": electors(bench, 3)})

    with pytest.raises(NoScrutineers):
        bench.run("open_ballot", answers, title="t", contests=[CONTEST], attendance=attendance)


def test_a_contest_nobody_can_vote_on_is_refused(bench: Bench) -> None:
    attendance = take(bench, {"present": electors(bench, 3)})

    with pytest.raises(ballots.BallotRulesWrong):
        lock(bench, attendance, {**CONTEST, "options": []})


def test_a_count_has_numbers_contests_and_groups(bench: Bench) -> None:
    ids = electors(bench, 4, "county", "section", "section", "section")
    ballot = lock(bench, take(bench, {"present": ids[:3]}))["ballot"]
    choices = {ids[0]: {"c": ["K01"]}, ids[1]: {"c": ["K02"]}, ids[2]: {"c": ["K01", "K02"]}}
    vote(bench, ballot, choices)

    result = bench.result("tally", ballot=ballot)

    assert result["numbers"] == {
        "entitled": 4, "present": 3, "issued": 3, "returned": 3, "valid": 2, "invalid": 1,
        "blank": 0,
    }  # fmt: skip
    contest = result["contests"]["c"]
    assert contest["votes"] == {"K01": {"recommend": 1}, "K02": {"recommend": 1}}
    assert (contest["mark"], contest["seats"], contest["most"]) == ("recommend", 1, 1)
    assert contest["invalid_reasons"] == {"too_many_marks": 1}
    assert result["groups"]["county"]["numbers"]["returned"] == 1
    assert result["groups"]["section"]["contests"]["c"]["votes"]["K02"] == {"recommend": 1}
    assert (result["void"], result["title"], result["base"]) == (False, "vote", "valid")


def test_of_several_contests_the_numbers_are_what_they_share(bench: Bench) -> None:
    ids = electors(bench, 2)
    other = {**CONTEST, "code": "d"}
    ballot = lock(bench, take(bench, {"present": ids}), CONTEST, other)["ballot"]
    vote(bench, ballot, {ids[0]: {"c": ["K01", "K02"]}, ids[1]: {"c": [], "d": ["K01"]}})

    numbers = bench.result("tally", ballot=ballot)["numbers"]

    assert numbers["returned"] == 2
    assert "valid" not in numbers


def paper(bench: Bench, **bundle: int) -> None:
    row = {"bundle": 1, "contest": "c", "returned": 2, "invalid": 0, "blank": 0, **bundle}
    counts = [{"bundle": 1, "contest": "c", "option": "K01", "mark": "recommend", "count": 2}]
    first, second = (bench.person(name) for name in ("监票甲", "监票乙"))
    answers = {"bundles": [row], "counts": counts}
    bench.task("mv_enter_paper", [(first, "", answers), (second, "", answers)])


def test_paper_two_have_entered_is_added_once(bench: Bench) -> None:
    ids = electors(bench, 3)
    ballot = lock(bench, take(bench, {"present": ids}))["ballot"]
    vote(bench, ballot, {ids[0]: {"c": ["K02"]}})
    paper(bench)

    result = bench.result("tally", ballot=ballot, paper="mv_enter_paper")

    assert result["contests"]["c"]["votes"] == {"K01": {"recommend": 2}, "K02": {"recommend": 1}}
    assert result["numbers"]["returned"] == 3


def test_more_papers_than_were_issued_make_the_count_void(bench: Bench) -> None:
    ids = electors(bench, 2)
    ballot = lock(bench, take(bench, {"present": ids}))["ballot"]
    vote(bench, ballot, {ids[0]: {"c": ["K02"]}})
    paper(bench)

    result = bench.result("tally", ballot=ballot, paper="mv_enter_paper")

    assert result["void"] is True
    assert (result["numbers"]["issued"], result["numbers"]["returned"]) == (2, 3)


def test_paper_counts_that_cannot_be_true_are_refused(bench: Bench) -> None:
    ids = electors(bench, 3)
    ballot = lock(bench, take(bench, {"present": ids}))["ballot"]
    vote(bench, ballot, {})
    paper(bench, returned=1)

    with pytest.raises(PaperCountsWrong):
        bench.run("tally", ballot=ballot, paper="mv_enter_paper")


def test_paper_of_another_meeting_is_not_counted(bench: Bench) -> None:
    ids = electors(bench, 3)
    ballot = lock(bench, take(bench, {"present": ids}))["ballot"]
    vote(bench, ballot, {})
    other = bench.add_instance()
    bench.task("mv_enter_paper", [(None, "", {"bundles": [], "counts": []})], instance=other)

    with pytest.raises(BadParameters, match="nothing was handed in at 'mv_enter_paper'"):
        bench.run("tally", ballot=ballot, paper="mv_enter_paper")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2/3", ("", "2/3", "")),
        (" >1/2", (">", "1/2", "")),
        ("≥ 40%", (">=", "40%", "")),
        (">= 2/3 of present", (">=", "2/3", "present")),
    ],
)
def test_a_threshold_is_read_in_words(text: str, parts: tuple[str, str, str]) -> None:
    assert parse_threshold(text) == parts


@pytest.mark.parametrize("text", ["half", "", "2/3 present", "<1/2"])
def test_what_is_no_threshold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a threshold"):
        parse_threshold(text)


@pytest.mark.parametrize(
    ("bundle", "equal", "checked"),
    [
        ({}, True, {"equal": True, "differences": [], "wrong": None}),
        (
            {"returned": 1},
            True,
            {
                "equal": False,
                "differences": [],
                "wrong": {"problem": "more_than_valid", "contest": "c", "option": "K01"},
            },
        ),
        ({"returned": 1}, False, {"equal": False, "differences": ["bundles.0"], "wrong": None}),
    ],
)
def test_paper_that_cannot_be_true_is_entered_again(
    bench: Bench, bundle: dict[str, int], equal: bool, checked: dict[str, Any]
) -> None:
    ballot = lock(bench, take(bench, {"present": electors(bench, 3)}))["ballot"]
    row = {"bundle": 1, "contest": "c", "returned": 2, "invalid": 0, "blank": 0, **bundle}
    counts = [{"bundle": 1, "contest": "c", "option": "K01", "mark": "recommend", "count": 2}]
    answers = {"bundles": [row], "counts": counts}
    handed_in = {"equal": equal, "differences": [] if equal else ["bundles.0"]}

    call = replace(bench.call("mv_enter_paper", answers), variables={"handed_in": handed_in})

    assert perform(call, "check_paper", {"ballot": ballot}).result == checked


# recusal


def recuse(bench: Bench, person: str, subject: str, *, vote: bool = True) -> None:
    recusals.write(
        bench.session, case_id=bench.case.id, person_id=UUID(person), subject=subject,
        deliberation=True, vote=vote, reason="relative", source="ordered",
        by_id=UUID(person), now=bench.now,
    )  # fmt: skip


def test_whoever_may_not_vote_on_somebody_on_the_paper_is_not_entitled(bench: Bench) -> None:
    ids = electors(bench, 5)
    recuse(bench, ids[0], "K01")
    recuse(bench, ids[1], "K09")
    recuse(bench, ids[2], "")
    recuse(bench, ids[3], "K02", vote=False)

    result = take(bench, {"present": ids}, contests=[CONTEST], quorum="2/3")

    assert (result["entitled"], result["present"], result["excluded"]) == (3, 3, 2)
    assert result["reasons"] == {"recused": 2}
    rows = bench.session.scalars(select(Attendee).order_by(Attendee.position)).all()
    assert [row.state for row in rows] == [
        "excluded", "present", "excluded", "present", "present",
    ]  # fmt: skip


def test_without_contests_only_who_is_kept_out_of_every_vote_is_left_out(bench: Bench) -> None:
    ids = electors(bench, 3)
    recuse(bench, ids[0], "K01")
    recuse(bench, ids[1], "")

    result = take(bench, {"present": ids})

    assert (result["entitled"], result["present"]) == (2, 2)


def test_a_recusal_from_one_contest_takes_the_paper_of_that_box_alone(bench: Bench) -> None:
    ids = electors(bench, 4)
    attendance = take(bench, {"present": ids})
    recuse(bench, ids[0], "K01")

    with_k01 = lock(bench, attendance, CONTEST, {**CONTEST, "code": "d", "options": ["K03"]})
    without = lock(bench, attendance, {**CONTEST, "options": ["K02", "K03"]})

    assert (with_k01["recused"], without["recused"]) == (1, 0)
    for made, entitled in ((with_k01, 3), (without, 4)):
        box_id = UUID(made["ballot"]["id"])
        assert ballots.progress(bench.session, box_id=box_id).issued == entitled
    box_id = UUID(with_k01["ballot"]["id"])
    ballots.open_box(bench.session, box_id=box_id, now=bench.now)
    with pytest.raises(ballots.NotEntitled):
        ballots.cast(
            bench.session, box_id=box_id, voter_id=UUID(ids[0]),
            envelope=ballots.encode_choice({"c": ["K02"]}), now=bench.now,
        )  # fmt: skip
    kept = bench.session.scalars(
        select(Attendee.state).where(Attendee.attendance_id == UUID(attendance["id"]))
    ).all()
    assert kept == ["present"] * 4


def test_what_is_counted_has_the_entitled_without_them(bench: Bench) -> None:
    ids = electors(bench, 3)
    attendance = take(bench, {"present": ids})
    recuse(bench, ids[0], "K02")
    ballot = lock(bench, attendance)["ballot"]
    vote(bench, ballot, {ids[1]: {"c": ["K01"]}, ids[2]: {"c": ["K02"]}})

    counted = bench.result("tally", {}, ballot=ballot, paper="")

    assert (counted["entitled"], counted["present"], counted["issued"]) == (2, 2, 2)
    assert counted["contests"]["c"]["votes"]["K02"] == {"recommend": 1}
