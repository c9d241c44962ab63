"""Slips: a code on paper that signs one person in for one selection.

A slip for one task, such as a ballot, works once. One for the whole selection is the way back of
somebody without an account, e.g. an applicant: it works until it expires or another is issued.
"""

import hmac
import secrets
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.model import Slip
from engine.people.throttling import address_key, note_failure, require_patience

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0 O 1 I L U: nobody has to guess what was printed."""

CODE_LENGTH = 8


class SlipNotValid(EngineError):
    """The slip was used, has expired or was withdrawn. Ask the selection office for another.

    `reason` is used, expired or revoked.
    """

    code = "slip_not_valid"

    def __init__(self, reason: str) -> None:
        super().__init__(f"this slip cannot be used: {reason}; the selection office gives another")
        self.reason = reason


def issue_slip(
    session: Session,
    *,
    case_id: UUID,
    person_id: UUID,
    purpose: str = "",
    expires_at: datetime,
    secret_key: str,
    now: datetime,
) -> str:
    """Make a slip and give its code, e.g. "K7MP-2XWR"; it cannot be shown again.

    Earlier slips of this person for the same purpose are withdrawn, used ones too if they were for
    the whole selection: whoever found a lost one is signed out. Only a digest under `secret_key` is
    stored, so that a copy of the database alone gives no code away.

    Args:
        session: the caller owns the transaction.
        case_id: the selection it is good for.
        person_id: who is signed in by it.
        purpose: id of the element it is good for; empty: the whole selection.
        expires_at: an aware instant from which it is worthless.
        secret_key: `Settings.secret_key`.
        now: an aware instant.

    """
    revoke_slips(session, case_id=case_id, person_id=person_id, purpose=purpose, now=now)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    slip = Slip(
        case_id=case_id,
        person_id=person_id,
        purpose=purpose,
        code_hash=_digest(code, secret_key),
        expires_at=expires_at,
    )
    session.add(slip)
    return f"{code[:4]}-{code[4:]}"


def use_slip(
    session: Session, *, code: str, address: str, secret_key: str, now: datetime
) -> Slip | None:
    """Take a code as typed (small letters, blanks and hyphens do not matter).

    A slip for one task is used up by it; one for the whole selection is not.

    Returns:
        The slip with its person; None for a code that does not exist. Then commit all the same:
        the failure is counted in this transaction.

    Raises:
        SignInThrottled: too many failures from this address; the slip is not used up.
        SlipNotValid: it was used before, has expired or was withdrawn.

    """
    keys = (address_key(address),)
    require_patience(session, keys, now=now)
    plain = "".join(code.split()).replace("-", "").upper()
    slip = session.scalar(select(Slip).where(Slip.code_hash == _digest(plain, secret_key)))
    if slip is None:
        note_failure(session, keys, now=now)
        return None
    if slip.revoked_at is not None:
        raise SlipNotValid("revoked")
    used = slip.used_at is not None
    if slip.expires_at <= now and not (used and slip.purpose):
        raise SlipNotValid("expired")
    if slip.purpose or not used:
        _use_up(session, slip, now)
    return slip


def revoke_slips(
    session: Session, *, case_id: UUID, person_id: UUID, purpose: str, now: datetime
) -> None:
    """Withdraw the slips of a person for one purpose, as far as they still work."""
    working = (Slip.used_at.is_(None),) if purpose else ()
    session.execute(
        update(Slip)
        .where(
            Slip.case_id == case_id,
            Slip.person_id == person_id,
            Slip.purpose == purpose,
            Slip.revoked_at.is_(None),
            *working,
        )
        .values(revoked_at=now)
    )


def _use_up(session: Session, slip: Slip, now: datetime) -> None:
    """Compare and set: of two people with the same slip one comes in."""
    unused = (Slip.id == slip.id, Slip.used_at.is_(None), Slip.revoked_at.is_(None))
    result = session.execute(update(Slip).where(*unused).values(used_at=now))
    assert isinstance(result, CursorResult)  # noqa: S101 - what an UPDATE gives
    if result.rowcount != 1:
        raise SlipNotValid("used")


def _digest(code: str, secret_key: str) -> str:
    return hmac.new(secret_key.encode(), b"gongxuan slip 1\0" + code.encode(), sha256).hexdigest()
