"""Lists by keyset, a page at a time: nothing is skipped over, nothing is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import Session

PAGE = 50
T = TypeVar("T")


@dataclass(frozen=True)
class Mark:
    """Where a page of a list ended; the next page begins after it."""

    at: datetime | None
    id: UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat() if self.at else ''}~{self.id}"


def read_mark(text: str) -> Mark | None:
    """Read what `str(mark)` gave; None for anything else, which is the first page."""
    at, _, key = text.partition("~")
    try:
        return Mark(datetime.fromisoformat(at) if at else None, UUID(key))
    except ValueError:
        return None


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; `following` is None on the last."""

    items: Sequence[T]
    following: Mark | None = None


def before(at: Any, key: Any, after: Mark) -> ColumnElement[bool]:
    """What comes after a mark in a list that begins with the latest."""
    return or_(at < after.at, and_(at == after.at, key < after.id))


def one_more(
    session: Session, asked: Select[*tuple[Any, ...]], limit: int
) -> tuple[list[Any], bool]:
    """Read one row more than a page: that tells whether another page follows."""
    rows = list(session.execute(asked.limit(limit + 1)))
    return rows[:limit], len(rows) > limit
