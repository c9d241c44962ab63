"""Write a migration: what the tables need, proposed by Alembic, to be read by hand.

    python -m tools.write_migration 'seats remember who opened them'

Compares against PostgreSQL: on SQLite the proposal would carry defaults PostgreSQL refuses. Before
the first release the one migration is written anew instead: NAME=initial.

Alembic does not see CHECK constraints that changed in a table that stays; write those by hand.
`tests/engine/test_migrations.py` says what is missing.
"""

import subprocess
import sys
from pathlib import Path

from alembic import command
from alembic.script import Script

from engine.db import migrations_config, open_database, upgrade_database
from tests.support.postgres import find_programs, postgres_server

VERSIONS = Path(__file__).resolve().parent.parent / "engine" / "migrations" / "versions"


def main(name: str) -> int:
    programs = find_programs()
    if programs is None:
        print("PostgreSQL is missing. Remedy on Debian and Ubuntu: apt-get install postgresql")
        return 1
    written = sorted(VERSIONS.glob("v*.py"))
    if name == "initial" and len(written) == 1:
        written.pop().unlink()
    existing = len(written)
    with postgres_server(programs) as url:
        engine = open_database(url)
        if existing:
            upgrade_database(engine)
        with engine.begin() as connection:
            script = command.revision(
                migrations_config(connection), name, autogenerate=True, rev_id=f"{existing + 1:04}"
            )
        engine.dispose()
    assert isinstance(script, Script)  # noqa: S101 - one is written; told to mypy
    tidy(Path(script.path))
    print("Read it by hand, then run: make test ARGS=tests/engine/test_migrations.py")
    return 0


def tidy(file: Path) -> None:
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "    # ### " not in line), "utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "check", "--fix-only", "--quiet", file], check=True)
    subprocess.run([ruff, "format", "--quiet", file], check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():  # noqa: PLR2004 - the program and the name
        sys.exit("say what changes: make migration NAME='seats remember who opened them'")
    sys.exit(main(sys.argv[1]))
