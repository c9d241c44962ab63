"""What the check says: a kind of finding with its words, and one finding at one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing to mend. `element` is empty where the whole file is meant."""

    file: str
    element: str
    code: str
    severity: Severity
    values: Mapping[str, str]


@dataclass(frozen=True)
class Kind:
    """A kind of finding: what is wrong and how to mend it, with places for the values."""

    code: str
    severity: Severity
    zh: tuple[str, str]
    en: tuple[str, str]

    def at(self, file: str, element: str = "", **values: object) -> Finding:
        told = {name: str(value) for name, value in values.items()}
        return Finding(file, element, self.code, self.severity, told)


KINDS: dict[str, Kind] = {}


def error(code: str, *, zh: tuple[str, str], en: tuple[str, str]) -> Kind:
    """Name a kind of finding with which a package cannot be used."""
    return KINDS.setdefault(code, Kind(code, "error", zh, en))


def warning(code: str, *, zh: tuple[str, str], en: tuple[str, str]) -> Kind:
    """Name a kind of finding that somebody should look at."""
    return KINDS.setdefault(code, Kind(code, "warning", zh, en))


def word_finding(finding: Finding, language: str) -> str:
    """Word a finding: what is wrong – how to mend it. `language` is `zh` or `en`."""
    kind = KINDS[finding.code]
    wrong, remedy = kind.zh if language == "zh" else kind.en
    return f"{wrong} – {remedy}".format_map(finding.values)


def in_order(findings: list[Finding]) -> list[Finding]:
    """Without repetitions, by file; within a file as they were found, errors first."""
    once = {(f.file, f.element, f.code, *sorted(f.values.items())): f for f in findings}
    return sorted(once.values(), key=lambda f: (f.file, f.severity))
