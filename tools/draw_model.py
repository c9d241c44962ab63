"""Draw docs/data-model.svg from the tables: `make model-picture`. A test says when it is stale."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from sqlalchemy import Column, Table

from engine.model import Base

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "data-model.svg"

# One list for each column of the picture, from the left. Every table has its place.
COLUMNS = (
    ("person", "account", "sign_in_attempt", "slip", "contact", "chat_channel", "calendar_feed"),
    ("start_draft", "selection", "plan_date", "case_member", "candidate", "publication"),
    ("notice", "outgoing", "outgoing_about", "reminder", "invitation", "conflict"),
    ("package", "instance", "timer", "history", "operation_run", "problem", "change"),
    (
        "calendar_year",
        "calendar_day",
        "user_task",
        "seat",
        "stored_file",
        "absence",
        "recusal",
        "job",
        "upkeep",
    ),
    ("package_release", "package_draft", "draft_revision", "draft_typing"),
    ("attendance", "attendee", "ballot_box", "ballot_envelope", "ballot_line", "sealed_item"),
)
# Nearly every table points at these; their arrows would hide the others. The rows name them.
NOT_DRAWN = ("selection", "person")

WIDTH, GAP, ROW, HEAD, MARGIN = 250, 70, 17, 24, 20


@dataclass(frozen=True)
class Box:
    """Where a table stands in the picture."""

    table: Table
    x: int
    y: int

    @property
    def height(self) -> int:
        return HEAD + ROW * len(self.table.columns) + 6

    def row_of(self, column: Column[object]) -> int:
        """The middle of a column's row."""
        return self.y + HEAD + ROW * list(self.table.columns).index(column) + ROW // 2 + 2


def draw() -> str:
    """Give the picture of all tables as SVG.

    Raises:
        ValueError: a table has no place in `COLUMNS`, or a place has no table.
    """
    boxes = {box.table.name: box for box in _placed()}
    width = max(box.x for box in boxes.values()) + WIDTH + MARGIN
    height = max(box.y + box.height for box in boxes.values()) + MARGIN
    lines = [line for box in boxes.values() for line in _arrows(box, boxes)]
    tables = [line for box in boxes.values() for line in _table(box)]
    return "\n".join([_head(width, height), *lines, *tables, "</svg>", ""])


def _placed() -> Iterator[Box]:
    tables = dict(Base.metadata.tables)
    placed = {name for column in COLUMNS for name in column}
    if placed != tables.keys():
        raise ValueError(
            f"tables without a place, or places without a table: {placed ^ tables.keys()}"
        )
    for number, names in enumerate(COLUMNS):
        y = MARGIN
        for name in names:
            box = Box(tables[name], MARGIN + number * (WIDTH + GAP), y)
            y += box.height + MARGIN
            yield box


def _head(width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f"font-family=\"'Noto Sans', 'Noto Sans CJK SC', Arial, sans-serif\" font-size=\"11.5\">\n"
        "<title>The tables of Gongxuan</title>\n"
        "<style>.box{fill:#fff;stroke:#505a5f}.head{fill:#1d4c7f}.name{fill:#fff;font-weight:700}"
        ".key{font-weight:700}.type{fill:#505a5f}.link{fill:#1d4c7f}"
        ".arrow{fill:none;stroke:#1d4c7f;stroke-width:1.3}</style>\n"
        '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8Z" fill="#1d4c7f"/></marker></defs>\n'
        f'<rect width="{width}" height="{height}" fill="#f3f2f1"/>'
    )


def _table(box: Box) -> Iterator[str]:
    yield f'<rect class="box" x="{box.x}" y="{box.y}" width="{WIDTH}" height="{box.height}"/>'
    yield f'<rect class="head" x="{box.x}" y="{box.y}" width="{WIDTH}" height="{HEAD - 2}"/>'
    yield f'<text class="name" x="{box.x + 8}" y="{box.y + 15}">{box.table.name}</text>'
    for column in box.table.columns:
        y = box.row_of(column) + 4
        style = ' class="key"' if column.primary_key else ""
        yield f'<text{style} x="{box.x + 8}" y="{y}">{escape(column.name)}</text>'
        kind, text = _said(column)
        right = box.x + WIDTH - 8
        yield f'<text class="{kind}" x="{right}" y="{y}" text-anchor="end">{text}</text>'


def _said(column: Column[object]) -> tuple[str, str]:
    """What stands at the right of a row: where it points, or its type; `?` may be empty."""
    optional = "?" if column.nullable else ""
    for key in column.foreign_keys:
        return "link", f"→ {key.column.table.name}{optional}"
    return "type", escape(_type(column)) + optional


def _type(column: Column[object]) -> str:
    names = {"UtcDateTime": "instant", "Uuid": "id", "LargeBinary": "bytes", "JSON": "json"}
    name = type(column.type).__name__
    length = getattr(column.type, "length", None)
    return names.get(name, name.lower()) + (f" {length}" if length else "")


def _arrows(box: Box, boxes: dict[str, Box]) -> Iterator[str]:
    for key in sorted(box.table.foreign_keys, key=lambda one: str(one.parent.name)):
        target = key.column.table.name
        if target in NOT_DRAWN or target == box.table.name:
            continue
        start, end = box.row_of(key.parent), boxes[target].y + HEAD // 2
        path = _path(box, boxes[target], start, end)
        yield f'<path class="arrow" marker-end="url(#end)" d="{path}"/>'


def _path(box: Box, target: Box, start: int, end: int) -> str:
    """A line through the gap beside the target, or in front of both in the same column."""
    lane = 14 + (start * 7) % (GAP - 28)  # apart from its neighbours
    if target.x < box.x:
        right = target.x + WIDTH
        return f"M{box.x} {start}H{right + lane}V{end}H{right}"
    if target.x > box.x:
        return f"M{box.x + WIDTH} {start}H{target.x - lane}V{end}H{target.x}"
    return f"M{box.x} {start}H{box.x - lane}V{end}H{box.x}"


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
    print(f"{PICTURE.name} is drawn")
