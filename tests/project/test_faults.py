"""The planted faults still fit the code, and name tests that exist."""

from pathlib import Path

import pytest

from tools.faults import FAULTS, Fault

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_changes_one_place_and_names_its_tests(fault: Fault) -> None:
    source = (ROOT / fault.file).read_text("utf-8")

    assert source.count(fault.old) == 1
    assert source.replace(fault.old, fault.new) != source
    assert [test for test in fault.tests if not (ROOT / test).exists()] == []


def test_no_two_faults_have_one_name() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
