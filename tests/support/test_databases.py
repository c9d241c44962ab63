import pytest
from sqlalchemy import text

from engine.db import Sessions, reading
from engine.model import Person
from tests.support.databases import count_sql, on_both
from tests.support.selections import add_people


@on_both
@pytest.mark.parametrize("_run", [1, 2])
def test_every_test_starts_on_an_empty_database(sessions: Sessions, _run: int) -> None:
    with sessions.begin() as session:
        assert session.query(Person).count() == 0
        add_people(session, "甲")


def test_statements_are_counted_inside_the_block_alone(sessions: Sessions) -> None:
    with reading(sessions) as session:
        with count_sql(sessions) as statements:
            session.execute(text("SELECT 1"))
        session.execute(text("SELECT 2"))

    assert statements == ["SELECT 1"]
