import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import texts
from engine.bpmn.expressions import ExpressionFailed
from engine.model import Notice, Outgoing, Person, Publication
from engine.operations import BadParameters
from tests.engine.operations.bench import Bench

SHORTLIST = """
title: {zh: "{details.title}入围名单", en: "Shortlist: {details.title_en}"}
paragraphs:
  - zh: "共{len(cut.advanced)}人，至{until}。{details.course}"
    en: "{len(cut.advanced)} until {until}"
  - {if: "cut.tie", zh: 并列, en: tie}
tables:
  - title: {zh: 名单, en: List}
    rows: "range(len(cut.advanced))"
    columns:
      - {title: {zh: 姓名, en: Name}, value: "person(cut.advanced[row])"}
      - {title: {zh: 职务, en: Post}, value: "present_post(cut.advanced[row])"}
      - {title: {zh: 原因, en: Reason}, value: "word(reason)"}
"""
REPORT = """
title: {zh: 报告, en: Report}
paragraphs:
  - {zh: "{answers.course}{answers.left_empty}：{person('K01')}", en: "{word('P1')}"}
"""
MESSAGE = """
title: {zh: 结果, en: Result}
paragraphs:
  - {zh: "{subject}得{scores[subject]}分", en: "{subject}: {scores[subject]}"}
"""
CUT = {"advanced": ["K02", "K01"], "tie": None}


@pytest.fixture
def prepared(bench: Bench) -> Bench:
    bench.files["publications/shortlist.yaml"] = SHORTLIST
    bench.files["publications/report.yaml"] = REPORT
    bench.files["messages/result.yaml"] = MESSAGE
    bench.case.details = {
        "lot_seeds": {"rule": "sha256:x"},
        "posts": [{"code": "P1", "name": "甲镇镇长", "name_en": "mayor of Town A"}],
    }
    for candidate in bench.candidates(2):
        candidate.number = f"10{candidate.code[-1]}"
    bench.session.flush()
    return bench


def published(bench: Bench, **parameters: Any) -> Publication:
    given = {"text": "shortlist", "cut": CUT, "reason": "short_field", "until": bench.now}
    bench.run("publish", **(given | parameters))
    return bench.session.scalars(select(Publication).order_by(Publication.id)).all()[-1]


def test_a_publication_is_kept_as_it_was_worded(prepared: Bench) -> None:
    until = prepared.now + timedelta(days=5)

    result = prepared.run(
        "publish", text="shortlist", cut=CUT, reason="short_field", until=until, at="s3_publish"
    ).result

    row = prepared.session.scalars(select(Publication)).one()
    assert result == {
        "publication": str(row.id),
        "text": "shortlist",
        "digest": texts.digest(row.content),
        "until": until.isoformat(),
    }
    assert (row.audience, row.element_id, row.until_at) == ("public", "s3_publish", until)
    assert row.published_at == prepared.now
    assert row.content["zh"] == {
        "title": "两名镇长公选入围名单",
        "paragraphs": ["共2人，至2026年3月7日08:30。"],
        "tables": [
            {
                "title": "名单",
                "columns": ["姓名", "职务", "原因"],
                "rows": [["候选人2号", "单位2", "人选不足"], ["候选人1号", "单位1", "人选不足"]],
            }
        ],
    }
    assert row.content["en"]["title"] == "Shortlist: two mayors"
    assert row.content["en"]["tables"][0]["rows"][0][2] == "too few candidates"


@pytest.mark.parametrize(
    ("rule", "element_id", "shown"),
    [
        ("from_step_3", "s2_publish_result", "102"),
        ("from_step_3", "s3_publish_result", "候选人2号"),
        ("from_step_3", "s10_publish_result", "候选人2号"),
        ("from_step_3", "publish_rule_change", "候选人2号"),
        ("always", "s1_publish_list", "候选人2号"),
        ("never", "s7_start_notice", "102"),
    ],
)
def test_names_or_numbers_are_published_as_the_parameter_says(
    prepared: Bench, rule: str, element_id: str, shown: str
) -> None:
    prepared.case.parameters = {"publish_names": rule}

    row = published(prepared, at=element_id)

    assert row.content["zh"]["tables"][0]["rows"][0][0] == shown


def test_without_a_number_the_code_is_published(bench: Bench) -> None:
    bench.files["publications/shortlist.yaml"] = SHORTLIST
    bench.case.parameters = {"publish_names": "never"}
    bench.candidates(2)

    assert published(bench).content["zh"]["tables"][0]["rows"][0][0] == "K02"


def test_a_text_sees_only_what_was_handed_to_it(prepared: Bench) -> None:
    with pytest.raises(ExpressionFailed, match="cut"):
        prepared.run("publish", text="shortlist", reason="short_field")
    prepared.files["publications/seeds.yaml"] = (
        'title: {zh: x, en: x}\nparagraphs:\n  - {zh: "{details.lot_seeds.rule}", en: x}\n'
    )
    with pytest.raises(ExpressionFailed):
        prepared.run("publish", text="seeds")
    assert prepared.session.scalars(select(Publication)).all() == []


def test_answers_are_never_published(prepared: Bench) -> None:
    with pytest.raises(ExpressionFailed, match="answers"):
        prepared.run("publish", {"course": "过程"}, text="report")


def test_a_text_that_is_not_there_is_named(prepared: Bench) -> None:
    with pytest.raises(BadParameters, match=r"publications/gone\.yaml"):
        prepared.run("publish", text="gone")


def test_a_document_may_use_what_was_just_handed_in(prepared: Bench) -> None:
    result = prepared.result(
        "make_document", {"course": "过程"}, text="report", audience="committee_member"
    )

    row = prepared.session.scalars(select(Publication)).one()
    assert (row.audience, result["document"]) == ("committee_member", str(row.id))
    assert row.content["zh"]["paragraphs"] == ["过程：候选人1号"]
    assert row.content["en"]["paragraphs"] == ["mayor of Town A"]
    assert "过程" not in json.dumps(result, ensure_ascii=False)


@pytest.mark.parametrize(
    ("audience", "shown"),
    [("selection_office", "候选人1号"), ("selection_office candidate", "101")],
)
def test_documents_for_candidates_keep_to_numbers(
    prepared: Bench, audience: str, shown: str
) -> None:
    prepared.run(
        "make_document", {"course": ""}, text="report", audience=audience, at="s2_print_room_plan"
    )

    row = prepared.session.scalars(select(Publication)).one()
    assert row.content["zh"]["paragraphs"] == [f"：{shown}"]


def test_everybody_is_told_their_own_result(prepared: Bench) -> None:
    first = prepared.session.scalars(select(Person).order_by(Person.name)).first()
    assert first is not None
    first.email = "k01@example.invalid"
    for person in prepared.session.scalars(select(Person)):
        person.phone = ""
    each = [{"kind": "each", "codes": ["K01", "K02"]}]

    result = prepared.run(
        "notify", to=each, text="result", scores={"K01": "94", "K02": "92"}, at="s2_notify_result"
    ).result

    assert result == {"messages": 2, "mails": 1}, "the other one has neither number nor address"
    notices = prepared.session.execute(
        select(Person.name, Notice.content, Notice.element_id)
        .join(Person, Person.id == Notice.person_id)
        .order_by(Person.name)
    )
    assert [(row[0], row[1]["zh"]["paragraphs"], row[2]) for row in notices] == [
        ("候选人1号", ["K01得94分"], "s2_notify_result"),
        ("候选人2号", ["K02得92分"], "s2_notify_result"),
    ]


def test_mail_says_to_sign_in_and_nothing_else(prepared: Bench) -> None:
    for person in prepared.session.scalars(select(Person)):
        person.email = f"{person.phone}@example.invalid"
    each = [{"kind": "each", "codes": ["K01", "K02"]}]

    prepared.run("notify", to=each, text="result", scores={"K01": "94", "K02": "92"})

    first, second = prepared.session.scalars(select(Outgoing)).all()
    assert first.body == second.body == "您有一条关于“两名镇长公选”的新通知，请登录系统查看。"
    assert first.subject == "两名镇长公选：新通知"
    assert (first.kind, first.channel, first.address) == ("notice", "", "")
    assert first.dedupe_key != second.dedupe_key


def test_a_faulty_text_tells_nobody(prepared: Bench) -> None:
    each = [{"kind": "each", "codes": ["K01", "K02"]}]

    with pytest.raises(ExpressionFailed):
        prepared.run("notify", to=each, text="result", scores={})
    assert prepared.session.scalar(select(func.count()).select_from(Outgoing)) == 0
