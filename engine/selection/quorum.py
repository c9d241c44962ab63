"""Quorum: may the meeting vote? With the quorum and majority presets the rules of parties know."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.selection.gate import Comparator
from engine.selection.rounding import Number
from engine.selection.threshold import Threshold, ThresholdResult, threshold
from engine.selection.working import Result


@dataclass(frozen=True)
class MeetingRule(Result):
    """Who must be there, and how many must agree."""

    quorum: Threshold
    majority: Threshold


def quorum(
    *, present: int, entitled: int, comparator: Comparator = ">=", number: Number = "2/3"
) -> ThresholdResult:
    """Hold attendance against a quorum; the defaults are those of a committee on cadres.

    Source: domain.md §1.2 preset P-A; 2/3 of 33 is 22, more than 2/3 of 33 is 23.
    """
    rule = threshold("present", "entitled", comparator, number)
    return rule.evaluate({"present": present, "entitled": entitled})


def _rule(comparator: Comparator, number: str) -> MeetingRule:
    return MeetingRule(
        quorum=threshold("present", "entitled", comparator, number),
        majority=threshold("agree", "entitled", ">", "1/2"),
    )


# domain.md §1.2; people's congresses (P-F) set their own quorum and have no preset
PRESETS: Mapping[str, MeetingRule] = {
    "committee_on_cadres": _rule(">=", "2/3"),
    "committee_election": _rule(">", "2/3"),
    "congress_election": _rule(">", "1/2"),
    "grass_roots_election": _rule(">=", "4/5"),
    "ordinary_resolution": _rule(">", "1/2"),
}
