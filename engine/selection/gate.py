"""The gate: a share that must be reached to go on, compared exactly."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from engine.selection.rounding import HUNDRED, Number, decimal_text, exact, publish_percent
from engine.selection.working import Line, Result, Working, line

Comparator: TypeAlias = Literal[">=", ">"]
COMPARATORS: tuple[Comparator, ...] = (">=", ">")


@dataclass(frozen=True)
class GateResult(Result):
    """Whether a share passes; `share` and `share_percent` are None over an empty base."""

    passes: bool
    part: Fraction
    whole: Fraction
    comparator: Comparator
    percent: Fraction
    share: Fraction | None
    share_percent: str | None
    working: Working


def gate(part: Number, whole: Number, *, comparator: Comparator, percent: Number) -> GateResult:
    """Compare part of whole with a percentage.

    以上 includes the number (">="), 超过 excludes it (">"): 20 of 50 passes ">= 40 %". The exact
    share decides, not the published one. An empty base never passes.

    Raises:
        ValueError: a part below 0 or above the whole, an unknown comparator, an unreadable number.

    Source: domain.md §6.4, §6.2-13.

    """
    amount, base, limit = exact(part), exact(whole), exact(percent)
    if not 0 <= amount <= base:
        raise ValueError(f"{amount} is not a part of {base}")
    share = amount / base if base else None
    passes = share is not None and meets(share, comparator, limit / HUNDRED)
    return GateResult(
        passes=passes,
        part=amount,
        whole=base,
        comparator=comparator,
        percent=limit,
        share=share,
        share_percent=None if share is None else publish_percent(share),
        working=_working(amount, base, comparator, limit),
    )


def meets(value: Fraction, comparator: str, limit: Fraction) -> bool:
    """Compare exactly; the only place that knows what a comparator means.

    Raises:
        ValueError: neither ">=" nor ">".

    """
    if comparator not in COMPARATORS:
        raise ValueError(f'comparator must be ">=" or ">", not {comparator!r}')
    return value > limit or (comparator == ">=" and value == limit)


def _working(part: Fraction, whole: Fraction, comparator: Comparator, percent: Fraction) -> Working:
    if not whole:
        return (line("empty_base", base="whole"),)
    share = part / whole
    passes = meets(share, comparator, percent / HUNDRED)
    shown = publish_percent(share)
    lines: list[Line] = [
        line(
            "gate",
            part=decimal_text(part),
            whole=decimal_text(whole),
            share=share,
            share_percent=shown,
            comparator=comparator,
            percent=decimal_text(percent),
            passes=passes,
        )
    ]
    if passes != meets(exact(shown), comparator, percent):
        # 39.999 % is published as 40.00 % and still fails: say so before somebody asks
        lines.append(line("compared_exactly", share=share, percent=decimal_text(percent)))
    return tuple(lines)
