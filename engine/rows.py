"""Single rows under concurrency: an insert that gives way to whoever was first."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.model import Base

_AT_ONCE = 500


def insert_if_absent(session: Session, model: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row unless one with the same primary or unique key stands there.

    On PostgreSQL it waits for another transaction that is about to insert the same key. The row
    is not loaded into the session.

    Returns:
        True if the row is new.

    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = inspect(model).local_table
    insert = dialect.insert(table).values(values).on_conflict_do_nothing()
    # a row count does not tell: on PostgreSQL it is lost when SQLAlchemy asks for the new key
    return session.execute(insert.returning(*table.primary_key)).first() is not None


def insert_all_absent(
    session: Session, model: type[Base], rows: Sequence[dict[str, Any]], *, key: str
) -> int:
    """Insert the rows whose unique `key` does not stand there yet; returns how many were new.

    A few statements for any number of rows; each row needs its primary key.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = inspect(model).local_table
    new = 0
    for begin in range(0, len(rows), _AT_ONCE):
        statement = dialect.insert(table).values(rows[begin : begin + _AT_ONCE])
        kept = statement.on_conflict_do_nothing(index_elements=[key]).returning(table.c[key])
        new += len(session.execute(kept).all())
    return new
