"""Points for recommendation votes: a unanimous vote gives full marks, else in proportion."""

from dataclasses import dataclass
from fractions import Fraction

from engine.selection.rounding import Number, count, decimal_text, exact, publish
from engine.selection.working import Result, Working, line


@dataclass(frozen=True)
class PointsResult(Result):
    """Points for votes, exact and as published."""

    points: Fraction
    published: str
    working: Working


def votes_to_points(votes: int, *, base: int, full_marks: Number) -> PointsResult:
    """Convert recommendation votes to points.

    Args:
        votes: marks for this candidate, 0 ≤ votes ≤ base.
        base: the ballots that count as full (by default the valid ones), ≥ 1.
        full_marks: points for a unanimous vote (the seed: 30).

    Raises:
        ValueError: votes outside 0 to base, or an empty base.

    Source: domain.md §0.2 step 5, §6.3, §6.2-11.

    """
    if count(base, "base") == 0:
        raise ValueError("votes cannot be converted over an empty base; check the count first")
    if count(votes, "votes") > base:
        raise ValueError(f"{votes} votes are more than the base of {base} ballots")
    points = exact(full_marks) * votes / base
    published = publish(points)
    working = line(
        "votes_to_points",
        votes=votes,
        base=base,
        full_marks=decimal_text(full_marks),
        points=points,
        published=published,
    )
    return PointsResult(points, published, (working,))
