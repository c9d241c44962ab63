"""One correct and one incorrect example for each rule about properties, expressions and files."""

import json

from tests.engine.checks.diagram_cases import simple
from tests.engine.checks.packages import (
    PARAMETER,
    PLAN,
    ROLES,
    RULED,
    TABLE,
    Case,
    changed,
    diagram,
    form,
)

ASK = simple("user ask | result=answer | returns=ok")
MANY = simple("many ask | seats=members('judge')")
TEXT = """
title: {zh: 公告, en: notice}
paragraphs:
  - {zh: "名单{names}，{details.ok}", en: "list {names}"}
"""
PUBLISH = (
    "start begin | form=set_up\nservice tell | operation=publish | with.text='news'"
    " | with.names=posts\nend done\nbegin -> tell -> done"
)
NEWS = {**diagram(PUBLISH), "publications/news.yaml": TEXT}
DECIDED = {**diagram(RULED), "fit.dmn": TABLE}
DEEP = "<bpmn:group>" * 70 + "</bpmn:group>" * 70


def asking(properties: str) -> dict[str, str]:
    return simple(f"user ask | {properties}")


def many(properties: str) -> dict[str, str]:
    return simple(f"many ask | seats=members('judge') | {properties}")


def keeping(text: str) -> dict[str, str]:
    return simple(f"service work | operation=keep | with.value={text}")


def timed(text: str) -> dict[str, str]:
    return simple(f"timer pause {text}")


def parameters(**schemas: object) -> dict[str, str]:
    return {"parameters-schema.json": json.dumps({"type": "object", "properties": schemas})}


def summing(rule: object) -> dict[str, str]:
    schema = {"type": "object", "properties": {"posts": PARAMETER}, "x-sums": [rule]}
    return {"parameters-schema.json": json.dumps(schema)}


CASES = [
    # files
    Case("file_too_large", {}, {"main.bpmn": " " * 4_000_001}),
    Case(
        "doctype",
        {},
        {"main.bpmn": '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'},
    ),
    Case("not_xml", {}, {"main.bpmn": "<definitions>"}),
    Case("too_deep", {}, changed("<bpmn:laneSet", DEEP + "<bpmn:laneSet")),
    Case("id_missing", {}, changed('<bpmn:userTask id="ask"', "<bpmn:userTask")),
    Case("file_missing", {}, {"roles.yaml": None}, "roles.yaml"),
    Case("no_process", {}, {"main.bpmn": None}, ""),
    Case("engine_refuses", {}, changed('targetRef="done"', 'targetRef="gone"')),
    Case("not_json", {}, {"parameters-schema.json": "{"}, "parameters-schema.json"),
    Case("not_yaml", {}, {"roles.yaml": "roles: ["}, "roles.yaml"),
    Case("plan_invalid", {}, {"plan.yaml": "- {key: X}"}, "plan.yaml"),
    Case("form_invalid", {}, {"forms/ask-schema.json": "{}x"}, "forms/ask-schema.json"),
    Case(
        "text_invalid", NEWS, {**NEWS, "publications/news.yaml": "title: x"},
        "publications/news.yaml",
    ),
    # roles, plan, parameters
    Case("no_roles", {}, {"roles.yaml": "functions: {}"}, "roles.yaml"),
    Case("key_invalid", {}, {"roles.yaml": ROLES.replace("  judge:", "  Judge:")}, "roles.yaml"),
    Case("words_missing", {}, {"roles.yaml": ROLES.replace("zh: 评委, ", "")}, "roles.yaml"),
    Case("english_missing", {}, {"roles.yaml": ROLES.replace(", en: chair", "")}, "roles.yaml"),
    Case("role_field", {}, {"roles.yaml": ROLES.replace("never_with", "not_with")}, "roles.yaml"),
    Case(
        "confirms_role", {}, {"roles.yaml": ROLES + "confirms_changes: [nobody]\n"}, "roles.yaml"
    ),
    Case("never_with", {}, {"roles.yaml": ROLES.replace("[office]", "[ofice]")}, "roles.yaml"),
    Case(
        "parameters_invalid", {}, parameters(posts={"type": "number of posts"}),
        "parameters-schema.json",
    ),
    Case(
        "parameter_default", {}, parameters(posts={**PARAMETER, "default": "two"}),
        "parameters-schema.json",
    ),
    Case(
        "parameter_words", {}, parameters(posts={**PARAMETER, "x-group": ""}),
        "parameters-schema.json",
    ),
    Case(
        "sum_invalid", {}, summing({"of": ["posts", "nothing"], "total": 2}),
        "parameters-schema.json",
    ),
    Case(
        "sum_defaults", {}, summing({"of": ["posts"], "total": 99}), "parameters-schema.json",
    ),
    Case(
        "plan_parameter",
        {},
        {"plan.yaml": PLAN + "\n- {key: late, zh: 一, en: b, after: notice_end, "
                             "working_days: parameters.days}"},
        "plan.yaml",
    ),
    # properties
    Case("property_unknown", ASK, asking("colour=red"), element="ask"),
    Case("property_missing", {}, simple("service work | result=kept"), element="work"),
    Case("property_value", MANY, simple("many ask | seats=members('judge') | kind=secret"),
         element="ask"),
    Case("property_alone", ASK, asking("reminders=P1D"), element="ask"),
    Case("seats_missing", MANY, simple("many ask"), element="ask"),
    Case("seats_invalid", MANY, simple("many ask | seats=['judge']"), element="ask"),
    Case("variable_name", ASK, asking("result=len | returns=ok"), element="ask"),
    Case("role_unknown", ASK, asking("recorders=nobody"), element="ask"),
    Case("function_unknown", asking("function=chair"), asking("function=waiter"), element="ask"),
    # expressions
    Case("expression_unsafe", {}, keeping("posts.__class__"), element="work"),
    Case("text_function", {}, keeping("word('yes')"), element="work"),
    Case("parameter_unknown", keeping("parameters.posts"), keeping("parameters.post"),
         element="work"),
    Case("plan_line_unknown", {}, keeping("plan.notice_start"), element="work"),
    Case("element_unknown", keeping("round('work')"), keeping("round('wrok')"), element="work"),
    Case("element_without_result", keeping("result_of('work')"), keeping("result_of('begin')"),
         element="work"),
    # times
    Case("time_not_instant", timed("date plan.notice_end"), timed("date 'plan.notice_end'"),
         element="pause"),
    Case("time_not_duration", timed("duration 'PT1H'"), timed("duration 7"), element="pause"),
    Case("time_unquoted", timed("duration 'P3D'"), timed("duration P3D"), element="pause"),
    Case("time_fails", timed("date now() + hours(1)"), timed("date now() + 1"), element="pause"),
    Case("time_order", asking('opens=on_day(1, "12:00") | closes=on_day(1, "13:00")'),
         asking('opens=on_day(2, "12:00") | due=on_day(1, "13:00")'), element="ask"),
    Case("ladder_invalid", asking("due=plan.notice_end | reminders=default +P1D*5 P2WD"),
         asking("due=plan.notice_end | reminders=tomorrow"), element="ask"),
    Case("escalate_secret",
         many("due=plan.notice_end | escalate=+P1D reassign:office; +P2D add:judge+chair"),
         many("kind=sealed | due=plan.notice_end | escalate=+P1D add:office"), element="ask"),
    Case("escalate_subjects", many("due=plan.notice_end | escalate=+P1D reassign:office"),
         simple("many ask | seats=per(['a'], 'judge') | due=plan.notice_end"
                " | escalate=+P1D add:office"), element="ask"),
    Case("element_never_opens", asking("due=opened('ask') + days(1)"),
         asking("due=opened('begin') + days(1)"), element="ask"),
    Case("published_text_unknown", {**asking("due=published('news')"), "publications/news.yaml":
         "title: {zh: 公告, en: notice}\nparagraphs: []\n"}, asking("due=published('news')"),
         element="ask"),
    Case("timer_empty", timed("duration 'PT1H'"), timed("duration "), element="pause"),
    # what elements name
    Case("form_missing", ASK, asking("form=aks"), element="ask"),
    Case("form_unused", {}, {"forms/other-schema.json": form()}, "forms/other-schema.json"),
    Case("form_ui_alone", {}, {"forms/other-uischema.json": "{}"}, "forms/other-uischema.json"),
    Case(
        "form_results",
        {"forms/ask-uischema.json": '{"ui:results": ["work"]}'},
        {"forms/ask-uischema.json": '{"ui:results": ["wrok"]}'},
        "forms/ask-uischema.json",
    ),
    Case("decision_missing", DECIDED, {**diagram(RULED)}, element="table"),
    Case("decision_unused", DECIDED, {"fit.dmn": TABLE}, "fit.dmn", "fit"),
    Case("decision_input", DECIDED, {**DECIDED, "fit.dmn": TABLE.replace(">age<", ">rank<")},
         element="table"),
    Case("task_unknown", ASK, asking("not_by=aks"), element="ask"),
    Case("returns_unknown", ASK, asking("result=answer | returns=okay"), element="ask"),
    Case("returns_private", ASK, asking("result=answer | returns=mail"), element="ask"),
    Case(
        "returns_free_text",
        asking("result=answer | returns=why"),
        {
            **asking("result=answer | returns=why"),
            "forms/ask-uischema.json": '{"why": {"ui:widget": "textarea"}}',
        },
        element="ask",
    ),
    Case("result_without_returns", ASK, asking("result=answer"), element="ask"),
    # operations and texts
    Case("operation_unknown", {}, simple("service work | operation=keeep"), element="work"),
    Case("operation_parameter", {}, keeping("1 | with.x=2"), element="work"),
    Case("operation_parameter_missing", {}, simple("service work | operation=keep"),
         element="work"),
    Case(
        "operation_parameter_value",
        simple("service work | operation=draw_lots | with.codes=['K01']"),
        simple("service work | operation=draw_lots | with.codes='K01'"),
        element="work",
    ),
    Case("text_missing", NEWS, diagram(PUBLISH), element="tell"),
    Case("text_unused", NEWS, {"publications/news.yaml": TEXT}, "publications/news.yaml"),
    Case("text_lacks", NEWS, {**NEWS, **diagram(PUBLISH.replace("with.names", "with.name"))},
         element="tell"),
    Case("text_ignores", NEWS, {**NEWS, **diagram(PUBLISH.replace("with.names", "with.name"))},
         element="tell"),
    Case(
        "detail_unknown", NEWS,
        {**NEWS, "publications/news.yaml": TEXT.replace("details.ok", "details.okay")},
        "publications/news.yaml",
    ),
    # decision tables
    Case("hit_policy", DECIDED, {**DECIDED, "fit.dmn": TABLE.replace("COLLECT", "FIRST")},
         "fit.dmn", "fit"),
    Case("cell_invalid", DECIDED, {**DECIDED, "fit.dmn": TABLE.replace("&gt; 35", "&gt; &gt;")},
         "fit.dmn", "fit_1_in"),
    Case("table_invalid", DECIDED, {**DECIDED, "fit.dmn": TABLE.replace("decisionTable", "table")},
         "fit.dmn"),
]  # fmt: skip
