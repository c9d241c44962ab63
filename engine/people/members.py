"""Members: what a person is in one selection, from when to when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.model import CaseMember


class AlreadyMember(EngineError):
    """This person has this role with this function already."""

    code = "already_member"

    def __init__(self, *, role: str, function: str) -> None:
        super().__init__(f"this person is {' '.join(filter(None, (role, function)))} already")
        self.role, self.function = role, function


class MemberNotFound(EngineError):
    """There is no such member of a selection."""

    code = "member_not_found"

    def __init__(self, member_id: UUID) -> None:
        super().__init__(f"there is no member {member_id}")
        self.member_id = member_id


class RolesConflict(EngineError):
    """Two roles that nobody may hold together. Name somebody else, or end the other role."""

    code = "roles_conflict"

    def __init__(self, *, role: str, held: str) -> None:
        super().__init__(f"who is {held} cannot be {role} as well")
        self.role, self.held = role, held


@dataclass(frozen=True)
class MemberView:
    """One role of a person in one selection, with the function and the group it is counted in."""

    id: UUID
    role: str
    function: str
    group: str


def add_member(
    session: Session,
    *,
    case_id: UUID,
    person_id: UUID,
    role: str,
    function: str = "",
    group: str = "",
    never_with: Collection[str] = (),
    now: datetime,
) -> CaseMember:
    """Give a person a role from now on; whoever had it before and lost it gets the row back.

    Places on lists are given by the operation `store_roster`.

    Args:
        session: the caller owns the transaction.
        case_id: the selection.
        person_id: who.
        role: a key of `roles.yaml`.
        function: likewise, e.g. chief_judge, or empty.
        group: counted apart, e.g. county, or empty.
        never_with: roles that exclude this one (`never_with` in `roles.yaml`).
        now: an aware instant.

    Raises:
        AlreadyMember: nothing is changed.
        RolesConflict: the person holds one of `never_with` now.

    """
    held = {view.role for view in roles_of(session, person_id=person_id, case_id=case_id, now=now)}
    if conflict := held & set(never_with):
        raise RolesConflict(role=role, held=min(conflict))
    key = {"case_id": case_id, "person_id": person_id, "role": role, "function": function}
    member = session.scalar(select(CaseMember).filter_by(**key, roster=""))
    if member is not None and (member.to_at is None or member.to_at > now):
        raise AlreadyMember(role=role, function=function)
    if member is None:
        member = CaseMember(**key)
        session.add(member)
    member.group = group
    member.from_at, member.to_at, member.reason = now, None, ""
    session.flush()  # gives the member an id
    return member


def remove_member(session: Session, *, member_id: UUID, reason: str, now: datetime) -> None:
    """End a membership; the row stays, with the reason. One that has ended stays as it is.

    Raises:
        MemberNotFound: no such member.

    """
    member = session.get(CaseMember, member_id, with_for_update=True)
    if member is None:
        raise MemberNotFound(member_id)
    if member.to_at is None or member.to_at > now:
        member.to_at, member.reason = now, reason


def roles_of(
    session: Session, *, person_id: UUID, case_id: UUID, now: datetime
) -> tuple[MemberView, ...]:
    """Give what a person is in a selection now; lists give no role."""
    rows = session.execute(
        select(CaseMember.id, CaseMember.role, CaseMember.function, CaseMember.group)
        .where(
            CaseMember.case_id == case_id,
            CaseMember.person_id == person_id,
            CaseMember.roster == "",
            CaseMember.from_at.is_(None) | (CaseMember.from_at <= now),
            CaseMember.to_at.is_(None) | (CaseMember.to_at > now),
        )
        .order_by(CaseMember.role, CaseMember.function)
    )
    return tuple(MemberView(*row) for row in rows)
