"""What the pages ask in the published case: nothing left out by number, no unbounded count."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from engine.db import Sessions
from tests.webapp.cases.conftest import Visit
from tests.webapp.cases.played import Played

PAGES = (
    "/todo", "/todo/own", "/todo/queue", "/todo/record", "/done", "/notices",
    "/selections", "/problems",
    "/selections/{case}", "/selections/{case}/office", "/selections/{case}/office/problems",
    "/selections/{case}/office/course", "/selections/{case}/results",
    "/selections/{case}/publications", "/selections/{case}/people",
    "/selections/{case}/people/first_electors", "/selections/{case}/plan",
    "/selections/{case}/history", "/selections/{case}/history?all=1", "/meeting",
)  # fmt: skip
BOUND = re.compile(r"(case_id|task_id|box_id|attendance_id|person_id|id) (=|IN)")


@contextmanager
def asked(sessions: Sessions) -> Iterator[list[tuple[str, Sequence[Any]]]]:
    """Statements with their parameters."""
    made: list[tuple[str, Sequence[Any]]] = []

    def note(_connection: Any, _cursor: Any, text: str, parameters: Any, *_rest: Any) -> None:
        made.append((text, parameters))

    engine = sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield made
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("page", PAGES)
def test_a_list_leaves_nothing_out_by_number_and_counts_only_within_something(
    interview: Played, visit: Visit, page: str
) -> None:
    browser = visit(interview.office())
    with asked(interview.sessions) as statements:
        answer = browser.get(page.format(case=interview.case_id))

    assert answer.status_code == 200, page
    # SQLAlchemy writes an OFFSET of nought after every LIMIT of SQLite.
    assert [text for text, values in statements if "OFFSET" in text and values[-1] != 0] == []
    unbounded = [
        text
        for text, _ in statements
        if "count(" in text and not BOUND.search(text.partition("WHERE")[2])
    ]
    assert unbounded == []
