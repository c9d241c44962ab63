"""Sheets, letters, pools, lists of candidates: operations that read tables."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from engine.model import Candidate, Person
from engine.operations import BadParameters
from engine.operations.entrants import RosterRefused
from tests.engine.operations.bench import Bench

WORDS = {"title": "x", "x-i18n": {"en": {"title": "x"}}}
CHOICE = {**WORDS, "type": "string", "oneOf": [{"const": "P1", **WORDS}, {"const": "P2", **WORDS}]}
TEXT = {**WORDS, "type": "string", "maxLength": 40}
COLUMNS = {"name": TEXT, "unit": TEXT, "phone": TEXT, "for_post": CHOICE, "remark": TEXT}
ROWS = {"type": "array", **WORDS, "items": {"type": "object", "properties": COLUMNS}}
FORM = json.dumps({**WORDS, "type": "object", "properties": {"people": ROWS}})
PEOPLE = [
    {"name": "甲一", "unit": "一组", "phone": "1", "for_post": "P2", "remark": "好"},
    {"name": "乙二", "unit": "二组", "phone": "2", "for_post": "P1"},
    {"name": "丙三", "unit": "三组", "phone": "3"},
]


def listed(bench: Bench, *rows: dict[str, Any], **parameters: Any) -> Any:
    bench.files["forms/list-schema.json"] = FORM
    return bench.run("enter_candidates", {"people": list(rows)}, at="list", **parameters).result


# ---- candidates from a list ----
def test_people_on_a_list_become_candidates_in_its_order(bench: Bench) -> None:
    result = listed(bench, *PEOPLE, hand_on=["for_post"])

    assert result == {
        "applicants": ["K01", "K02", "K03"],
        "by_field": {"for_post": {"K01": "P2", "K02": "P1"}},
        "total": 3,
    }


def test_a_second_list_keeps_the_codes_and_adds_who_is_new(bench: Bench) -> None:
    listed(bench, *PEOPLE)

    result = listed(bench, {"name": "丁四", "unit": "四组"}, PEOPLE[1])

    assert result["applicants"] == ["K04", "K02"]
    assert len(bench.session.scalars(select(Candidate)).all()) == 4


def test_somebody_known_is_the_same_person_as_candidate(bench: Bench) -> None:
    known = bench.person("乙二", unit="二组", phone="2")

    listed(bench, *PEOPLE)

    codes = select(Candidate.code).where(Candidate.person_id == known.id)
    assert bench.session.scalars(codes).all() == ["K02"]
    assert len(bench.session.scalars(select(Person)).all()) == 3


def test_one_person_twice_is_refused_and_nobody_becomes_a_candidate(bench: Bench) -> None:
    with pytest.raises(RosterRefused):
        listed(bench, PEOPLE[0], PEOPLE[0])

    assert bench.session.scalars(select(Candidate)).all() == []


@pytest.mark.parametrize("field", ["remark", "name", "nothing"])
def test_only_choices_are_handed_on(bench: Bench, field: str) -> None:
    with pytest.raises(BadParameters, match="not a choice"):
        listed(bench, *PEOPLE, hand_on=[field])


def test_the_choice_of_an_application_travels_with_its_code(bench: Bench) -> None:
    form = {**WORDS, "type": "object", "properties": {"name": TEXT, "for_post": CHOICE}}
    bench.files["forms/s1_apply-schema.json"] = json.dumps(form)
    people = [bench.person("x1"), bench.person("x2")]
    answers = [{"name": "甲", "for_post": "P2"}, {"name": "乙"}]
    bench.task("s1_apply", [(p, "", a) for p, a in zip(people, answers, strict=True)])

    result = bench.result("register_applicants", applications="s1_apply", hand_on=["for_post"])

    assert result["by_field"] == {"for_post": {"K01": "P2"}}


# ---- pools ----
def test_the_best_of_each_post_go_on(bench: Bench) -> None:
    result = bench.result(
        "cut_pools",
        scores={"K01": "90", "K02": "80", "K03": "80", "K04": "70"},
        pool_of={"K01": "P1", "K02": "P2", "K03": "P2", "K04": "P1"},
        places={"P1": 1, "P2": 1},
    )

    assert result["advanced"] == ["K01", "K02", "K03"]
    assert (result["places"], result["field"]) == (2, 4)
    assert result["pools"]["P2"]["tie"] == {
        "first": 1, "last": 2, "codes": ["K02", "K03"], "value": "80",
    }  # fmt: skip
    assert result["ranking"][1] == {
        "pool": "P1", "code": "K04", "rank": 2, "value": "70", "advanced": False,
    }  # fmt: skip
    assert result["values"] == {"K01": "90", "K04": "70", "K02": "80", "K03": "80"}


def test_a_pool_without_places_is_told(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="how many places the pool P2 has"):
        bench.run("cut_pools", scores={"K01": 1}, pool_of={"K01": "P2"}, places={"P1": 1})


# ---- sheets and letters ----
def sheet(*marks: tuple[str, str]) -> dict[str, Any]:
    return {"scores": [{"code": code, "score": score} for code, score in marks]}


def test_sheets_of_judges_become_marks_per_candidate(bench: Bench) -> None:
    sheets = {"entries": [sheet(("K01", "90"), ("K02", "80.5")), sheet(("K02", "70"), ("K01", ""))]}

    result = bench.result("gather_scores", sheets=sheets, rows="scores", key="code", field="score")

    assert result == {"scores": {"K01": ["90"], "K02": ["80.5", "70"]}, "sheets": 2}


def test_a_sheet_with_one_candidate_twice_is_refused(bench: Bench) -> None:
    sheets = {"entries": [sheet(("K01", "90"), ("K01", "91"))]}

    with pytest.raises(BadParameters, match="sheet 1 has a row twice"):
        bench.run("gather_scores", sheets=sheets, rows="scores", key="code", field="score")


def test_letters_are_counted_and_none_is_left_out(bench: Bench) -> None:
    ratings = {"by_subject": {"K01": [{"rating": "A"}, {"rating": "A"}], "K02": [{"rating": "C"}]}}

    result = bench.result("count_choices", entries=ratings, field="rating", values=["A", "B", "C"])

    assert result == {
        "counts": {"K01": {"A": 2, "B": 0, "C": 0}, "K02": {"A": 0, "B": 0, "C": 1}},
        "entries": {"K01": 2, "K02": 1},
    }


def test_a_letter_nobody_may_give_is_refused(bench: Bench) -> None:
    with pytest.raises(BadParameters, match="'D' is not one of A, B"):
        bench.run(
            "count_choices", entries={"K01": [{"rating": "D"}]}, field="rating", values=["A", "B"]
        )


# ---- seats by group ----
COMMISSION = [
    {"name": "教授甲", "unit": "一系", "group": "professor", "votes": True},
    {"name": "教授乙", "unit": "二系", "group": "professor", "votes": True},
    {"name": "学生丙", "unit": "三系", "group": "student", "votes": True},
    {"name": "学生丁", "unit": "四系", "group": "student"},
]


def commission(bench: Bench, rows: list[dict[str, Any]], **sizes: int) -> Any:
    return bench.result(
        "store_roster", {"people": rows}, roster="r", role="recommender", ticked=["votes"],
        group_sizes=sizes,
    )  # fmt: skip


def test_only_who_votes_counts_for_the_seats_of_a_group(bench: Bench) -> None:
    result = commission(bench, COMMISSION, professor=2, student=1)

    assert result["rosters"] == {"r": 4, "r_votes": 3}


def test_a_group_of_another_size_is_refused_and_nothing_is_kept(bench: Bench) -> None:
    with pytest.raises(RosterRefused) as caught:
        commission(bench, COMMISSION, professor=3, student=1)

    (problem,) = caught.value.problems
    assert (problem.path, problem.code) == ("people", "group_size")
    assert problem.values == {"group": "professor", "needed": 3, "found": 2}
    assert bench.roster("r") == []


def test_who_is_replaced_has_left_for_good(bench: Bench) -> None:
    commission(bench, COMMISSION)

    result = commission(bench, [*COMMISSION[1:], {**COMMISSION[0], "name": "教授戊"}])

    assert (result["joined"], result["left"]) == (1, 1)
    assert "教授甲" not in [name for name, _ in bench.roster("r_votes")]
    assert (commission(bench, COMMISSION[1:])["joined"]) == 0
