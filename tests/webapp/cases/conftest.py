"""A selection that stands before the judges' scores, and browsers of the people in it."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.settings import load_settings
from tests.webapp.cases.played import Played, published_case
from tests.webapp.conftest import sign_up
from webapp.app import create_app

Visit = Callable[[UUID], FlaskClient]


@pytest.fixture(scope="session")
def interview(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The published case: two steps are over, the third result is out, the judges may begin."""
    return published_case("s5_score", str(tmp_path_factory.mktemp("files")))


@pytest.fixture(scope="session")
def interview_app(interview: Played, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    environ = {"GONGXUAN_SECRET_KEY": "k" * 32, "GONGXUAN_HASH_COST": "test"}
    settings = load_settings(environ, var_dir=Path(tmp_path_factory.mktemp("var")))
    app = create_app(settings, interview.sessions, interview.clock)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture
def visit(interview: Played, interview_app: Flask) -> Visit:
    """A browser in which a person of the published case is signed in."""

    def _visit(person_id: UUID) -> FlaskClient:
        settings = interview_app.extensions["gongxuan"].settings
        browser = interview_app.test_client()
        with browser.session_transaction() as kept:
            kept["_user_id"] = sign_up(interview.sessions, settings, person_id)
        return browser

    return _visit
