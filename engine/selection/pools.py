"""Several pools cut at once: so many places for each post, every pool ranked by itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.selection.cut import CutResult, TieRule, cut
from engine.selection.rounding import Number
from engine.selection.working import Result, Working, line


@dataclass(frozen=True)
class PoolsResult(Result):
    """The cut of every pool, in the order of the pools; who advances of all of them together."""

    pools: Mapping[str, CutResult]
    advanced: tuple[str, ...]
    undecided: tuple[str, ...]
    warnings: Working
    working: Working


def cut_pools(
    scores: Mapping[str, Number],
    pool_of: Mapping[str, str],
    places: Mapping[str, int],
    *,
    ties: TieRule = "include_all",
) -> PoolsResult:
    """Take the best of each pool; nobody competes with another pool.

    Args:
        scores: value per code, the higher the better; codes without a score take no part.
        pool_of: the pool of every code that has a score, e.g. the post applied for.
        places: the quota of every pool; a pool with places and nobody in it is an empty field.
        ties: as in `cut`, for each pool by itself.

    Raises:
        ValueError: somebody without a pool, a pool without a quota, and what `cut` refuses.

    Source: domain.md §2, A1 (5 per post) and A2 (15 per post, 365 of 24 posts with ties).

    """
    for code in scores:
        if code not in pool_of:
            raise ValueError(f"{code} belongs to no pool")
        if pool_of[code] not in places:
            raise ValueError(f"nothing says how many places the pool {pool_of[code]} has")
    made = {
        pool: cut(
            {code: value for code, value in scores.items() if pool_of[code] == pool},
            number,
            ties=ties,
        )
        for pool, number in places.items()
    }
    return PoolsResult(
        pools=made,
        advanced=tuple(code for each in made.values() for code in each.advanced),
        undecided=tuple(code for each in made.values() for code in each.undecided),
        warnings=tuple(warning for each in made.values() for warning in each.warnings),
        working=tuple(
            row
            for pool, each in made.items()
            for row in (line("cut_group", group=pool), *each.working)
        ),
    )
