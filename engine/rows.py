"""Single rows under concurrency: an insert that gives way to whoever was first."""

from typing import Any

from sqlalchemy import inspect
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
    table = inspect(model).local_table
    insert = dialect.insert(table).values(values).on_conflict_do_nothing()
    # a row count does not tell: on PostgreSQL it is lost when SQLAlchemy asks for the new key
    return session.execute(insert.returning(*table.primary_key)).first() is not None
