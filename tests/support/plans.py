"""Which statements walk through a whole table: asked of the database's own planner."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

GROWING = (
    "attendee", "ballot_envelope", "ballot_line", "candidate", "case_member", "history", "instance",
    "notice", "operation_run", "outgoing", "plan_date", "problem", "publication", "seat",
    "selection", "slip", "stored_file", "timer", "user_task",
)  # fmt: skip
"""Tables that grow with the installation; nobody waits for a walk through one of them."""

Asked = dict[str, Any]
"""Statement → the parameters with which it was executed first."""

_NAME = re.compile(r"(?:SCAN|Seq Scan on) (\w+)")


@contextmanager
def overheard() -> Iterator[Asked]:
    """Collect what every database is asked while the block runs."""
    asked: Asked = {}

    def note(
        _connection: object, _cursor: object, statement: str, parameters: Any, _context: object,
        executemany: bool,
    ) -> None:  # fmt: skip
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")) and statement not in asked:
            asked[statement] = parameters[0] if executemany else parameters

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def walks(engine: Engine, asked: Mapping[str, Any]) -> list[str]:
    """Each statement that walks through a growing table however it is indexed, with the line."""
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        plan = _of_sqlite if engine.dialect.name == "sqlite" else _of_postgres
        return [
            f"{line}\n{statement}"
            for statement, parameters in asked.items()
            for line in plan(raw, statement, parameters)
            if _table(line) in GROWING
        ]


def _of_sqlite(raw: Any, statement: str, parameters: Any) -> list[str]:
    rows = raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [line for *_, line in rows if line.startswith("SCAN ")]


def _of_postgres(raw: Any, statement: str, parameters: Any) -> list[str]:
    """With few rows it would walk because that is quick: here it may only where nothing else is."""
    with raw.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", parameters)
        lines = [line for (line,) in cursor]
    raw.rollback()
    return [line for line in lines if "Seq Scan on" in line]


def _table(line: str) -> str:
    """The table of a line, without the number of its alias."""
    found = _NAME.search(line)
    return re.sub(r"_\d+$", "", found[1]) if found else ""
