from typing import Any

import pytest

from engine.operations import BadParameters, Effect
from engine.operations.events import RuleUnknown
from tests.engine.operations.bench import Bench


def change(bench: Bench, parameter: str, new_value: str, **more: str) -> Any:
    answers = {"parameter": parameter, "old_value": "5", "new_value": new_value, **more}
    bench.task("approve_rule_change", [(bench.person("记录人"), "", answers)])
    return bench.result("record_rule_change", approval="approve_rule_change")


def test_a_stop_pauses_and_a_decision_goes_on(bench: Bench) -> None:
    stop = bench.run("pause_selection", reason="stop_ordered")
    bench.case.state = "paused"
    go_on = bench.run("resume_selection", repeat="")
    repeat = bench.run("resume_selection", repeat="ca_3")

    assert stop.effects == [Effect("pause", reason="stop_ordered")]
    assert stop.result == {"reason": "stop_ordered", "before": "running"}
    assert go_on.effects == [Effect("resume")]
    assert repeat.effects == [Effect("resume"), Effect("repeat", "ca_3")]
    assert repeat.result["before"] == "paused"


def test_the_end_is_a_message_to_the_main_process(bench: Bench) -> None:
    running = bench.run("end_selection", reason="short_field")
    bench.case.state = "paused"
    stopped = bench.run("end_selection", reason="stop_ordered")

    end = Effect("message", "selection_ended", "short_field")
    assert running.effects == [end]
    assert [effect.kind for effect in stopped.effects] == ["resume", "message"]


def test_any_message_can_be_sent(bench: Bench) -> None:
    outcome = bench.run("send_message", name="extend")

    assert outcome.effects == [Effect("message", "extend")]


@pytest.mark.parametrize("named", ["first_ratio", "第一次推荐比例", "first ratio"])
def test_a_rule_is_named_by_key_or_title(bench: Bench, named: str) -> None:
    bench.case.parameters = {"first_ratio": 5, "quorum": "2/3"}

    result = change(bench, named, "6", effective_on="2026-03-10", reason="人数不足")

    assert result == {
        "key": "first_ratio",
        "parameter": "第一次推荐比例",
        "parameter_en": "first ratio",
        "old": 5,
        "new": 6,
        "old_value": "5",
        "new_value": "6",
        "effective_on": "2026-03-10",
        "reason": "人数不足",
    }
    bench.session.refresh(bench.case)
    assert bench.case.parameters == {"first_ratio": 6, "quorum": "2/3"}


@pytest.mark.parametrize(
    ("named", "value", "new"),
    [
        ("first_ratio", "1:6", 6),
        ("first_ratio", "1：6", 6),
        ("使用纸质票", "是", True),
        ("paper_ballots", "no", False),
        ("quorum", "3/4", "3/4"),
        ("到会要求", "四分之三", "3/4"),
    ],
)
def test_values_are_read_as_people_write_them(
    bench: Bench, named: str, value: str, new: object
) -> None:
    assert change(bench, named, value)["new"] == new


@pytest.mark.parametrize(
    ("named", "value"),
    [
        ("名额", "3"),
        ("", "3"),
        ("first_ratio", "21"),
        ("first_ratio", "five"),
        ("first_ratio", "-3"),
        ("paper_ballots", "perhaps"),
        ("quorum", "0.7"),
        ("grade_values", "100"),
    ],
)
def test_a_change_that_cannot_be_made_changes_nothing(bench: Bench, named: str, value: str) -> None:
    with pytest.raises(RuleUnknown):
        change(bench, named, value)
    assert bench.case.parameters == {}


def test_an_approval_that_cannot_be_carried_out_is_refused_at_once(bench: Bench) -> None:
    bench.case.parameters = {"first_ratio": 5}
    approved = {"outcome": "approved", "parameter": "first_ratio", "new_value": "6"}
    wrong = {**approved, "new_value": "six"}

    assert bench.run("check_rule_change", approved).result == {
        "key": "first_ratio",
        "old": 5,
        "new": 6,
    }
    with pytest.raises(RuleUnknown):
        bench.run("check_rule_change", wrong)
    assert bench.run("check_rule_change", {**wrong, "outcome": "refused"}).result == {}
    assert bench.case.parameters == {"first_ratio": 5}


def test_later_steps_see_the_new_value(bench: Bench) -> None:
    bench.case.parameters = {"first_ratio": 5}
    change(bench, "first_ratio", "7")

    assert bench.call().facts.parameters["first_ratio"] == 7


def test_only_the_approval_of_this_very_change_counts(bench: Bench) -> None:
    other = bench.add_instance()
    answers = {"parameter": "first_ratio", "new_value": "9"}
    bench.task("approve_rule_change", [(None, "", answers)], instance=other)

    with pytest.raises(BadParameters, match="nothing was handed in"):
        bench.run("record_rule_change", approval="approve_rule_change")
