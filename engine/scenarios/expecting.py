"""What a scenario expects, held against what came of it; docs/owners/scenarios.md."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from engine.scenarios.model import BadScenario

_MISSING = "nothing"
_PAUSED = "case_paused"

Check = Callable[[Mapping[str, Any], Any], Iterator[str]]


def differences(result: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """Give every expectation that was not met, in words.

    Open problems and refusals that nobody expects are differences too.

    Args:
        result: what `full_result` gives.
        expect: the part `expect` of the scenario.

    Raises:
        BadScenario: it expects something of a kind that does not exist.
    """
    unknown = sorted(expect.keys() - _CHECKS.keys())
    if unknown:
        raise BadScenario("expect", f"there is no expectation {unknown[0]!r}")
    for kind, check in _CHECKS.items():
        if kind in expect or kind in _ALWAYS:
            yield from check(result, expect.get(kind, _ALWAYS.get(kind)))


def _plain(kind: str) -> Check:
    def check(result: Mapping[str, Any], wanted: Any) -> Iterator[str]:
        if result[kind] != wanted:
            yield f"{kind}: expected {wanted}, got {result[kind]}"

    return check


def _funnel(result: Mapping[str, Any], wanted: Sequence[int]) -> Iterator[str]:
    got = [stage["number"] for stage in result["funnel"]]
    if got != wanted:
        yield f"funnel: expected {wanted}, got {got}"


def _results(result: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """`element.key…`, or `element#2.key…` for its second round."""
    rounds = {f"{r['element']}#{r['round']}": r["result"] for r in result["results"]}
    for place, value in wanted.items():
        got = at({**result["last"], **rounds}, place)
        if got != value:
            yield f"{place}: expected {value}, got {got}"


def _shares(result: Mapping[str, Any], wanted: Mapping[str, str]) -> Iterator[str]:
    for item, value in wanted.items():
        got = at(result["by_item"].get(item, {}), "uv_gate_share.share_percent")
        if got != value:
            yield f"share of {item}: expected {value}, got {got}"


def _tasks(result: Mapping[str, Any], wanted: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """`element` (its last round) or `element#2`, with whatever of the task must hold."""
    known: dict[str, Mapping[str, Any]] = {}
    for task in result["tasks"]:
        known[task["element"]] = known[f"{task['element']}#{task['round']}"] = task
    for place, facts in wanted.items():
        for key, value in facts.items():
            got = known.get(place, {}).get(key, _MISSING)
            if got != value:
                yield f"task {place}, {key}: expected {value}, got {got}"


def _rounds(result: Mapping[str, Any], wanted: Mapping[str, int]) -> Iterator[str]:
    """How often a task came up, an operation ran, or anything else was passed."""
    for element, number in wanted.items():
        tasks = sum(task["element"] == element for task in result["tasks"])
        runs = sum(run["element"] == element for run in result["results"])
        got = tasks or runs or result["course"].count(element)
        if got != number:
            yield f"rounds of {element}: expected {number}, got {got}"


def _some(kind: str) -> Check:
    """Only what is named must hold; what is not there counts as nothing, or 0."""

    def check(result: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
        for key, value in wanted.items():
            got = result[kind].get(key, 0 if isinstance(value, int) else _MISSING)
            if got != value:
                yield f"{kind} of {key}: expected {value}, got {got}"

    return check


def _passed(result: Mapping[str, Any], wanted: Sequence[str]) -> Iterator[str]:
    for element in wanted:
        if element not in result["course"]:
            yield f"{element} was expected, but the process never went there"


def _not_passed(result: Mapping[str, Any], wanted: Sequence[str]) -> Iterator[str]:
    for element in wanted:
        if element in result["course"]:
            yield f"{element} was not expected, but the process went there"


def _order(result: Mapping[str, Any], wanted: Sequence[str]) -> Iterator[str]:
    """Each after the one before it; other elements may lie between."""
    course = iter(result["course"])
    for element in wanted:
        if element not in course:
            yield f"order: {element} was expected after what stands before it, but is not there"
            return


def _refused(result: Mapping[str, Any], wanted: Mapping[str, str]) -> Iterator[str]:
    """While a selection is stopped everything is refused; that needs no naming."""
    got = {tuple(pair) for pair in result["refused"]}
    for pair in wanted.items():
        if pair not in got:
            yield f"{pair[0]} was not refused with {pair[1]}"
    for place, code in sorted(got - set(wanted.items())):
        if code != _PAUSED:
            yield f"{place} was refused with {code}, which was not expected"


_CHECKS: Mapping[str, Check] = {
    "state": _plain("state"),
    "outcome": _plain("outcome"),
    "problems": _plain("problems"),
    "funnel": _funnel,
    "results": _results,
    "shares": _shares,
    "tasks": _tasks,
    "rounds": _rounds,
    "statuses": _some("statuses"),
    "publications": _some("publications"),
    "parameters": _some("parameters"),
    "passed": _passed,
    "not_passed": _not_passed,
    "order": _order,
    "refused": _refused,
}

_ALWAYS: Mapping[str, Any] = {"state": "ended", "problems": [], "refused": {}}


def at(results: Any, place: str) -> Any:
    """Follow `a.b.0.c` into nested results; None where it leads nowhere."""
    value: Any = results
    for key in place.split("."):
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, Mapping) and key in value:
            value = value[key]
        else:
            return None
    return value
