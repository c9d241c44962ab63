"""The words for dates that move: what it is, by how much, what to look at."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext, ngettext

from engine.run.moving import Move
from webapp import context

COLOURS = {"past": "red", "out_of_order": "red", "day_off": "yellow", "provisional": "purple"}


def move_rows(moves: Sequence[Move]) -> list[dict[str, Any]]:
    """Rows for `components/moves.html`, in the order given."""
    return [
        {
            "kind": kind_words(move.kind),
            "name": context.titled(move.name),
            "before": move.before,
            "after": move.after,
            "by": length_words(move),
            "warnings": [(warning_words(code), COLOURS[code]) for code in move.warnings],
        }
        for move in moves
    ]


def kind_words(kind: str) -> str:
    words = {
        "plan": gettext("Plan"),
        "opens": gettext("Opens"),
        "due": gettext("Due"),
        "closes": gettext("Closes"),
        "reminder": gettext("Reminder"),
        "escalation": gettext("Chase"),
        "timer": gettext("Timer"),
    }
    return str(words[kind])


def length_words(move: Move) -> str:
    """How much later or earlier, in working days; within one day, that it is the same day."""
    if move.after is None:
        return str(gettext("falls away: its time has passed"))
    if move.before is None:
        return str(gettext("new"))
    days = abs(move.workdays)
    if days == 0:
        return str(gettext("no working day between"))
    if move.workdays > 0:
        return str(ngettext("%(num)d working day later", "%(num)d working days later", days))
    return str(ngettext("%(num)d working day earlier", "%(num)d working days earlier", days))


def warning_words(code: str) -> str:
    words = {
        "past": gettext("lies in the past"),
        "day_off": gettext("not a working day"),
        "provisional": gettext("provisional"),
        "out_of_order": gettext("out of order"),
    }
    return str(words[code])
