"""Persons and accounts: making them, signing in, changing a password."""

import threading
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.model import Account, Person
from engine.people.throttling import (
    address_key,
    forget_failures,
    login_key,
    note_failure,
    require_patience,
)

DUTIES = frozenset({"administrator", "office", "owner"})
"""What an account may do outside any selection."""

SHORTEST_PASSWORD = 8

_AT_ONCE = threading.BoundedSemaphore(2)  # a rush of sign-ins must not take all memory and cores


class LoginTaken(EngineError):
    """Somebody has this login name, or this person has an account. Choose another."""

    code = "login_taken"

    def __init__(self, login: str) -> None:
        super().__init__(f"the login name {login!r} is taken, or the person has an account")
        self.login = login


class UnknownDuty(EngineError):
    """A duty that does not exist. Use one of `DUTIES`."""

    code = "unknown_duty"

    def __init__(self, duty: str) -> None:
        super().__init__(f"there is no duty {duty!r}; there are {', '.join(sorted(DUTIES))}")
        self.duty = duty


class WeakPassword(EngineError):
    """The new password is too short, or is the login name. Choose a longer one."""

    code = "weak_password"

    def __init__(self) -> None:
        super().__init__(
            f"a password has at least {SHORTEST_PASSWORD} characters and is not the login name"
        )
        self.shortest = SHORTEST_PASSWORD


class WrongPassword(EngineError):
    """The present password is not right; nothing is changed."""

    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__("the present password is not right")


def create_person(
    session: Session,
    *,
    name: str,
    unit: str = "",
    post: str = "",
    email: str = "",
    phone: str = "",
    language: str = "zh",
    born: date | None = None,
    anonymous: bool = False,
    details: Mapping[str, Any] | None = None,
) -> Person:
    """Make a person, who needs no account. `anonymous`: stands for a voter without a name."""
    person = Person(
        name=name.strip(),
        unit=unit,
        post=post,
        email=email.strip(),
        phone=phone,
        language=language,
        born=born,
        anonymous=anonymous,
        details=dict(details or {}),
    )
    session.add(person)
    session.flush()  # gives the person an id
    return person


def create_account(
    session: Session,
    *,
    person_id: UUID,
    login: str,
    password: str,
    duties: Sequence[str] = (),
    hash_cost: str,
) -> Account:
    """Make the account of a person; upper and lower case of the login make no difference.

    Raises:
        LoginTaken: the login, or an account of this person, exists.
        UnknownDuty: a duty that is none of `DUTIES`.
        WeakPassword: too short, or the login itself.

    """
    login = _normal(login)
    for duty in duties:
        if duty not in DUTIES:
            raise UnknownDuty(duty)
    taken = select(Account.id).where((Account.login == login) | (Account.person_id == person_id))
    if session.scalar(select(taken.exists())):
        raise LoginTaken(login)
    account = Account(
        person_id=person_id,
        login=login,
        password_hash=_hash(password, login=login, hash_cost=hash_cost),
        duties=sorted(set(duties)),
    )
    session.add(account)
    session.flush()  # gives the account an id
    return account


def sign_in(
    session: Session, *, login: str, password: str, address: str, hash_cost: str, now: datetime
) -> Account | None:
    """Check a login and a password.

    Returns:
        The account; None if the login or the password is wrong or the account is closed. Then
        commit all the same: the failure is counted in this transaction.

    Raises:
        SignInThrottled: too many failures for this login or this address; nothing was checked.

    Source: dependencies.md §5.2 (cost of hashing, throttling in our own table).

    """
    login = _normal(login)
    keys = (login_key(login), address_key(address))
    require_patience(session, keys, now=now)
    account = session.scalar(select(Account).where(Account.login == login))
    known = account.password_hash if account and account.closed_at is None else ""
    # an unknown login costs the same time, or it could be told from a known one
    right = _verify(known or _nobodys_hash(hash_cost), password, hash_cost=hash_cost)
    if account is None or not known or not right:
        note_failure(session, keys, now=now)
        return None
    forget_failures(session, keys[0])
    if _hasher(hash_cost).check_needs_rehash(known):
        account.password_hash = _hasher(hash_cost).hash(password)
    return account


def change_password(
    session: Session, *, account_id: UUID, old: str, new: str, hash_cost: str
) -> Account:
    """Change a password and end all sessions of the account (`epoch` goes up).

    Raises:
        WrongPassword: the old one is not right.
        WeakPassword: the new one is too short, or the login itself.

    """
    account = session.get_one(Account, account_id, with_for_update=True)
    if not _verify(account.password_hash, old, hash_cost=hash_cost):
        raise WrongPassword
    account.password_hash = _hash(new, login=account.login, hash_cost=hash_cost)
    account.epoch += 1
    return account


def _normal(login: str) -> str:
    return unicodedata.normalize("NFKC", login).strip().casefold()


@cache
def _hasher(hash_cost: str) -> PasswordHasher:
    if hash_cost == "test":
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@cache
def _nobodys_hash(hash_cost: str) -> str:
    return _hasher(hash_cost).hash("nobody has this password")


def _hash(password: str, *, login: str, hash_cost: str) -> str:
    if len(password) < SHORTEST_PASSWORD or _normal(password) == login:
        raise WeakPassword
    with _AT_ONCE:
        return _hasher(hash_cost).hash(password)


def _verify(known: str, password: str, *, hash_cost: str) -> bool:
    try:
        with _AT_ONCE:
            return _hasher(hash_cost).verify(known, password)
    except (VerificationError, InvalidHashError):
        return False
