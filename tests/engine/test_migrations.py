"""The migrations run both ways, and end where the model is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, make_url, text

from engine.db import (
    TablesUnknown,
    migrations_config,
    open_database,
    upgrade_database,
)
from engine.model import Base

_ON_BOTH = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of its own."""
    if request.param == "sqlite":
        engine = open_database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
        yield engine
        engine.dispose()
        return
    server: Engine = request.getfixturevalue("postgres_engine")
    outside = server.execution_options(isolation_level="AUTOCOMMIT")
    with outside.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS migrated"))
        connection.execute(text("CREATE DATABASE migrated"))
    engine = open_database(
        make_url(server.url).set(database="migrated").render_as_string(hide_password=False)
    )
    yield engine
    engine.dispose()


def picture(engine: Engine) -> dict[str, Any]:
    """Everything the database itself knows about its tables."""
    seen = inspect(engine)
    tables = {
        name: {
            "columns": [{**c, "type": str(c["type"])} for c in seen.get_columns(name)],
            "key": seen.get_pk_constraint(name),
            "references": _by_name(seen.get_foreign_keys(name)),
            "unique": _by_name(seen.get_unique_constraints(name)),
            "checks": _by_name(seen.get_check_constraints(name)),
        }
        for name in seen.get_table_names()
        if name != "alembic_version"
    }
    asked = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "AND tablename <> 'alembic_version'",
    }
    with engine.connect() as connection:
        indexes = {row[0]: row[1] for row in connection.execute(text(asked[engine.dialect.name]))}
    return {"tables": tables, "indexes": indexes}


def _by_name(found: Any) -> list[Any]:
    return sorted(found, key=lambda one: str(one["name"]))


def downgrade(engine: Engine) -> None:
    with engine.begin() as connection:
        command.downgrade(migrations_config(connection), "base")


@_ON_BOTH
def test_the_migrations_end_where_the_model_is(database: Engine) -> None:
    upgrade_database(database)
    migrated = picture(database)
    downgrade(database)

    Base.metadata.create_all(database)

    assert migrated == picture(database)


@_ON_BOTH
def test_the_migrations_run_down_and_up_again(database: Engine) -> None:
    upgrade_database(database)
    before = picture(database)

    downgrade(database)
    between = picture(database)
    upgrade_database(database)

    assert between == {"tables": {}, "indexes": {}}
    assert picture(database) == before


@_ON_BOTH
def test_an_upgrade_with_nothing_to_do_changes_nothing(database: Engine) -> None:
    found, stands = upgrade_database(database)

    assert found is None
    assert upgrade_database(database) == (stands, stands)


@_ON_BOTH
def test_tables_of_a_later_version_are_left_alone(database: Engine) -> None:
    upgrade_database(database)
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = picture(database)

    with pytest.raises(TablesUnknown, match=r"another version \(9999\)"):
        upgrade_database(database)

    assert picture(database) == before


@_ON_BOTH
def test_tables_of_something_else_are_left_alone(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE something_else (id INTEGER)"))

    with pytest.raises(TablesUnknown, match="without a note of their version"):
        upgrade_database(database)

    assert inspect(database).get_table_names() == ["something_else"]


def test_foreign_keys_hold_again_after_an_upgrade() -> None:
    engine = open_database("sqlite://")

    upgrade_database(engine)

    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    engine.dispose()
