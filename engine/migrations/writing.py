"""How a change of the tables is written down when Alembic proposes it."""

from typing import Any, Literal

from sqlalchemy.types import TypeEngine

from engine.model import UtcDateTime


def render_item(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Name only types of SQLAlchemy: a migration must not change when the product's code does."""
    if kind == "type" and isinstance(item, TypeEngine) and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False
