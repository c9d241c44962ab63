"""The story of the studio: an owner changes the procedure, another one publishes it."""

import io

from flask import Flask
from flask import url_for as app_url_for
from flask.testing import FlaskClient
from lxml import html

from engine.db import Sessions, reading
from engine.model import PackageRelease
from tests.support.databases import count_sql
from tests.webapp.studio.conftest import SignIn
from tests.webapp.studio.reading import fields, send, text, version

KEY = "/procedures/of/open_selection"


def begin(browser: FlaskClient) -> str:
    answer = browser.post(f"{KEY}/drafts")
    assert answer.status_code == 303
    return str(answer.headers["Location"]).rpartition("/")[0]


def usual_ratio(officer: FlaskClient) -> str:
    """What the start pages propose to somebody who starts a selection now."""
    start = officer.post("/selections/start", data={"procedure": "open_selection"})
    page = officer.get(str(start.headers["Location"]).replace("/form", "/numbers")).text
    return str(html.fromstring(page).xpath("//input[@name='test_ratio']/@value")[0])


def test_an_owner_changes_a_ratio_a_date_and_a_form_and_another_one_publishes_it(
    zhang: FlaskClient, li: FlaskClient, sign_in: SignIn, sessions: Sessions
) -> None:
    officer = sign_in("王五", "office")
    before = usual_ratio(officer)
    draft = begin(zhang)

    saved = send(
        zhang, f"{draft}/numbers",
        **{
            "number.test_ratio": "6", "plan.applications_close.day": "3",
            "number.town_election": "true",
        },
    )  # fmt: skip
    field = send(
        zhang, f"{draft}/forms/s1_appeal/fields/+", key="phone", zh="联系电话", en="phone",
        kind="text", longest="20", required="true",
    )  # fmt: skip
    step = send(zhang, f"{draft}/steps/s2_enter_scores", **{"p.seats": 'persons(3, "examiner")'})
    review = text(zhang.get(f"{draft}/review").text)
    sent = zhang.post(
        f"{draft}/submit", data={"_version": version(zhang, draft), "notes": "比例改为1:6"}
    )
    own = zhang.post(
        f"{draft}/decision", data={"_version": version(zhang, draft), "_action": "publish"}
    )
    waiting = text(li.get(f"{draft}/review").text)
    done = li.post(f"{draft}/decision", data={"_version": version(li, draft), "_action": "publish"})

    assert [each.status_code for each in (saved, field, step, sent, own, done)] == [
        303, 303, 303, 303, 403, 303,
    ]  # fmt: skip
    for words in (
        "理论测试入围比例（1:n） 8 → 6",
        "报名截止 第4天17:30 → 第3天17:30",
        "登记人代会选举结果 否 → 是",
        "表单“申请复核”“联系电话” 新增：短文本",
        '由谁提交 persons(2, "examiner") → persons(3, "examiner")',
    ):
        assert words in review
        assert words in waiting
    assert (before, usual_ratio(officer)) == ("8", "6")
    assert "第1版" in text(zhang.get(KEY).text)
    with reading(sessions) as session:
        (release,) = session.query(PackageRelease).all()
        assert (release.number, release.notes) == (1, "比例改为1:6")
        assert release.drafted_by != release.approved_by


def test_the_english_page_says_it_in_english(zhang: FlaskClient) -> None:
    draft = begin(zhang)
    send(zhang, f"{draft}/numbers", **{"number.test_ratio": "6"})

    assert "ratio after the theory test (1:n) 8 → 6" in text(
        zhang.get(f"{draft}/review?lang=en").text
    )


def test_the_old_value_stands_beside_a_changed_one(zhang: FlaskClient) -> None:
    draft = begin(zhang)
    send(zhang, f"{draft}/numbers", **{"number.test_ratio": "6"})

    page = html.fromstring(zhang.get(f"{draft}/numbers").text)

    (row,) = page.xpath("//tr[contains(@class, 'gx-changed')]")
    assert row.xpath(".//del/text()") == ["8"]


def test_what_cannot_be_a_number_is_named_and_everything_typed_stays(zhang: FlaskClient) -> None:
    draft = begin(zhang)

    answer = send(
        zhang, f"{draft}/numbers",
        **{"number.test_ratio": "六", "number.posts": "99", "plan.test_start.time": "14点"},
    )  # fmt: skip

    shown = fields(answer.text)
    assert answer.status_code == 422
    assert (shown["number.test_ratio"], shown["number.posts"]) == ("六", "99")
    for words in ("请填写整数", "不能大于33", "例如17:30"):
        assert words in text(answer.text), words
    assert fields(zhang.get(f"{draft}/numbers").text)["number.test_ratio"] == "六"
    zhang.post(f"{draft}/numbers", data={"_action": "forget"})
    assert fields(zhang.get(f"{draft}/numbers").text)["number.test_ratio"] == "8"


def test_weights_that_do_not_fit_are_kept_and_not_submitted(zhang: FlaskClient) -> None:
    draft = begin(zhang)

    saved = send(zhang, f"{draft}/numbers", **{"number.judge_max": "40"})
    refused = zhang.post(f"{draft}/submit", data={"_version": "2", "notes": "改权重"})

    assert saved.status_code == 303
    assert "合计应为100，现为110" in text(zhang.get(f"{draft}/numbers").text)
    assert refused.status_code == 409
    page = html.fromstring(refused.text)
    assert page.xpath("//ul[contains(@class, 'gx-findings')]//a/@href") == [f"{draft}/numbers"]


def test_the_script_keeps_what_is_typed_without_saving_it(zhang: FlaskClient) -> None:
    draft = begin(zhang)

    kept = send(zhang, f"{draft}/numbers", "keep", **{"number.test_ratio": "7"})

    assert (kept.status_code, kept.text) == (204, "")
    assert version(zhang, draft) == "1"
    page = zhang.get(f"{draft}/numbers").text
    assert fields(page)["number.test_ratio"] == "7"
    assert "尚未保存到草稿" in text(page)


def test_somebody_else_takes_the_draft_over_and_both_keep_their_fields(
    zhang: FlaskClient, li: FlaskClient
) -> None:
    draft = begin(zhang)
    send(zhang, f"{draft}/numbers", **{"number.test_ratio": "6"})

    seen = text(li.get(f"{draft}/numbers").text)
    data = fields(zhang.get(f"{draft}/numbers").text) | {"number.posts": "3"}
    refused = li.post(f"{draft}/numbers", data={**data, "_action": "save"})
    taken = li.post(f"{draft}/numbers", data={**data, "_action": "take"})

    now = fields(li.get(f"{draft}/numbers").text)
    assert "张三自" in seen
    assert refused.status_code == 409
    assert "未保存：张三正在修改这份草稿" in text(refused.text)
    assert taken.status_code == 303
    assert (now["number.test_ratio"], now["number.posts"]) == ("6", "3")


def test_the_same_field_of_two_people_shows_both(zhang: FlaskClient, li: FlaskClient) -> None:
    draft = begin(zhang)
    stale = fields(li.get(f"{draft}/numbers").text) | {"number.test_ratio": "7"}
    send(zhang, f"{draft}/numbers", **{"number.test_ratio": "6"})

    clash = li.post(f"{draft}/numbers", data={**stale, "_action": "take"})
    again = li.post(f"{draft}/numbers", data={**fields(clash.text), "_action": "take"})

    assert clash.status_code == 409
    assert "您填写的是“7”，他人已保存为“6”" in text(clash.text)
    assert again.status_code == 303
    assert fields(li.get(f"{draft}/numbers").text)["number.test_ratio"] == "7"


def test_a_saving_can_be_taken_back(zhang: FlaskClient) -> None:
    draft = begin(zhang)
    send(zhang, f"{draft}/numbers", **{"number.test_ratio": "6"})

    answer = zhang.post(f"{draft}/more/back", data={"_version": "2", "to": "1"})

    assert answer.status_code == 303
    assert fields(zhang.get(f"{draft}/numbers").text)["number.test_ratio"] == "8"


def test_a_returned_draft_says_why(zhang: FlaskClient, li: FlaskClient) -> None:
    draft = begin(zhang)
    send(zhang, f"{draft}/numbers", **{"number.test_ratio": "6"})
    zhang.post(f"{draft}/submit", data={"_version": "2", "notes": "比例"})

    empty = li.post(f"{draft}/decision", data={"_version": "2", "_action": "return", "why": " "})
    back = li.post(
        f"{draft}/decision", data={"_version": "2", "_action": "return", "why": "请先研究"}
    )

    assert (empty.status_code, back.status_code) == (422, 303)
    assert "退回理由： 请先研究" in text(zhang.get(f"{draft}/review").text)


def test_a_version_is_withdrawn_and_an_old_one_comes_back(
    zhang: FlaskClient, li: FlaskClient, sign_in: SignIn, sessions: Sessions
) -> None:
    officer = sign_in("王五", "office")
    for number in ("6", "5"):
        draft = begin(zhang)
        send(zhang, f"{draft}/numbers", **{"number.test_ratio": number})
        zhang.post(f"{draft}/submit", data={"_version": "2", "notes": "比例"})
        li.post(f"{draft}/decision", data={"_version": "2", "_action": "publish"})
    with reading(sessions) as session:
        second = session.query(PackageRelease).filter_by(number=2).one().id

    compared = text(zhang.get(f"{KEY}/compare?old=1&new=2").text)
    zhang.post(f"{KEY}/versions/{second}/withdraw", data={"why": "写错了"})
    after = usual_ratio(officer)
    answer = zhang.post(f"{KEY}/drafts", data={"version": "2"})
    rolled = text(zhang.get(answer.headers["Location"]).text)

    assert "理论测试入围比例（1:n） 6 → 5" in compared
    assert after == "6"
    assert "理论测试入围比例（1:n） 6 → 5" in rolled
    assert "恢复到第2版" in zhang.get(answer.headers["Location"]).text


def test_outsiders_find_every_page_closed(app: Flask, zhang: FlaskClient, sign_in: SignIn) -> None:
    draft = begin(zhang).rpartition("/")[2]
    values = {
        "draft_id": draft, "key": "open_selection", "version": "0", "kind": "numbers",
        "element_id": "s2_cut", "form_id": "s1_apply", "path": "plan.yaml", "folder": "messages",
        "text_id": "feedback", "release_id": draft,
    }  # fmt: skip
    with app.test_request_context():
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("studio.")]
        pages = [
            (
                app_url_for(rule.endpoint, **{n: values[n] for n in rule.arguments}),
                rule.methods or set(),
            )
            for rule in rules
        ]
    officer, nobody = sign_in("王五", "office"), app.test_client()

    answers = {}
    for address, methods in pages:
        method = "GET" if "GET" in methods else "POST"
        answers[method, address] = officer.open(address, method=method).status_code
        assert nobody.open(address, method=method).status_code == 303, address

    assert len(answers) > 30
    assert set(answers.values()) == {403}, {k: v for k, v in answers.items() if v != 403}


def test_an_administrator_reads_and_does_not_change(zhang: FlaskClient, sign_in: SignIn) -> None:
    draft = begin(zhang)
    administrator = sign_in("赵六", "administrator")
    data = fields(zhang.get(f"{draft}/numbers").text) | {"number.test_ratio": "6"}

    assert administrator.get(f"{draft}/numbers").status_code == 200
    assert administrator.post(f"{draft}/numbers", data=data).status_code == 403
    assert administrator.post(f"{KEY}/drafts").status_code == 403


def test_a_form_is_previewed_with_its_errors(zhang: FlaskClient) -> None:
    draft = begin(zhang)

    empty = zhang.post(f"{draft}/forms/s1_appeal/preview", data={"_action": "submit"})
    filled = zhang.post(f"{draft}/forms/s1_appeal/preview", data={"ground": "分数有误"})

    assert empty.status_code == 422
    assert "申请复核的理由" in text(empty.text)
    assert "这样填写可以提交" in text(filled.text)


def test_a_zip_comes_back_as_a_draft_and_a_bad_one_is_refused(zhang: FlaskClient) -> None:
    out = zhang.get(f"{KEY}/versions/0.zip").data

    bad = zhang.post("/procedures/new/zip", data={"package": (io.BytesIO(b"x"), "a.zip")})
    good = zhang.post("/procedures/new/zip", data={"package": (io.BytesIO(out), "a.zip")})

    assert bad.status_code == 422
    assert "这不是zip文件" in text(bad.text)
    assert good.status_code == 303
    assert "没有差别" in text(zhang.get(good.headers["Location"]).text)


def test_a_new_procedure_begins_after_another(zhang: FlaskClient) -> None:
    data = {"source": "open_selection", "zh": "村级选举", "en": "Village election"}

    refused = zhang.post("/procedures/new", data={**data, "key": "No"})
    begun = zhang.post("/procedures/new", data={**data, "key": "village"})

    assert refused.status_code == 422
    assert 'value="村级选举"' in refused.text
    assert begun.status_code == 303
    assert "村级选举" in text(zhang.get("/procedures").text)


def test_pages_of_a_draft_ask_the_database_the_same_number_of_times(
    zhang: FlaskClient, sessions: Sessions
) -> None:
    draft = begin(zhang)

    def asked() -> list[int]:
        made = []
        for page in ("numbers", "steps", "forms", "texts", "roles", "review", "more", "files"):
            with count_sql(sessions) as statements:
                assert zhang.get(f"{draft}/{page}").status_code == 200
            made.append(len(statements))
        return made

    before = asked()
    for number in ("6", "5", "4"):
        send(zhang, f"{draft}/numbers", **{"number.test_ratio": number})

    assert asked() == before
    assert max(before) <= 7
