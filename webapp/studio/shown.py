"""What the pages of a draft share: the draft, its tabs, the saving of one page of fields."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine.db import reading, transaction
from engine.identity import Identity
from engine.model import PackageDraft, Person
from engine.studio import drafts
from engine.studio.access import is_owner
from engine.studio.numbers_sheet import Unreadable
from engine.studio.sheets import Files, Sheet, UnknownPart
from webapp import context
from webapp.errors import N_
from webapp.studio.fault_words import fault_words

TABS = (
    ("studio.numbers", N_("Numbers and dates")),
    ("studio.steps", N_("Steps")),
    ("studio.forms", N_("Forms")),
    ("studio.texts", N_("Texts")),
    ("studio.roles", N_("Roles")),
    ("studio.review", N_("Check and submit")),
    ("studio.more", N_("More")),
)


@dataclass(frozen=True)
class Drafting:
    """A draft inside one transaction, and who looks at it."""

    session: Session
    draft: PackageDraft
    who: Identity
    holder: Person | None
    """who else is editing it"""

    @property
    def id(self) -> UUID:
        return self.draft.id

    @property
    def files(self) -> Files:
        return self.draft.files

    @property
    def base(self) -> Files:
        return drafts.base_files(self.session, self.draft)

    @property
    def may_change(self) -> bool:
        return is_owner(self.who) and self.draft.state != "submitted"


@dataclass(frozen=True)
class Filled:
    """The fields of a page as they are shown: what was typed, else what the files say."""

    values: Mapping[str, str]
    version: int
    old: Mapping[str, str] = field(default_factory=dict)
    """as in the version the draft began as"""
    errors: Mapping[str, str] = field(default_factory=dict)
    clashes: Mapping[str, str] = field(default_factory=dict)
    """field → what somebody else has saved there meanwhile"""
    held_by: str = ""
    unsaved: bool = False
    """some of it was typed before and is not in the draft"""

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def was(self, name: str) -> str | None:
        """The text of the version before, where it differs."""
        old = self.old.get(name)
        return old if old is not None and old != self.values.get(name, "") else None


Render = Callable[[Drafting, Filled], str]


@contextmanager
def seen_draft(draft_id: UUID) -> Iterator[Drafting]:
    """The draft for a page that only shows it."""
    with reading(context.sessions()) as session:
        yield _found(session, draft_id)


@contextmanager
def changed_draft(draft_id: UUID) -> Iterator[Drafting]:
    """The draft for a page that changes it."""
    with transaction(context.sessions()) as session:
        yield _found(session, draft_id)


def _found(session: Session, draft_id: UUID) -> Drafting:
    who = context.me()
    draft = drafts.find_draft(session, who, draft_id=draft_id)
    holder = drafts.held_by_other(session, draft, who, now=context.now())
    return Drafting(session, draft, who, holder)


def page(template: str, at: Drafting, tab: str, **more: Any) -> str:
    """One of a draft's pages, with its tabs."""
    return render_template(
        f"studio/{template}.html", at=at, tabs=_tabs(at, tab), draft=at.draft, **more
    )


def _tabs(at: Drafting, here: str) -> list[Mapping[str, Any]]:
    return [
        {
            "text": gettext(text),
            "href": url_for(endpoint, draft_id=at.id),
            "current": endpoint == here,
            "errors": at.draft.errors if endpoint == "studio.review" else 0,
        }
        for endpoint, text in TABS
    ]


def typed_fields() -> dict[str, str]:
    """What was sent, without the fields of the frame; of several values the last counts."""
    return {
        name: values[-1].replace("\r\n", "\n")
        for name, values in request.form.lists()
        if not name.startswith("_") and name != "csrf_token"
    }


def sent_version() -> int:
    text = request.form.get("_version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0  # noqa: PLR2004 - digits


def show_sheet(draft_id: UUID, sheet: Sheet, render: Render) -> str:
    """A page of fields, with what this person has typed there and not saved."""
    with seen_draft(draft_id) as at:
        return render(at, _filled(at, sheet))


def _filled(at: Drafting, sheet: Sheet) -> Filled:
    values = sheet.read(at.files)
    kept = drafts.typing_of(at.session, at.who, draft_id=at.id, page=sheet.name)
    version = at.draft.version
    if kept is not None:
        values = {**values, **kept.typed}
        version = kept.version
    return Filled(values, version, old=old_values(at, sheet), unsaved=kept is not None)


def old_values(at: Drafting, sheet: Sheet) -> Mapping[str, str]:
    """The fields as in the version the draft began as; nothing where they were not there."""
    try:
        return sheet.read(at.base)
    except (UnknownPart, Unreadable):
        return {}


def keep_sheet(
    draft_id: UUID,
    sheet: Sheet,
    render: Render,
    *,
    after: Callable[[], str] | None = None,
) -> Response:
    """Save a page of fields. What cannot be saved comes back as it was typed, with the reason.

    Args:
        after: the address to go on to; None for the page itself.
    """
    action = request.form.get("_action", "save")
    if action == "keep":
        return _autosave(draft_id, sheet)
    if action == "forget":
        with changed_draft(draft_id) as at:
            drafts.forget_typing(at.session, at.who, draft_id=draft_id, page=sheet.name)
        return redirect(request.path, 303)
    with changed_draft(draft_id) as at:
        saved = drafts.save(
            at.session, at.who, draft_id=draft_id, sheet=sheet, typed=typed_fields(),
            version=sent_version(), now=context.now(), take=action == "take",
        )  # fmt: skip
        if saved.done:
            flash(gettext("Saved."), "success")
            return redirect(after() if after else request.path, 303)
        filled = Filled(
            {**sheet.read(at.files), **saved.typed},
            at.draft.version,
            old=old_values(at, sheet),
            errors={fault.field: fault_words(fault) for fault in reversed(saved.faults)},
            clashes={clash.field: clash.theirs for clash in saved.clashes},
            held_by=saved.held_by,
            unsaved=True,
        )
        status = 422 if saved.faults else 409
        html = render(at, filled)
    return make_response(html, status)


def _autosave(draft_id: UUID, sheet: Sheet) -> Response:
    """Keep what the script sends while somebody types; nothing of the draft changes."""
    with transaction(context.sessions()) as session:
        drafts.keep_typing(
            session, context.me(), draft_id=draft_id, page=sheet.name, typed=typed_fields(),
            version=sent_version(), now=context.now(),
        )  # fmt: skip
    return Response(status=204)


def summary_of(
    filled: Filled, names: Mapping[str, str], html_id: Callable[[str], str]
) -> Sequence[Mapping[str, str]]:
    """The faults as links to their fields."""
    return [
        {"text": f"{names.get(name, name)}: {text}", "href": f"#{html_id(name)}"}
        for name, text in filled.errors.items()
    ]


def html_id(name: str) -> str:
    return "f-" + "".join(c if c.isalnum() else "-" for c in name)
