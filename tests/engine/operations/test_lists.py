from typing import Any

import pytest
from sqlalchemy import select

from engine.model import Candidate, Person, Seat
from engine.operations import BadParameters, Effect
from engine.operations.lists import ReviewMissing, UnknownCandidate
from tests.engine.operations.bench import Bench

ELIGIBLE = {"conclusion": "eligible"}
TOO_OLD = {"conclusion": "refused", "reasons": ["age"]}


def entries(**by_subject: dict[str, Any]) -> dict[str, Any]:
    return {"by_subject": {code: [entry] for code, entry in by_subject.items()}}


def listed(bench: Bench, reviews: dict[str, dict[str, Any]], **more: Any) -> Any:
    given = {"second": {}, "appeals": {}, **more}
    rules: dict[str, Any] = {code: {} for code in reviews}
    return bench.result("list_eligible", rules=rules, reviews=entries(**reviews), **given)


def statuses(bench: Bench) -> dict[str, tuple[str, str]]:
    rows = bench.session.execute(select(Candidate.code, Candidate.status, Candidate.reason))
    return {row.code: (row.status, row.reason) for row in rows}


def test_the_review_decides_where_nobody_looks_again(bench: Bench) -> None:
    bench.candidates(2)

    assert listed(bench, {"K01": ELIGIBLE, "K02": TOO_OLD}) == {
        "eligible": ["K01"],
        "refused": ["K02"],
        "reasons": {"K02": ["age"]},
        "under_reserve": [],
    }


@pytest.mark.parametrize(
    ("review", "reasons"),
    [
        ({"conclusion": "missing"}, ["material_missing"]),
        ({"conclusion": "refused", "degree": "not_met", "rank_tenure": "not_met"},
         ["tenure", "degree"]),
        ({"conclusion": "refused", "degree": "missing"}, ["material_missing"]),
        ({"conclusion": "refused"}, ["other"]),
    ],
)  # fmt: skip
def test_every_refusal_has_a_reason(
    bench: Bench, review: dict[str, Any], reasons: list[str]
) -> None:
    bench.candidates(1)

    assert listed(bench, {"K01": review})["reasons"] == {"K01": reasons}


@pytest.mark.parametrize(
    ("review", "second", "eligible"),
    [
        (ELIGIBLE, "agree", True),
        (ELIGIBLE, "differ", False),
        (TOO_OLD, "agree", False),
        (TOO_OLD, "differ", True),
    ],
)
def test_a_second_look_that_differs_turns_the_first_round(
    bench: Bench, review: dict[str, Any], second: str, eligible: bool
) -> None:
    bench.candidates(1)

    result = listed(bench, {"K01": review}, second=entries(K01={"conclusion": second}))

    assert result["eligible"] == (["K01"] if eligible else [])


def test_a_re_check_admits_or_upholds(bench: Bench) -> None:
    bench.candidates(3)
    reviews = {"K01": TOO_OLD, "K02": TOO_OLD, "K03": TOO_OLD}
    appeals = entries(
        K01={"outcome": "admitted"},
        K02={"outcome": "upheld"},
        K03={"outcome": "upheld", "under_reserve": True},
    )

    result = listed(bench, reviews, appeals=appeals)

    assert (result["eligible"], result["refused"]) == (["K01", "K03"], ["K02"])
    assert result["under_reserve"] == ["K03"]


def test_who_has_withdrawn_is_on_neither_list(bench: Bench) -> None:
    bench.candidates(2)
    bench.run("set_status", codes=["K02"], status="withdrawn")

    result = listed(bench, {"K01": ELIGIBLE, "K02": TOO_OLD})

    assert (result["eligible"], result["refused"]) == (["K01"], [])


def test_nobody_is_admitted_or_refused_without_a_review(bench: Bench) -> None:
    bench.candidates(2)

    with pytest.raises(ReviewMissing) as caught:
        bench.run(
            "list_eligible", rules={"K01": {}, "K02": {}}, reviews=entries(K01=ELIGIBLE),
            second={}, appeals={},
        )  # fmt: skip
    assert caught.value.codes == ("K02",)


def test_the_status_changes_only_where_the_diagram_says_so(bench: Bench) -> None:
    bench.candidates(2)

    listed(bench, {"K01": ELIGIBLE, "K02": TOO_OLD})
    assert statuses(bench) == {"K01": ("active", ""), "K02": ("active", "")}

    listed(bench, {"K01": ELIGIBLE, "K02": TOO_OLD}, mark=True)
    assert statuses(bench) == {"K01": ("active", ""), "K02": ("refused", "age")}


def test_who_is_admitted_on_re_check_takes_part_again(bench: Bench) -> None:
    bench.candidates(1)
    listed(bench, {"K01": TOO_OLD}, mark=True)

    listed(bench, {"K01": TOO_OLD}, appeals=entries(K01={"outcome": "admitted"}), mark=True)

    assert statuses(bench) == {"K01": ("active", "")}


def test_a_withdrawal_voids_open_seats_and_names_the_tasks(bench: Bench) -> None:
    first, second = bench.candidates(2)
    person = bench.session.get_one(Person, first.person_id)
    own = bench.task("s3_draw_order", [(person, "", {}), (None, "K02", {})])
    done = bench.task("s1_apply", [(person, "", {"name": "甲"})])
    for seat in bench.session.scalars(select(Seat).where(Seat.task_id == own.id)):
        seat.state, seat.submitted_at = "open", None
    bench.session.flush()

    outcome = bench.run("set_status", codes=["K01"], status="withdrawn", reason="own_request")

    assert outcome.result == {"codes": ["K01"], "status": "withdrawn", "unchanged": []}
    assert outcome.effects == [Effect("voided", str(own.id), "own_request")]
    states = select(Seat.state).order_by(Seat.task_id == done.id, Seat.position)
    bench.session.expire_all()
    assert bench.session.scalars(states).all() == ["void", "open", "handed_in"]
    assert statuses(bench)["K01"] == ("withdrawn", "own_request")
    assert second.status == "active"


def test_who_has_withdrawn_is_not_refused_afterwards(bench: Bench) -> None:
    bench.candidates(2)
    bench.run("set_status", codes=["K01"], status="withdrawn")

    result = bench.result("set_status", codes=["K01", "K02"], status="refused")

    assert (result["codes"], result["unchanged"]) == (["K02"], ["K01"])
    assert statuses(bench)["K01"][0] == "withdrawn"


def test_expressions_see_the_new_status_at_once(bench: Bench) -> None:
    bench.candidates(2)
    call = bench.call()
    assert call.facts.active(["K01", "K02"]) == ["K01", "K02"]

    bench.run("set_status", codes=["K01"], status="stopped", reason="report")

    assert bench.call().facts.active(["K01", "K02"]) == ["K02"]


def test_an_unknown_code_and_an_unknown_status_change_nothing(bench: Bench) -> None:
    bench.candidates(1)

    with pytest.raises(UnknownCandidate):
        bench.run("set_status", codes=["K01", "K99"], status="stopped")
    with pytest.raises(BadParameters, match="'status' does not fit"):
        bench.run("set_status", codes=["K01"], status="gone")
    assert statuses(bench)["K01"][0] == "active"


def test_the_gates_and_the_checks_say_who_is_inspected(bench: Bench) -> None:
    visits = {
        "K06": {"outcome": "inspected"},
        "K09": {"outcome": "not_evaluated"},
        "K11": {"outcome": "not_inspected"},
        "K12": {"outcome": "inspected"},
        "K07": {"outcome": "inspected"},
    }

    result = bench.result(
        "list_inspected", visits=visits, matters={"K12": "stopped", "K07": "continues"}
    )

    assert result == {
        "evaluated": ["K06", "K11", "K12", "K07"],
        "inspected": ["K06", "K07"],
        "stopped": {"K09": "not_evaluated", "K11": "not_inspected", "K12": "matter"},
    }


def test_a_value_is_kept_as_it_is(bench: Bench) -> None:
    assert bench.result("keep", value=["K06", "K08"]) == {"value": ["K06", "K08"]}
