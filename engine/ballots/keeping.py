"""How long opened ballots and the list of who voted are kept, once the selection has ended."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists

from engine.keeping import Kept
from engine.model import BallotBox, BallotEnvelope, BallotLine, Case

TERM = 5 * 366
"""Days of a term of office: so long somebody may ask for the ballots again."""


def _of_ended(column: Any, before: datetime) -> ColumnElement[bool]:
    """In a counted or annulled box of a selection that ended before; never of a running one."""
    return exists().where(
        BallotBox.id == column,
        BallotBox.state.in_(("counted", "void")),
        Case.id == BallotBox.case_id,
        Case.state == "ended",
        Case.ended_at < before,
    )


LIMITS = (
    Kept("opened_ballots", BallotLine, TERM, lambda at: _of_ended(BallotLine.box_id, at)),
    Kept("who_voted", BallotEnvelope, None, lambda at: _of_ended(BallotEnvelope.box_id, at)),
)
