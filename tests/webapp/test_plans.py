"""No page and no use case walks through a table that grows: every statement finds its index."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from engine.db import reading
from engine.definitions import read_package
from engine.model import CaseMember
from engine.outbox import MemoryTransport, send_due
from engine.scenarios.clocks import SettableClock
from engine.scenarios.hands import ServiceHands
from engine.scenarios.runner import Runner
from engine.settings import load_settings
from tests.support.databases import empty
from tests.support.moments import Moment, moments
from tests.support.plans import Asked, overheard, walks
from tests.webapp.route_samples import SAMPLES, Facts, Sample
from webapp.app import create_app
from webapp.demo.loading import published_case

_NOWHERE = UUID(int=0)
LISTS = ("/todo", "/done", "/notices", "/selections", "/meeting", "/public")


def _without(asked: Asked, *endings: str) -> Mapping[str, Any]:
    """Leave out what reads everything on purpose."""
    return {k: v for k, v in asked.items() if not k.rstrip().endswith(endings)}


ON_PURPOSE = ("FROM selection JOIN instance ON instance.id = selection.id",)
"""The list of people to act as; a demonstration has one selection."""


def test_no_page_of_the_published_case_walks_through_a_table(tmp_path: Path) -> None:
    with moments(tmp_path) as known:
        visits = [visit for sample in SAMPLES if (visit := _visit(known, sample))]
        with overheard() as shown:
            for moment, person, address in visits:
                _open(moment, person, address)
        engine: Engine = known["end"].sessions.kw["bind"]

        assert len(shown) > 50
        found = walks(engine, _without(shown, *ON_PURPOSE))
        assert not found, "\n\n".join(found)


def _visit(known: Mapping[str, Moment], sample: Sample) -> tuple[Moment, UUID | None, str] | None:
    if sample.endpoint.startswith("cases.start_"):  # before there is a selection
        return None
    moment = known[sample.moment]
    with reading(moment.sessions) as session:
        facts = Facts(session, moment.case_id, _NOWHERE)
        person, values = sample.who(facts), sample.values(facts)
    with moment.app.test_request_context():
        address = moment.app.url_for(sample.endpoint, _external=False, **values)
    return None if str(_NOWHERE) in address else (moment, person, address)  # there is no draft


def _open(moment: Moment, person: UUID | None, address: str) -> None:
    moment.app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    browser = moment.app.test_client()
    if person is not None:
        assert browser.post("/demo/sign-in", data={"person": str(person)}).status_code == 303
    with browser.get(address) as answer:
        assert answer.status_code in (200, 303)


@pytest.mark.postgres
def test_no_use_case_of_the_published_case_walks_through_a_table_on_postgresql(
    tmp_path: Path, postgres_engine: Engine
) -> None:
    environ = {"GONGXUAN_SECRET_KEY": "k" * 32, "GONGXUAN_HASH_COST": "test", "GONGXUAN_DEMO": "1"}
    settings = load_settings(environ, var_dir=tmp_path)
    sessions = sessionmaker[Session](postgres_engine, expire_on_commit=False)
    scenario = published_case(settings)
    clock = SettableClock(scenario.begins_at)
    package = read_package(settings.processes_dir, settings.forms_dir, scenario.procedure)
    hands = ServiceHands(sessions, clock, settings.files_dir, settings.secret_key)
    app = create_app(settings, sessions, clock)
    with overheard() as asked:
        played = Runner(sessions, clock, scenario, package, hands).play(until="s3_statements")
        send_due(sessions, MemoryTransport(), clock)
        _look_around(app, sessions, played.case_id)

    try:
        found = walks(postgres_engine, _without(asked, *ON_PURPOSE))
        assert not found, "\n\n".join(found)
    finally:
        empty(postgres_engine)


def _look_around(app: Flask, sessions: Any, case_id: UUID) -> None:
    """The lists and the office's page, as everybody who has to do something sees them."""
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    with reading(sessions) as session:
        members = select(CaseMember.role, CaseMember.person_id).where(CaseMember.roster == "")
        people = {row.role: row.person_id for row in session.execute(members)}
    for role, person in people.items():
        browser = app.test_client()
        assert browser.post("/demo/sign-in", data={"person": str(person)}).status_code == 303
        for address in LISTS:
            assert browser.get(address).status_code == 200, (role, address)
        browser.get(f"/selections/{case_id}")
        browser.get(f"/selections/{case_id}/office")
