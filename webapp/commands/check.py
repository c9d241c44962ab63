"""`gongxuan check`: say what is wrong with a process package, where, and how to mend it."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from engine.checks import Finding, check_package, word_finding
from engine.definitions import PackageVersion, UnknownPackage, package_keys, read_package
from engine.settings import load_settings

_COUNTS = {
    "zh": "{errors} 处错误，{warnings} 处提示",
    "en": "errors: {errors}, warnings: {warnings}",
}
_MARKS = {"zh": "（提示）", "en": "(warning) "}


def _language_of_the_shell() -> str:
    return "en" if os.environ.get("LANG", "").startswith("en") else "zh"


@click.command()
@click.argument("package", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default=_language_of_the_shell,
    help="Language of the findings; default: that of LANG.",
)
def check(package: str | None, lang: str, *, as_json: bool) -> None:
    """Check PACKAGE, a key or a folder (default: every package); exit 1 if there are errors."""
    versions = _versions(package)
    found = [(version, check_package(version.files)) for version in versions]
    if as_json:
        told = {v.key: [_as_json(f, lang) for f in findings] for v, findings in found}
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for version, findings in found:
            _show(version, findings, lang)
    if any(finding.severity == "error" for _, findings in found for finding in findings):
        sys.exit(1)


def _versions(package: str | None) -> list[PackageVersion]:
    settings = load_settings(os.environ)
    processes, forms = settings.processes_dir, settings.forms_dir
    keys = package_keys(processes) if package is None else [package]
    if package is not None and Path(package).is_dir():
        folder = Path(package).resolve()
        if folder.parent != processes.resolve():
            processes, forms = folder.parent, folder.parent.parent / "forms"
        keys = [folder.name]
    try:
        return [read_package(processes, forms, key) for key in keys]
    except UnknownPackage as unknown:
        raise click.UsageError(str(unknown)) from unknown


def _as_json(finding: Finding, lang: str) -> dict[str, object]:
    return {
        "file": finding.file,
        "element": finding.element,
        "code": finding.code,
        "severity": finding.severity,
        "values": dict(finding.values),
        "words": word_finding(finding, lang),
    }


def _show(version: PackageVersion, findings: Sequence[Finding], lang: str) -> None:
    for finding in findings:
        place = ", ".join(part for part in (finding.file, finding.element) if part)
        mark = _MARKS[lang] if finding.severity == "warning" else ""
        click.echo(f"{place}: {mark}{word_finding(finding, lang)}")
    errors = sum(finding.severity == "error" for finding in findings)
    counts = _COUNTS[lang].format(errors=errors, warnings=len(findings) - errors)
    click.echo(f"{version.key}: {counts}")
