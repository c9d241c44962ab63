"""Single rows under concurrency: an insert that gives way to whoever was first."""

from typing import Any, cast

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.model import Base


def insert_if_absent(session: Session, model: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row unless one with the same primary or unique key stands there.

    On PostgreSQL it waits for another transaction that is about to insert the same key. The row
    is not loaded into the session.

    Returns:
        True if the row is new.

    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(model.__table__).values(values).on_conflict_do_nothing()
    return cast(CursorResult[Any], session.execute(insert)).rowcount == 1
