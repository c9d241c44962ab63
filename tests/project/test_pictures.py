"""Pictures in the documents are as old as what they show, and links lead somewhere."""

import re
from pathlib import Path

from engine.model import Base
from tools.draw_model import PICTURE, draw

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "deploy").rglob("*.md"),
]


def test_the_picture_of_the_tables_is_current() -> None:
    assert PICTURE.read_text("utf-8") == draw(), "run: make model-picture"


def test_every_table_is_described() -> None:
    page = (ROOT / "docs" / "data-model.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.+?) \|", page, re.MULTILINE)

    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(
        Base.metadata.tables
    )


def test_links_of_the_documents_lead_to_files() -> None:
    broken = [
        (page.name, link)
        for page in PAGES
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
        if not link.startswith("http") and not (page.parent / link).exists()
    ]

    assert broken == []
