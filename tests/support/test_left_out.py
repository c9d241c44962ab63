import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEAVES_ONE_OUT = """
from tests.support.left_out import leave_out

def test_runs(): pass
def test_needs_a_browser(): leave_out("chromium")
"""
CONFTEST = "from tests.support.left_out import pytest_sessionfinish, pytest_terminal_summary\n"


def run_pytest(folder: Path, *, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_sample.py").write_text(LEAVES_ONE_OUT)
    (folder / "pytest.ini").write_text("[pytest]\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        cwd=ROOT,
        env=os.environ | {"CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_end_of_a_run_names_what_was_left_out_and_the_remedy(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, ci="")

    *_, left_out, summary = done.stdout.strip().splitlines()
    assert left_out == (
        "LEFT OUT: 1 tests, because this machine lacks chromium. "
        "Remedy on Debian and Ubuntu: apt-get install chromium fonts-noto-cjk"
    )
    assert summary.startswith("1 passed, 1 skipped")
    assert done.returncode == 0


def test_a_run_on_ci_that_leaves_tests_out_fails(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, ci="true")

    assert done.returncode == 1
    assert "CI=true: a run that leaves tests out has failed." in done.stdout
