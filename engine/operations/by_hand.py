"""What of an operation's result a person can enter where the operation could not be run.

Only what can be read off a signed paper: an answer, a number, a list of candidates, a figure for
each candidate. Anything else (a ballot box, an attendance, reasons) is a thing of its own.
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["yes_no", "whole", "decimal", "codes", "by_code"]

_FIGURES: Mapping[str, Kind] = {"published": "by_code", "exact": "by_code"}

SHAPES: Mapping[str, Mapping[str, Kind]] = {
    "cut": {
        "places": "whole", "field": "whole", "advanced": "codes", "undecided": "codes",
        "places_left": "whole", "values": "by_code", "line": "decimal",
    },
    "gate": {"passes": "yes_no", "share_percent": "decimal"},
    "panel_mean": _FIGURES,
    "votes_to_points": _FIGURES,
    "team_score": {"published": "by_code"},
    "composite": {"published": "by_code"},
    "grade_score": {"score": "decimal", "published": "decimal", "passes": "yes_no"},
    "scores_of": {"": "by_code"},
    "list_eligible": {"eligible": "codes", "refused": "codes"},
    "list_inspected": {"evaluated": "codes", "inspected": "codes"},
    "draw_lots": {"order": "codes"},
    "register_applicants": {"applicants": "codes"},
    "set_status": {"codes": "codes"},
}  # fmt: skip
"""operation → key of its result → how it is entered; the empty key is the result itself"""

LEFT_EMPTY: Mapping[str, Mapping[str, Any]] = {"cut": {"tie": None, "warnings": []}}
"""Keys that may be read and say "there is none" when a result was entered."""
