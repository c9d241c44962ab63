"""Random walks through the procedure itself, with answers that only have the right shape."""

from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.bpmn import Element
from engine.calendar import ChinaCalendar
from engine.definitions import PackageVersion, read_package
from engine.forms import Field, Kind
from engine.plan import load_plan, propose_dates
from tests.support.facts import MORNING, PlainFacts
from tests.support.runs import Run

ROOT = Path(__file__).resolve().parents[3]
CODES = ["K01", "K02", "K03", "K04"]
_NUMBERS = {"entitled": 9, "present": 9, "issued": 9, "returned": 9, "valid": 9}
_CONTESTS = ("first_recommendation", "second_recommendation", "unit_recommendation",
             "democratic_evaluation", "sc_submit", "plenary_ballot", "second_ballot")  # fmt: skip


class Walk:
    """One walk; the facts know what has run, as the database would.

    For so many turns as it is `restless` there are refusals, extensions and repetitions; then
    everything goes smoothly.
    """

    def __init__(
        self, package: PackageVersion, process_id: str, seed: int, *, restless: int = 60
    ) -> None:
        self.restless = restless
        self.package, self.random = package, Random(seed)  # noqa: S311 - a walk that can be repeated
        self.turn = 0
        plan = propose_dates(
            load_plan(package.files["plan.yaml"]), announced_on=MORNING.date(),
            parameters=package.default_parameters(), zone=MORNING.tzinfo,  # type: ignore[arg-type]  # it is aware
            calendar=ChinaCalendar(),
        )  # fmt: skip
        parameters = package.default_parameters()
        self.facts = PlainFacts(parameters=parameters, plan=plan, results={}, passed={})
        given: dict[str, Any] = {"posts": ["P1", "P2"]} if process_id == package.key else {}
        if process_id == "unit_visit":
            given = {"person": "K01"}
        self.run = Run(package.definition, process_id, self.facts, **given)

    def go(self) -> Run:
        for self.turn in range(1200):
            waiting = [*self.run.open(), *self.run.outside()]
            timers = self.run.shown.timers()
            if waiting:
                self.answer(self.package.element(self.random.choice(waiting)))
            elif timers:
                self.wait(min(timer.due_at for timer in timers))
            else:
                return self.run
        raise AssertionError(f"it does not come to an end: {self.run.open()}")

    def wait(self, until: datetime) -> None:
        self.run.wait(max(until - self.run.facts.now, until - until))

    def answer(self, element: Element) -> None:
        value = self.value(element)
        passed, results = self.facts.passed, self.facts.results
        assert isinstance(passed, dict)
        assert isinstance(results, dict)
        passed[element.id] = passed.get(element.id, 0) + 1
        results[element.id] = value
        picked = element.properties.get("pick")
        name = element.properties.get("result")
        self.run.do(element.id, **({name: value[picked] if picked else value} if name else {}))

    def value(self, element: Element) -> dict[str, Any]:
        operation = element.properties.get("operation")
        made = self.summary(element) if element.kind == "userTask" else {}
        if element.kind == "callActivity":
            passes = {"passes": self.smoothly(), "score": "90", "satisfaction": "95"}
            return {code: {"share": passes, "grades": passes} for code in CODES}
        if element.kind == "businessRuleTask":
            return {code: {"verdict": []} for code in CODES}
        return {**made, **(self.outcome(operation) if operation else {})}

    def smoothly(self) -> bool:
        return self.turn >= self.restless or self.random.random() < 0.8

    def summary(self, element: Element) -> dict[str, Any]:
        form = self.package.form_of(element)
        answers = {
            word.partition(".")[0]: self.field(field)
            for word in element.words("returns")
            if form is not None and (field := form.field(word.partition(".")[0])) is not None
        }
        if not element.marker:
            return answers
        if element.properties.get("kind") == "ballot":
            return {"issued": 9, "returned": 9}
        return {
            "seats": 4, "handed_in": 4 if self.smoothly() else 3, "missing": [],
            "by_subject": {code: [answers] for code in CODES}, "entries": [answers],
            "equal": self.smoothly(), "differences": [], "sealed": "s",
        }  # fmt: skip

    def field(self, field: Field) -> Any:
        if field.kind is Kind.CHOICE:
            codes = [choice.code for choice in field.choices] or ["K01"]
            return codes[0] if self.smoothly() else self.random.choice(codes)
        simple: dict[Kind, Any] = {
            Kind.TICK: self.smoothly(), Kind.INTEGER: 1, Kind.DECIMAL: "80", Kind.SEVERAL: ["K02"],
            Kind.ROWS: [{c.key: self.field(c) for c in field.columns}],
        }  # fmt: skip
        return simple.get(field.kind, "x")

    def outcome(self, operation: str) -> dict[str, Any]:
        """What operations give, as far as conditions and calls read it."""
        smooth = self.smoothly()
        few = CODES if smooth else CODES[:1]
        contest = {
            "numbers": _NUMBERS, "code": "P1", "options": CODES, "most": 1,
            "votes": {code: {"recommend": 7, "agree": 7, "A": 7} for code in CODES},
        }  # fmt: skip
        if operation == "tally":
            contests = dict.fromkeys(_CONTESTS, contest)
            return {"void": not smooth, "contests": contests, "by_group": {}}
        if operation == "decide_contests":
            left = [] if smooth else [contest]
            return {"decided": {"P1": ["K01"]}, "undecided": left, "second": left}
        lists = ("applicants", "eligible", "advanced", "order", "inspected", "value", "codes")
        return {
            **dict.fromkeys(lists, few), "refused": [], "opened": {}, "groups": [few], "id": "a",
            "published": dict.fromkeys(few, "80"), "ballot": {"id": "b"}, "passes": smooth,
            "quorum": {"passes": smooth}, "team_phone": "1", **dict.fromkeys(CODES, "80"),
        }  # fmt: skip


class Contests(Walk):
    """Where a list of contests is kept, it is one of contests."""

    def value(self, element: Element) -> dict[str, Any]:
        made = super().value(element)
        if element.properties.get("result") == "contests":
            made["value"] = [{"code": "P1", "options": CODES, "most": 1, "seats": 1}]
        return made


@pytest.fixture(scope="module")
def package() -> PackageVersion:
    return read_package(ROOT / "processes", ROOT / "forms", "open_selection")


@pytest.mark.parametrize("seed", range(2))
def test_the_selection_comes_to_an_end_whatever_is_answered(
    package: PackageVersion, seed: int
) -> None:
    run = Contests(package, package.key, seed).go()

    assert run.finished
    assert run.passed[-1] in {"nominated", "ended_without_result", "plan_returned"}
    assert run.largest < 100_000


def test_the_state_of_a_smooth_selection_stays_small(package: PackageVersion) -> None:
    run = Contests(package, package.key, 1, restless=0).go()

    assert run.passed[-1] == "nominated"
    assert run.largest < 60_000


@pytest.mark.parametrize(
    "process_id",
    ["unit_visit", "withdrawal_received", "report_received", "stop_ordered",
     "rule_change_requested"],
)  # fmt: skip
def test_what_runs_beside_it_comes_to_an_end(package: PackageVersion, process_id: str) -> None:
    for seed in range(3):
        assert Contests(package, process_id, seed).go().finished
