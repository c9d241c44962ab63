"""A scenario: a worked example in YAML, which owners can write; docs/owners/scenarios.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from engine.errors import EngineError


class BadScenario(EngineError):
    """A scenario file cannot be used."""

    code = "bad_scenario"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place, self.reason = place, reason


@dataclass(frozen=True)
class Happening:
    """A message that arrives once its moment has come, e.g. a withdrawal or a report."""

    after: str
    message: str
    by: str
    answers: Mapping[str, Any]
    round: int = 1
    """after how many rounds of `after`"""
    times: int = 1
    """how often the same message lands"""
    does: str = ""
    """instead of a message: `away`, `aside` or `hand_over`"""
    how: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """Who takes part, what they answer, what arrives in between, what must come out."""

    path: Path
    title: Mapping[str, str]
    procedure: str
    begins_at: datetime
    time_zone: str
    details: Mapping[str, Any]
    parameters: Mapping[str, Any]
    plan: Mapping[str, str]
    people: Sequence[Mapping[str, Any]]
    applicants: Sequence[Mapping[str, Any]]
    lists: Mapping[str, Sequence[Mapping[str, Any]]]
    data: Mapping[str, Any]
    answers: Mapping[str, Any]
    ballots: Mapping[str, Any]
    happenings: Sequence[Happening]
    expect: Mapping[str, Any]
    lot_seeds: str
    funnel: Sequence[Mapping[str, str]]
    until: str
    """the task at whose opening the play ends; empty: it goes to the end of the selection"""


_KEYS = frozenset({
    "title", "procedure", "begins_at", "time_zone", "details", "parameters", "plan", "people",
    "applicants", "lists", "data", "answers", "ballots", "happenings", "expect", "lot_seeds",
    "funnel", "until", "based_on",
})  # fmt: skip

INSTEAD = "$instead"
_DOES: Mapping[str, frozenset[str]] = {
    "away": frozenset({"stand_in", "days", "role"}),
    "aside": frozenset({"who", "about", "deliberation", "vote", "reason"}),
    "hand_over": frozenset({"task", "who", "to", "reason"}),
}
"""What people do to each other's work, and what may be said of it."""

_HAPPENING_KEYS = frozenset({"after", "message", "by", "answers", "round", "times", *_DOES})


def load_scenario(path: Path) -> Scenario:
    """Read a scenario; `based_on` takes everything it does not say from another file beside it.

    Raises:
        BadScenario: naming the place and the remedy.
    """
    made = _read(path)
    for key in ("title", "procedure", "begins_at", "plan", "people"):
        if key not in made:
            raise BadScenario(path.name, f"the part {key!r} is missing")
    return Scenario(
        path=path,
        title=made["title"],
        procedure=made["procedure"],
        begins_at=datetime.fromisoformat(str(made["begins_at"])),
        time_zone=made.get("time_zone", "Asia/Shanghai"),
        details=made.get("details", {}),
        parameters=made.get("parameters", {}),
        plan=made["plan"],
        people=made["people"],
        applicants=made.get("applicants", []),
        lists=made.get("lists", {}),
        data=made.get("data", {}),
        answers=made.get("answers", {}),
        ballots=made.get("ballots", {}),
        happenings=[_happening(path, row) for row in made.get("happenings", [])],
        expect=made.get("expect", {}),
        lot_seeds=made.get("lot_seeds", ""),
        funnel=made.get("funnel", []),
        until=made.get("until", ""),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        made = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise BadScenario(path.name, f"it cannot be read: {error}") from error
    if not isinstance(made, dict):
        raise BadScenario(path.name, "it must be a mapping of parts")
    unknown = sorted(made.keys() - _KEYS)
    if unknown:
        raise BadScenario(path.name, f"there is no part {unknown[0]!r}; remove or rename it")
    base = _read(path.parent / made["based_on"]) if "based_on" in made else {}
    return merged(base, made)


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Own parts over those of the base: mappings are merged, everything else is replaced.

    A mapping with `$instead: true` is not merged but stands instead of the base's.
    """
    made = {} if own.get(INSTEAD) else dict(base)
    for key, value in own.items():
        if key == INSTEAD:
            continue
        before = made.get(key)
        if isinstance(value, Mapping):
            made[key] = merged(before if isinstance(before, Mapping) else {}, value)
        else:
            made[key] = value
    return made


def _happening(path: Path, row: Mapping[str, Any]) -> Happening:
    does = next((key for key in _DOES if key in row), "")
    for key in ("after", does or "message"):
        if key not in row:
            raise BadScenario(path.name, f"a happening lacks {key!r}")
    unknown = sorted(row.keys() - _HAPPENING_KEYS) or (
        sorted(row[does].keys() - _DOES[does]) if does else []
    )
    if unknown:
        raise BadScenario(path.name, f"a happening has no {unknown[0]!r}; remove or rename it")
    return Happening(
        row["after"], row.get("message", ""), row.get("by", ""), row.get("answers", {}),
        round=int(row.get("round", 1)), times=int(row.get("times", 1)), does=does,
        how=row[does] if does else {},
    )  # fmt: skip
