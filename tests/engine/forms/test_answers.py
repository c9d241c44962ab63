"""What is posted becomes exact answers, or problems at the places where they were typed."""

import json
from contextlib import suppress
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.forms import (
    Answers,
    Form,
    InvalidAnswers,
    Problem,
    StoredFile,
    check_upload,
    collect,
    load_form,
    totals,
    validate,
)
from tests.engine.forms.samples import (
    CANDIDATES,
    FILES,
    OPTIONS,
    every_kind,
    good_answers,
    posted,
    small,
    titled,
)

FORM = every_kind()
NUMBER = titled("分", "mark", type="string", format="decimal")


def problems(answers: Any, **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidAnswers) as caught:
        validate(FORM, answers, OPTIONS, files=FILES, **options)
    return [(problem.path, problem.code) for problem in caught.value.problems]


def with_answer(key: str, value: Any) -> Answers:
    return good_answers() | {key: value}


# Collecting


def test_dotted_names_become_rows_and_other_names_are_ignored() -> None:
    answers = collect(
        FORM,
        posted(
            {
                "name": " 王小明\u3000",
                "languages": ["zh", "de", "zh", ""],
                "people.0.name": "赵一",
                "people.0.paper": "true",
                "people.7.name": "钱二",
                "marks.0.code": "K01",
                "marks.0.mark": "8",
                "total": "99",
                "admin": "yes",
                "people.x.name": "nobody",
            }
        ),
    )

    assert answers == {
        "name": "王小明",
        "declared": False,
        "paper": False,
        "languages": ["zh", "de"],
        "papers": [],
        "people": [{"name": "赵一", "paper": True}, {"name": "钱二", "paper": False}],
        "marks": [{"code": "K01", "mark": "8"}],
    }


def test_blank_rows_keep_their_place_until_they_are_validated() -> None:
    fields = posted({"people.0._row": "1", "people.1._row": "1", "people.1.score": "1"})

    answers = good_answers() | {"people": collect(FORM, fields)["people"]}

    assert answers["people"] == [{"paper": False}, {"score": "1", "paper": False}]
    assert problems(answers) == [("people.1.name", "required")]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("27.0", "27.0"),
        ("２７．５", "27.5"),
        ("27。5", "27.5"),
        (" +007.50 ", "7.50"),
        ("-0.0", "0.0"),
        ("27,5", "27,5"),
        ("1e3", "1e3"),
        ("", None),
    ],
)
def test_decimals_are_kept_exactly_as_typed_in_plain_digits(typed: str, read: str | None) -> None:
    assert collect(small(x=NUMBER), posted({"x": typed})).get("x") == read


@pytest.mark.parametrize(
    ("key", "typed", "read"),
    [
        ("years", "１２", 12),
        ("years", "twelve", "twelve"),
        ("born", "1990年2月8日", "1990-02-08"),
        ("born", "1990/2/8", "1990-02-08"),
        ("born", "8 May", "8 May"),
        ("at", "8：30", "08:30"),
        ("at", "08:30:00", "08:30"),
        ("moment", "2026-03-05T08:30", "2026-03-05T08:30:00+08:00"),
        ("moment", "2026-03-05T00:30:00Z", "2026-03-05T00:30:00Z"),
        ("moment", "2026-02-30 08:30", "2026-02-30 08:30"),
        ("email", "ｗａｎｇ@example.cn", "wang@example.cn"),
        ("phone", "１３８００００００００", "13800000000"),
        ("name", "王（小）明", "王（小）明"),
        ("name", "王\n小明\x00", "王 小明"),
        ("essay", "一\r\n二\x07", "一\n二"),
        ("agree", "false", False),
        ("agree", "true", True),
        ("agree", "maybe", "maybe"),
    ],
)
def test_typed_text_is_read_by_the_kind_of_field(key: str, typed: str, read: Any) -> None:
    assert collect(FORM, posted({key: typed}))[key] == read


def test_local_instants_take_the_zone_they_are_given() -> None:
    answers = collect(FORM, posted({"moment": "2026-03-05 08:30"}), zone=UTC)

    assert answers["moment"] == "2026-03-05T08:30:00+00:00"


def test_a_new_file_replaces_the_kept_one_and_joins_the_kept_several() -> None:
    fields = posted({"scan": "old", "papers": ["a", "b"]})

    answers = collect(FORM, fields, {"scan": "new", "papers": ["b", "c"]})

    assert (answers["scan"], answers["papers"]) == ("new", ["a", "b", "c"])
    assert collect(FORM, fields)["scan"] == "old"


# Validating


def test_good_answers_come_back_exact_with_totals() -> None:
    checked = validate(FORM, good_answers(), OPTIONS, files=FILES)

    assert checked.answers == good_answers() | {"total": "26.75"}


def test_validating_twice_changes_nothing() -> None:
    once = validate(FORM, good_answers(), OPTIONS, files=FILES).answers

    assert validate(FORM, once, OPTIONS, files=FILES).answers == once


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("name", None, "required"),
        ("name", "  王 ".strip(), "too_short"),
        ("name", "王" * 21, "too_long"),
        ("name", ["王小明"], "shape"),
        ("name", "王\x00明", "characters"),
        ("name", "王\ud800明", "characters"),
        ("phone", "139", "pattern"),
        ("years", "12", "integer"),
        ("years", True, "integer"),
        ("years", 1.0, "integer"),
        ("years", -1, "too_small"),
        ("years", 61, "too_large"),
        ("years", 10**400, "integer"),
        ("structure", 5.5, "decimal"),
        ("structure", "27,5", "decimal"),
        ("structure", "１", "decimal"),
        ("structure", "-0.1", "too_small"),
        ("structure", "6.1", "too_large"),
        ("structure", "5.55", "step"),
        ("born", "1990-02-30", "date"),
        ("born", "19900228", "date"),
        ("at", "24:00", "time"),
        ("moment", "2026-03-05T08:30:00", "instant"),
        ("moment", "2026-13-05T08:30:00+08:00", "instant"),
        ("email", "wang", "email"),
        ("email", "a@b.cn\nBcc: c@d.cn", "email"),
        ("declared", False, "must_tick"),
        ("declared", None, "must_tick"),
        ("paper", "true", "tick"),
        ("agree", None, "required"),
        ("outcome", "maybe", "choice"),
        ("outcome", "", "required"),
        ("languages", ["zh", "fr"], "choice"),
        ("languages", ["zh", "zh"], "repeated"),
        ("languages", ["zh", "en", "de"], "too_many"),
        ("candidate", "K09", "choice"),
        ("scan", "", "required"),
        ("scan", "of-somebody-else", "file_unknown"),
        ("scan", "doc", "file_type"),
        ("scan", "f2", "file_type"),
        ("scan", "big", "file_size"),
        ("papers", ["f1", "big"], "file_size"),
        ("people", [], "too_few"),
        ("people", [{"name": "a"}] * 151, "too_many"),
        ("people", "a", "shape"),
    ],
)
def test_each_rule_names_its_field(key: str, value: Any, code: str) -> None:
    assert problems(with_answer(key, value)) == [(key, code)]


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("people", [{}, {"score": "x", "name": "a"}], [("people.1.score", "decimal")]),
        ("people", [7], [("people.0", "shape")]),
        (
            "people",
            [{"name": "a", "group": "differs"}],
            [("people.0.why", "required_when")],
        ),
        ("marks", [{"code": "K02", "mark": "1"}], [("marks.0.mark", "required")]),
        (
            "marks",
            [{"code": "K01", "mark": "1"}, {"code": "K02", "mark": "1"}, {"code": "K09"}, {}],
            [("marks.2", "row_unknown"), ("marks.3", "row_unknown")],
        ),
        (
            "marks",
            [{"code": "K01", "mark": "1"}, {"code": "K01", "mark": "2"}],
            [("marks.1", "row_repeated"), ("marks.1.mark", "required")],
        ),
        ("outcome", "differs", [("reason", "required_when")]),
        ("sudo", True, [("", "unknown")]),
    ],
)
def test_rows_and_conditions_name_their_places(
    key: str, value: Any, found: list[tuple[str, str]]
) -> None:
    assert problems(with_answer(key, value)) == found


@pytest.mark.parametrize(
    ("fewest", "required", "code"),
    [(0, True, "required"), (1, True, "required"), (1, False, "too_few"), (2, True, "too_few")],
)
def test_missing_rows_are_asked_for_by_their_number(fewest: int, required: bool, code: str) -> None:
    items = {"type": "object", "properties": {"a": titled("甲", "a", type="string")}}
    rows = titled("行", "rows", type="array", minItems=fewest, items=items)
    form = small(x=rows, required=["x"] if required else [])

    with pytest.raises(InvalidAnswers) as caught:
        validate(form, {"x": [{}]}, {})

    assert [(problem.path, problem.code) for problem in caught.value.problems] == [("x", code)]


def test_a_condition_is_fulfilled_by_the_field_it_asks_for() -> None:
    answers = good_answers() | {"outcome": "differs", "reason": "年限不足"}

    assert validate(FORM, answers, OPTIONS, files=FILES).answers["reason"] == "年限不足"


def test_problems_stand_in_the_order_of_the_page() -> None:
    answers = good_answers() | {"outcome": "differs", "scan": "", "name": ""}

    assert problems(answers) == [
        ("name", "required"),
        ("reason", "required_when"),
        ("scan", "required"),
    ]


def test_fixed_rows_come_back_in_their_own_order() -> None:
    turned = list(reversed(good_answers()["marks"]))

    checked = validate(FORM, with_answer("marks", turned), OPTIONS, files=FILES)

    assert [row["code"] for row in checked.answers["marks"]] == ["K01", "K02"]


def test_a_draft_is_never_refused_for_what_is_missing_or_out_of_bounds() -> None:
    draft = {
        "phone": "139",
        "years": 99,
        "email": "wang@",
        "outcome": "differs",
        "candidate": "K09",
        "people": [{}, {"group": "differs"}],
        "marks": [{"code": "K02", "mark": "99"}, {"code": "K01"}],
    }

    assert validate(FORM, {}, {}, draft=True).answers == {
        "languages": [],
        "papers": [],
        "people": [],
        "marks": [],
    }
    assert validate(FORM, draft, {}, draft=True).answers == draft | {
        "languages": [],
        "papers": [],
        "people": [{"group": "differs"}],
        "marks": [{"code": "K02", "mark": "99"}],
    }


def test_a_draft_is_refused_for_what_is_not_of_its_kind() -> None:
    assert problems({"years": "many", "born": "May"}, draft=True) == [
        ("years", "integer"),
        ("born", "date"),
    ]


def test_options_the_caller_forgot_are_the_callers_mistake() -> None:
    with pytest.raises(LookupError, match="candidate"):
        validate(FORM, good_answers(), {"marks": CANDIDATES}, files=FILES)


def test_a_total_with_limits_keeps_them() -> None:
    form = small_total(maximum="30")

    assert validate(form, {"a": "12.5", "b": "17.5"}, {}).answers["sum"] == "30.0"
    with pytest.raises(InvalidAnswers) as caught:
        validate(form, {"a": "12.5", "b": "17.6"}, {})
    assert caught.value.problems == (Problem("sum", "too_large", {"limit": "30"}),)


def test_totals_leave_out_what_is_not_there_and_wait_for_what_is_not_a_number() -> None:
    form = small_total()

    assert totals(form, {"a": "0.10"}) == {"sum": "0.10"}
    assert totals(form, {"a": "0.10", "b": "0.2"}) == {"sum": "0.30"}
    assert totals(form, {"a": "0.10", "b": "x"}) == {}
    assert totals(form, {}) == {}


def small_total(**limits: str) -> Form:
    total = titled("总", "sum", type="string", format="decimal", **{"x-decimal": limits})
    schema = {
        "type": "object",
        "properties": {"a": NUMBER, "b": NUMBER, "sum": total},
        "x-totals": {"sum": ["a", "b"]},
    }
    return load_form("t", json.dumps(schema), "{}")


@given(st.lists(st.decimals(-(10**9), 10**9, places=3, allow_nan=False), min_size=2, max_size=2))
def test_totals_are_exact(parts: list[Decimal]) -> None:
    found = totals(small_total(), {"a": str(parts[0]), "b": str(parts[1])})

    assert Decimal(found["sum"]) == parts[0] + parts[1]


def test_uploads_are_checked_before_they_are_stored() -> None:
    assert check_upload(FORM, "scan", StoredFile("a.PDF", 5)) is None
    assert check_upload(FORM, "scan", StoredFile("a.pdf", 0)) == Problem("scan", "file_empty")
    assert check_upload(FORM, "papers", StoredFile("a.exe", 5)) == Problem(
        "papers", "file_type", {"accept": ".pdf .jpg"}
    )
    assert check_upload(FORM, "name", StoredFile("a.pdf", 5)) == Problem("name", "shape")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["K01", "f1", "differs", "2026-03-05", "1.5", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "mark", "name", "group", "why", "score"])
            | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(
    answers=json_values
    | st.dictionaries(st.sampled_from([f.key for f in FORM.fields]), json_values),
    draft=st.booleans(),
)
def test_any_json_is_valid_or_refused(answers: Any, draft: bool) -> None:
    with suppress(InvalidAnswers):
        checked = validate(FORM, answers, OPTIONS, files=FILES, draft=draft).answers

        assert validate(FORM, checked, OPTIONS, files=FILES, draft=draft).answers == checked
