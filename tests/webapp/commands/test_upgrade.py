"""`gongxuan upgrade` makes the tables and says what it did."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import inspect, text

from engine.db import migrations_config, open_database
from engine.model import Base
from webapp.__main__ import main
from webapp.commands.upgrade import upgrade
from webapp.installation import SecondWriter, open_installation

LAST = ScriptDirectory.from_config(migrations_config()).get_current_head()


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GONGXUAN_VAR", str(tmp_path))
    monkeypatch.delenv("GONGXUAN_DATABASE_URL", raising=False)
    return f"sqlite:///{tmp_path / 'gongxuan.sqlite'}"


def test_an_empty_database_gets_its_tables(url: str) -> None:
    said = CliRunner().invoke(upgrade)

    engine = open_database(url)
    assert said.output == f"The tables are at revision {LAST} now; before: none.\n"
    assert set(inspect(engine).get_table_names()) == {"alembic_version", *Base.metadata.tables}
    engine.dispose()


@pytest.mark.usefixtures("url")
def test_the_second_time_nothing_is_changed() -> None:
    CliRunner().invoke(upgrade)

    said = CliRunner().invoke(upgrade)

    assert said.output == f"The tables are up to date (revision {LAST}); nothing was changed.\n"


def test_a_foreign_database_is_refused_with_the_remedy(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE something_else (id INTEGER)"))
    engine.dispose()
    monkeypatch.setattr("sys.argv", ["gongxuan", "upgrade"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 1
    assert "point GONGXUAN_DATABASE_URL at an empty database" in capsys.readouterr().err


def test_a_database_that_is_being_served_is_left_alone(url: str, tmp_path: Path) -> None:
    with open_installation({"GONGXUAN_DATABASE_URL": url}, tmp_path):
        said = CliRunner().invoke(upgrade)

    assert isinstance(said.exception, SecondWriter)
