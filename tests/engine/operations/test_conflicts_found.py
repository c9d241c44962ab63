"""Storing members, lists and applications looks for possible conflicts; the lists stand."""

from sqlalchemy import select

from engine import conflicts
from engine.model import Absence, Conflict, Person
from tests.engine.operations.bench import Bench


def stored(bench: Bench) -> list[tuple[str, str, str]]:
    rows = bench.session.execute(
        select(Person.name, Conflict.subject, Conflict.kind)
        .join(Person, Person.id == Conflict.person_id)
        .order_by(Person.name, Conflict.subject)
    )
    return [(name, subject, kind) for name, subject, kind in rows]


def test_storing_members_finds_units_and_what_their_rows_state(bench: Bench) -> None:
    bench.candidates(2)
    rows = [
        {"name": "甲", "unit": "单位2", "relation": "K01的同学"},
        {"name": "乙", "unit": "乙镇"},
    ]
    for _round in range(2):
        result = bench.result("store_members", {"people": rows}, role="judge", minimum=1)
        assert result["total"] == 2

    assert stored(bench) == [("甲", "K01", "stated"), ("甲", "K02", "same_unit")]


def test_people_of_a_list_are_not_held_against_the_candidates_unit(bench: Bench) -> None:
    bench.candidates(1)
    rows = [{"name": "甲", "unit": "单位1"}]
    bench.result("store_roster", {"people": rows}, roster="unit_K01", role="recommender")

    assert stored(bench) == []


def test_an_application_is_held_against_those_who_act_already(bench: Bench) -> None:
    bench.members("judge", 1)
    known = bench.session.scalars(select(Person)).one()
    applicant = bench.person("孙一", phone="1")
    answers = {"name": "孙一", "family": [{"name": known.name, "relation": "兄", "unit_post": ""}]}
    bench.task("s1_apply", [(applicant, "", answers)])
    bench.result("register_applicants", {}, applications="s1_apply")

    assert stored(bench) == [(known.name, "K01", "relative")]


def test_whoever_stands_in_is_held_against_the_candidates_too(bench: Bench) -> None:
    member, other = bench.members("judge", 1)[0], bench.person("代", unit="单位1")
    bench.candidates(1)
    bench.session.add(
        Absence(
            person_id=member.id, stand_in_id=other.id, from_at=bench.now,
            to_at=bench.now.replace(year=2099), entered_by=member.id, entered_at=bench.now,
        )
    )  # fmt: skip
    bench.session.flush()

    conflicts.detect(bench.session, case_id=bench.case.id, now=bench.now)

    assert stored(bench) == [("代", "K01", "same_unit")]
