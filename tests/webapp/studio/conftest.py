"""Two owners, an administrator and an officer, each in a browser of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine import people
from engine.db import Sessions, transaction
from engine.identity import account_token
from engine.settings import Settings
from tests.webapp.conftest import PASSWORD

ROOT = Path(__file__).resolve().parents[3]
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def sign_in(app: Flask, sessions: Sessions, settings: Settings) -> SignIn:
    def _sign_in(name: str, *duties: str) -> FlaskClient:
        with transaction(sessions) as session:
            person = people.create_person(session, name=name, unit="县委组织部")
            account = people.create_account(
                session, person_id=person.id, login=f"p{person.id.hex[:12]}", password=PASSWORD,
                duties=list(duties), hash_cost=settings.hash_cost,
            )  # fmt: skip
            token = account_token(account)
        browser = app.test_client()
        with browser.session_transaction() as kept:
            kept["_user_id"] = token
        return browser

    return _sign_in


@pytest.fixture
def zhang(sign_in: SignIn) -> FlaskClient:
    return sign_in("张三", "owner")


@pytest.fixture
def li(sign_in: SignIn) -> FlaskClient:
    return sign_in("李四", "owner")
