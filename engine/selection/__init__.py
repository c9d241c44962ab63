"""The pure rules of the field: no database, no clock, no I/O; exact numbers in and out.

Every function returns a frozen dataclass with its `working` (coded lines, `CODES` lists them) and
a `to_json()`: exact values as fractions in text ("23/58"), published ones as decimals ("39.66").
"""

from engine.selection.ballot import (
    BallotRules,
    Contest,
    JudgedBallot,
    JudgedPart,
    Share,
    judge_ballot,
)
from engine.selection.composite import CompositeResult, CompositeRow, Weight, composite
from engine.selection.cut import CutResult, CutTie, Ranked, TieRule, cut
from engine.selection.decision import Decision, decide
from engine.selection.entries import ComparisonResult, Difference, compare_entries
from engine.selection.gate import Comparator, GateResult, gate
from engine.selection.grades import (
    GradeScoreResult,
    SatisfactionResult,
    grade_score,
    satisfaction,
)
from engine.selection.lots import GroupsResult, LotsResult, draw_lots, even_sizes, split_groups
from engine.selection.panel import PanelMeanResult, TooFewScores, panel_mean
from engine.selection.paper import PaperBundle, PaperCountsWrong, PaperPart, check_bundle
from engine.selection.points import PointsResult, votes_to_points
from engine.selection.pools import PoolsResult, cut_pools
from engine.selection.quorum import PRESETS, MeetingRule, quorum
from engine.selection.ranking import Place, rank
from engine.selection.rounding import Number, decimal_text, exact, publish, publish_percent
from engine.selection.tally import ContestTally, Numbers, Tally, merge, tally
from engine.selection.threshold import Base, Threshold, ThresholdResult, threshold
from engine.selection.working import CODES, JsonValue, Line, Working

__all__ = [
    "CODES",
    "PRESETS",
    "BallotRules",
    "Base",
    "Comparator",
    "ComparisonResult",
    "CompositeResult",
    "CompositeRow",
    "Contest",
    "ContestTally",
    "CutResult",
    "CutTie",
    "Decision",
    "Difference",
    "GateResult",
    "GradeScoreResult",
    "GroupsResult",
    "JsonValue",
    "JudgedBallot",
    "JudgedPart",
    "Line",
    "LotsResult",
    "MeetingRule",
    "Number",
    "Numbers",
    "PanelMeanResult",
    "PaperBundle",
    "PaperCountsWrong",
    "PaperPart",
    "Place",
    "PointsResult",
    "PoolsResult",
    "Ranked",
    "SatisfactionResult",
    "Share",
    "Tally",
    "Threshold",
    "ThresholdResult",
    "TieRule",
    "TooFewScores",
    "Weight",
    "Working",
    "check_bundle",
    "compare_entries",
    "composite",
    "cut",
    "cut_pools",
    "decide",
    "decimal_text",
    "draw_lots",
    "even_sizes",
    "exact",
    "gate",
    "grade_score",
    "judge_ballot",
    "merge",
    "panel_mean",
    "publish",
    "publish_percent",
    "quorum",
    "rank",
    "satisfaction",
    "split_groups",
    "tally",
    "threshold",
    "votes_to_points",
]
