"""Imports point down, as the contracts in pyproject.toml and docs/architecture.md say."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def lint_imports(place: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache"], cwd=place, capture_output=True, text=True, check=False
    )


def copy_sources(place: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", place)
    for package in ("engine", "webapp"):
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("static"))


def test_every_import_contract_is_kept() -> None:
    done = lint_imports(ROOT)

    assert (done.returncode, "0 broken" in done.stdout) == (0, True), done.stdout


def test_a_module_of_the_engine_without_a_place_is_refused(tmp_path: Path) -> None:
    copy_sources(tmp_path)
    (tmp_path / "engine" / "stray.py").touch()

    done = lint_imports(tmp_path)

    assert (done.returncode, "engine.stray" in done.stdout) == (1, True), done.stdout


def test_only_the_seals_and_the_tables_themselves_name_sealed_items() -> None:
    places = {
        file.relative_to(ROOT).as_posix()
        for folder in ("engine", "webapp")
        for file in (ROOT / folder).rglob("*.py")
        if "SealedItem" in names_in(file) or "sealed_item" in texts_in(file)
    }
    places = {place for place in places if not place.startswith("engine/migrations/versions/")}

    assert places == {"engine/seals.py", "engine/model/__init__.py", "engine/model/ballots.py"}


def names_in(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    return (
        {node.id for node in nodes if isinstance(node, ast.Name)}
        | {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        | {node.name for node in nodes if isinstance(node, ast.alias)}
    )


def texts_in(file: Path) -> str:
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    return "\n".join(str(node.value) for node in nodes if isinstance(node, ast.Constant))
