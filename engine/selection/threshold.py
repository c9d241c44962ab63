"""Thresholds over a count (metric, base, comparator, number), such as quorum and majority."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Literal, TypeAlias

from engine.selection.gate import COMPARATORS, Comparator, meets
from engine.selection.rounding import HUNDRED, Number, count, exact
from engine.selection.working import Result, Working, line

Base: TypeAlias = Literal["entitled", "present", "issued", "returned", "valid"]
BASES: tuple[Base, ...] = ("entitled", "present", "issued", "returned", "valid")


@dataclass(frozen=True)
class ThresholdResult(Result):
    """A threshold held against one count; `share` is None over an empty base."""

    passes: bool
    metric: str
    count: int
    base: Base
    base_count: int
    comparator: Comparator
    number: Fraction
    needed: int
    share: Fraction | None
    working: Working


@dataclass(frozen=True)
class Threshold(Result):
    """The passing condition: `metric` over `base` must be `comparator` `number` (a share, 0 to 1).

    Build it with `threshold()`, which reads "2/3" and "40%".
    """

    metric: str
    base: Base
    comparator: Comparator
    number: Fraction

    def needed(self, base_count: int) -> int:
        """Give the smallest whole number that passes: 2/3 of 33 is 22, more than 2/3 is 23."""
        limit = self.number * count(base_count, self.base)
        return ceil(limit) if self.comparator == ">=" else floor(limit) + 1

    def evaluate(self, counts: Mapping[str, int]) -> ThresholdResult:
        """Hold the threshold against `counts`, which has the metric and the base by name.

        Raises:
            KeyError: `counts` lacks the metric or the base.

        """
        metric_count = count(counts[self.metric], self.metric)
        base_count = count(counts[self.base], self.base)
        share = Fraction(metric_count, base_count) if base_count else None
        passes = share is not None and meets(share, self.comparator, self.number)
        needed = self.needed(base_count)
        facts = line(
            "threshold",
            metric=self.metric,
            count=metric_count,
            base=self.base,
            base_count=base_count,
            comparator=self.comparator,
            number=self.number,
            needed=needed,
            passes=passes,
        )
        return ThresholdResult(
            passes=passes,
            metric=self.metric,
            count=metric_count,
            base=self.base,
            base_count=base_count,
            comparator=self.comparator,
            number=self.number,
            needed=needed,
            share=share,
            working=(facts,) if base_count else (facts, line("empty_base", base=self.base)),
        )


def threshold(metric: str, base: Base, comparator: Comparator, number: Number) -> Threshold:
    """Build a threshold; `number` is a share ("2/3", Fraction(1, 2)) or a percentage ("40%").

    Raises:
        ValueError: an unknown base or comparator, or a share outside 0 to 1.

    Source: domain.md §1.3-1.

    """
    if base not in BASES:
        raise ValueError(f"base must be one of {', '.join(BASES)}, not {base!r}")
    if comparator not in COMPARATORS:
        raise ValueError(f'comparator must be ">=" or ">", not {comparator!r}')
    share = _share(number)
    if not 0 <= share <= 1:
        raise ValueError(f'{number} is not a share; write "2/3" or "40%"')
    return Threshold(metric, base, comparator, share)


def _share(number: Number) -> Fraction:
    if isinstance(number, str) and number.endswith("%"):
        return exact(number.removesuffix("%").rstrip()) / HUNDRED
    return exact(number)
