"""Every rule has a correct and an incorrect example, and says in two languages what to mend."""

import re

import pytest

from engine.checks import KINDS, check_package, word_finding
from tests.engine.checks import diagram_cases, other_cases
from tests.engine.checks.packages import Case, package

CASES = [*diagram_cases.CASES, *other_cases.CASES]
BY_CODE = pytest.mark.parametrize("case", CASES, ids=[case.code for case in CASES])
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


def test_the_correct_package_has_no_findings() -> None:
    assert check_package(package()) == []


@BY_CODE
def test_the_correct_example_passes(case: Case) -> None:
    found = [f for f in check_package(package(case.good)) if f.code == case.code]

    assert found == []


@BY_CODE
def test_the_incorrect_example_is_found_at_its_place(case: Case) -> None:
    places = {(f.file, f.element) for f in check_package(package(case.bad)) if f.code == case.code}

    assert (case.file, case.element) in places


@BY_CODE
def test_it_is_said_in_both_languages_how_to_mend_it(case: Case) -> None:
    for finding in check_package(package(case.bad)):
        for language in ("zh", "en"):
            words = word_finding(finding, language)
            wrong, _, remedy = words.partition(" – ")
            assert wrong
            assert remedy
            assert not _PLACEHOLDER.search(words)
        assert finding.severity == KINDS[finding.code].severity


def test_every_kind_of_finding_has_its_examples() -> None:
    assert sorted(case.code for case in CASES) == sorted(KINDS)


def test_errors_come_before_warnings_and_nothing_is_said_twice() -> None:
    for case in CASES:
        found = check_package(package(case.bad))
        keys = [(f.file, f.severity) for f in found]
        assert keys == sorted(keys)
        told = [(f.file, f.element, f.code, *sorted(f.values.items())) for f in found]
        assert len(told) == len(set(told))
