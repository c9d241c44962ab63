"""Competition ranking (1, 2, 2, 4): equal values share a rank, codes settle the order shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from engine.selection.rounding import Number, decimal_text, exact
from engine.selection.working import Result


@dataclass(frozen=True)
class Place(Result):
    """One place of a ranking; `shown` is the value as it was handed in."""

    code: str
    value: Fraction
    shown: str
    rank: int


def rank(scores: Mapping[str, Number]) -> tuple[Place, ...]:
    """Rank from the highest value down; ties stand in the order of their codes."""
    values = {code: exact(number) for code, number in scores.items()}
    order = sorted(values, key=lambda code: (-values[code], code))
    places: list[Place] = []
    for position, code in enumerate(order, start=1):
        tied = bool(places) and places[-1].value == values[code]
        place_rank = places[-1].rank if tied else position
        places.append(Place(code, values[code], decimal_text(scores[code]), place_rank))
    return tuple(places)
