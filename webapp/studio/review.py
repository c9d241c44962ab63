"""What the check says, what a draft changes in words, submitting it and deciding about it."""

from uuid import UUID

from flask import flash, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.db import transaction
from engine.definitions import UnknownPackage
from engine.studio import drafts, releases
from engine.studio.access import is_owner
from engine.studio.differences import differences
from webapp import context
from webapp.errors import Said, said
from webapp.studio.findings import shown
from webapp.studio.places import places
from webapp.studio.shown import Drafting, page, seen_draft, sent_version


def review(draft_id: UUID) -> str:
    with seen_draft(draft_id) as at:
        return _page(at)


def _page(at: Drafting, refused: Said | None = None) -> str:
    draft, who = at.draft, at.who
    own = who.person_id == draft.submitted_by or str(who.person_id) in draft.authors
    compared = _compared(at)
    return page(
        "review", at, "studio.review", findings=shown(at), refused=refused, own=own,
        changes=differences(draft.key, compared, draft.files), owner=is_owner(who),
        moved_on=compared != at.base and draft.base_hash is not None,
        typed=request.form.get("notes", draft.notes), answer=request.form.get("why", ""),
    )  # fmt: skip


def _compared(at: Drafting) -> dict[str, str]:
    """With the version in use now, which is what approving would replace."""
    try:
        used = releases.current(at.session, at.draft.key, **places())
    except UnknownPackage:
        return dict(at.base)
    return dict(used.files)


def submit(draft_id: UUID) -> Response:
    try:
        with transaction(context.sessions()) as session:
            releases.submit(
                session, context.me(), draft_id=draft_id, version=sent_version(),
                notes=request.form.get("notes", ""), now=context.now(),
            )  # fmt: skip
    except (
        releases.DraftHasErrors, releases.NotesMissing, releases.NothingChanged, drafts.DraftMoved,
    ) as error:  # fmt: skip
        return _again(draft_id, said(error))
    flash(gettext("Submitted. Another person approves it now."), "success")
    return redirect(url_for("studio.review", draft_id=draft_id), 303)


def _again(draft_id: UUID, refused: Said) -> Response:
    with seen_draft(draft_id) as at:
        return make_response(_page(at, refused), refused.status)


def take_back(draft_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        releases.take_back(session, context.me(), draft_id=draft_id)
    flash(gettext("Taken back; it can be changed again."), "success")
    return redirect(url_for("studio.review", draft_id=draft_id), 303)


def decide(draft_id: UUID) -> Response:
    """Approve and publish, approve for later, or return."""
    action = request.form.get("_action", "")
    if action == "return":
        return _return(draft_id)
    try:
        with transaction(context.sessions()) as session:
            made = releases.approve(
                session, context.me(), draft_id=draft_id, version=sent_version(),
                publish=action == "publish", now=context.now(),
            )  # fmt: skip
            key, number = made.key, made.number
    except (releases.DraftHasErrors, drafts.DraftMoved) as error:
        return _again(draft_id, said(error))
    if action == "publish":
        flash(gettext("Version %(number)s is published.", number=number), "success")
    else:
        flash(
            gettext("Version %(number)s is approved, not published yet.", number=number), "success"
        )
    return redirect(url_for("studio.procedure", key=key), 303)


def _return(draft_id: UUID) -> Response:
    try:
        with transaction(context.sessions()) as session:
            releases.send_back(
                session, context.me(), draft_id=draft_id, version=sent_version(),
                why=request.form.get("why", ""),
            )  # fmt: skip
    except (releases.NotesMissing, drafts.DraftMoved) as error:
        return _again(draft_id, said(error))
    flash(gettext("Returned with your reason."), "success")
    return redirect(url_for("studio.review", draft_id=draft_id), 303)
