"""docs/dependencies.md lists what pyproject.toml asks for, in the versions that are pinned."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = [(ROOT / name).read_text("utf-8") for name in sorted(ROOT.glob("requirements*.txt"))]


def listed() -> dict[str, str]:
    """Packages of the first three tables, with the version that stands beside them."""
    page = PAGE.partition("## In the browser")[0]
    rows = re.findall(
        r"^\| ([\w, -]+) \| ([^|]+) \| [^|]+ \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE
    )
    return {
        name.lower(): version
        for names, version in rows
        for name in names.split(", ")
        if names != "package"
    }


def asked() -> set[str]:
    wanted = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["scale"],
        *PROJECT["dependency-groups"]["dev"],
    ]
    return {re.split(r"[^\w-]", one)[0].lower() for one in wanted}


def test_the_page_lists_exactly_what_is_asked_for() -> None:
    assert set(listed()) == asked()


def test_the_page_gives_the_pinned_versions() -> None:
    pinned = dict(re.findall(r"^([\w-]+)(?:\[\w+\])?==([^ ;\\]+)", "\n".join(LOCKS), re.MULTILINE))

    assert {
        name: version
        for name, version in listed().items()
        if version not in (pinned[name], "see the lock")
    } == {}


def test_the_locks_do_not_say_which_index_served_them() -> None:
    assert [lock for lock in LOCKS if "http" in lock] == []
