"""The packages that are shipped pass the check that owners' packages have to pass."""

from pathlib import Path
from uuid import uuid4

import pytest

from engine.checks import check_package, word_finding
from engine.definitions import package_keys, read_package
from engine.permissions import Standing, may_read_answers

ROOT = Path(__file__).resolve().parents[2]
KEYS = package_keys(ROOT / "processes")


def test_there_is_a_package_to_check() -> None:
    assert "open_selection" in KEYS


@pytest.mark.parametrize("key", KEYS)
def test_a_shipped_package_has_no_errors(key: str) -> None:
    files = read_package(ROOT / "processes", ROOT / "forms", key).files

    errors = [
        f"{finding.file}, {finding.element}: {word_finding(finding, 'en')}"
        for finding in check_package(files)
        if finding.severity == "error"
    ]

    assert errors == []


def test_a_report_is_read_by_the_supervisor_alone() -> None:
    package = read_package(ROOT / "processes", ROOT / "forms", "open_selection")
    start = package.element("report_start")

    def reads(role: str) -> bool:
        return may_read_answers(start, Standing(uuid4(), frozenset({(role, "")})))

    assert [role for role in package.roles if reads(role)] == ["supervisor"]
