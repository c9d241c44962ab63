import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from engine import ballots
from engine.db import Sessions, reading, transaction
from engine.model import BallotBox, BallotEnvelope, BallotLine
from engine.selection import PaperCountsWrong
from tests.engine.ballots.meeting import Meeting, approve, hold_meeting, votes
from tests.support.clock import FakeClock
from tests.support.databases import on_both

OPTIONS = ("K01", "K02", "K03")


def paper(returned: int, group: str = "county", **marks: int) -> dict[str, Any]:
    counted = {option: {"recommend": number} for option, number in marks.items()}
    part = {"votes": counted, "invalid": 0, "blank": 0}
    return {"group": group, "returned": returned, "parts": {"first": part}}


@on_both
def test_ballots_are_counted_by_group_and_together(meeting: Meeting) -> None:
    meeting.cast(0, {"first": ["K01", "K02"]})
    meeting.cast(1, {"first": ["K01", "K02", "K03"]})  # too many marks
    meeting.cast(2, {"first": []})
    meeting.cast(3, {"first": {"K01": "recommend"}})
    meeting.close()

    result = meeting.count()

    assert result["contests"]["first"]["numbers"] == {
        "entitled": 5,
        "present": 4,
        "issued": 4,
        "returned": 4,
        "valid": 3,
        "invalid": 1,
        "blank": 1,
    }
    assert votes(result) == {
        "K01": {"recommend": 2},
        "K02": {"recommend": 1},
        "K03": {"recommend": 0},
    }
    assert votes(result["by_group"]["county"])["K01"] == {"recommend": 1}
    assert votes(result["by_group"]["section"])["K01"] == {"recommend": 1}
    assert (result["box"], result["title"], result["base"], result["void"]) == (
        str(meeting.box_id),
        "第一次推荐",
        "valid",
        False,
    )


def test_a_paper_with_two_contests_is_judged_part_by_part(
    sessions: Sessions, clock: FakeClock
) -> None:
    meeting = hold_meeting(
        sessions,
        clock,
        present={"": 2},
        contests=[approve("P1", "K01", "K02"), approve("P2", "K03", "K04")],
    )
    meeting.cast(0, {"P1": {"K01": "agree", "K02": "agree"}, "P2": {"K03": "agree"}})
    meeting.cast(1, {"P1": {"K01": "agree", "K02": "disagree"}})
    meeting.close()

    result = meeting.count()

    assert result["by_group"] == {}
    assert result["contests"]["P1"]["invalid_reasons"] == {"too_many_marks": 1}
    assert votes(result, "P1")["K01"] == {"agree": 1, "disagree": 0, "abstain": 0}
    assert votes(result, "P2")["K03"] == {"agree": 1, "disagree": 0, "abstain": 1}


def test_grades_are_counted(sessions: Sessions, clock: FakeClock) -> None:
    contest = {"code": "evaluation", "mark": "grade", "options": ["K01"], "most": 1, "seats": 1}
    meeting = hold_meeting(sessions, clock, present={"": 2}, contests=[contest])
    meeting.cast(0, {"evaluation": {"K01": "A"}})
    meeting.close()

    assert votes(meeting.count(), "evaluation") == {"K01": {"A": 1, "B": 0, "C": 0, "D": 0}}


def test_paper_is_added_and_a_recount_takes_it_anew(meeting: Meeting) -> None:
    meeting.cast(0, {"first": ["K01"]})
    meeting.close()

    first = meeting.count([paper(2, K01=2, K02=1)])
    corrected = meeting.count([paper(2, K01=1, K02=1)])

    assert (first["returned"], votes(first)["K01"]) == (3, {"recommend": 3})
    assert (corrected["returned"], votes(corrected)["K01"]) == (3, {"recommend": 2})
    assert meeting.count([paper(2, K01=2, K02=1)]) == first


def test_more_returned_than_issued_is_void_until_the_paper_is_corrected(meeting: Meeting) -> None:
    meeting.cast(3, {"first": ["K01"]})
    meeting.close()

    void = meeting.count([paper(1, group="section", K01=1)])  # one person, two ballots
    assert void["void"]
    assert {"code": "group_void", "group": "section"} in void["working"]
    with reading(meeting.sessions) as session:
        assert session.scalar(select(BallotBox.state)) == "void"

    assert not meeting.count(None)["void"]


@pytest.mark.parametrize(
    ("bundle", "problem"),
    [
        (paper(1, group="strangers"), "unknown_group"),
        (paper(1, K01=2), "more_than_valid"),
        (paper(1, K09=1), "unknown_option"),
    ],
)
def test_paper_counts_that_cannot_be_true_open_nothing(
    meeting: Meeting, bundle: dict[str, Any], problem: str
) -> None:
    meeting.cast(0, {"first": ["K01"]})
    meeting.close()

    with pytest.raises(PaperCountsWrong) as error:
        meeting.count([bundle])

    assert error.value.problem == problem
    with reading(meeting.sessions) as session:
        assert session.scalars(select(BallotLine)).all() == []
    assert meeting.count()["returned"] == 1


def test_the_rows_of_the_paper_form_become_bundles() -> None:
    head = {"contest": "first", "returned": 2, "invalid": 0, "blank": 0}
    rows = [head | {"bundle": 1, "group": "county"}, head | {"bundle": 2}]
    counts = [
        {"bundle": 1, "contest": "first", "option": "K01", "mark": "recommend", "count": 2},
        {"bundle": 2, "contest": "first", "option": "K02", "mark": "recommend", "count": 1},
    ]

    assert ballots.paper_bundles(rows, counts) == [paper(2, K01=2), paper(2, group="", K02=1)]


@pytest.mark.parametrize(
    "change",
    [
        {"rows": [{"returned": 3}]},
        {"rows": [{"group": "county"}]},
        {"rows": [{}]},
        {"counts": [{"bundle": 9}]},
        {"counts": [{"contest": "second"}]},
        {"counts": [{}, {}]},
    ],
)
def test_rows_of_the_paper_form_that_contradict_each_other_are_refused(
    change: dict[str, list[dict[str, Any]]],
) -> None:
    head = {"bundle": 1, "contest": "first", "returned": 2, "invalid": 0, "blank": 0}
    mark = {"bundle": 1, "contest": "first", "option": "K01", "mark": "recommend", "count": 1}
    rows = [head, *(head | row for row in change.get("rows", []))]
    counts = [mark | row for row in change.get("counts", [])]

    with pytest.raises(PaperCountsWrong):
        ballots.paper_bundles(rows, counts)


@pytest.mark.parametrize("change", ["altered", "removed", "added"])
def test_a_box_changed_after_its_closing_is_not_opened(meeting: Meeting, change: str) -> None:
    meeting.cast(0, {"first": ["K01"]})
    meeting.cast(1, {"first": ["K01"]})
    meeting.close()
    with transaction(meeting.sessions) as session:
        own = BallotEnvelope.voter_id == meeting.people[0]
        if change == "altered":
            other = ballots.encode_choice({"first": ["K02"]})
            session.execute(update(BallotEnvelope).where(own).values(envelope=other))
        elif change == "removed":
            session.execute(delete(BallotEnvelope).where(own))
        else:
            stuffed = {"box_id": meeting.box_id, "voter_id": meeting.people[2]}
            session.add(BallotEnvelope(**stuffed, envelope=ballots.encode_choice({})))

    with pytest.raises(ballots.BoxChanged):
        meeting.count()


@on_both
def test_after_the_count_nothing_links_a_ballot_to_its_voter(meeting: Meeting) -> None:
    for voter, option in enumerate(["K03", "K01", "K02"]):
        meeting.cast(voter, {"first": [option]})
    meeting.close()
    meeting.count()

    with reading(meeting.sessions) as session:
        assert set(session.scalars(select(BallotEnvelope.envelope))) == {None}
        lines = [
            (line.group, line.choices)
            for line in session.scalars(select(BallotLine))  # in the order they were written
        ]
    assert lines == [("county", {"first": [option]}) for option in OPTIONS]
    assert BallotLine.__table__.columns.keys() == ["id", "box_id", "group", "validity", "choices"]
    assert BallotEnvelope.__table__.columns.keys() == ["box_id", "voter_id", "group", "envelope"]


def test_ids_of_opened_ballots_are_random_not_in_the_order_of_time(meeting: Meeting) -> None:
    for voter in range(4):
        meeting.cast(voter, {"first": []})
    meeting.close()
    meeting.count()

    with reading(meeting.sessions) as session:
        assert {line.version for line in session.scalars(select(BallotLine.id))} == {4}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    papers=st.lists(
        st.lists(st.sampled_from(OPTIONS), unique=True) | st.just(["nobody"]),
        min_size=1,
        max_size=6,
    ),
    seed=st.integers(),
)
def test_a_count_does_not_depend_on_the_order_of_casting(
    sessions: Sessions, clock: FakeClock, papers: list[list[str]], seed: int
) -> None:
    orders = [list(range(len(papers))) for _ in range(2)]
    random.Random(seed).shuffle(orders[1])  # noqa: S311 - a test, no lot

    def run(order: list[int]) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
        meeting = hold_meeting(sessions, clock, present={"": len(papers)})
        for voter in order:
            meeting.cast(voter, {"first": papers[voter]})
        meeting.close()
        result = meeting.count()
        assert meeting.count() == result  # a recount from the opened ballots
        with reading(sessions) as session:
            lines = session.scalars(select(BallotLine).where(BallotLine.box_id == meeting.box_id))
            written = [(line.validity, line.choices) for line in lines]
        return result | {"box": ""}, written

    assert run(orders[0]) == run(orders[1])
