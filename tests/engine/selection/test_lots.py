from hashlib import sha256
from math import factorial

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers, lists, sampled_from

from engine.selection.lots import WORDS, below, draw_lots, even_sizes, split_groups

SEED = sha256(b"gongxuan/published_case/s5_draw_order").digest()
ELEVEN = [f"K{number:02d}" for number in range(6, 17)]

seeds = binary(min_size=32, max_size=32)
code_lists = lists(sampled_from([f"K{number:02d}" for number in range(1, 40)]), unique=True)


def repeated_by_hand(codes: list[str], seed: bytes) -> list[str]:
    """Follow the published description, word by word, without the product's code."""
    order, counter = sorted(codes), 0
    for k in range(len(order), 1, -1):
        word = 2**256
        while word >= 2**256 - (2**256 % k):
            word = int(sha256(seed + counter.to_bytes(8, "big")).hexdigest(), 16)
            counter += 1
        j = word % k
        order[k - 1], order[j] = order[j], order[k - 1]
    return order


def test_a_known_seed_gives_a_known_order() -> None:
    assert " ".join(draw_lots(ELEVEN, seed=SEED).order) == (
        "K16 K11 K06 K07 K12 K10 K13 K15 K09 K08 K14"
    )


def test_the_draw_shows_its_seed_and_its_order() -> None:
    result = draw_lots(["K02", "K01"], seed=SEED)

    assert result.working == (
        {
            "code": "lots_seed",
            "algorithm": "sha256-fisher-yates-1",
            "seed": SEED.hex(),
            "count": 2,
        },
        {"code": "lots_drawn", "order": list(result.order)},
    )
    assert result.to_json()["seed"] == SEED.hex()


def test_nobody_and_one_person_need_no_luck() -> None:
    assert draw_lots([], seed=SEED).order == ()
    assert draw_lots(["K01"], seed=SEED).order == ("K01",)


def test_a_code_twice_or_a_short_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="stands in the list twice"):
        draw_lots(["K01", "K01"], seed=SEED)
    with pytest.raises(ValueError, match="31 bytes, 32 are needed"):
        draw_lots(["K01"], seed=SEED[:31])


def test_a_word_that_favours_low_numbers_is_passed_over() -> None:
    unfair = WORDS - 1  # 2^256 leaves the rest 1 over 3, so the very last word is one too many

    assert below(3, iter([unfair, 5])) == 2
    assert below(2, iter([unfair])) == 1


@given(codes=code_lists, seed=seeds)
def test_anybody_can_repeat_the_draw(codes: list[str], seed: bytes) -> None:
    assert list(draw_lots(codes, seed=seed).order) == repeated_by_hand(codes, seed)


@given(codes=code_lists, seed=seeds)
def test_a_draw_loses_nobody_and_ignores_the_order_of_the_list(
    codes: list[str], seed: bytes
) -> None:
    order = draw_lots(codes, seed=seed).order

    assert sorted(order) == sorted(codes)
    assert draw_lots(list(reversed(codes)), seed=seed).order == order


def test_every_order_of_four_comes_up_about_equally_often() -> None:
    orders = [
        draw_lots(["A", "B", "C", "D"], seed=sha256(number.to_bytes(4, "big")).digest()).order
        for number in range(2400)
    ]

    frequencies = [orders.count(order) for order in set(orders)]
    assert len(frequencies) == factorial(4)
    assert sum((n - 100) ** 2 for n in frequencies) / 100 < 49.7  # chi-square, 23 d.f., p = 0.001


# ---- groups ----
def test_eleven_people_split_into_six_and_five() -> None:
    result = split_groups(ELEVEN, sizes=even_sizes(11, groups=2))

    assert [len(group) for group in result.groups] == [6, 5]
    assert result.groups[0] + result.groups[1] == tuple(ELEVEN)
    assert result.working == ({"code": "groups_split", "sizes": [6, 5], "rest": []},)


def test_a_panel_and_its_reserves_leave_the_rest_of_the_pool() -> None:
    pool = [f"E{number:02d}" for number in range(30)]

    result = split_groups(draw_lots(pool, seed=SEED).order, sizes=[9, 2])

    assert [len(group) for group in result.groups] == [9, 2]
    assert len(result.rest) == 19


def test_groups_larger_than_the_field_are_refused() -> None:
    with pytest.raises(ValueError, match="need more than 2 codes"):
        split_groups(["K01", "K02"], sizes=[2, 1])
    with pytest.raises(ValueError, match="at least one group"):
        even_sizes(5, groups=0)


@given(number=integers(0, 200), groups=integers(1, 20))
def test_even_sizes_differ_by_at_most_one(number: int, groups: int) -> None:
    sizes = even_sizes(number, groups=groups)

    assert sum(sizes) == number
    assert max(sizes) - min(sizes) <= 1
    assert list(sizes) == sorted(sizes, reverse=True)
