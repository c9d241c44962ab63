"""What the pages of one selection share: the selection as the reader sees it, and its tabs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask_babel import gettext

from engine import overview
from engine.db import reading
from engine.definitions import Words
from engine.overview import Seen
from webapp import context
from webapp.errors import N_


@dataclass(frozen=True)
class Tab:
    """One entry of a selection's own menu; `shown` names the property that allows it."""

    endpoint: str
    text: str
    shown: str


TABS = (
    Tab("cases.show", N_("Where it stands"), ""),
    Tab("cases.desk", N_("To deal with"), "is_office"),
    Tab("cases.results", N_("Results"), "reads_results"),
    Tab("cases.publications", N_("Publications"), ""),
    Tab("cases.people", N_("Who takes part"), "reads_people"),
    Tab("cases.recusals", N_("Stepping aside"), "reads_record"),
    Tab("cases.listed", N_("Messages"), "is_office"),
    Tab("cases.plan", N_("Plan"), ""),
    Tab("cases.history", N_("What happened"), "reads_record"),
)


def titled(words: Words) -> str:
    """A name as a heading: in English with a capital letter."""
    text = context.worded(words)
    return text[:1].upper() + text[1:]


@contextmanager
def seen_case(case_id: UUID) -> Iterator[Seen]:
    """The selection for this reader, while the page is made.

    Raises:
        CaseNotFound: none of their business.
    """
    with reading(context.sessions()) as session:
        yield overview.view_case(session, context.me(), case_id=case_id, now=context.now())


def page(template: str, seen: Seen, tab: str, **variables: Any) -> str:
    """A page of a selection; `tab` is the endpoint whose entry is marked."""
    return render_template(f"cases/{template}.html", seen=seen, tabs=_tabs(seen, tab), **variables)


def _tabs(seen: Seen, here: str) -> list[dict[str, Any]]:
    return [
        {
            "href": url_for(tab.endpoint, case_id=seen.case.id),
            "text": gettext(tab.text),
            "current": tab.endpoint == here,
        }
        for tab in TABS
        if (not tab.shown or getattr(seen, tab.shown))
        and (tab.endpoint not in ("cases.desk", "cases.listed") or seen.is_staff)
    ]
