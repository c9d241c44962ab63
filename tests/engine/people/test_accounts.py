from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import people
from engine.db import Sessions, reading, transaction
from engine.model import Account, SignInAttempt
from engine.people.accounts import _hasher
from engine.people.throttling import ADDRESS_LIMIT, LOGIN_LIMIT, WINDOW
from tests.support.clock import FakeClock

PASSWORD = "correct horse"  # noqa: S105 - of nobody


@pytest.fixture
def account(sessions: Sessions) -> Account:
    return make_account(sessions, login="Zhang.San")


def make_account(
    sessions: Sessions, *, login: str, duties: Sequence[str] = (), password: str = PASSWORD
) -> Account:
    with transaction(sessions) as session:
        person = people.create_person(session, name=" 张三 ", email="zhang@example.org")
        made = people.create_account(
            session,
            person_id=person.id,
            login=login,
            password=password,
            duties=duties,
            hash_cost="test",
        )
        session.refresh(made)
        session.expunge_all()  # to be read after the transaction
        return made


def sign_in(
    sessions: Sessions,
    clock: FakeClock,
    *,
    login: str = "zhang.san",
    password: str = PASSWORD,
    address: str = "192.0.2.7",
    hash_cost: str = "test",
) -> str | None:
    """Give the name of who is in."""
    with transaction(sessions) as session:
        account = people.sign_in(
            session,
            login=login,
            password=password,
            address=address,
            hash_cost=hash_cost,
            now=clock.now(),
        )
        return account.person.name if account else None


def test_a_person_needs_no_account(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        voter = people.create_person(session, name="纸质票", anonymous=True)

        assert voter.anonymous
        assert session.scalars(select(Account)).all() == []


@pytest.mark.parametrize("typed", ["zhang.san", "ZHANG.SAN", " zhang.san ", "ｚｈａｎｇ.san"])
def test_the_login_may_be_typed_in_any_case_and_width(
    sessions: Sessions, clock: FakeClock, account: Account, typed: str
) -> None:
    assert account.login == "zhang.san"
    assert sign_in(sessions, clock, login=typed) == "张三"


@pytest.mark.parametrize("wrong", [{"password": "Correct horse"}, {"login": "li.si"}])
def test_a_wrong_login_and_a_wrong_password_look_alike(
    sessions: Sessions, clock: FakeClock, account: Account, wrong: dict[str, str]
) -> None:
    assert account.login == "zhang.san"
    assert sign_in(sessions, clock, **wrong) is None


def test_a_closed_account_and_one_without_a_password_do_not_sign_in(
    sessions: Sessions, clock: FakeClock, account: Account
) -> None:
    for change in ({"closed_at": clock.now()}, {"closed_at": None, "password_hash": ""}):
        with transaction(sessions) as session:
            session.execute(update(Account).where(Account.id == account.id).values(**change))

        assert sign_in(sessions, clock) is None
        assert sign_in(sessions, clock, password="") is None


@pytest.mark.usefixtures("account")
def test_after_five_failures_the_login_waits_until_the_first_is_forgotten(
    sessions: Sessions, clock: FakeClock
) -> None:
    for attempt in range(LOGIN_LIMIT):
        assert sign_in(sessions, clock, password="guess", address=f"192.0.2.{attempt}") is None
        clock.advance(timedelta(minutes=1))

    with pytest.raises(people.SignInThrottled) as throttled:
        sign_in(sessions, clock)

    assert throttled.value.wait == WINDOW - timedelta(minutes=LOGIN_LIMIT)
    clock.advance(throttled.value.wait)
    assert sign_in(sessions, clock) == "张三"


@pytest.mark.usefixtures("account")
def test_success_forgets_the_failures_of_the_login(sessions: Sessions, clock: FakeClock) -> None:
    for _ in range(3):
        for _ in range(LOGIN_LIMIT - 1):
            sign_in(sessions, clock, password="a slip of the finger")
        assert sign_in(sessions, clock) == "张三"


def test_one_address_cannot_try_many_logins(sessions: Sessions, clock: FakeClock) -> None:
    for attempt in range(ADDRESS_LIMIT):
        assert sign_in(sessions, clock, login=f"guess {attempt}") is None

    with pytest.raises(people.SignInThrottled):
        sign_in(sessions, clock, login="another")
    assert sign_in(sessions, clock, login="another", address="192.0.2.8") is None


def test_what_was_typed_is_not_stored_and_soon_forgotten(
    sessions: Sessions, clock: FakeClock
) -> None:
    sign_in(sessions, clock, login="my password in the wrong box")
    clock.advance(WINDOW)
    sign_in(sessions, clock, login="li.si")

    with reading(sessions) as session:
        attempts = session.scalars(select(SignInAttempt)).all()
        assert {attempt.at for attempt in attempts} == {clock.now()}
        assert {attempt.key.split(":")[0] for attempt in attempts} == {"login", "address"}
        assert not [each for each in attempts if "li.si" in each.key or "192.0" in each.key]


def test_a_hash_of_another_cost_is_renewed_at_the_next_sign_in(
    sessions: Sessions, clock: FakeClock, account: Account
) -> None:
    assert sign_in(sessions, clock, hash_cost="production") == "张三"

    with reading(sessions) as session:
        renewed = session.get_one(Account, account.id).password_hash
    assert "$m=19456,t=2,p=1$" in renewed
    assert not _hasher("production").check_needs_rehash(renewed)


def test_a_changed_password_ends_all_sessions(
    sessions: Sessions, clock: FakeClock, account: Account
) -> None:
    change: dict[str, Any] = {"account_id": account.id, "hash_cost": "test"}
    with transaction(sessions) as session:
        changed = people.change_password(session, old=PASSWORD, new="battery staple", **change)
        assert changed.epoch == account.epoch + 1

    assert sign_in(sessions, clock) is None
    assert sign_in(sessions, clock, password="battery staple") == "张三"
    with pytest.raises(people.WrongPassword), transaction(sessions) as session:
        people.change_password(session, old=PASSWORD, new="battery staple", **change)


@pytest.mark.parametrize("weak", ["", "seven77", "ZHANG.SAN"])
def test_a_weak_password_is_refused(sessions: Sessions, account: Account, weak: str) -> None:
    with pytest.raises(people.WeakPassword), transaction(sessions) as session:
        people.change_password(
            session, account_id=account.id, old=PASSWORD, new=weak, hash_cost="test"
        )


def test_logins_are_unique_and_a_person_has_one(sessions: Sessions, account: Account) -> None:
    with pytest.raises(people.LoginTaken):
        make_account(sessions, login="ZHANG.SAN")
    with pytest.raises(people.LoginTaken), transaction(sessions) as session:
        people.create_account(
            session,
            person_id=account.person_id,
            login="zhang.2",
            password=PASSWORD,
            hash_cost="test",
        )


def test_duties_are_of_a_closed_list(sessions: Sessions) -> None:
    made = make_account(sessions, login="wang", duties=["owner", "administrator", "owner"])

    assert made.duties == ["administrator", "owner"]
    with pytest.raises(people.UnknownDuty, match="judge"):
        make_account(sessions, login="li", duties=["judge"])
