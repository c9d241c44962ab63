"""The check of a process package: what is wrong, where, and how to mend it. Runs nothing."""

from collections.abc import Mapping

from engine.checks import (
    elements,
    expressions,
    flows,
    ladders,
    links,
    operations,
    parsed,
    references,
    settings,
    shapes,
    tables,
    times,
    tokens,
    variables,
    vocabulary,
)
from engine.checks.findings import KINDS, Finding, Kind, in_order, word_finding
from engine.checks.reading import read_package
from engine.operations import CATALOGUE, Operation

_NOUNS = (
    elements, links, flows, tokens, vocabulary, ladders, expressions, variables, shapes, times,
    references, operations, tables, settings, parsed,
)  # fmt: skip
RULES = tuple(rule for noun in _NOUNS for rule in noun.RULES)

__all__ = ["KINDS", "RULES", "Finding", "Kind", "check_package", "word_finding"]


def check_package(
    files: Mapping[str, str], *, operations: Mapping[str, Operation] = CATALOGUE
) -> list[Finding]:
    """Check everything in a package that can be checked without running it.

    Args:
        files: path in the package → text, as `PackageVersion.files`.
        operations: the catalogue that service tasks are held against.

    Returns:
        Findings by file, errors before warnings; a package with errors must not be published.
    """
    package, problems = read_package(files, operations)
    for rule in RULES:
        problems.extend(rule(package))
    return in_order(problems)
