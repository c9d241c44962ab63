"""Lists go by keyset, and nothing is counted over everything there is: in the code, and as seen."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

COUNTS = {
    "engine/ballots/boxes.py": 2,  # the envelopes of one box; the attendance of one meeting
    "engine/ballots/counting.py": 2,  # the attendance of one meeting, by group
    "engine/contacts.py": 1,  # the chats of one person
    "engine/deputies.py": 1,  # the open seats of those one person stands in for
    "engine/facts.py": 1,  # the rounds of one element of a selection
    "engine/identity.py": 1,  # the unread notices of one person
    "engine/jobs/embedded.py": 1,  # jobs that were given up, for the administrator's checks
    "engine/keeping.py": 1,  # what a command of the administrator would remove; no list
    "engine/inbox/items.py": 2,  # the open seats one person may hand in; those done of a task
    "engine/overview/answers.py": 1,  # the seats of the rounds of one element
    "engine/overview/lists.py": 1,  # the lists of one selection
    "engine/overview/listing.py": 1,  # one person's memberships in a selection already chosen
    "engine/overview/office.py": 1,  # the seats of at most a hundred tasks
    "engine/run/handing.py": 1,  # the seats of one person in one task
    "engine/run/previewing.py": 2,  # the open tasks of one selection; its results
    "engine/seals.py": 1,  # the sealed writing of one task
    "engine/seats/states.py": 1,  # of one task, and no more than are asked about
    "engine/tasks/opening.py": 1,  # the seats of one task that waits for a number of them
    "engine/studio/releases.py": 2,  # the releases of one procedure; the selections of its versions
    "webapp/doctor.py": 1,  # at most a thousand
    "engine/scenarios/answering.py": 1,  # tests of owners: one selection
    "engine/scenarios/report.py": 1,  # the same
    "engine/scenarios/watching.py": 2,  # the same
}
"""Where something is counted, how often, and within what. A new one is judged before it stands."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("engine", "webapp"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" not in name:
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def called(tree: ast.Module, attribute: str) -> int:
    return sum(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == attribute
        for node in ast.walk(tree)
    )


def counts(tree: ast.Module) -> int:
    """Calls of SQL's count: `func.count()`."""
    return sum(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "count"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "func"
        for node in ast.walk(tree)
    )


def words(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_query_leaves_rows_out_by_their_number() -> None:
    found = [
        name
        for name, tree in sources()
        if called(tree, "offset")
        or called(tree, "slice")
        or any("OFFSET" in w for w in words(tree))
    ]

    assert found == []


def test_every_count_is_within_something_small() -> None:
    assert {name: number for name, tree in sources() if (number := counts(tree))} == COUNTS
