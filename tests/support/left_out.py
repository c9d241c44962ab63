"""Says at the end of a run which tests were left out for want of a program, and the remedy."""

import os
from collections import Counter
from typing import NoReturn

import pytest

REMEDIES = {
    "chromium": "apt-get install chromium fonts-noto-cjk",
    "PostgreSQL": "apt-get install postgresql",
}
_MARK = "left out, this machine lacks "


def leave_out(program: str) -> NoReturn:
    """Skip the running test because a program of `REMEDIES` is missing; the run's end counts it."""
    assert program in REMEDIES
    pytest.skip(_MARK + program)


def counted(reports: list[pytest.TestReport]) -> Counter[str]:
    """Count the tests left out, by the missing program."""
    reasons = (str(report.longrepr[2]) for report in reports if isinstance(report.longrepr, tuple))
    return Counter(reason.split(_MARK)[1] for reason in reasons if _MARK in reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = counted(terminalreporter.stats.get("skipped", []))
    for program, number in sorted(left_out.items()):
        terminalreporter.write_line(
            f"LEFT OUT: {number} tests, because this machine lacks {program}. "
            f"Remedy on Debian and Ubuntu: {REMEDIES[program]}",
            yellow=True,
        )
    if left_out and _on_ci():
        terminalreporter.write_line("CI=true: a run that leaves tests out has failed.", red=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run on CI that left something out: a green run there must mean everything ran."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and counted(reporter.stats.get("skipped", [])) and _on_ci():
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def _on_ci() -> bool:
    return os.environ.get("CI") == "true"
