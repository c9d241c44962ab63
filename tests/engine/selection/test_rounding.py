from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis.strategies import fractions, integers

from engine.selection.rounding import decimal_text, exact, publish, publish_percent

scores = fractions(min_value=0, max_value=1000)


@pytest.mark.parametrize(
    ("given_number", "value"),
    [
        (88, Fraction(88)),
        ("88", Fraction(88)),
        ("27.46", Fraction(1373, 50)),
        ("23/58", Fraction(23, 58)),
        ("-0.5", Fraction(-1, 2)),
        (Fraction(2, 3), Fraction(2, 3)),
    ],
)
def test_exact_reads_ints_decimals_and_fractions(
    given_number: Fraction | int | str, value: Fraction
) -> None:
    assert exact(given_number) == value


@pytest.mark.parametrize("number", [27.46, True, None, [1], float("nan")])
def test_exact_refuses_floats_bools_and_other_things(number: object) -> None:
    with pytest.raises(TypeError, match="pass an int, a Fraction, or text"):
        exact(number)  # type: ignore[arg-type]  # what a careless caller would do


@pytest.mark.parametrize("text", ["", " 5", "1e9", "nan", "inf", "1,5", "½", "５", "1/2/3", "1_0"])
def test_exact_refuses_text_that_is_no_plain_number(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        exact(text)


def test_exact_refuses_division_by_zero() -> None:
    with pytest.raises(ValueError, match="divides by zero"):
        exact("1/0")


@pytest.mark.parametrize(
    ("value", "published"),
    [
        ("0", "0.00"),
        ("0.005", "0.01"),
        ("0.0049999", "0.00"),
        ("17.475", "17.48"),
        ("17.465", "17.47"),
        (Fraction(690, 58), "11.90"),
        ("99.995", "100.00"),
        ("-0.005", "-0.01"),
        ("-0.001", "0.00"),
        (7, "7.00"),
    ],
)
def test_publish_rounds_half_up(value: Fraction | int | str, published: str) -> None:
    assert publish(value) == published


def test_publish_takes_other_numbers_of_places() -> None:
    assert [publish("12.345", places) for places in (0, 1, 2, 3, 4)] == [
        "12",
        "12.3",
        "12.35",
        "12.345",
        "12.3450",
    ]
    with pytest.raises(ValueError, match="places must be 0 or more"):
        publish("1", -1)


def test_publish_percent_shows_the_share_of_a_failed_gate() -> None:
    assert publish_percent(Fraction(23, 58)) == "39.66"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(2471, 10), "247.1"),
        (Fraction(1, 8), "0.125"),
        (Fraction(3, 25), "0.12"),
        (Fraction(7, 200), "0.035"),
        (Fraction(23, 58), "23/58"),
        ("27.40", "27.40"),
        (100, "100"),
        (0, "0"),
    ],
)
def test_decimal_text_shows_every_digit(value: Fraction | int | str, text: str) -> None:
    assert decimal_text(value) == text


@given(value=scores, places=integers(0, 6))
def test_publishing_moves_a_value_by_at_most_half_a_unit(value: Fraction, places: int) -> None:
    shift = exact(publish(value, places)) - value

    assert Fraction(-1, 2) < shift * 10**places <= Fraction(1, 2)


@given(value=fractions(min_value=-1000, max_value=1000))
def test_decimal_text_loses_nothing(value: Fraction) -> None:
    assert exact(decimal_text(value)) == value


@given(value=scores)
def test_publishing_twice_changes_nothing(value: Fraction) -> None:
    assert publish(publish(value)) == publish(value)
