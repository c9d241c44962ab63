from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis.strategies import DrawFn, composite, dictionaries, integers, sampled_from

from engine.selection import cut, cut_pools

POSTS = ("P1", "P2", "P3")


@composite
def fields(draw: DrawFn) -> tuple[dict[str, int], dict[str, str]]:
    """Codes with a value and a post each."""
    codes = [f"K{n:02d}" for n in range(draw(integers(0, 20)))]
    values = {code: draw(integers(0, 5)) for code in codes}
    return values, {code: draw(sampled_from(POSTS)) for code in codes}


def test_each_post_is_cut_by_itself_with_its_own_ties() -> None:
    scores = {"K01": 90, "K02": 80, "K03": 80, "K04": 70, "K05": 60, "K06": 50}
    pool_of = dict.fromkeys(("K01", "K02", "K03"), "P1") | dict.fromkeys(
        ("K04", "K05", "K06"), "P2"
    )

    result = cut_pools(scores, pool_of, {"P1": 2, "P2": 2})

    assert result.advanced == ("K01", "K02", "K03", "K04", "K05")
    assert result.pools["P1"].tie is not None
    assert result.pools["P2"].tie is None
    assert [row["group"] for row in result.working if row["code"] == "cut_group"] == ["P1", "P2"]


def test_24_posts_of_15_with_five_ties_are_365() -> None:
    posts = {f"P{n}": 15 for n in range(1, 25)}
    scores, pool_of = {}, {}
    for number, post in enumerate(posts, start=1):
        for rank in range(17):
            code = f"K{post}-{rank}"
            tied = number <= 5 and rank == 15
            scores[code], pool_of[code] = 90 - (14 if tied else rank), post

    result = cut_pools(scores, pool_of, posts)

    assert sum(posts.values()) == 360
    assert len(result.advanced) == 365


def test_a_post_for_which_nobody_applied_is_an_empty_field() -> None:
    result = cut_pools({"K01": 1}, {"K01": "P1"}, {"P1": 1, "P2": 3})

    assert result.pools["P2"].advanced == ()
    assert [row["code"] for row in result.warnings] == ["short_field"]


@pytest.mark.parametrize(
    ("pool_of", "places", "said"),
    [({}, {"P1": 1}, "belongs to no pool"), ({"K01": "P9"}, {"P1": 1}, "how many places")],
)
def test_nobody_stands_outside_the_pools(
    pool_of: dict[str, str], places: dict[str, int], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        cut_pools({"K01": 1}, pool_of, places)


@given(field=fields(), places=dictionaries(sampled_from(POSTS), integers(0, 6), min_size=3))
def test_a_pool_is_cut_as_if_there_were_no_other(
    field: tuple[dict[str, int], dict[str, str]], places: dict[str, int]
) -> None:
    scores, pool_of = field

    result = cut_pools(scores, pool_of, places)

    for post, number in places.items():
        alone = {code: Fraction(v) for code, v in scores.items() if pool_of[code] == post}
        assert result.pools[post] == cut(alone, number)
    assert set(result.advanced) == {c for p in result.pools.values() for c in p.advanced}
