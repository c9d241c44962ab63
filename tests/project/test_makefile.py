"""The Makefile tells what it can do, and what is missing with the remedy."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def make(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def python_that(answers: str, place: Path) -> str:
    """Give a program that stands for a python of another machine."""
    program = place / "python"
    program.write_text(f"#!{sys.executable}\nimport sys\n{answers}\nexec(sys.argv[2])\n", "utf-8")
    program.chmod(0o755)
    return f"PYTHON={program}"


def test_this_machines_python_will_do() -> None:
    assert make("prerequisites", f"PYTHON={sys.executable}").returncode == 0


def test_a_missing_python_is_named_with_the_remedy() -> None:
    done = make("prerequisites", "PYTHON=/nowhere/python")

    assert done.returncode != 0
    assert "/nowhere/python is missing" in done.stdout
    assert "apt-get install python3" in done.stdout


def test_an_old_python_is_named_with_the_remedy(tmp_path: Path) -> None:
    old = "sys.version_info, sys.version = (3, 9, 2), '3.9.2 (default)'"

    done = make("prerequisites", python_that(old, tmp_path))

    assert done.returncode != 0
    assert "Python 3.11 or newer is needed, this is 3.9.2" in done.stdout + done.stderr
    assert "make PYTHON=python3.11" in done.stdout + done.stderr


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_named_with_the_remedy(module: str, tmp_path: Path) -> None:
    done = make("prerequisites", python_that(f"sys.modules['{module}'] = None", tmp_path))

    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stdout


def test_help_lists_every_chore_and_is_what_make_says_alone() -> None:
    rules = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", rules, re.MULTILINE)
    assert phony is not None

    said = make("help").stdout

    listed = re.findall(r"^  make (\S+)", said, re.MULTILINE)
    assert sorted(listed) == sorted(set(phony[1].split()) - {"prerequisites"})
    assert make().stdout == said


def test_the_readme_begins_with_the_two_commands() -> None:
    assert re.search(r"^```sh\nmake demo\nmake test\n```$", README, re.MULTILINE)


def test_the_ci_runs_the_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    found = re.search(r"^test_command=\$\((.+) README\.md \| head -n 1\)$", script, re.MULTILINE)
    assert found is not None

    said = subprocess.run(
        ["bash", "-c", f"{found[1]} README.md | head -n 1"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert said.stdout == "make test\n"
