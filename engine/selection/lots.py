"""Drawing lots: an order from a recorded seed that anybody can repeat.

The algorithm, named "sha256-fisher-yates-1", in full:

1. Sort the codes by code point. Let n be their number.
2. Word i (i = 0, 1, 2 …) is SHA-256(seed followed by i as 8 bytes, big-endian), read as one
   big-endian integer below 2^256. Words are used in order, each once.
3. For k = n, n−1 … 2: take words until one is below 2^256 − (2^256 mod k) (the others would
   favour low numbers); let j be that word mod k; swap the codes at the places k−1 and j,
   counted from 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count as count_up

from engine.selection.rounding import count
from engine.selection.working import Result, Working, line

ALGORITHM = "sha256-fisher-yates-1"
SEED_BYTES = 32
WORDS = 2**256


@dataclass(frozen=True)
class LotsResult(Result):
    """The order drawn; `seed` is hexadecimal. The first of `order` has number 1."""

    order: tuple[str, ...]
    seed: str
    algorithm: str
    working: Working


@dataclass(frozen=True)
class GroupsResult(Result):
    """The groups in order, and who was left over (reserves not needed, a pool not exhausted)."""

    groups: tuple[tuple[str, ...], ...]
    rest: tuple[str, ...]
    working: Working


def draw_lots(codes: Sequence[str], *, seed: bytes) -> LotsResult:
    """Shuffle codes; the same seed and the same set of codes always give the same order.

    Args:
        codes: no two alike; the order they come in does not matter.
        seed: 32 bytes from a source the caller records.

    Raises:
        ValueError: a code twice, or a seed that is not 32 bytes long.

    Source: design.md §8.

    """
    if len(seed) != SEED_BYTES:
        raise ValueError(f"the seed has {len(seed)} bytes, {SEED_BYTES} are needed")
    order = sorted(codes)
    if len(set(order)) != len(order):
        raise ValueError("a code stands in the list twice; lots need each code once")
    words = _words(seed)
    for places in range(len(order), 1, -1):
        chosen = below(places, words)
        order[places - 1], order[chosen] = order[chosen], order[places - 1]
    working = (
        line("lots_seed", algorithm=ALGORITHM, seed=seed.hex(), count=len(order)),
        line("lots_drawn", order=order),
    )
    return LotsResult(tuple(order), seed.hex(), ALGORITHM, working)


def split_groups(codes: Sequence[str], *, sizes: Sequence[int]) -> GroupsResult:
    """Split an order into groups from the front: 11 drawn codes with sizes 6 and 5.

    Raises:
        ValueError: the sizes need more codes than there are.

    """
    if sum(count(size, "a group size") for size in sizes) > len(codes):
        raise ValueError(f"groups of {list(sizes)} need more than {len(codes)} codes")
    groups: list[tuple[str, ...]] = []
    start = 0
    for size in sizes:
        groups.append(tuple(codes[start : start + size]))
        start += size
    rest = tuple(codes[start:])
    return GroupsResult(tuple(groups), rest, (line("groups_split", sizes=sizes, rest=rest),))


def even_sizes(number: int, *, groups: int) -> tuple[int, ...]:
    """Share `number` people out evenly, the first groups one larger: 11 in two are 6 and 5."""
    if groups < 1:
        raise ValueError(f"there must be at least one group, not {groups}")
    size, larger = divmod(count(number, "number"), groups)
    return tuple(size + 1 if index < larger else size for index in range(groups))


def below(limit: int, words: Iterator[int]) -> int:
    """Take the next word that does not favour any number below `limit`."""
    fair = WORDS - WORDS % limit
    return next(word for word in words if word < fair) % limit


def _words(seed: bytes) -> Iterator[int]:
    for counter in count_up():
        yield int.from_bytes(sha256(seed + counter.to_bytes(8, "big")).digest(), "big")
