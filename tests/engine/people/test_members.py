from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from engine import people
from engine.db import Sessions, reading, transaction
from engine.model import CaseMember
from tests.support.clock import FakeClock
from tests.support.selections import add_case, add_people


class Office:
    """Takes one person on and off in one selection."""

    def __init__(self, sessions: Sessions, clock: FakeClock) -> None:
        self.sessions, self.clock = sessions, clock
        with transaction(sessions) as session:
            self.case_id = add_case(session, now=clock.now()).id
            self.person_id = add_people(session, "张三")[0].id

    def add(self, role: str, **facts: Any) -> UUID:
        with transaction(self.sessions) as session:
            member = people.add_member(
                session,
                case_id=self.case_id,
                person_id=self.person_id,
                role=role,
                now=self.clock.now(),
                **facts,
            )
            return member.id

    def remove(self, member_id: UUID, reason: str = "回避") -> None:
        with transaction(self.sessions) as session:
            people.remove_member(session, member_id=member_id, reason=reason, now=self.clock.now())

    def roles(self, case_id: UUID | None = None) -> list[tuple[str, str, str]]:
        with reading(self.sessions) as session:
            views = people.roles_of(
                session,
                person_id=self.person_id,
                case_id=case_id or self.case_id,
                now=self.clock.now(),
            )
        return [(view.role, view.function, view.group) for view in views]


@pytest.fixture
def office(sessions: Sessions, clock: FakeClock) -> Office:
    return Office(sessions, clock)


def test_a_person_has_roles_with_functions_in_one_selection(office: Office) -> None:
    office.add("judge", function="chief_judge")
    office.add("judge")

    assert office.roles() == [("judge", "", ""), ("judge", "chief_judge", "")]
    assert office.roles(case_id=uuid4()) == []


def test_a_place_on_a_list_is_no_role(office: Office) -> None:
    with transaction(office.sessions) as session:
        place = {"case_id": office.case_id, "person_id": office.person_id, "role": "recommender"}
        session.add(CaseMember(**place, roster="first_electors"))

    assert office.roles() == []
    office.add("recommender")


def test_the_same_role_twice_is_refused(office: Office) -> None:
    office.add("judge")

    with pytest.raises(people.AlreadyMember) as refusal:
        office.add("judge")

    assert refusal.value.role == "judge"


def test_roles_that_exclude_each_other_are_refused_as_long_as_both_would_hold(
    office: Office,
) -> None:
    judge = office.add("judge")

    with pytest.raises(people.RolesConflict) as refusal:
        office.add("examiner", never_with=["candidate", "judge"])
    assert refusal.value.held == "judge"

    office.remove(judge)
    office.add("examiner", never_with=["candidate", "judge"])
    assert office.roles() == [("examiner", "", "")]


def test_a_role_that_ended_keeps_its_row_and_reason_and_can_be_given_back(office: Office) -> None:
    member_id = office.add("judge")
    office.clock.advance(timedelta(days=1))
    ended_at = office.clock.now()
    office.remove(member_id, reason="亲属报名")
    office.clock.advance(timedelta(days=1))
    office.remove(member_id, reason="again")

    with reading(office.sessions) as session:
        ended = session.get_one(CaseMember, member_id)
        assert (ended.to_at, ended.reason) == (ended_at, "亲属报名")
    assert office.roles() == []

    assert office.add("judge", group="second") == member_id
    assert office.roles() == [("judge", "", "second")]


def test_a_member_that_does_not_exist_is_not_found(office: Office) -> None:
    with pytest.raises(people.MemberNotFound):
        office.remove(uuid4())
