"""Drafts of selections to be started: whoever has the duty keeps their own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.identity import Identity
from engine.model import StartDraft
from engine.permissions import NotAllowed

DUTY = "office"
MOST_DRAFTS = 50


class DraftNotFound(EngineError):
    """No such draft, or somebody else's: the two answers must look alike."""

    code = "draft_not_found"

    def __init__(self, draft_id: UUID) -> None:
        super().__init__(f"there is no draft {draft_id}, or not for you")
        self.draft_id = draft_id


def require_duty(who: Identity) -> None:
    """Raise unless this account may start selections.

    Raises:
        NotAllowed: it has not the duty.
    """
    if DUTY not in who.duties or who.only_case is not None:
        raise NotAllowed("start a selection")


def drafts_of(session: Session, who: Identity) -> Sequence[StartDraft]:
    """What this person is preparing, the latest first.

    Raises:
        NotAllowed: see `require_duty`.
    """
    require_duty(who)
    return session.scalars(
        select(StartDraft)
        .where(StartDraft.owner_id == who.person_id)
        .order_by(StartDraft.changed_at.desc())
        .limit(MOST_DRAFTS)
    ).all()


def begin_draft(session: Session, who: Identity, *, package_key: str, now: datetime) -> StartDraft:
    """Begin a draft; whoever begins it is of the selection office.

    Raises:
        NotAllowed: see `require_duty`.
    """
    require_duty(who)
    draft = StartDraft(
        id=uuid4(), owner_id=who.person_id, package_key=package_key, data={}, changed_at=now
    )
    session.add(draft)
    return draft


def find_draft(session: Session, who: Identity, *, draft_id: UUID) -> StartDraft:
    """A draft of one's own.

    Raises:
        NotAllowed: see `require_duty`.
        DraftNotFound: no such draft, or somebody else's.
    """
    require_duty(who)
    draft = session.get(StartDraft, draft_id)
    if draft is None or draft.owner_id != who.person_id:
        raise DraftNotFound(draft_id)
    return draft


def keep(draft: StartDraft, changes: Mapping[str, Any], *, now: datetime) -> None:
    """Keep parts of what was typed; the other parts stay."""
    draft.data = {**draft.data, **changes}
    draft.changed_at = now


def discard(session: Session, who: Identity, *, draft_id: UUID) -> None:
    """Throw a draft away.

    Raises:
        NotAllowed, DraftNotFound: see `find_draft`.
    """
    session.delete(find_draft(session, who, draft_id=draft_id))
