"""`gongxuan doctor`: one page of what is well and what is not, with remedies."""

import os
import sys

import click

from engine.settings import load_settings
from webapp.doctor import examine
from webapp.installation import folder_of

_MARKS = {"good": "✓", "look": "!", "bad": "✗"}


@click.command()
def doctor() -> None:
    """Look at settings, folders, database, clock, worker and mail; exit 1 if something is bad.

    Only reads, so it may run beside the server.
    """
    folder = folder_of(os.environ)
    findings = examine(load_settings(os.environ, var_dir=folder), folder)
    for finding in findings:
        click.echo(f"{_MARKS[finding.state]} {finding.subject:<18} {finding.said}")
        if finding.remedy:
            click.echo(f"  {'':<18} → {finding.remedy}")
    if any(finding.state == "bad" for finding in findings):
        sys.exit(1)
