from typing import Any

import pytest
from sqlalchemy import func, select

from engine import seats
from engine.forms import InvalidAnswers, load_form, word_problem
from engine.model import CaseMember, Person
from engine.operations.entrants import RosterRefused
from tests.engine.operations.bench import Bench

GROUPS = [
    {"name": "甲一", "unit": "县委", "group": "county", "label": "county_leader"},
    {"name": "乙二", "unit": "甲镇", "group": "section", "label": "section_head"},
    {"name": "丙三", "unit": "社区", "group": "society", "label": "community", "phone": "139"},
]


def refused(bench: Bench, *rows: dict[str, Any], **parameters: Any) -> list[tuple[str, str]]:
    with pytest.raises(RosterRefused) as caught:
        bench.run("store_roster", {"people": rows}, roster="r", role="recommender", **parameters)
    return [(problem.path, problem.code) for problem in caught.value.problems]


def accepted(bench: Bench, *rows: dict[str, Any], **parameters: Any) -> Any:
    return bench.result(
        "store_roster", {"people": rows}, roster="r", role="recommender", **parameters
    )


def declare_relative(bench: Bench, **relative: str) -> None:
    first, *_ = bench.candidates(2)
    person = bench.session.get_one(Person, first.person_id)
    bench.task("s1_apply", [(person, "", {"family": [relative]})])


def test_a_list_is_kept_in_order_with_its_groups_and_labels(bench: Bench) -> None:
    result = accepted(bench, *GROUPS)

    assert result == {
        "total": 3,
        "groups": {"county": 1, "section": 1, "society": 1},
        "labels": {"county_leader": 1, "section_head": 1, "community": 1},
        "namesakes": 0,
        "rosters": {"r": 3},
        "joined": 3,
        "left": 0,
    }
    assert bench.roster("r") == [("甲一", "county"), ("乙二", "section"), ("丙三", "society")]


def test_somebody_known_by_name_unit_and_phone_is_not_made_twice(bench: Bench) -> None:
    known = bench.person("丙三", unit="社区", phone="139")

    accepted(bench, *GROUPS)

    held = select(CaseMember.person_id).where(CaseMember.label == "community")
    assert bench.session.scalar(held) == known.id
    assert bench.session.scalar(select(func.count()).select_from(Person)) == 3


@pytest.mark.parametrize("other", [{"unit": "另一社区"}, {"phone": "138"}, {"phone": ""}])
def test_somebody_who_differs_in_unit_or_phone_is_somebody_else(
    bench: Bench, other: dict[str, str]
) -> None:
    bench.person("丙三", **({"unit": "社区", "phone": "139"} | other))

    accepted(bench, *GROUPS)

    assert bench.session.scalar(select(func.count()).select_from(Person)) == 4


def test_a_later_round_ends_the_rows_of_those_who_left_and_keeps_them(bench: Bench) -> None:
    accepted(bench, *GROUPS)

    accepted(bench, {**GROUPS[2], "group": "section"}, {"name": "丁四", "unit": "县委"})

    assert bench.roster("r") == [("丙三", "section"), ("丁四", "")]
    ended = select(Person.name, CaseMember.to_at, CaseMember.reason).join(CaseMember.person)
    rows = bench.session.execute(ended.where(CaseMember.to_at.is_not(None)).order_by(Person.name))
    assert [tuple(row) for row in rows] == [
        ("乙二", bench.now, "replaced"),
        ("甲一", bench.now, "replaced"),
    ]


def test_somebody_who_comes_back_is_on_the_list_again(bench: Bench) -> None:
    accepted(bench, *GROUPS)
    accepted(bench, GROUPS[0])

    accepted(bench, *GROUPS)

    assert [name for name, _ in bench.roster("r")] == ["甲一", "乙二", "丙三"]


def test_one_person_twice_is_refused_with_the_row(bench: Bench) -> None:
    same = {**GROUPS[0], "group": "county"}
    other_group = {**GROUPS[0], "group": "section"}

    assert refused(bench, *GROUPS, same) == [("people.3", "person_twice")]
    assert refused(bench, *GROUPS, other_group) == [("people.3", "person_in_two_groups")]
    assert bench.roster("r") == []


def test_namesakes_with_other_phones_or_units_are_two_people(bench: Bench) -> None:
    phones = [{"name": "张伟", "unit": "县委", "phone": phone} for phone in ("138-1", "138-2")]
    units = [{"name": "李娜", "unit": unit} for unit in ("甲镇", "乙镇")]

    assert accepted(bench, *phones, *units)["total"] == 4


def test_a_candidate_is_refused_whatever_the_unit_says(bench: Bench) -> None:
    bench.candidates(2)

    row = {"name": "候选人1号", "unit": "另一单位"}

    assert refused(bench, row) == [("people.0", "person_is_candidate")]


def test_who_is_out_may_vote_where_the_diagram_names_those_still_in(bench: Bench) -> None:
    bench.candidates(2)

    row = {"name": "候选人1号", "unit": "单位1"}

    assert accepted(bench, row, refuse_candidates=["K02"])["total"] == 1
    assert refused(bench, row, refuse_candidates=["K01"]) == [("people.0", "person_is_candidate")]


def test_a_candidates_namesake_is_let_in_with_another_phone_and_counted(bench: Bench) -> None:
    bench.candidates(1)

    result = accepted(bench, {"name": "候选人1号", "unit": "单位1", "phone": "13900000000"})

    assert (result["total"], result["namesakes"]) == (1, 1)


def test_a_declared_relative_is_refused(bench: Bench) -> None:
    declare_relative(bench, name="王 芳", unit_post="县医院医生")

    assert refused(bench, {"name": "王芳", "unit": "县医院"}) == [
        ("people.0", "person_is_relative")
    ]
    assert refused(bench, {"name": "王芳"}) == [("people.0", "person_is_relative")]


def test_a_relatives_namesake_from_elsewhere_is_let_in_and_counted(bench: Bench) -> None:
    declare_relative(bench, name="王芳", unit_post="县医院医生")

    assert accepted(bench, {"name": "王芳", "unit": "乙镇中学"})["namesakes"] == 1


def test_codes_limit_whose_relatives_are_refused(bench: Bench) -> None:
    declare_relative(bench, name="王芳", unit_post="县医院")

    assert accepted(bench, {"name": "王芳", "unit": "县医院"}, refuse_candidates=["K02"])["total"]
    assert refused(bench, {"name": "王芳", "unit": "县医院"}, refuse_candidates=["K01"])


def test_candidates_are_not_looked_at_where_the_diagram_says_so(bench: Bench) -> None:
    bench.candidates(1)

    assert accepted(bench, {"name": "候选人1号"}, refuse_candidates=False)["total"] == 1


def test_a_judge_does_not_vote(bench: Bench) -> None:
    judge = {"name": "评委一", "unit": "外县", "phone": "137"}
    bench.run("store_members", {"people": [judge]}, role="judge")

    assert refused(bench, GROUPS[0], judge) == [("people.1", "person_has_role")]


def test_each_unit_has_a_list_of_its_own_and_one_of_those_ticked(bench: Bench) -> None:
    lists = [
        {"unit": "甲局", "people": [{"name": "张伟", "evaluates": True}, {"name": "李娜"}]},
        {"unit": "乙局", "people": [{"name": "张伟", "evaluates": False}]},
    ]

    result = bench.run(
        "store_roster", *lists, subjects=["K01", "K02"], roster="unit", role="recommender",
        ticked=["evaluates"],
    ).result  # fmt: skip

    assert result["total"] == 3
    assert result["rosters"] == {
        "unit_K01": 2,
        "unit_K01_evaluates": 1,
        "unit_K02": 1,
        "unit_K02_evaluates": 0,
    }
    assert bench.session.scalar(select(func.count()).select_from(Person)) == 3


def test_members_get_their_functions_and_reserves_no_rights(bench: Bench) -> None:
    people = [
        {"name": "主评委", "unit": "外县", "function": "chief_judge"},
        {"name": "评委", "unit": "外县", "function": "judge"},
    ]
    reserves = [{"name": "候补", "unit": "外县"}]

    result = bench.result("store_members", {"people": people, "reserves": reserves}, role="judge")

    assert result == {
        "total": 2,
        "reserves": 1,
        "functions": {"chief_judge": 1, "judge": 1, "reserve": 1},
        "namesakes": 0,
    }
    asked = [{"kind": "members", "role": "judge", "function": ""}]
    places = seats.resolve(bench.session, asked, case_id=bench.case.id, roles={}, now=bench.now)
    assert len(places) == 2


def test_too_few_members_are_refused(bench: Bench) -> None:
    with pytest.raises(RosterRefused) as caught:
        bench.run("store_members", {"people": [GROUPS[0]]}, role="judge", minimum=2)

    (problem,) = caught.value.problems
    assert (problem.code, problem.values) == ("too_few_people", {"needed": 2, "found": 1})


def test_members_with_other_functions_stay_where_the_list_is_only_of_some(bench: Bench) -> None:
    clerk = bench.members("selection_office", 1, function="secretary")
    escorts = [{"name": "带队", "unit": "县委", "function": "escort"}]

    bench.run(
        "store_members", {"escorts": escorts}, role="selection_office", field="escorts",
        functions=["lead_escort", "escort"],
    )  # fmt: skip

    asked = select(CaseMember.to_at).where(CaseMember.person_id == clerk[0].id)
    assert bench.session.scalars(asked).all() == [None]


def test_somebody_may_have_two_functions_but_not_be_a_reserve_as_well(bench: Bench) -> None:
    both = [
        {"name": "甲", "unit": "县委", "function": function} for function in ("scorer", "checker")
    ]
    bench.run("store_members", {"people": both}, role="judge")
    assert bench.session.scalar(select(func.count()).select_from(Person)) == 1

    with pytest.raises(RosterRefused) as caught:
        bench.run("store_members", {"people": both[:1], "reserves": both[:1]}, role="judge")
    assert [problem.path for problem in caught.value.problems] == ["reserves.0"]


def test_a_refusal_names_rows_in_both_languages_and_never_people(bench: Bench) -> None:
    bench.candidates(1)
    form = load_form("f", bench.files["forms/s1_apply-schema.json"], "{}")

    with pytest.raises(InvalidAnswers) as caught:
        accepted(bench, {"name": "候选人1号"})

    (problem,) = caught.value.problems
    assert "候选人1号" not in str(caught.value)
    assert word_problem(problem, form, "zh").startswith("第 1 行与报名人选同名")
    assert word_problem(problem, form, "en").startswith("Row 1 has a candidate's name")
