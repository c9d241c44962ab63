"""Democratic evaluation: the score of four grades, and the satisfaction rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from string import ascii_uppercase

from engine.selection.rounding import (
    Number,
    count,
    decimal_text,
    exact,
    publish,
    publish_percent,
)
from engine.selection.working import Result, Working, line


@dataclass(frozen=True)
class GradeScoreResult(Result):
    """The mean value of the grades given."""

    score: Fraction
    published: str
    ballots: int
    working: Working


@dataclass(frozen=True)
class SatisfactionResult(Result):
    """The share of good grades; `share` and `percent` are None when nobody gave a grade."""

    of: str
    part: int
    whole: int
    share: Fraction | None
    percent: str | None
    working: Working


def grade_score(counts: Sequence[int], *, values: Sequence[Number]) -> GradeScoreResult:
    """Average the values of the grades: 30/8/2/0 at 100/85/70/50 gives 95.50.

    Args:
        counts: valid ballots per grade, best grade first.
        values: points per grade, in the same order.

    Raises:
        ValueError: different lengths, a negative count, or no ballot at all.

    Source: domain.md §6.6, §6.2-15.

    """
    ballots = sum(count(number, "a grade count") for number in counts)
    if len(counts) != len(values):
        raise ValueError(f"{len(counts)} grade counts do not fit {len(values)} grade values")
    if not ballots:
        raise ValueError("no grade was given, so there is no score; check the count first")
    pairs = zip(counts, values, strict=True)
    total = sum((number * exact(value) for number, value in pairs), Fraction(0))
    score = total / ballots
    published = publish(score)
    shown = [decimal_text(value) for value in values]
    result = {"score": score, "published": published}
    working = (
        line("grade_counts", counts=counts, values=shown),
        line("grade_score", sum=decimal_text(total), ballots=ballots, **result),
    )
    return GradeScoreResult(score, published, ballots, working)


def satisfaction(counts: Sequence[int], *, of: str = "A+B") -> SatisfactionResult:
    """Give the share of the grades named in `of`, A being the best: "A+B" or "A+B+C".

    Raises:
        ValueError: a grade that does not exist or is named twice.

    Source: domain.md §6.5, §6.2-14.

    """
    whole = sum(count(number, "a grade count") for number in counts)
    part = sum(counts[index] for index in _grades(of, len(counts)))
    share = Fraction(part, whole) if whole else None
    percent = None if share is None else publish_percent(share)
    facts = line("satisfaction", of=of, part=part, whole=whole, share=share, percent=percent)
    working = (facts,) if whole else (facts, line("empty_base", base="valid"))
    return SatisfactionResult(of, part, whole, share, percent, working)


def _grades(of: str, number: int) -> list[int]:
    names = of.split("+")
    known = ascii_uppercase[:number]
    if len(set(names)) != len(names) or not all(len(n) == 1 and n in known for n in names):
        raise ValueError(f'{of!r} does not name grades of {"+".join(known)}; write "A+B"')
    return [known.index(name) for name in names]
