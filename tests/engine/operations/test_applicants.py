from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from engine.model import Candidate, Person, PlanDate
from engine.operations import BadParameters, rows_for_decision
from engine.operations.applicants import full_months, full_years
from tests.engine.operations.bench import Bench


def apply(bench: Bench, *answers: dict[str, str], round_: int = 1) -> list[Person]:
    people = [bench.person(f"{round_}-{n}") for n in range(len(answers))]
    given = list(zip(people, [""] * len(answers), answers, strict=True))
    bench.task("s1_apply", given, round_=round_)
    return people


def test_applicants_get_codes_in_the_order_of_handing_in(bench: Bench) -> None:
    people = apply(bench, {"name": "甲"}, {"name": "乙"})

    result = bench.result("register_applicants", applications="s1_apply")

    assert result == {"applicants": ["K01", "K02"], "superseded": 0, "by_field": {}}
    rows = bench.session.execute(
        select(Candidate.code, Candidate.person_id).order_by(Candidate.code)
    )
    assert [tuple(row) for row in rows] == [("K01", people[0].id), ("K02", people[1].id)]


def test_a_person_gets_what_the_application_says(bench: Bench) -> None:
    (person,) = apply(
        bench, {"name": "甲 ", "unit": "县委", "phone": "138", "birth_date": "1993-05-20"}
    )
    person.details = {"stroke_order": 7}

    bench.run("register_applicants", applications="s1_apply")

    assert (person.name, person.unit, person.phone) == ("甲", "县委", "138")
    assert person.born == date(1993, 5, 20)
    assert bench.session.scalars(select(Candidate.stroke_order)).all() == [7]


def test_an_extension_keeps_the_codes_and_goes_on(bench: Bench) -> None:
    apply(bench, {"name": "甲"}, {"name": "乙"})
    bench.run("register_applicants", applications="s1_apply")
    apply(bench, {"name": "丙"}, round_=2)

    result = bench.result("register_applicants", applications="s1_apply")

    assert result["applicants"] == ["K01", "K02", "K03"]


def test_a_hundred_applicants_have_codes_of_one_length(bench: Bench) -> None:
    apply(bench, *({"name": f"P{n}"} for n in range(101)))

    codes = bench.result("register_applicants", applications="s1_apply")["applicants"]

    assert (codes[0], codes[-1]) == ("K001", "K101")
    assert codes == sorted(codes)


def test_of_two_applications_of_one_person_the_last_counts(bench: Bench) -> None:
    first, _, last = apply(
        bench, {"id_number": "1x"}, {"id_number": "2"}, {"id_number": "1X", "name": "甲"}
    )

    result = bench.result("register_applicants", applications="s1_apply", same_by="id_number")

    assert result == {"applicants": ["K01", "K02"], "superseded": 1, "by_field": {}}
    people = bench.session.scalars(select(Candidate.person_id)).all()
    assert last.id in people
    assert first.id not in people


def test_the_inputs_of_a_table_are_the_answers_with_ages(bench: Bench) -> None:
    bench.session.add(PlanDate(case_id=bench.case.id, key="announcement", position=1, at=bench.now))
    apply(bench, {"name": "甲", "birth_date": "1990-03-02", "rank_since": "2024-03-03"})
    bench.run("register_applicants", applications="s1_apply")

    rows = rows_for_decision(bench.call(), subjects=["K01"], answers_of="s1_apply")

    assert rows == {
        "K01": {
            "code": "K01",
            "name": "甲",
            "birth_date": "1990-03-02",
            "age": 36,
            "rank_since": "2024-03-03",
            "months_in_rank": 23,
            "party_since": None,
            "months_in_party": None,
            "degree": None,
        }
    }


@pytest.mark.parametrize(
    ("age_date", "age"), [("2026-03-01", 35), ("2026-03-02", 36), ("applications_close", 36)]
)
def test_the_day_of_ages_is_a_line_of_the_plan_or_a_date(
    bench: Bench, age_date: str, age: int
) -> None:
    # 00:30 on 2 March in Shanghai is still 1 March in UTC: the local day counts
    closes = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    bench.session.add(
        PlanDate(case_id=bench.case.id, key="applications_close", position=1, at=closes)
    )
    bench.case.parameters = {"age_date": age_date}
    apply(bench, {"birth_date": "1990-03-02"})
    bench.run("register_applicants", applications="s1_apply")

    rows = rows_for_decision(bench.call(), subjects=["K01"], answers_of="s1_apply")

    assert rows["K01"]["age"] == age


def test_somebody_without_answers_cannot_be_compared(bench: Bench) -> None:
    bench.candidates(1)

    with pytest.raises(BadParameters, match="s1_apply has no answers of K01"):
        rows_for_decision(bench.call(), subjects=["K01"], answers_of="s1_apply")


def test_full_years_and_months_count_whole_ones() -> None:
    born = date(1992, 2, 29)

    assert [full_years(born, date(2027, month, day)) for month, day in ((2, 28), (3, 1))] == [
        34,
        35,
    ]
    assert [full_months(date(2024, 3, 2), date(2026, 3, day)) for day in (1, 2)] == [23, 24]
