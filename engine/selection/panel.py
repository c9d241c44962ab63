"""The judges' panel: the mean of their scores, with or without the highest and lowest."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.errors import EngineError
from engine.selection.rounding import Number, count, decimal_text, exact, publish
from engine.selection.working import Line, Result, Working, line


class TooFewScores(EngineError):
    """Trimming would leave no score. Wait for the missing judges, or trim fewer."""

    code = "too_few_scores"

    def __init__(self, *, scores: int, needed: int) -> None:
        super().__init__(f"{scores} scores are in, at least {needed} are needed for a mean")
        self.scores, self.needed = scores, needed


@dataclass(frozen=True)
class PanelMeanResult(Result):
    """The panel's mean; `removed` are the indices left out, the lowest ones first."""

    mean: Fraction
    published: str
    total: Fraction
    counted: int
    removed: tuple[int, ...]
    working: Working


def panel_mean(scores: Sequence[Number], *, trim: int = 0, maximum: Number) -> PanelMeanResult:
    """Average the judges' scores of one candidate.

    Args:
        scores: one per judge who may score this candidate, 0 to `maximum`.
        trim: how many to drop at each end; of equal scores only so many are dropped.
        maximum: full marks (the seed: 30).

    Raises:
        TooFewScores: nothing would be left to average.
        ValueError: a score outside 0 to `maximum`.

    Source: domain.md §6.2-9.

    """
    needed = 2 * count(trim, "trim") + 1
    if len(scores) < needed:
        raise TooFewScores(scores=len(scores), needed=needed)
    values = [_within(score, exact(maximum)) for score in scores]
    order = sorted(range(len(values)), key=lambda index: (values[index], index))
    lowest, highest = order[:trim], order[len(order) - trim :]
    kept = order[trim : len(order) - trim]
    total = sum((values[index] for index in kept), Fraction(0))
    mean = total / len(kept)
    shown = [decimal_text(score) for score in scores]
    lines: list[Line] = [
        line("panel_scores", count=len(scores), maximum=decimal_text(maximum), scores=shown)
    ]
    if trim:
        dropped = {"lowest": [shown[i] for i in lowest], "highest": [shown[i] for i in highest]}
        lines.append(line("panel_removed", **dropped))
    lines.append(_mean_line(total, len(kept)))
    removed = (*lowest, *highest)
    return PanelMeanResult(mean, publish(mean), total, len(kept), removed, tuple(lines))


def _within(score: Number, maximum: Fraction) -> Fraction:
    value = exact(score)
    if not 0 <= value <= maximum:
        raise ValueError(f"the score {score} is outside 0 to {decimal_text(maximum)}")
    return value


def _mean_line(total: Fraction, counted: int) -> Line:
    mean = total / counted
    published = publish(mean)
    return line(
        "panel_mean", sum=decimal_text(total), count=counted, mean=mean, published=published
    )
