from hashlib import sha256

import pytest
from sqlalchemy import select

from engine import selection
from engine.model import Candidate
from engine.operations import BadParameters
from engine.operations.lots import LotDrawnTwice
from tests.engine.operations.bench import Bench

CODES = [f"K{n:02d}" for n in range(1, 12)]


def test_the_order_can_be_drawn_again_from_the_seed_in_the_result(bench: Bench) -> None:
    result = bench.result("draw_lots", codes=CODES)

    again = selection.draw_lots(CODES, seed=bytes.fromhex(result["seed"]))
    assert result["order"] == list(again.order)
    assert result["algorithm"] == again.algorithm


def test_every_drawing_has_a_seed_of_its_own(bench: Bench) -> None:
    seeds = {bench.result("draw_lots", codes=CODES)["seed"] for _ in range(5)}

    assert len(seeds) == 5


def test_the_worked_case_names_a_rule_for_its_seeds(bench: Bench) -> None:
    bench.case.details = {"lot_seeds": {"rule": "sha256:gongxuan/published_case/"}}

    result = bench.run("draw_lots", codes=CODES, at="s4_draw_groups").result

    assert result["seed"] == sha256(b"gongxuan/published_case/s4_draw_groups").hexdigest()


def test_another_rule_is_refused(bench: Bench) -> None:
    bench.case.details = {"lot_seeds": {"rule": "date"}}

    with pytest.raises(BadParameters, match="does not begin with sha256:"):
        bench.run("draw_lots", codes=CODES)


def test_groups_are_cut_from_the_front(bench: Bench) -> None:
    result = bench.result("draw_lots", codes=CODES, sizes=[6, 4])

    assert result["groups"] == [result["order"][:6], result["order"][6:10]]
    assert result["rest"] == result["order"][10:]


def test_groups_larger_than_the_field_are_refused(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="need more than"):
        bench.run("draw_lots", codes=CODES, sizes=[6, 6])


def test_slips_drawn_by_hand_come_first(bench: Bench) -> None:
    result = bench.result("draw_lots", codes=CODES[:4], numbers={"K03": 1, "K01": 3, "K99": 2})

    assert result["order"][:2] == ["K03", "K01"]
    assert sorted(result["order"][2:]) == ["K02", "K04"]
    assert result["by_hand"] == {"K03": 1, "K01": 3}
    assert result["seed"]


def test_where_all_drew_by_hand_there_is_no_seed(bench: Bench) -> None:
    result = bench.result("draw_lots", codes=["K01", "K02"], numbers={"K01": 2, "K02": 1})

    assert (result["order"], result["seed"], result["working"]) == (["K02", "K01"], None, [])


def test_one_slip_for_two_is_refused(bench: Bench) -> None:
    with pytest.raises(LotDrawnTwice) as caught:
        bench.run("draw_lots", codes=CODES, numbers={"K01": 2, "K02": 2})
    assert (caught.value.number, caught.value.codes) == (2, ("K01", "K02"))


def test_the_places_become_admission_numbers(bench: Bench) -> None:
    bench.candidates(3)

    order = bench.result("draw_lots", codes=["K01", "K02"], admission=True)["order"]

    rows = bench.session.execute(select(Candidate.code, Candidate.number))
    numbers = {row.code: row.number for row in rows}
    assert numbers == {order[0]: "001", order[1]: "002", "K03": ""}


def test_nobody_left_draws_nothing(bench: Bench) -> None:
    assert bench.result("draw_lots", codes=[])["order"] == []
