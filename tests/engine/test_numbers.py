"""The numbers of the plan as they are typed: read exactly, refused by name."""

import pytest

from engine.definitions import PackageVersion, read_package
from engine.numbers import NumberProblem, read_numbers, typed_defaults
from tests.support.played import ROOT


@pytest.fixture(scope="module")
def package() -> PackageVersion:
    return read_package(ROOT / "processes", ROOT / "forms", "open_selection")


def read(package: PackageVersion, **typed: str) -> list[NumberProblem]:
    return read_numbers(package, {**typed_defaults(package), **typed})[1]


def test_the_defaults_have_nothing_wrong(package: PackageVersion) -> None:
    parameters, problems = read_numbers(package, {})

    assert problems == []
    assert (parameters["test_ratio"], parameters["grade_values"]) == (
        8, package.parameters_schema["properties"]["grade_values"]["default"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "code", "limit"),
    [("", "missing", None), ("8.5", "not_whole", None), ("八", "not_whole", None),
     ("1", "too_small", 2)],
)  # fmt: skip
def test_a_wrong_number_is_named(
    package: PackageVersion, typed: str, code: str, limit: int | None
) -> None:
    assert read(package, test_ratio=typed) == [NumberProblem("test_ratio", code, limit)]


def test_weights_that_do_not_make_a_hundred_are_refused(package: PackageVersion) -> None:
    assert read(package, vote_max="40") == [
        NumberProblem(
            "judge_max", "sum", 100, ("vote_max", "eval_weight", "team_weight"), actual=110
        )
    ]
    assert read(package, vote_max="40", judge_max="20") == []


def test_a_number_that_is_wrong_itself_is_not_summed_up(package: PackageVersion) -> None:
    assert [problem.code for problem in read(package, vote_max="forty")] == ["not_whole"]
