"""What concerns the whole selection: stop, go on, end, a message, a change of rules."""

from collections.abc import Mapping
from typing import Any

from engine.errors import EngineError
from engine.operations.answers import last_round, one_submission
from engine.operations.base import Call, Effect, Outcome, operation
from engine.operations.schemas import parameter, takes

SELECTION_ENDED = "selection_ended"

_REASON = parameter("原因", "reason", hint=("填原因代码。", "The code of a word."))
_TRUE, _FALSE = ("true", "yes", "是", "开", "on"), ("false", "no", "否", "关", "off")


class RuleUnknown(EngineError):
    """A change names no number of the plan, or a value it cannot have. Correct the approval."""

    code = "rule_unknown"

    def __init__(self, parameter: str, problem: str) -> None:
        super().__init__(f"the change of {parameter!r} cannot be made: {problem}")
        self.parameter, self.problem = parameter, problem


@operation("pause_selection", takes({}, {"reason": _REASON}))
def pause_selection(call: Call, *, reason: str = "") -> Outcome:
    """Stop the selection: everything can be read, nothing handed in, timers are held.

    Returns:
        `{reason, before}`: the state it was in. Effect: `pause`.

    Source: process.md §0, stop_ordered.

    """
    return Outcome({"reason": reason, "before": call.case.state}, [Effect("pause", reason=reason)])


@operation(
    "resume_selection",
    takes({}, {"repeat": parameter("重做的步骤", "step to repeat"), "reason": _REASON}),
)
def resume_selection(call: Call, *, repeat: str = "", reason: str = "") -> Outcome:
    """Go on after a stop, from where it was or from the beginning of a step.

    Args:
        call: the process that was started by the stop.
        repeat: id of the call activity to begin again; empty: go on.
        reason: code of a word.

    Returns:
        `{repeat, reason, before}`. Effects: `resume`, then `repeat` with the step as its name.

    Source: process.md §0, stop_ordered; design.md §5.

    """
    effects = [Effect("resume", reason=reason)]
    if repeat:
        effects.append(Effect("repeat", repeat, reason))
    result = {"repeat": repeat, "reason": reason, "before": call.case.state}
    return Outcome(result, effects)


@operation(
    "send_message",
    takes({"name": parameter("消息", "message")}, {"reason": _REASON}),
)
def send_message(call: Call, *, name: str, reason: str = "") -> Outcome:  # noqa: ARG001 - operations have one signature
    """Send a message to the main process of this selection.

    Returns:
        `{message, reason}`. Effect: `message`.

    """
    return Outcome({"message": name, "reason": reason}, [Effect("message", name, reason)])


@operation("end_selection", takes({}, {"reason": _REASON}))
def end_selection(call: Call, *, reason: str = "") -> Outcome:
    """End the whole selection from another process: sends the message `selection_ended`.

    A stopped selection goes on first, since nothing moves while it is stopped.

    Returns:
        `{message, reason}`. Effects: `resume` if it is stopped, then `message`.

    Source: process.md §9.1.

    """
    effects = [Effect("resume", reason=reason)] if call.case.state == "paused" else []
    effects.append(Effect("message", SELECTION_ENDED, reason))
    return Outcome({"message": SELECTION_ENDED, "reason": reason}, effects)


@operation("check_rule_change", takes({}))
def check_rule_change(call: Call) -> Outcome:
    """Refuse an approval that could not be carried out, while it can still be corrected.

    Reads `outcome`, `parameter` and `new_value` of what is handed in; a refused change is not read.

    Returns:
        `{key, old, new}` as the rules read them; nothing for a change that was refused.

    Raises:
        RuleUnknown: no such number, or a value it cannot have; nothing is handed in.

    Source: process.md §0, rule_change_requested.

    """
    answers = one_submission(call).answers
    if answers.get("outcome") != "approved":
        return Outcome({})
    key, new = _understood(call, answers)
    return Outcome({"key": key, "old": call.case.parameters.get(key), "new": new})


@operation(
    "record_rule_change",
    takes({"approval": parameter("审定环节", "task of the approval")}),
)
def record_rule_change(call: Call, *, approval: str) -> Outcome:
    """Change a number of the plan as a body has approved, for later steps only.

    The approval names the number by its key or by its title in either language, and the new value
    in words or figures. What has been worked out with the old value stays.

    Returns:
        `{key, parameter, parameter_en, old, new, old_value, new_value, effective_on, reason}`:
        `old` and `new` as the rules read them, the titles of the number, the others as approved,
        for publication.

    Raises:
        RuleUnknown: no such number, or a value it cannot have; nothing is changed.

    Source: process.md §0, rule_change_requested.

    """
    answers: Mapping[str, Any] = last_round(call, approval)[-1].answers or {}
    key, new = _understood(call, answers)
    old = call.case.parameters.get(key)
    call.case.parameters = {**call.case.parameters, key: new}
    title, title_en = _titles(_properties(call)[key])
    kept = ("old_value", "new_value", "effective_on", "reason")
    return Outcome(
        {
            "key": key,
            "parameter": title,
            "parameter_en": title_en,
            "old": old,
            "new": new,
            **{name: str(answers.get(name) or "") for name in kept},
        }
    )


def _properties(call: Call) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = call.package.parameters_schema["properties"]
    return properties


def _understood(call: Call, answers: Mapping[str, Any]) -> tuple[str, Any]:
    named = str(answers.get("parameter") or "").strip()
    key = _key_of(_properties(call), named)
    return key, _read(_properties(call)[key], named, answers.get("new_value"))


def _titles(schema: Mapping[str, Any]) -> tuple[str, str]:
    title = schema.get("title", "")
    return title, schema.get("x-i18n", {}).get("en", {}).get("title", title)


def _key_of(properties: Mapping[str, Any], named: str) -> str:
    for key, schema in properties.items():
        if named and named in (key, *_titles(schema)):
            return key
    raise RuleUnknown(named, "the plan has no number of this name; write it as in the plan")


def _read(schema: Mapping[str, Any], named: str, value: Any) -> Any:
    """Read a new value as the schema of the numbers wants it."""
    text = str(value if value is not None else "").strip()
    kind = schema.get("type")
    if kind == "boolean":
        return _yes_no(named, text)
    if kind == "integer":
        return _whole(schema, named, text)
    if kind == "string":
        return _word(schema, named, text)
    raise RuleUnknown(named, "it has several values; a change of it starts a plan of its own")


def _yes_no(named: str, text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise RuleUnknown(named, f"write yes or no, not {text!r}")
    return text.lower() in _TRUE


def _whole(schema: Mapping[str, Any], named: str, text: str) -> int:
    figures = text.removeprefix("1:").removeprefix("1：").strip()
    least, most = schema.get("minimum"), schema.get("maximum")
    if not figures.isascii() or not figures.isdecimal():
        raise RuleUnknown(named, f"write a whole number, not {text!r}")
    number = int(figures)
    if (least is not None and number < least) or (most is not None and number > most):
        raise RuleUnknown(named, f"{number} is not between {least} and {most}")
    return number


def _word(schema: Mapping[str, Any], named: str, text: str) -> str:
    offered = schema.get("oneOf")
    if offered is None:
        return text
    for option in offered:
        english = option.get("x-i18n", {}).get("en", {}).get("title", "")
        if text in (option["const"], option.get("title"), english):
            word: str = option["const"]
            return word
    raise RuleUnknown(named, f"{text!r} is none of {', '.join(o['const'] for o in offered)}")
