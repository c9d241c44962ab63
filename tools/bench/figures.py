"""What is measured: figures with their spread and budget, and curves of growth."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One thing measured several times."""

    name: str
    values: Sequence[float]
    unit: str
    budget: str = ""
    met: bool | None = None
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the most of all runs."""
        return min(self.values), max(self.values)


@dataclass(frozen=True)
class Curve:
    """How something grows: lines of (size, value), drawn with both axes logarithmic."""

    key: str
    title: str
    across: str
    up: str
    lines: dict[str, list[tuple[float, float]]]


@dataclass
class Measured:
    """What one measurement gives on one database."""

    figures: list[Figure] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)

    def add(
        self, name: str, values: Sequence[float] | float, unit: str, *, note: str = "",
        budget: str = "", meets: Callable[[float], bool] | None = None,
    ) -> Figure:  # fmt: skip
        """Add a figure.

        Args:
            values: one for each run, or one alone.
            meets: whether the median keeps the budget.
        """
        given = [float(values)] if isinstance(values, (int, float)) else [float(v) for v in values]
        met = meets(statistics.median(given)) if meets else None
        figure = Figure(name, given, unit, budget, met, note)
        self.figures.append(figure)
        return figure


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share (0 to 1) of all lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
