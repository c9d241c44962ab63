"""Nobody may read a ballot past `engine.ballots`."""

import ast
from pathlib import Path

from engine.ballots import encode_choice
from engine.db import transaction
from tests.engine.ballots.meeting import Meeting

ROOT = Path(__file__).resolve().parents[3]
SECRET = {"BallotEnvelope", "BallotLine"}
SECRET_TABLES = {"ballot_envelope", "ballot_line"}


def names_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {
        alias.name
        for node in ast.walk(tree)
        for alias in getattr(node, "names", ())
        if isinstance(alias, ast.alias)
    }
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    named = {table for table in SECRET_TABLES for text in texts if table in str(text)}
    return names & SECRET | named


def test_only_this_package_and_the_tables_themselves_name_ballots() -> None:
    sources = [file for folder in ("engine", "webapp") for file in (ROOT / folder).rglob("*.py")]

    places = {str(file.relative_to(ROOT).parent) for file in sources if names_in(file)}
    places.discard("engine/migrations/versions")  # makes the tables, reads nothing

    assert places == {"engine/ballots", "engine/model"}


def test_an_error_of_the_database_does_not_quote_an_envelope(meeting: Meeting) -> None:
    with transaction(meeting.sessions) as session:
        bind = session.get_bind()
        assert bind.engine.hide_parameters

    assert "K01" not in repr(meeting.cast_envelope(0, encode_choice({"first": ["K01"]})))
