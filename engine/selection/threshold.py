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

    With `plus` it is a number instead: the share of the base rounded down, and so many more ("half
    plus one": 6 of 10, 5 of 9; "0 + 6": six, whatever the base). Build it with `threshold()`, which
    reads "2/3", "40%" and "1/2 + 1".
    """

    metric: str
    base: Base
    comparator: Comparator
    number: Fraction
    plus: int = 0

    def needed(self, base_count: int) -> int:
        """Give the smallest whole number that passes: 2/3 of 33 is 22, more than 2/3 is 23."""
        limit = self.number * count(base_count, self.base)
        if self.plus:
            return floor(limit) + self.plus
        return ceil(limit) if self.comparator == ">=" else floor(limit) + 1

    def evaluate(self, counts: Mapping[str, int]) -> ThresholdResult:
        """Hold the threshold against `counts`, which has the metric and the base by name.

        Raises:
            KeyError: `counts` lacks the metric or the base.

        """
        metric_count = count(counts[self.metric], self.metric)
        base_count = count(counts[self.base], self.base)
        share = Fraction(metric_count, base_count) if base_count else None
        needed = self.needed(base_count)
        passes = share is not None and meets(share, self.comparator, self.number)
        if self.plus:
            passes = share is not None and metric_count >= needed
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
            working=(
                facts,
                *(() if base_count else (line("empty_base", base=self.base),)),
                *self._plus_lines(base_count, needed),
            ),
        )

    def _plus_lines(self, base_count: int, needed: int) -> Working:
        if not self.plus:
            return ()
        facts = {"share": self.number, "base_count": base_count, "plus": self.plus}
        whole = floor(self.number * base_count)
        return (line("threshold_plus", **facts, whole=whole, needed=needed),)


def threshold(metric: str, base: Base, comparator: Comparator, number: Number) -> Threshold:
    """Build a threshold.

    Args:
        metric: what is counted.
        base: of what.
        comparator: ">=" passes at exactly the share; with "+ n" it makes no difference.
        number: a share ("2/3", Fraction(1, 2)), a percentage ("40%"), or either with a whole
            number to add to what it gives, rounded down ("1/2 + 1").

    Raises:
        ValueError: an unknown base or comparator, or a share outside 0 to 1.

    Source: domain.md §1.3-1.

    """
    if base not in BASES:
        raise ValueError(f"base must be one of {', '.join(BASES)}, not {base!r}")
    if comparator not in COMPARATORS:
        raise ValueError(f'comparator must be ">=" or ">", not {comparator!r}')
    plus = 0
    if isinstance(number, str) and "+" in number:
        number, _, more = number.partition("+")
        number, plus = number.strip(), _whole(more)
    share = _share(number)
    if not 0 <= share <= 1:
        raise ValueError(f'{number} is not a share; write "2/3" or "40%"')
    return Threshold(metric, base, comparator, share, plus)


def _whole(text: str) -> int:
    if not text.strip().isdecimal():
        raise ValueError(f"{text.strip()!r} is not a whole number to add")
    return int(text)


def _share(number: Number) -> Fraction:
    if isinstance(number, str) and number.endswith("%"):
        return exact(number.removesuffix("%").rstrip()) / HUNDRED
    return exact(number)
