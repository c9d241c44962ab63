"""What the start pages share: the draft, its procedure, and the way from page to page."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import make_response, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import preparation
from engine.almanac import Almanac
from engine.db import reading, transaction
from engine.definitions import PackageVersion
from engine.model import StartDraft
from engine.preparation import Readiness
from engine.studio.releases import current
from webapp import context
from webapp.errors import N_

PARTS = (
    ("form", "cases.start_form", N_("The selection")),
    ("numbers", "cases.start_numbers", N_("Numbers of the plan")),
    ("plan", "cases.start_plan", N_("Dates")),
    ("people", "cases.start_people", N_("People and roles")),
    ("", "cases.start_summary", N_("Check and start")),
)
_KEYS = {"form": "details", "numbers": "numbers", "plan": "plan", "people": "members"}


@dataclass(frozen=True)
class Preparing:
    """A draft with its procedure, inside one transaction."""

    session: Session
    draft: StartDraft
    package: PackageVersion

    @property
    def id(self) -> UUID:
        return self.draft.id

    @property
    def zone(self) -> ZoneInfo:
        return zone()

    def part(self, name: str, otherwise: Any) -> Any:
        return self.draft.data.get(name, otherwise)

    def keep(self, **changes: Any) -> None:
        preparation.keep(self.draft, changes, now=context.now())

    def ready(self) -> Readiness:
        return preparation.readiness(
            self.package, self.draft, zone=self.zone, calendar=self.calendar
        )

    @property
    def calendar(self) -> Almanac:
        """The working days of this installation."""
        return Almanac(self.session)


def zone() -> ZoneInfo:
    return ZoneInfo(context.settings().time_zone)


def package_of(session: Session, key: str) -> PackageVersion:
    """The version that a selection starts with now."""
    settings = context.settings()
    return current(session, key, processes_dir=settings.processes_dir, forms_dir=settings.forms_dir)


@contextmanager
def seen_draft(draft_id: UUID) -> Iterator[Preparing]:
    """The draft for a page that only shows it."""
    with reading(context.sessions()) as session:
        yield _found(session, draft_id)


@contextmanager
def changed_draft(draft_id: UUID) -> Iterator[Preparing]:
    """The draft for a page that keeps what was typed."""
    with transaction(context.sessions()) as session:
        yield _found(session, draft_id)


def _found(session: Session, draft_id: UUID) -> Preparing:
    draft = preparation.find_draft(session, context.me(), draft_id=draft_id)
    return Preparing(session, draft, package_of(session, draft.package_key))


def page(template: str, at: Preparing, part: str, *, status: int = 200, **more: Any) -> Response:
    """One of the start pages, with the list of all of them."""
    ready = at.ready()
    html = render_template(
        f"cases/start/{template}.html", at=at, ready=ready, part=part,
        parts=_parts(at, ready, part), **more,
    )  # fmt: skip
    return make_response(html, status)


def _parts(at: Preparing, ready: Readiness, here: str) -> list[Mapping[str, Any]]:
    refused = set(ready.refuses)
    return [
        {
            "text": gettext(text),
            "href": url_for(endpoint, draft_id=at.id),
            "current": key == here,
            "done": bool(key) and key not in refused and _KEYS[key] in at.draft.data,
            "wrong": key in refused and _KEYS.get(key) in at.draft.data,
        }
        for key, endpoint, text in PARTS
    ]
