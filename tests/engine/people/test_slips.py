import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import people
from engine.db import Sessions, reading, transaction
from engine.model import Slip
from engine.people.slips import ALPHABET
from engine.people.throttling import ADDRESS_LIMIT
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.selections import add_case, add_people

SECRET = "the server's own"  # noqa: S105 - of a test


@dataclass(frozen=True)
class Desk:
    """Hands slips out for one person and takes them back."""

    sessions: Sessions
    clock: FakeClock
    case_id: UUID
    person_id: UUID

    def issue(self, purpose: str = "mv_cast") -> str:
        with transaction(self.sessions) as session:
            return people.issue_slip(
                session,
                case_id=self.case_id,
                person_id=self.person_id,
                purpose=purpose,
                expires_at=self.clock.now() + timedelta(hours=4),
                secret_key=SECRET,
                now=self.clock.now(),
            )

    def use(self, code: str, secret_key: str = SECRET, address: str = "192.0.2.7") -> UUID | None:
        with transaction(self.sessions) as session:
            slip = people.use_slip(
                session, code=code, address=address, secret_key=secret_key, now=self.clock.now()
            )
            return slip.person_id if slip else None


@pytest.fixture
def desk(sessions: Sessions, clock: FakeClock) -> Desk:
    with transaction(sessions) as session:
        case = add_case(session, now=clock.now())
        (person,) = add_people(session, "群众代表")
        return Desk(sessions, clock, case.id, person.id)


def test_a_code_is_short_grouped_and_cannot_be_misread(desk: Desk) -> None:
    codes = {desk.issue() for _ in range(20)}

    assert len(codes) == 20
    assert all(re.fullmatch(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", code) for code in codes)
    assert not set("01ILOU") & set(ALPHABET)


@pytest.mark.parametrize("typed", ["{}", " {} ", "{} ".lower()])
def test_a_slip_signs_its_person_in(desk: Desk, typed: str) -> None:
    code = desk.issue()

    assert desk.use(typed.format(code.lower().replace("-", " "))) == desk.person_id


def test_a_slip_is_used_once(desk: Desk) -> None:
    code = desk.issue()
    desk.use(code)

    with pytest.raises(people.SlipNotValid) as refusal:
        desk.use(code)

    assert refusal.value.reason == "used"


def test_a_slip_for_the_whole_selection_is_a_way_back_until_it_expires(desk: Desk) -> None:
    code = desk.issue(purpose="")

    assert [desk.use(code) for _ in range(3)] == [desk.person_id] * 3
    desk.clock.advance(timedelta(hours=4))
    with pytest.raises(people.SlipNotValid) as refusal:
        desk.use(code)
    assert refusal.value.reason == "expired"


def test_a_new_slip_for_the_whole_selection_withdraws_a_used_one(desk: Desk) -> None:
    lost = desk.issue(purpose="")
    desk.use(lost)
    found = desk.issue(purpose="")

    with pytest.raises(people.SlipNotValid) as refusal:
        desk.use(lost)

    assert refusal.value.reason == "revoked"
    assert desk.use(found) == desk.person_id


def test_a_slip_expires(desk: Desk) -> None:
    code = desk.issue()
    desk.clock.advance(timedelta(hours=4))

    with pytest.raises(people.SlipNotValid) as refusal:
        desk.use(code)

    assert refusal.value.reason == "expired"


def test_a_new_slip_withdraws_the_one_before_for_the_same_purpose(desk: Desk) -> None:
    lost, other_meeting, found = desk.issue(), desk.issue("another"), desk.issue()

    with pytest.raises(people.SlipNotValid) as refusal:
        desk.use(lost)

    assert refusal.value.reason == "revoked"
    assert desk.use(found) == desk.use(other_meeting) == desk.person_id


def test_the_code_is_not_in_the_database_nor_worth_anything_without_the_secret(desk: Desk) -> None:
    code = desk.issue()

    with reading(desk.sessions) as session:
        (stored,) = session.scalars(select(Slip.code_hash))
    assert code.replace("-", "") not in stored
    assert desk.use(code, secret_key="stolen database") is None
    assert desk.use(code) == desk.person_id


def test_guessing_is_throttled_by_address_and_uses_nothing_up(desk: Desk) -> None:
    code = desk.issue()
    for _ in range(ADDRESS_LIMIT):
        assert desk.use("AAAA-AAAA") is None

    with pytest.raises(people.SignInThrottled):
        desk.use(code)

    assert desk.use(code, address="192.0.2.8") == desk.person_id


@on_both
def test_of_two_people_with_the_same_slip_one_comes_in(desk: Desk) -> None:
    code = desk.issue()

    with ThreadPoolExecutor(4) as threads:
        tries = [threads.submit(desk.use, code) for _ in range(4)]

    assert sorted(str(done.exception() or "in") for done in tries) == [
        "in",
        *["this slip cannot be used: used; the selection office gives another"] * 3,
    ]
