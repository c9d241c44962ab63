"""The seam of secret ballots: only this package reads or writes envelopes and opened ballots.

A box is locked with its rules, opened, closed and counted. Until the count nobody can ask for
more than two numbers; at the count the voters are stripped first, and what remains is sorted.
"""

from engine.ballots.boxes import (
    BallotRulesWrong,
    BoxNotFound,
    Progress,
    WrongBoxState,
    close_box,
    codes_of,
    copy_without,
    exclude,
    lock_box,
    on_paper,
    open_box,
    present_among,
    progress,
    read_rules,
    void_box,
)
from engine.ballots.casting import AlreadyVoted, BallotClosed, NotEntitled, cast, has_voted
from engine.ballots.counting import BoxChanged, Paper, check_paper, count, paper_bundles
from engine.ballots.envelopes import (
    ENVELOPE_BYTES,
    EnvelopeUnusable,
    Receipt,
    decode_choice,
    encode_choice,
)
from engine.ballots.keeping import LIMITS

__all__ = [
    "ENVELOPE_BYTES",
    "LIMITS",
    "AlreadyVoted",
    "BallotClosed",
    "BallotRulesWrong",
    "BoxChanged",
    "BoxNotFound",
    "EnvelopeUnusable",
    "NotEntitled",
    "Paper",
    "Progress",
    "Receipt",
    "WrongBoxState",
    "cast",
    "check_paper",
    "close_box",
    "codes_of",
    "copy_without",
    "count",
    "decode_choice",
    "encode_choice",
    "exclude",
    "has_voted",
    "lock_box",
    "on_paper",
    "open_box",
    "paper_bundles",
    "present_among",
    "progress",
    "read_rules",
    "void_box",
]
