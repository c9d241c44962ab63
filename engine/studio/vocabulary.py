"""What owners read for the properties of a step, and how each is written."""

from dataclasses import dataclass

from engine.definitions import Words


@dataclass(frozen=True)
class Property:
    """A property of an element. `kind`: text, expression, choice, roles, function, form, long.

    `kinds` are the BPMN tags that may carry it; `basic` ones are shown first; `many` ones are
    those of collective tasks.
    """

    name: str
    words: Words
    hint: Words
    kind: str
    kinds: tuple[str, ...]
    basic: bool = False
    many: bool = False
    choices: tuple[tuple[str, Words], ...] = ()


_USER = ("userTask",)
_RUN = ("userTask", "serviceTask", "businessRuleTask", "callActivity")
YES = Words("是", "yes")


def _one(
    name: str,
    words: tuple[str, str],
    hint: tuple[str, str],
    kind: str,
    kinds: tuple[str, ...],
    **more: object,
) -> Property:
    return Property(name, Words(*words), Words(*hint), kind, kinds, **more)  # type: ignore[arg-type]  # fmt: skip


PROPERTIES: tuple[Property, ...] = (
    _one(
        "kind",
        ("提交方式", "how it is handed in"),
        ("公开、各自打分、密封或者投票。", "Open, scores, sealed or a vote."),
        "choice",
        _USER,
        basic=True,
        many=True,
        choices=(
            ("open", Words("公开", "open")),
            ("scores", Words("各自打分，交齐前互不可见", "scores, hidden until all are in")),
            ("sealed", Words("密封，启封前不可见", "sealed until opened")),
            ("ballot", Words("无记名投票", "secret ballot")),
        ),
    ),
    _one(
        "seats",
        ("由谁提交", "who is to hand in"),
        (
            '例如 members("judge") 表示全体评委，persons(2, "examiner") 表示两名阅卷人员。',
            'For example members("judge"): all judges; persons(2, "examiner"): two examiners.',
        ),
        "expression",
        _USER,
        basic=True,
        many=True,
    ),
    _one(
        "function",
        ("职务", "function"),
        ("只由担任此职务的人办理。", "Only those with this function act."),
        "function",
        _USER,
        basic=True,
    ),
    _one(
        "form",
        ("表单", "form"),
        ("不选的，用与环节同名的表单。", "None: the form that is named like the step."),
        "form",
        (*_USER, "startEvent"),
        basic=True,
    ),
    _one(
        "opens",
        ("何时开始", "opens"),
        (
            "此前不能提交。例如 plan.test_end。",
            "Nothing is accepted before. For example plan.test_end.",
        ),
        "expression",
        _USER,
        basic=True,
    ),
    _one(
        "due",
        ("办理期限", "due"),
        (
            "到期只提示，不关闭。例如 plan.scores_entered。",
            "Shown and chased, nothing closes. For example plan.scores_entered.",
        ),
        "expression",
        _USER,
        basic=True,
    ),
    _one(
        "closes",
        ("何时截止", "closes"),
        ("到时不再接受提交。", "Nothing is accepted afterwards."),
        "expression",
        _USER,
        basic=True,
    ),
    _one(
        "reminders",
        ("提醒", "reminders"),
        (
            "P1D 表示提前一天，PT2H 提前两小时，+P1D 逾期一天；以空格分隔。",
            "P1D: a day before; PT2H: two hours before; +P1D: a day late; separated by blanks.",
        ),
        "text",
        _USER,
        basic=True,
    ),
    _one(
        "recorders",
        ("可代录的责任主体", "who may record for them"),
        (
            "代集体或没有账号的人录入。",
            "They enter it for a body or for people without an account.",
        ),
        "roles",
        _USER,
    ),
    _one(
        "readers",
        ("谁可查看填报内容", "who may read the answers"),
        (
            "不填的，为办理人、代录人、公选办和纪检监督人员。",
            "None: who acts, the recorders, the selection office and the supervisor.",
        ),
        "roles",
        (*_USER, "startEvent"),
    ),
    _one(
        "closers",
        ("谁可手动截止", "who may close it by hand"),
        ("不填的，为公选办。", "None: the selection office."),
        "roles",
        _USER,
        many=True,
    ),
    _one(
        "not_by",
        ("不得与此环节同一人", "not whoever did"),
        (
            "填另一环节的标识，由另一人办理。",
            "The id of another step, which another person must do.",
        ),
        "text",
        _USER,
    ),
    _one(
        "missing",
        ("截止时未提交的", "what was not handed in at the close"),
        ("不计，或者以已存的草稿提交。", "Nothing, or the draft as it is."),
        "choice",
        _USER,
        choices=(
            ("nothing", Words("不计", "nothing")),
            ("draft", Words("以草稿提交", "the draft")),
        ),
    ),
    _one(
        "completes",
        ("何时完成", "when it is complete"),
        ("all 为全部交齐，closing 为到截止时，也可填份数。", "all, closing, or a number."),
        "text",
        _USER,
        many=True,
    ),
    _one(
        "public",
        ("公开报名", "open to the public"),
        ("任何人登记后即可填报。", "Everybody who registers may fill it in."),
        "choice",
        _USER,
        many=True,
        choices=(("yes", YES),),
    ),
    _one(
        "release",
        ("逐人公开", "opens candidate by candidate"),
        ("每名人选交齐后即可查看。", "All about one candidate opens once complete."),
        "choice",
        _USER,
        many=True,
        choices=(("subject", YES),),
    ),
    _one(
        "in_order",
        ("依次进行", "one after another"),
        ("按顺序，一次只接受一名人选。", "Only the current one accepts answers."),
        "choice",
        _USER,
        many=True,
        choices=(("yes", YES),),
    ),
    _one(
        "compare",
        ("双人各录一遍", "entered twice"),
        ("两人各自录入，核对是否一致。", "Two people enter it apart; both must be equal."),
        "choice",
        _USER,
        many=True,
        choices=(("yes", YES),),
    ),
    _one(
        "ballot",
        ("票箱", "ballot box"),
        ("开票环节给出的票箱。", "The ballot box that an earlier step has made."),
        "expression",
        _USER,
        many=True,
    ),
    _one(
        "role",
        ("另由谁办理", "another role acts"),
        ("责任主体与所在泳道不同时填写。", "Where it is not the one of the lane."),
        "roles",
        _USER,
    ),
    _one(
        "operation",
        ("自动处理", "operation"),
        (
            "完成后由系统计算、抽签、公布或者通知。",
            "What the system works out, draws, publishes or sends.",
        ),
        "operation",
        ("userTask", "serviceTask"),
        basic=True,
    ),
    _one(
        "decision",
        ("决策表", "decision table"),
        ("", ""),
        "text",
        ("businessRuleTask",),
        basic=True,
    ),
    _one(
        "rows",
        ("逐一判断的对象", "what is decided about"),
        ("", ""),
        "expression",
        ("businessRuleTask",),
        basic=True,
    ),
    _one(
        "answers_of",
        ("取哪个环节的填报内容", "whose answers are used"),
        ("", ""),
        "text",
        ("businessRuleTask",),
        basic=True,
    ),
    _one(
        "items",
        ("逐一进行的对象", "for each of"),
        ("", ""),
        "expression",
        ("callActivity",),
        basic=True,
    ),
    _one("item", ("对象的变量名", "name of each"), ("", ""), "text", ("callActivity",)),
    _one(
        "result",
        ("结果存入变量", "result goes into"),
        ("后面的环节用这个名称引用。", "Later steps refer to it by this name."),
        "text",
        _RUN,
    ),
    _one(
        "returns",
        ("哪些填报内容存入变量", "answers that go into it"),
        (
            "填字段名，以空格分隔；不得是人员、附件和大段文字。",
            "Field names separated by blanks; never people, files, long text.",
        ),
        "text",
        (*_USER, "callActivity", "startEvent"),
    ),
    _one(
        "pick",
        ("只取结果中的", "only this part of the result"),
        ("", ""),
        "text",
        ("userTask", "serviceTask"),
    ),
    _one("starters", ("谁可发起", "who may start it"), ("", ""), "roles", ("startEvent",)),
    _one(
        "record",
        ("登记填报内容", "answers become variables"),
        ("", ""),
        "choice",
        ("startEvent",),
        choices=(("yes", YES),),
    ),
)

BY_NAME = {each.name: each for each in PROPERTIES}

KINDS = {
    "startEvent": Words("开始", "start"),
    "endEvent": Words("结束", "end"),
    "intermediateCatchEvent": Words("等待", "wait"),
    "intermediateThrowEvent": Words("发出", "send"),
    "boundaryEvent": Words("边界事件", "event on the edge"),
    "userTask": Words("人工办理", "done by people"),
    "serviceTask": Words("自动处理", "done by the system"),
    "businessRuleTask": Words("按决策表判断", "decision table"),
    "callActivity": Words("调用流程", "calls a process"),
    "subProcess": Words("子流程", "sub-process"),
    "exclusiveGateway": Words("条件分支", "branch by a condition"),
    "parallelGateway": Words("并行分支", "parallel branch"),
    "inclusiveGateway": Words("多选分支", "branch by several conditions"),
    "eventBasedGateway": Words("按先到事件分支", "branch by event"),
    "sequenceFlow": Words("流向", "flow"),
    "process": Words("流程", "process"),
    "lane": Words("泳道", "lane"),
}


def property_words(name: str) -> Words:
    """What a property is called; a parameter of an operation by its own name."""
    if name in BY_NAME:
        return BY_NAME[name].words
    if name.startswith("with."):
        own = name.removeprefix("with.")
        return Words(f"参数{own}", f"parameter {own}")
    return {"name_en": Words("英文名称", "English name")}.get(name, Words(name, name))
