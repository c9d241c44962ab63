"""Who may change procedures, and who approves: always two people."""

from uuid import UUID

from engine.errors import EngineError
from engine.identity import Identity

OWNER = "owner"
ADMINISTRATOR = "administrator"


class StudioClosed(EngineError):
    """This account may not change procedures. An administrator gives it the duty of an owner."""

    code = "studio_closed"

    def __init__(self, action: str) -> None:
        super().__init__(f"you may not {action}: your account has not the duty for it")
        self.action = action


class OwnDraft(EngineError):
    """Nobody approves what they have changed themselves. Ask another person."""

    code = "own_draft"

    def __init__(self, draft_id: UUID) -> None:
        super().__init__(f"you have changed the draft {draft_id}; another person must approve it")
        self.draft_id = draft_id


def is_owner(who: Identity) -> bool:
    return OWNER in who.duties and who.only_case is None


def may_read(who: Identity) -> bool:
    return is_owner(who) or (ADMINISTRATOR in who.duties and who.only_case is None)


def require_reader(who: Identity) -> None:
    """Raise unless this account may see procedures from inside.

    Raises:
        StudioClosed: neither owner nor administrator.
    """
    if not may_read(who):
        raise StudioClosed("see procedures")


def require_owner(who: Identity) -> None:
    """Raise unless this account may change procedures.

    Raises:
        StudioClosed: it is not an owner's.
    """
    if not is_owner(who):
        raise StudioClosed("change procedures")
