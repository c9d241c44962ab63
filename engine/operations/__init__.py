"""The catalogue of operations that owners pick from; docs/properties.md describes each."""

from engine.operations import (
    applicants,
    attendance,
    decisions,
    events,
    lists,
    lots,
    meetings,
    publishing,
    rosters,
    rules,
    scores,
    sealing,
    signed,
)
from engine.operations.applicants import rows_for_decision
from engine.operations.base import (
    CATALOGUE,
    BadParameters,
    Call,
    Effect,
    Operation,
    Outcome,
    Submission,
    UnknownOperation,
    perform,
)

NOUNS = (
    rosters, applicants, lists, lots, rules, scores, attendance, meetings, signed, decisions,
    sealing, publishing, events,
)  # fmt: skip
"""The modules that fill the catalogue, in the order the editor lists them."""

__all__ = [
    "CATALOGUE",
    "NOUNS",
    "BadParameters",
    "Call",
    "Effect",
    "Operation",
    "Outcome",
    "Submission",
    "UnknownOperation",
    "perform",
    "rows_for_decision",
]
