"""Who is signed in: the token a browser keeps, and the person behind it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, bindparam, func, select
from sqlalchemy.orm import Session

from engine.model import Account, Notice, Person, Slip


@dataclass(frozen=True)
class Identity:
    """A signed-in person. A slip is good for one selection, perhaps for one task in it."""

    token: str
    person_id: UUID
    name: str
    language: str
    account_id: UUID | None = None
    duties: frozenset[str] = frozenset()
    only_case: UUID | None = None
    only_element: str = ""
    unread: int = field(default=0, compare=False)
    """notices not read yet"""

    def sees(self, *, case_id: UUID | None, element_id: str = "") -> bool:
        """Whether something of this selection may be shown at all under this token."""
        if self.only_case is None:
            return True
        return self.only_case == case_id and self.only_element in ("", element_id)


def account_token(account: Account) -> str:
    return f"account:{account.id}:{account.epoch}"


def slip_token(slip: Slip) -> str:
    return f"slip:{slip.id}"


def demo_token(person_id: UUID) -> str:
    """For the people of a demonstration, who are signed in by a click."""
    return f"demo:{person_id}"


def identify(session: Session, token: str, *, now: datetime, demo: bool) -> Identity | None:
    """Find who a token stands for, in one statement; None once it is good for nothing."""
    kind, _, rest = token.partition(":")
    text, _, epoch = rest.partition(":")
    try:
        key = UUID(text)
    except ValueError:
        return None
    if kind == "account":
        return _by_account(session, token, key, epoch)
    if kind == "slip":
        return _by_slip(session, token, key, now)
    if kind == "demo" and demo:
        return _by_demo(session, token, key)
    return None


def _by_account(session: Session, token: str, key: UUID, epoch: str) -> Identity | None:
    row = session.execute(_account(), {"key": key}).first()
    if row is None or str(row[0].epoch) != epoch:
        return None
    account: Account = row[0]
    known = _identity(token, account.person, row[1])
    return replace(known, account_id=account.id, duties=frozenset(account.duties))


def _by_demo(session: Session, token: str, key: UUID) -> Identity | None:
    """With the duties of the person's account, but without a password to change."""
    row = session.execute(
        select(Person, Account.duties, _unread(Person.id))
        .outerjoin(Account, (Account.person_id == Person.id) & Account.closed_at.is_(None))
        .where(Person.id == key)
    ).first()
    if row is None:
        return None
    return replace(_identity(token, row[0], row[2]), duties=frozenset(row[1] or ()))


def _by_slip(session: Session, token: str, key: UUID, now: datetime) -> Identity | None:
    row = session.execute(_slip(), {"key": key, "now": now}).first()
    if row is None or row[0].used_at is None:
        return None
    slip: Slip = row[0]
    known = _identity(token, slip.person, row[1])
    return replace(known, only_case=slip.case_id, only_element=slip.purpose)


def _identity(token: str, person: Person, unread: int) -> Identity:
    return Identity(token, person.id, person.name, person.language, unread=unread)


# Asked with every request: built once.
@cache
def _account() -> Select[Account, int]:
    return select(Account, _unread(Account.person_id)).where(
        Account.id == bindparam("key"), Account.closed_at.is_(None)
    )


@cache
def _slip() -> Select[Slip, int]:
    return select(Slip, _unread(Slip.person_id, Notice.case_id == Slip.case_id)).where(
        Slip.id == bindparam("key"), Slip.revoked_at.is_(None), Slip.expires_at > bindparam("now")
    )


def _unread(person_id: Any, *only: Any) -> ScalarSelect[int]:
    """How many notices a person has not read: within the statement that finds them."""
    counted = select(func.count()).select_from(Notice)
    return counted.where(
        Notice.person_id == person_id, Notice.read_at.is_(None), *only
    ).scalar_subquery()


def choose_language(session: Session, who: Identity, *, language: str) -> None:
    """Keep the language in which a person reads, "zh" or "en", on every device."""
    session.get_one(Person, who.person_id).language = language
