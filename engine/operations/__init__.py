"""The catalogue of operations that owners pick from; docs/properties.md describes each."""

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

__all__ = [
    "CATALOGUE",
    "BadParameters",
    "Call",
    "Effect",
    "Operation",
    "Outcome",
    "Submission",
    "UnknownOperation",
    "perform",
]
