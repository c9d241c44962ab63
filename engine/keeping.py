"""How long rows of one kind are kept: what a limit applies to. The limits: `engine.retention`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, inspect, null, select, tuple_, update
from sqlalchemy.orm import Session

from engine.model import Base


@dataclass(frozen=True)
class Kept:
    """One limit.

    Args:
        key: its name in the file of limits and in docs/data-model.md.
        model: the table.
        days: kept so long by default; None: for ever.
        old: which rows are older than an instant, and may go at all.
        wipes: only this column is emptied; empty: the whole row goes.
    """

    key: str
    model: type[Base]
    days: int | None
    old: Callable[[datetime], ColumnElement[bool]]
    wipes: str = ""

    def count(self, session: Session, *, days: int, now: datetime) -> int:
        """How many rows would go now."""
        asked = select(func.count()).select_from(self.model).where(self._old(days, now))
        return session.scalar(asked) or 0

    def remove(self, session: Session, *, days: int, now: datetime, limit: int) -> int:
        """Remove at most so many rows; returns how many went."""
        key = inspect(self.model).primary_key
        found = session.execute(select(*key).where(self._old(days, now)).limit(limit)).all()
        if not found:
            return 0
        alone = len(key) == 1
        these = key[0].in_([row[0] for row in found]) if alone else tuple_(*key).in_(found)
        statement: Any = delete(self.model).where(these)
        if self.wipes:  # NULL, not the word null of JSON
            statement = update(self.model).where(these).values({self.wipes: null()})
        session.execute(statement, execution_options={"synchronize_session": False})
        return len(found)

    def _old(self, days: int, now: datetime) -> ColumnElement[bool]:
        return self.old(now - timedelta(days=days))
