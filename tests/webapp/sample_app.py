"""A small application around base.html that shows every component once, in either language."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, Response, flash, render_template, request, send_file
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.http import quote_etag

import webapp
from webapp.i18n import init_i18n
from webapp.look import init_look

PAGES = Path(__file__).parent / "pages"
NOW = datetime(2020, 9, 2, 1, 30, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
CHINESE: dict[str, Any] = {
    "title": "本次公选进展",
    "selection": "市属学校校长公推公选（2020 年）",
    "tasks": "待办事项",
    "task_texts": [
        "资格审查：K07 王小明",
        "会议推荐票：主会场第二轮推荐",
        "确认面试评委名单",
        "撰写笔试命题说明",
    ],
    "present": "到会人数",
    "hint": "以签到表为准，只填数字",
    "error": "到会人数不能多于应到人数（58 人）",
    "submit": "提交",
    "selection_word": "本次公选",
    "deadline": "截止时间",
    "change": "修改",
    "state": "进展",
    "remark": "备注",
    "scores": "综合成绩",
    "score_head": ["编号", "姓名", "推荐得票折算分", "笔试", "面试", "综合成绩"],
    "names": ["欧阳文静", "王小明", "李建国"],
    "working": "入围人选怎样确定",
    "working_lines": [
        ("报名人数", "经资格审查合格", "36"),
        ("入围名额", "36 × 50 %，进一取整", "18"),
        ("第 18 名并列", "第 18、19 名同为 82.35 分", "+1"),
    ],
    "working_total": ("入围人选", "18 + 1，并列者一并入围", "19"),
    "funnel": "各环节人数",
    "stages": ["报名并通过资格审查", "民主推荐", "笔试", "面试", "考察", "提名人选"],
    "turnout": "投票进度",
    "turnout_text": "应交 58 票，已交 41 票。",
    "position": "流程图：进行到哪一步",
    "steps": ["发布公告", "公开报名", "资格审查", "民主推荐", "考试测评", "会议票决", "公示"],
    "note": "3 份材料待补正",
    "voted": "已投票",
    "voted_text": "请保存已投票凭证：",
    "flash": "已保存草稿，提交前可以随时修改。",
    "nav": ["待办事项", "本次公选", "公告栏", "全程纪实"],
    "footer": ["使用帮助", "无障碍声明", "核验工具"],
}
ENGLISH: dict[str, Any] = {
    "title": "Progress of this selection",
    "selection": "Open selection of municipal school heads (2020)",
    "tasks": "To do",
    "task_texts": [
        "Check eligibility: K07 Wang Xiaoming",
        "Recommendation ballot: main hall, second round",
        "Confirm the list of interview judges",
        "Write the note on the written examination",
    ],
    "present": "People present",
    "hint": "As on the sign-in sheet, digits only",
    "error": "No more people can be present than are entitled (58)",
    "submit": "Submit",
    "selection_word": "This selection",
    "deadline": "Deadline",
    "change": "Change",
    "state": "Progress",
    "remark": "Remark",
    "scores": "Final scores",
    "score_head": ["Number", "Name", "Points for votes", "Written", "Interview", "Final score"],
    "names": ["Ouyang Wenjing", "Wang Xiaoming", "Li Jianguo"],
    "working": "How the shortlist was made",
    "working_lines": [
        ("Applicants", "found eligible", "36"),
        ("Places", "36 × 50 %, rounded up", "18"),
        ("Tie at rank 18", "ranks 18 and 19 both have 82.35", "+1"),
    ],
    "working_total": ("Shortlisted", "18 + 1, ties advance together", "19"),
    "funnel": "People after each step",
    "stages": [
        "Applied and eligible",
        "Recommended",
        "Written examination",
        "Interview",
        "Inspection",
        "Nominated",
    ],
    "turnout": "Turn-out",
    "turnout_text": "58 ballots to hand in, 41 handed in.",
    "position": "Diagram: where it stands",
    "steps": [
        "Announcement",
        "Applications",
        "Eligibility",
        "Recommendation",
        "Examination",
        "Vote",
        "Public notice",
    ],
    "note": "3 papers to be completed",
    "voted": "You have voted",
    "voted_text": "Keep this proof that you voted:",
    "flash": "Your draft is saved. You can change it until you submit.",
    "nav": ["To do", "This selection", "Public page", "Record"],
    "footer": ["Help", "Accessibility", "Check tool"],
}


def create_sample_app() -> Flask:
    app = Flask("webapp", root_path=str(Path(webapp.__file__).parent))
    app.config.update(SECRET_KEY="sample", TESTING=True)
    init_look(app)
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(PAGES)])
    init_i18n(app)
    app.add_url_rule("/", "samples", samples)
    app.add_url_rule("/turnout", "turnout", turnout)
    app.add_url_rule("/steps.bpmn", "diagram_file", lambda: send_file(PAGES / "steps.bpmn"))
    app.add_url_rule(
        "/steps.json",
        "diagram_state",
        lambda: {
            "done": ["begin", "announce", "begin_announce", "announce_apply", "apply"],
            "current": ["recommend"],
            "late": ["review"],
        },
    )
    app.after_request(_add_policy)
    return app


def samples() -> str:
    words = ENGLISH if request.args.get("lang") == "en" else CHINESE
    flash(words["flash"], "success")
    flash(HOSTILE, "info")
    lefts = [timedelta(days=-2, hours=-3), timedelta(hours=5), timedelta(days=6), None]
    tasks = [
        {
            "href": f"#task-{number}",
            "text": text,
            "selection": words["selection"],
            "due": NOW + left if left else None,
            "left": left,
        }
        for number, (text, left) in enumerate(zip(words["task_texts"], lefts, strict=True))
    ]
    states = ["done", "done", "late", "current", "waiting", "waiting", "waiting"]
    return render_template(
        "samples.html",
        words=words,
        hostile=HOSTILE,
        now=NOW,
        due=NOW + timedelta(days=1, hours=6, minutes=12),
        tasks=[*tasks, {"href": "#", "text": HOSTILE, "selection": HOSTILE, "state": "draft"}],
        score_rows=[
            [{"text": f"K0{number}", "href": f"#k{number}"}, name, *scores]
            for number, (name, scores) in enumerate(
                zip(
                    [*words["names"], HOSTILE],
                    [
                        ("27.93", "25.60", "34.20", "87.73"),
                        ("30.00", "22.40", "33.85", "86.25"),
                        ("24.31", "26.10", "31.94", "82.35"),
                        ("0.00", None, None, None),
                    ],
                    strict=True,
                ),
                start=1,
            )
        ],
        working_lines=[
            {"text": text, "working": how, "result": result, "total": total}
            for (text, how, result), total in [
                *((line, False) for line in words["working_lines"]),
                (words["working_total"], True),
            ]
        ],
        stages=[
            {"text": text, "count": count}
            for text, count in zip(words["stages"], [36, 18, 11, 6, 4, 2], strict=True)
        ],
        steps=[
            {"text": text, "state": state, "note": words["note"] if state == "late" else None}
            for text, state in zip(words["steps"], states, strict=True)
        ],
        nav_items=[
            {"href": f"#nav-{number}", "text": text, "active": number == 1}
            for number, text in enumerate([*words["nav"], HOSTILE])
        ],
        footer_items=[{"href": "#footer", "text": text} for text in words["footer"]],
        current_user=SimpleNamespace(is_authenticated=True, display_name=words["names"][0]),
        demo={"now": NOW, "next_deadline": NOW + timedelta(hours=5)},
    )


def turnout() -> Response:
    response = Response('<p class="govuk-body" id="polled">42 / 58</p>')
    response.headers["ETag"] = quote_etag("42")
    return response.make_conditional(request)


def _add_policy(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    return response


if __name__ == "__main__":
    create_sample_app().run(port=8901)
