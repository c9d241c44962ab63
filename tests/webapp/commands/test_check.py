"""`gongxuan check`: what it prints and how it ends."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.engine.checks.other_cases import keeping
from tests.engine.checks.packages import form, package
from webapp.commands.check import check


def check_folder(tmp_path: Path, files: dict[str, str], *options: str) -> Result:
    """Put the files into a folder of processes and one of forms beside it, and check them."""
    for name, text in files.items():
        place = tmp_path / "processes" / "small" / name
        if name.startswith("forms/"):
            place = tmp_path / "forms" / "small" / name.removeprefix("forms/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    folder = str(tmp_path / "processes" / "small")
    return CliRunner().invoke(check, [folder, *options], env={"LANG": "zh_CN.UTF-8"})


def test_a_correct_package_ends_well(tmp_path: Path) -> None:
    result = check_folder(tmp_path, package())

    assert (result.exit_code, result.output) == (0, "small: 0 处错误，0 处提示\n")


def test_an_error_names_file_element_and_remedy(tmp_path: Path) -> None:
    result = check_folder(tmp_path, package(keeping("parameters.post")), "--lang", "en")

    assert result.exit_code == 1
    assert (
        "main.bpmn, work: with.value asks for the parameter post, which does not exist – "
        "name one of parameters-schema.json\n"
    ) in result.output
    assert result.output.endswith("small: errors: 1, warnings: 2\n")


def test_warnings_alone_end_well(tmp_path: Path) -> None:
    result = check_folder(tmp_path, package({"forms/more-schema.json": form()}), "--lang", "en")

    assert result.exit_code == 0
    first, last = result.output.splitlines()
    assert first.startswith("forms/more-schema.json: (warning) no task asks this form – ")
    assert last == "small: errors: 0, warnings: 1"


def test_findings_can_be_read_by_programs(tmp_path: Path) -> None:
    result = check_folder(tmp_path, package(keeping("parameters.post")), "--json")

    told = json.loads(result.stdout)["small"]
    assert result.exit_code == 1
    assert [f for f in told if f["severity"] == "error"] == [
        {
            "file": "main.bpmn", "element": "work", "code": "parameter_unknown",
            "severity": "error", "values": {"place": "with.value", "name": "post"},
            "words": "with.value用了不存在的参数post"
            " – 改为parameters-schema.json中的参数，或者补上",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(("shell", "word"), [("en_GB.UTF-8", "errors"), ("zh_CN.UTF-8", "处错误")])
def test_the_language_is_that_of_the_shell(shell: str, word: str) -> None:
    result = CliRunner().invoke(check, ["open_selection"], env={"LANG": shell})

    assert word in result.output


def test_a_package_that_is_not_there_is_told() -> None:
    result = CliRunner().invoke(check, ["no_such_thing"])

    assert result.exit_code == 2
    assert "no_such_thing" in result.output
