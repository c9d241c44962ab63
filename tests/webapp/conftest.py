"""An application on a real database, and a browser for each person."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine import people
from engine.db import Sessions, transaction
from engine.definitions import PackageVersion
from engine.identity import account_token
from engine.model import Account
from engine.settings import Settings, load_settings
from tests.support.clock import FakeClock
from tests.support.packages import write_package
from tests.support.played import Played, Theatre
from webapp.app import create_app

PASSWORD = "correct horse battery"  # noqa: S105 - of people who do not exist
Browse = Callable[[UUID | None], FlaskClient]
Visit = Callable[..., FlaskClient]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    environ = {"GONGXUAN_SECRET_KEY": "k" * 32, "GONGXUAN_HASH_COST": "test"}
    return load_settings(environ, var_dir=tmp_path / "var")


@pytest.fixture
def package(tmp_path: Path) -> PackageVersion:
    return write_package(tmp_path)


@pytest.fixture
def app(settings: Settings, sessions: Sessions, clock: FakeClock) -> Flask:
    """The in-memory database has one connection: a page that opened two sessions would fail."""
    app = create_app(settings, sessions, clock)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture
def browse(app: Flask, sessions: Sessions, settings: Settings) -> Browse:
    """Give a browser in which a person is signed in, or nobody; it reads Chinese."""

    def _browse(person_id: UUID | None = None) -> FlaskClient:
        browser = app.test_client()
        if person_id is not None:
            token = sign_up(sessions, settings, person_id)
            with browser.session_transaction() as kept:
                kept["_user_id"] = token
        return browser

    return _browse


def sign_up(sessions: Sessions, settings: Settings, person_id: UUID) -> str:
    """Give a person an account, unless they have one; returns the token of a session."""
    with transaction(sessions) as session:
        account = session.query(Account).filter_by(person_id=person_id).one_or_none()
        if account is None:
            account = people.create_account(
                session, person_id=person_id, login=f"p{person_id.hex[:12]}", password=PASSWORD,
                hash_cost=settings.hash_cost,
            )  # fmt: skip
        return account_token(account)


STOPS = (
    "s1_apply", "s2_enter_scores", "s3_statements", "mv_attendance", "mv_cast", "mv_sign_report",
    "s5_present",
)  # fmt: skip


@pytest.fixture(scope="session")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """The published case, played once in a run to each of `STOPS`."""
    theatre = Theatre(tmp_path_factory.mktemp("theatre"))
    theatre.play_through(*STOPS)
    yield theatre
    theatre.close()


@pytest.fixture
def played(request: pytest.FixtureRequest, theatre: Theatre, tmp_path: Path) -> Iterator[Played]:
    """The published case as it stands where the test says: `@at("s5_present")`."""
    with theatre.at(request.param, tmp_path) as copy:
        yield copy


@pytest.fixture
def visit(played: Played, settings: Settings) -> Visit:
    """Give a browser on the played case in which a person is signed in, or nobody."""
    app = create_app(settings, played.sessions, played.clock)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)

    def _visit(person_id: UUID | None = None) -> FlaskClient:
        browser = app.test_client()
        if person_id is not None:
            token = sign_up(played.sessions, settings, person_id)
            with browser.session_transaction() as kept:
                kept["_user_id"] = token
        return browser

    return _visit


def at(element: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("played", [element], indirect=True)
