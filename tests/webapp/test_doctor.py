"""The doctor names what is wrong with its remedy, and is content with what is well."""

import socket
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from engine import upkeep
from engine.clock import SystemClock
from engine.db import open_database, upgrade_database
from engine.model import Outgoing
from engine.settings import load_settings
from tests.support.mail import mail_server
from tests.support.sockets import free_port
from webapp.commands.doctor import doctor
from webapp.doctor import Finding, examine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation with tables, whose worker was seen just now."""
    tmp_path.chmod(0o700)
    (tmp_path / "files").mkdir(mode=0o700)
    engine = open_database(f"sqlite:///{tmp_path / 'gongxuan.sqlite'}")
    upgrade_database(engine)
    with sessionmaker[Session](engine).begin() as session:
        upkeep.saw(session, f"{upkeep.WORKER}here", now=SystemClock().now())
    engine.dispose()
    return tmp_path


def examined(folder: Path, **environ: str) -> dict[str, Finding]:
    return {each.subject: each for each in examine(load_settings(environ, var_dir=folder), folder)}


def change(folder: Path, statement: str) -> None:
    engine = create_engine(f"sqlite:///{folder / 'gongxuan.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_sound_installation_has_nothing_bad(folder: Path) -> None:
    with mail_server() as mailbox, socket.create_server(("127.0.0.1", 0)) as gateway:
        found = examined(
            folder,
            GONGXUAN_SMTP_HOST="127.0.0.1",
            GONGXUAN_SMTP_PORT=str(mailbox.port),
            GONGXUAN_SMS_URL=f"http://127.0.0.1:{gateway.getsockname()[1]}/send",
        )

    states = {subject: each.state for subject, each in found.items() if subject != "SQLite"}
    assert set(states.values()) == {"good"}, found
    assert {"folder", "database", "tables", "worker", "problems", "messages", "mail"} <= set(states)


def test_a_worker_that_is_silent_is_named_with_its_last_sign(folder: Path) -> None:
    change(folder, "UPDATE upkeep SET at = '2026-01-02 03:04:00'")

    worker = examined(folder)["worker"]

    assert (worker.state, "seen 2026-01-02 03:04 UTC" in worker.said) == ("bad", True)
    assert "gongxuan worker" in worker.remedy


def test_old_tables_are_named_and_what_needs_them_is_left_out(folder: Path) -> None:
    change(folder, "UPDATE alembic_version SET version_num = '0000'")

    found = examined(folder)

    assert (found["tables"].state, found["tables"].remedy) == ("bad", "gongxuan upgrade")
    assert "worker" not in found


def test_messages_that_were_given_up_are_counted(folder: Path) -> None:
    engine = open_database(f"sqlite:///{folder / 'gongxuan.sqlite'}")
    with sessionmaker[Session](engine).begin() as session:
        session.add(
            Outgoing(
                address="a@b", dedupe_key="k", subject="", body="", state="dead",
                next_try_at=SystemClock().now() - timedelta(days=1), posted_at=SystemClock().now(),
            )
        )  # fmt: skip
    engine.dispose()

    assert examined(folder)["messages"] == Finding(
        "messages", "look", "1 open", "given up; the offices can send them again"
    )


def test_what_others_may_read_is_named(folder: Path) -> None:
    key = folder / "secret-key"
    key.write_text("k")
    key.chmod(0o644)
    folder.chmod(0o755)

    found = examined(folder)

    assert (found["secret key"].state, found["secret key"].remedy) == ("bad", f"chmod 600 {key}")
    assert found["folder"].remedy == f"chmod o-rwx {folder}"


@pytest.mark.parametrize(
    ("environ", "subject"),
    [
        ({"GONGXUAN_RETENTION": "/nowhere.yaml"}, "limits"),
        ({"GONGXUAN_TRUSTED_PROXY": "proxy"}, "trusted proxy"),
        ({"GONGXUAN_SMTP_HOST": "127.0.0.1", "GONGXUAN_SMTP_PORT": str(free_port())}, "mail"),
        ({"GONGXUAN_SMS_URL": f"http://127.0.0.1:{free_port()}/"}, "SMS"),
        ({"GONGXUAN_DATABASE_URL": "postgresql+psycopg://x@127.0.0.1:1/x"}, "database"),
    ],
)
def test_what_does_not_work_is_bad_and_does_not_hide_the_rest(
    folder: Path, environ: dict[str, str], subject: str
) -> None:
    found = examined(folder, **environ)

    assert found[subject].state == "bad"
    assert found[subject].remedy
    assert found["folder"].state == "good"


def test_a_proxy_that_is_not_trusted_is_named(folder: Path) -> None:
    found = examined(folder, GONGXUAN_PUBLIC_URL="https://gongxuan.example.org")

    assert found["trusted proxy"].state == "look"


@pytest.mark.postgres
def test_the_clock_is_compared_with_that_of_the_database(
    folder: Path, postgres_engine: Engine
) -> None:
    schema = "doctored"
    address = postgres_engine.url.render_as_string(hide_password=False)
    engine = open_database(address, schema=schema)
    upgrade_database(engine, schema=schema)
    engine.dispose()

    found = examined(folder, GONGXUAN_DATABASE_URL=address, GONGXUAN_SCHEMA=schema)

    assert found["clock"].state == "good"
    assert found["database"].said.startswith("PostgreSQL ")
    with postgres_engine.begin() as connection:
        connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))


def test_the_page_is_read_by_people_and_its_end_by_programs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGXUAN_VAR", str(folder))
    well = CliRunner().invoke(doctor)
    change(folder, "DELETE FROM upkeep")
    ill = CliRunner().invoke(doctor)

    assert well.exit_code == 0
    assert "✓ worker" in well.output
    assert ill.exit_code == 1
    assert "✗ worker             none works; none was ever seen" in ill.output


def test_the_folder_of_an_sms_modem_is_looked_at(folder: Path) -> None:
    for name in ("outgoing", "sent", "failed"):
        (folder / "spool" / name).mkdir(parents=True)

    sms = examined(folder, GONGXUAN_SMS_SPOOL=str(folder / "spool"))["SMS"]

    assert sms == Finding("SMS", "good", f"{folder}/spool/outgoing can be written")
