"""The publications and messages of the open selection can be read and give nobody away."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PACKAGE = Path(__file__).parents[2] / "processes" / "open_selection"
TEXTS = sorted([*PACKAGE.glob("publications/*.yaml"), *PACKAGE.glob("messages/*.yaml")])
IDS = [f"{path.parent.name}/{path.stem}" for path in TEXTS]

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
FUNCTIONS = {"person", "present_post", "word", "len", "range", "sorted"}
PUBLIC = sorted(PACKAGE.glob("publications/*.yaml"))


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def pairs(text: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Every piece that stands in both languages."""
    yield text["title"]
    yield from text.get("paragraphs", [])
    for table in text.get("tables", []):
        yield table["title"]
        yield from (column["title"] for column in table["columns"])


def expressions(text: dict[str, Any]) -> Iterator[str]:
    for pair in pairs(text):
        yield from PLACEHOLDER.findall(pair["zh"])
        yield from PLACEHOLDER.findall(pair["en"])
    yield from (paragraph["if"] for paragraph in text.get("paragraphs", []) if "if" in paragraph)
    for table in text.get("tables", []):
        yield table["rows"]
        yield from (column["value"] for column in table["columns"])


def test_there_are_texts() -> None:
    assert len(TEXTS) > 20


@pytest.mark.parametrize("path", TEXTS, ids=IDS)
def test_a_text_says_only_what_the_vocabulary_has(path: Path) -> None:
    text = read(path)

    assert text.keys() <= {"title", "paragraphs", "tables"}
    assert all(each.keys() <= {"if", "zh", "en"} for each in text.get("paragraphs", []))
    assert all(each.keys() == {"title", "rows", "columns"} for each in text.get("tables", []))
    assert path.parent.name == "publications" or "tables" not in text


@pytest.mark.parametrize("path", TEXTS, ids=IDS)
def test_everything_stands_in_both_languages(path: Path) -> None:
    for pair in pairs(read(path)):
        assert pair["zh"].strip()
        assert pair["en"].strip()
        assert not re.search("[\u4e00-\u9fff]", pair["en"]), pair["en"]
        assert "{" not in PLACEHOLDER.sub("", pair["zh"] + pair["en"])


@pytest.mark.parametrize("path", TEXTS, ids=IDS)
def test_placeholders_are_expressions_with_known_functions(path: Path) -> None:
    for source in expressions(read(path)):
        called = [
            node.func
            for node in ast.walk(ast.parse(source, mode="eval"))
            if isinstance(node, ast.Call)
        ]
        assert {node.id for node in called if isinstance(node, ast.Name)} <= FUNCTIONS, source
        assert all(isinstance(node, ast.Name) for node in called), source


@pytest.mark.parametrize("path", PUBLIC, ids=[path.stem for path in PUBLIC])
def test_nobody_who_was_refused_is_named(path: Path) -> None:
    for table in read(path).get("tables", []):
        named = any("person(" in column["value"] for column in table["columns"])
        assert not (named and re.search("refused|stopped", table["rows"])), table["title"]
