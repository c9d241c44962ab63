"""The ballot paper: what a voter may mark, and the voter's own receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine.ballots.boxes import BoxNotFound, read_rules
from engine.ballots.envelopes import Receipt, receipt_of
from engine.model import BallotBox, BallotEnvelope
from engine.selection import BallotRules, Contest, JudgedBallot, judge_ballot


@dataclass(frozen=True)
class Paper:
    """One paper with its contests, all marked in the same way."""

    title: str
    contests: tuple[Contest, ...]
    seats: Mapping[str, int]
    rules: BallotRules

    def judge(self, choices: Mapping[str, Any]) -> JudgedBallot:
        """Say before the casting how these marks would count; nothing is kept."""
        return judge_ballot(choices, self.contests, self.rules)


def paper_of(session: Session, *, box_id: UUID) -> Paper:
    """Give the paper of a box; it never changes once the box is locked.

    Raises:
        BoxNotFound: no such box.

    """
    box = session.get(BallotBox, box_id)
    if box is None:
        raise BoxNotFound(box_id)
    contests, rules = read_rules(box.rules)
    seats = {raw["code"]: raw["seats"] for raw in box.rules["contests"]}
    return Paper(box.rules["title"], tuple(contests), seats, rules)


def own_receipt(session: Session, *, box_id: UUID, voter_id: UUID) -> Receipt | None:
    """Give a voter their receipt again, until the count empties the envelopes."""
    row = session.get(BallotEnvelope, (box_id, voter_id))
    if row is None or row.envelope is None:
        return None
    receipt = receipt_of(box_id, voter_id, row.envelope)
    session.expunge(row)  # the envelope does not stay in memory
    return receipt
