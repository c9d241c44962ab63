"""The database opened by the product's rules."""

import pytest
from sqlalchemy import event, text

from engine.db import Sessions, transaction
from tests.support.races import Running


class Ended(BaseException):
    """The thread is ended in the middle of a statement, as by SystemExit."""


def test_a_thread_that_is_ended_in_a_statement_keeps_no_other_from_writing(
    file_sessions: Sessions,
) -> None:
    def end(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement == "SELECT 1":
            raise Ended

    engine = file_sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", end)
    with pytest.raises(Ended), transaction(file_sessions) as session:
        session.execute(text("SELECT 1"))

    def write() -> int:
        with transaction(file_sessions) as session:
            return int(session.scalar(text("SELECT 2")) or 0)

    assert Running(write).end().result == 2
