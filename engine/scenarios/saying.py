"""What a scenario says of a task: by meeting, by round, by seat; docs/owners/scenarios.md."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import Seat, UserTask
from engine.scenarios.model import merged

NOTHING = "nothing"
_WORDS_FOR_SEATS = frozenset({"each", "by_subject", "by_seat", "others", "then"})


@dataclass(frozen=True)
class SeatSaid:
    """What one seat does: hands in, only types a draft, or neither."""

    does: str
    """`hand_in`, `draft` or `nothing`"""
    answers: Mapping[str, Any] = field(default_factory=dict)


def said_of(answers: Mapping[str, Any], task: UserTask, number: int) -> Any:
    """Give what is said of a task in this round: a word, or answers.

    Args:
        answers: the part `answers` of the scenario.
        task: its context knows the title of the meeting.
        number: the round (`round_in_meeting`); the last one said holds for later ones.
    """
    said = answers.get(task.element_id, {})
    if isinstance(said, Mapping) and "by_title" in said:
        said = _over(said, "by_title", said["by_title"].get(task.context.get("title"), {}))
    if isinstance(said, Mapping) and "rounds" in said:
        rounds = said["rounds"]
        said = _over(said, "rounds", rounds[min(number, len(rounds)) - 1])
    return said


def _over(said: Mapping[str, Any], key: str, own: Any) -> Any:
    """What stands beside `key` holds too, where the more special does not say otherwise."""
    rest = {name: value for name, value in said.items() if name != key}
    return merged(rest, own) if isinstance(own, Mapping) else own


def round_in_meeting(session: Session, task: UserTask) -> int:
    """Count how often the task has come up: for a meeting in all meetings like it, else in all.

    Meetings are alike when they vote on the same matter, and on the same person where only one
    stands on the paper.
    """
    meeting = _meeting(task.context)
    if meeting is None:
        return task.round
    contexts = session.scalars(
        select(UserTask.context).where(
            UserTask.case_id == task.case_id,
            UserTask.element_id == task.element_id,
            UserTask.round <= task.round,
        )
    )
    return sum(_meeting(context) == meeting for context in contexts)


def _meeting(context: Mapping[str, Any]) -> tuple[str, str] | None:
    if "title" not in context:
        return None
    options = [option for contest in context["contests"] for option in contest["options"]]
    return context["title"], options[0] if len(options) == 1 else ""


def closes_by_hand(said: Any) -> bool:
    """Whether somebody closes the task once everybody who wants to has handed in."""
    return said == "close" or (isinstance(said, Mapping) and said.get("then") == "close")


def for_everybody(said: Any) -> dict[str, Any]:
    """Give what is said of each, for seats that nobody has yet."""
    return dict(said.get("each", {})) if isinstance(said, Mapping) and "each" in said else {}


def for_seat(said: Any, seat: Seat, index: int) -> SeatSaid:
    """Give what is said of one seat: `{each, by_subject, by_seat, others}`, or of all alike."""
    if not isinstance(said, Mapping):
        return SeatSaid(NOTHING if said in ("nobody", "close") else "hand_in")
    if not said.keys() & _WORDS_FOR_SEATS:
        return _seat_said(said, {})
    each = dict(said.get("each", {}))
    rows = said.get("by_seat", [])
    if seat.subject in said.get("by_subject", {}):
        return _seat_said(said["by_subject"][seat.subject], each)
    if index < len(rows):
        return _seat_said(rows[index], each)
    return SeatSaid(NOTHING) if said.get("others") == NOTHING else SeatSaid("hand_in", each)


def _seat_said(own: Any, each: Mapping[str, Any]) -> SeatSaid:
    if own == NOTHING:
        return SeatSaid(NOTHING)
    if own.keys() == {"draft"}:
        return SeatSaid("draft", {**each, **own["draft"]})
    return SeatSaid("hand_in", {**each, **own})
