"""Where procedures are found: the published versions, else the folders of the settings."""

from pathlib import Path
from typing import TypedDict

from webapp import context


class Places(TypedDict):
    """The folders, as the services of the studio take them."""

    processes_dir: Path
    forms_dir: Path


def places() -> Places:
    settings = context.settings()
    return {"processes_dir": settings.processes_dir, "forms_dir": settings.forms_dir}
