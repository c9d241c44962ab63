"""Forms as pages: every kind of field, without JavaScript, with nothing typed ever lost."""

import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from engine.forms import Answers, Choice, Problem, collect, validate
from engine.spreadsheets import write_table
from tests.engine.forms.samples import FILES, OPTIONS, good_answers, small, titled
from tests.webapp.form_app import (
    FORM,
    app,
    filled,
    make_app,
    post,
    posted_from,
    summary,
    tree,
)
from webapp.forms import form_page


@pytest.fixture
def client() -> FlaskClient:
    return app().test_client()


def test_every_label_names_a_field_and_every_id_stands_once(client: FlaskClient) -> None:
    page = tree(client.get("/").text)

    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    named = set(page.xpath("//label/@for"))
    asked = page.xpath("//input[not(@type='hidden')] | //select | //textarea")
    assert {each.get("id") for each in asked} == named
    described = " ".join(page.xpath("//@aria-describedby")).split()
    assert set(described) <= set(ids)


def test_each_kind_of_field_has_its_own_control(client: FlaskClient) -> None:
    page = tree(client.get("/").text)

    controls = {
        each.get("name"): (each.tag, each.get("type"), each.get("inputmode"))
        for each in page.xpath("//*[@name]")
        if each.get("name") != "_action"
    }
    assert {name: controls[name] for name in controls if "." not in name} == {
        "version": ("input", "hidden", None),
        "name": ("input", "text", None),
        "phone": ("input", "text", None),
        "essay": ("textarea", None, None),
        "years": ("input", "text", "numeric"),
        "structure": ("input", "text", "decimal"),
        "content": ("input", "text", "decimal"),
        "born": ("input", "date", None),
        "at": ("input", "time", None),
        "moment": ("input", "datetime-local", None),
        "email": ("input", "email", "email"),
        "declared": ("input", "checkbox", None),
        "paper": ("input", "checkbox", None),
        "agree": ("input", "radio", None),
        "outcome": ("select", None, None),
        "reason": ("input", "text", None),
        "languages": ("input", "checkbox", None),
        "candidate": ("input", "radio", None),
        "scan": ("input", "file", None),
        "papers": ("input", "file", None),
    }
    assert page.forms[0].get("enctype") == "multipart/form-data"


def test_good_answers_are_shown_in_words_after_they_are_submitted(client: FlaskClient) -> None:
    status, page = post(client, posted_from(good_answers()).to_dict(flat=False))

    assert status == 200
    shown = [each.text_content().strip() for each in page.xpath("//dd")]
    assert shown[:4] == ["王小明", "13800000000", "–", "12"]
    assert shown[-1] == "26.75"
    assert [each.text_content() for each in page.xpath("//td")][:2] == ["赵一", "agrees"]


def test_what_a_page_sends_is_what_it_showed() -> None:
    again = collect(FORM, posted_from(good_answers()))

    assert validate(FORM, again, OPTIONS, files=FILES).answers == (
        validate(FORM, good_answers(), OPTIONS, files=FILES).answers
    )


@pytest.mark.parametrize(
    ("lang", "heading", "message"),
    [
        ("en", "Please correct the following", "Enter name"),
        ("zh", "Please correct the following", "请填写“姓名”"),
    ],
)
def test_errors_stand_beside_their_fields_and_link_from_the_summary(
    client: FlaskClient, lang: str, heading: str, message: str
) -> None:
    fields = posted_from(good_answers() | {"name": "", "people": [{"score": "x"}]})

    status, page = post(client, fields.to_dict(flat=False), lang=lang)

    assert status == 422
    assert page.xpath("//h2")[0].text_content().strip() == heading
    assert list(summary(page)) == ["#name", "#people-0-name", "#people-0-score"]
    assert summary(page)["#name"] == message
    for link in summary(page):
        (target,) = page.xpath(f"//*[@id='{link[1:]}']")
        assert target.get("aria-describedby") == f"{link[1:]}-error"
        assert page.xpath(f"//*[@id='{link[1:]}-error']")
    assert page.xpath("//p[@id='name-error']")[0].text_content().split(":")[1].strip() == message


def test_typed_values_are_kept_on_error(client: FlaskClient) -> None:
    typed = {
        "name": "王",
        "essay": "一\n二",
        "years": "twelve",
        "structure": "27,5",
        "born": "30 February",
        "moment": "tomorrow",
        "agree": "false",
        "outcome": "differs",
        "paper": "true",
        "languages": ["zh", "de"],
        "candidate": "K02",
        "scan": "f1",
        "people.0.name": "赵一",
        "people.0.score": "high",
        "people.3.name": "钱二",
        "marks.1.code": "K02",
        "marks.1.mark": "seven",
    }

    status, page = post(client, typed)

    assert status == 422
    kept = filled(page)
    names = {"people.3.name": "people.1.name"}
    for name, value in typed.items():
        expected = value if isinstance(value, list) else [value]
        assert [each.replace("\r", "").strip("\n") for each in kept[names.get(name, name)]] == (
            expected
        )


def test_a_posted_script_comes_back_as_text(client: FlaskClient) -> None:
    evil = '"><script>alert(1)</script>'
    names = ["name", "essay", "years", "born", "people.0.name", "scan", "candidate", "phone"]

    status, page = post(client, dict.fromkeys(names, evil))

    assert status == 422
    assert page.xpath("//script") == []
    assert filled(page)["name"] == [evil]
    assert filled(page)["people.0.name"] == [evil]


def test_titles_hints_and_choices_are_escaped() -> None:
    evil = "<script>alert(1)</script>"
    field = titled(evil, evil, type="string") | {"description": evil}
    field["x-i18n"]["en"]["description"] = evil
    form = small(x=field, ui={"x": {"ui:options": {"from": "list"}}})

    response = make_app(form, {"x": [Choice("a", evil, evil)]}).test_client().get("/")

    assert tree(response.text).xpath("//script") == []
    assert response.text.count("&lt;script&gt;") >= 3


def test_adding_a_row_keeps_everything_typed(client: FlaskClient) -> None:
    fields = {"name": "王", "people.0.name": "赵一", "people.0.score": "x", "structure": "1."}

    status, page = post(client, fields, "add:people")

    assert status == 200
    kept = filled(page)
    assert (kept["name"], kept["structure"]) == (["王"], ["1."])
    assert (kept["people.0.name"], kept["people.0.score"]) == (["赵一"], ["x"])
    assert kept["people.1.name"] == [""]
    assert summary(page) == {}


def test_removing_a_row_closes_the_gap(client: FlaskClient) -> None:
    fields = {f"people.{i}.name": name for i, name in enumerate("赵钱孙")}

    _, page = post(client, fields, "remove:people.1")

    kept = filled(page)
    assert (kept["people.0.name"], kept["people.1.name"]) == (["赵"], ["孙"])
    assert "people.2.name" not in kept


def test_blank_rows_stay_on_the_page_so_that_errors_fit(client: FlaskClient) -> None:
    _, page = post(client, {"people.0._row": "1", "people.1.score": "1"})

    assert "#people-1-name" in summary(page)
    assert filled(page)["people.1.score"] == ["1"]


def test_the_return_key_does_not_press_a_button_inside_the_form(client: FlaskClient) -> None:
    first = tree(client.get("/").text).xpath("//button")[0]

    assert (first.get("name"), first.get("value"), first.get("tabindex")) == (
        "_action",
        "draft",
        "-1",
    )


def test_an_uploaded_file_stays_when_other_answers_are_wrong(client: FlaskClient) -> None:
    fields = {"scan": (io.BytesIO(b"x"), "minutes.pdf"), "papers": ["f1", "f2"]}

    status, page = post(client, fields)

    assert status == 422
    assert filled(page)["scan"] == ["f1"]
    assert filled(page)["papers"] == ["f1", "f2"]
    assert "Uploaded: minutes.pdf" in page.text_content()
    assert "#scan" not in summary(page)


@pytest.mark.parametrize(
    ("action", "left"),
    [("remove:scan", (None, ["f1", "f2"])), ("remove:papers.0", (["f1"], ["f2"]))],
)
def test_a_file_can_be_taken_out(client: FlaskClient, action: str, left: Any) -> None:
    _, page = post(client, {"scan": "f1", "papers": ["f1", "f2"]}, action)

    kept = filled(page)
    assert (kept.get("scan"), kept.get("papers")) == left


def test_totals_are_shown(client: FlaskClient) -> None:
    _, page = post(client, {"structure": "1.5", "content": "2.25"}, "add:people")

    assert page.xpath("//*[@id='total']//output")[0].text_content() == "3.75"


def test_fixed_rows_name_their_code_and_offer_no_other_rows(client: FlaskClient) -> None:
    page = tree(client.get("/?lang=en").text)

    heads = page.xpath("//fieldset[@id='marks']//tbody//th")
    assert [each.text_content().strip() for each in heads] == ["K01 Zhang San", "K02 Li Si"]
    assert filled(page)["marks.1.code"] == ["K02"]
    assert page.xpath("//button[starts-with(@value,'add:')]/@value") == ["add:people"]
    assert page.xpath("//label[@for='marks-1-mark']")[0].text_content().strip() == "mark, K02 Li Si"


def test_rows_come_from_a_spreadsheet_wholly_or_not_at_all(client: FlaskClient) -> None:
    good = write_table(["姓名", "得分", "备注"], [["赵一", "27.0", "x"], ["钱二", "=1", "y"]])
    bad, better = io.BytesIO(good), io.BytesIO(write_table(["姓名", "得分"], [["赵一", "27.0"]]))
    own = {"name": "王小明", "people.0.name": "孙三"}

    _, refused = post(client, {**own, "_import.people": (bad, "a.xlsx")}, "import:people")
    _, taken = post(client, {**own, "_import.people": (better, "a.xlsx")}, "import:people")

    assert "Score, row 3 must be a number" in refused.text_content()
    assert "Columns that were left out: 备注" in refused.text_content()
    assert filled(refused)["people.0.name"] == ["孙三"]
    assert filled(taken)["people.0.name"] == ["赵一"]
    assert filled(taken)["people.0.score"] == ["27.0"]
    assert filled(taken)["name"] == ["王小明"]
    assert "1 rows were taken over" in taken.text_content()
    assert taken.xpath("//a/@href") == ["/empty.xlsx"]


def test_a_large_table_is_kept_whole(client: FlaskClient) -> None:
    people = [{"name": f"人员{i}", "score": f"{i}.5", "paper": i % 2 == 0} for i in range(120)]
    answers = good_answers() | {"name": "", "people": people}

    status, page = post(client, posted_from(answers).to_dict(flat=False))

    assert status == 422
    assert list(summary(page)) == ["#name"]
    again = collect(FORM, MultiDict([(n, v) for n, vs in filled(page).items() for v in vs]))
    assert again["people"] == people


def test_a_problem_of_something_not_shown_links_to_what_is_around_it() -> None:
    problems = [Problem("", "unknown", {"count": 1}), Problem("marks.7", "row_unknown")]

    page = form_page(FORM, {}, OPTIONS, lang="en", problems=problems)

    assert [each["href"] for each in page.summary] == ["#form", "#marks"]


texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=2, max_size=9)
answers_shown = st.fixed_dictionaries(
    {},
    optional={
        "name": texts,
        "essay": texts,
        "years": st.integers(0, 60),
        "structure": st.decimals(0, 6, places=1).map(str),
        "content": st.decimals(-999, 999, places=4).map(lambda each: f"{each:f}"),
        "born": st.dates().map(str),
        "at": st.times().map(lambda each: each.isoformat("minutes")),
        "agree": st.booleans(),
        "outcome": st.sampled_from(["agrees", "differs"]),
        "languages": st.lists(st.sampled_from(["zh", "en", "de"]), unique=True, max_size=2),
        "candidate": st.sampled_from(["K01", "K02"]),
        "people": st.lists(
            st.fixed_dictionaries({"name": texts}, optional={"paper": st.booleans(), "why": texts}),
            max_size=3,
        ),
    },
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(answers_shown)
def test_any_answers_survive_the_page(answers: Answers) -> None:
    def exact(given: Answers) -> Answers:
        checked = validate(FORM, given, OPTIONS, files=FILES, draft=True).answers
        rows = [{"paper": False} | row for row in checked["people"]]
        languages = sorted(checked["languages"])  # the page sends them in the order of the boxes
        return (
            {"paper": False, "declared": False}
            | checked
            | {
                "people": rows,
                "marks": [],
                "languages": languages,
            }
        )

    normal = exact(answers)

    again = exact(collect(FORM, posted_from(answers)))

    assert {key: value for key, value in again.items() if key in normal} == normal
    assert again.keys() == normal.keys()


def test_no_page_carries_inline_script_or_style(client: FlaskClient) -> None:
    text = client.get("/").text

    assert re.search(r"<script|style=|on[a-z]+=", text) is None
